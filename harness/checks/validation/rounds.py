"""Loops around a call, whose rounds are looked at one by one: ``['body', 'params'].forEach(...)``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ast_grep_py import SgNode

from harness.checks.validation.evaluator import Evaluator
from harness.checks.validation.signs import Frame
from harness.checks.validation.terms import Bound, Env, Terms, key_of
from harness.response.javascript.syntax import FUNCTION_KINDS, callee_of, property_name
from harness.response.javascript.values import Literal

__all__ = ["rounds_around"]

_MAX_ANCESTORS = 60  # looking up a parent takes as long as it is deep
_ITERATING = frozenset({"forEach", "map", "some", "every", "find", "filter", "flatMap", "reduce"})


def rounds_around(evaluator: Evaluator, frame: Frame, call: SgNode) -> Iterator[Env]:
    """Yield one environment for each round of the loops around a call."""
    envs = [frame.bound.env]
    for up in islice(call.ancestors(), _MAX_ANCESTORS):
        if up == frame.function:
            break
        loop = _loop(evaluator, up, frame)
        if loop is not None:
            node, items, index = loop
            key = key_of(frame.unit, node, index)
            envs = [env.extended({key: (item,)}) for env in envs for item in items][:16]
    yield from envs


def _loop(evaluator: Evaluator, node: SgNode, frame: Frame) -> tuple[SgNode, Terms, int] | None:
    env = frame.bound.env
    if node.kind() == "for_in_statement":
        right = node.field("right")
        if right is None:
            return None
        terms = evaluator.evaluate(right, frame.unit, env)
        if any(child.kind() == "in" for child in node.children()):
            labels = [label for term in terms for label, _ in evaluator.properties(term)]
            items: Terms = tuple(Bound(Literal(label), env) for label in dict.fromkeys(labels))
        else:
            items = evaluator.elements(terms)
        return (node, items, 0) if items else None
    if node.kind() not in FUNCTION_KINDS:
        return None
    parent = node.parent()
    call = None if parent is None else parent.parent()
    callee = None if call is None or call.kind() != "call_expression" else callee_of(call)
    receiver = None if callee is None else callee.field("object")
    name = None if callee is None else property_name(callee.field("property"))
    if receiver is None or name not in _ITERATING:
        return None
    items = evaluator.elements(evaluator.evaluate(receiver, frame.unit, env))
    return (node, items, int(name == "reduce")) if items else None
