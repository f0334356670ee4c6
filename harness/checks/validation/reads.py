"""Where a function reads the input of a request."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from ast_grep_py import SgNode

from harness.checks.validation.bodies import Bodies
from harness.checks.validation.containers import Containers
from harness.checks.validation.evaluator import Evaluator
from harness.checks.validation.signs import Frame
from harness.checks.validation.terms import SOURCES, Part
from harness.response.javascript.syntax import callee_of, property_name

__all__ = ["Reads"]

_READING = frozenset(
    {"member_expression", "subscript_expression", "identifier", "shorthand_property_identifier"}
)
_LOG_ROOTS = frozenset({"logger", "log", "console", "winston", "pino", "debug"})


class Reads:
    """Finds the reads of body, query and params, directly or from where validators put them."""

    def __init__(self, evaluator: Evaluator, containers: Containers, bodies: Bodies) -> None:
        self.evaluator = evaluator
        self.containers = containers
        self.bodies = bodies

    def of(self, frame: Frame, body: SgNode, validated: list[SgNode]) -> Iterator[tuple[str, SgNode]]:
        """Yield what a function reads of the request, logging and rewriting of the request left out.

        What the calls in ``validated`` are given is read only to be validated.
        """
        skipped = set(validated)
        # What stands deeper than this belongs to what was left out, or was yielded as a whole.
        limit = sys.maxsize
        for node, kind, depth in self.bodies.of(body):
            if depth > limit:
                continue
            limit = sys.maxsize
            if kind in _READING:
                source = self._source(frame, node) or self.containers.source_read_by(node)
                if source:
                    yield source, node
                    limit = depth
            elif (kind == "call_expression" and (node in skipped or _is_logging(node))) or (
                kind == "assignment_expression" and self._rewrites(frame, node)
            ):
                limit = depth

    def _source(self, frame: Frame, node: SgNode) -> str:
        for term in self.evaluator.evaluate(node, frame.unit, frame.bound.env):
            if isinstance(term, Part) and term.source in SOURCES:
                return term.source
        return ""

    def _rewrites(self, frame: Frame, assignment: SgNode) -> bool:
        left = assignment.field("left")
        return (
            left is not None
            and left.kind() in {"member_expression", "subscript_expression"}
            and bool(self._source(frame, left))
        )


def _is_logging(call: SgNode) -> bool:
    callee = callee_of(call)
    here = callee
    while here is not None and here.kind() in {"member_expression", "call_expression"}:
        if property_name(here.field("property")) in _LOG_ROOTS:
            return True
        here = here.field("object") if here.kind() == "member_expression" else callee_of(here)
    return here is not None and here.text() in _LOG_ROOTS
