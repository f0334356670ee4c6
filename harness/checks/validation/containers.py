"""Where validators put what they have validated: ``req.valid``, ``res.locals.input``.

A handler that takes its input from there reads no raw request, and yet it handles input.
"""

from __future__ import annotations

from functools import cached_property

from ast_grep_py import SgNode

from harness.checks.validation.schemas import Schemas
from harness.checks.validation.terms import REQUEST_PARTS, SOURCES, Env
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import property_name, unwrap, walk

__all__ = ["VALIDATED", "Containers"]

VALIDATED = "validated"  # what a handler reads that only a validator can have written

_REQUESTS = frozenset({"req", "request", "ctx"})
_RESPONSES = frozenset({"res", "response", "ctx"})


class Containers:
    """The properties that any shown validator writes validated input to."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._known: dict[tuple[str, str], str] | None = None

    def source_read_by(self, node: SgNode) -> str:
        """Return which part of a request an expression reads, if it reads such a property; else empty.

        ``validated`` stands for a part that cannot be told.
        """
        place = _place_of(node) if self._writes_anything else None
        source = "" if place is None else self._all().get(place, "")
        return source if source != VALIDATED else _part_read_behind(node) or VALIDATED

    @cached_property
    def _writes_anything(self) -> bool:
        return any(unit.assignments for unit in self._schemas.evaluator.resolver.units)

    def _all(self) -> dict[tuple[str, str], str]:
        if self._known is None:
            units = self._schemas.evaluator.resolver.units
            self._known = {}
            for place, source in (found for unit in units for found in self._written(unit)):
                same = self._known.get(place, source) == source
                self._known[place] = source if same else VALIDATED
        return self._known

    def _written(self, unit: Unit) -> list[tuple[tuple[str, str], str]]:
        found: list[tuple[tuple[str, str], str]] = []
        for assignment in unit.assignments:
            left, right = assignment.field("left"), assignment.field("right")
            place = None if left is None else _outermost_place(left)
            if place is None or right is None or place[1] in REQUEST_PARTS:
                continue
            source = self._validated(right, unit)
            if source:
                found.append((place, source))
        return found

    def _validated(self, node: SgNode, unit: Unit) -> str:
        resolver = self._schemas.evaluator.resolver
        for part in walk(node, into_functions=False):
            if part.kind() == "call_expression" and (source := self._source_of(part, unit)):
                return source
            if part.kind() not in {"identifier", "shorthand_property_identifier"}:
                continue
            binding = resolver.scope_of(part, unit).lookup(part.text())
            for definition in binding.definitions if binding is not None else ():
                if definition.kind != "value" or definition.value is None:
                    continue
                call = unwrap(definition.value)
                if call.kind() == "call_expression" and (source := self._source_of(call, unit)):
                    return source
        return ""

    def _source_of(self, call: SgNode, unit: Unit) -> str:
        form = self._schemas.form_of_call(call, unit, Env())
        if form is None:
            return ""
        data = None if form.data is None else unwrap(form.data)
        name = None if data is None else property_name(data.field("property"))
        return name if name in SOURCES and name is not None else VALIDATED


def _outermost_place(left: SgNode) -> tuple[str, str] | None:
    """Of ``req.valid[part]`` the place is ``req.valid``."""
    here: SgNode | None = left
    while here is not None and here.kind() in {"member_expression", "subscript_expression"}:
        place = _place_of(here)
        if place is not None:
            return place
        here = here.field("object")
    return None


def _place_of(node: SgNode) -> tuple[str, str] | None:
    """Return ``("request", "valid")`` for ``req.valid``; all of ``res.locals`` is one place."""
    target = node.field("object")
    if target is None:
        return None
    name = property_name(node.field("property"))
    if node.kind() == "subscript_expression":
        name = "*"
    if name is None:
        return None
    target = unwrap(target)
    if target.kind() == "identifier" and target.text() in _REQUESTS and name not in {"*", "locals"}:
        return "request", name
    owner = target.field("object")
    if owner is None or property_name(target.field("property")) != "locals":
        return None
    return ("locals", "*") if unwrap(owner).text() in _RESPONSES else None


def _part_read_behind(container: SgNode) -> str:
    """`req.valid.params` and `res.locals.params` hold what was in the params."""
    outer = container.parent()
    for node in (container, outer):
        name = None if node is None else property_name(node.field("property"))
        if name in SOURCES:
            return name or ""
    return ""
