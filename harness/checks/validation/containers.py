"""Where validators put what they have validated: ``req.valid``, ``res.locals.input``.

A handler that takes its input from there reads no raw request, and yet it handles input.
"""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.checks.validation.schemas import Schemas
from harness.checks.validation.terms import REQUEST_PARTS, Env
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import property_name, unwrap, walk

__all__ = ["Containers"]

_REQUESTS = frozenset({"req", "request", "ctx"})
_RESPONSES = frozenset({"res", "response", "ctx"})


class Containers:
    """The properties that any shown validator writes validated input to."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._names: frozenset[tuple[str, str]] | None = None

    def read_by(self, node: SgNode) -> bool:
        """Say whether an expression reads such a property."""
        place = _place_of(node)
        return place is not None and place in self._all()

    def _all(self) -> frozenset[tuple[str, str]]:
        if self._names is None:
            units = self._schemas.evaluator.resolver.units
            self._names = frozenset(place for unit in units for place in self._written(unit))
        return self._names

    def _written(self, unit: Unit) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for assignment in unit.assignments:
            left, right = assignment.field("left"), assignment.field("right")
            place = None if left is None else _outermost_place(left)
            if place is None or right is None or place[1] in REQUEST_PARTS:
                continue
            if self._is_validated(right, unit):
                found.append(place)
        return found

    def _is_validated(self, node: SgNode, unit: Unit) -> bool:
        resolver = self._schemas.evaluator.resolver
        for part in walk(node, into_functions=False):
            if part.kind() == "call_expression" and self._schemas.form_of_call(part, unit, Env()) is not None:
                return True
            if part.kind() not in {"identifier", "shorthand_property_identifier"}:
                continue
            binding = resolver.scope_of(part, unit).lookup(part.text())
            for definition in binding.definitions if binding is not None else ():
                if definition.kind != "value" or definition.value is None:
                    continue
                call = unwrap(definition.value)
                if call.kind() == "call_expression" and self._schemas.form_of_call(call, unit, Env()):
                    return True
        return False


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
