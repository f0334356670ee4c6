"""Elements of lists, objects and what views of them give: ``x[0]``, ``Object.keys(x)``, ``x.items()``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.response.flow.definitions import ELEMENT, KEY, Definition
from harness.response.flow.expressions import (
    Attribute,
    Call,
    Constant,
    Expression,
    Index,
    Items,
    Mapping,
    Name,
    Opaque,
    Unary,
)
from harness.response.flow.members import Place, entry_of, member_of
from harness.response.flow.statements import Unit

if TYPE_CHECKING:
    from harness.response.flow.names import Names

_MAX_ELEMENTS = 64
# Calls that give the keys, the values, or both in pairs: the object is an argument or what is called upon.
_VIEWS = {"keys": "keys", "values": "values", "items": "pairs", "entries": "pairs", "array_keys": "keys"}


def expression_of(definition: Definition) -> Expression:
    """Return the attribute or element that a path leads to, as if it had been written out."""
    node = definition.node.node
    made: Expression = definition.value or Opaque(node, ())
    is_php = definition.unit.language == "php"
    for step in definition.path:
        if step == ELEMENT:
            made = Index(node, made, None)
        elif step == KEY:
            made = Opaque(node, (made,))
        elif isinstance(step, int) or is_php:
            made = Index(node, made, Constant(node, step))
        else:
            made = Attribute(node, made, step)
    return made


def element_values(names: Names, index: Index, unit: Unit) -> list[Place]:
    """Return what an element may be; all of them where the key is not known."""
    key: object = None if index.key is None else names.constant(index.key, unit)
    found: list[Place] = []
    for value, where in names.values(index.base, unit):
        if isinstance(value, Items):
            found += _of_items(names, value, where, key)
        elif isinstance(value, Mapping):
            found += _of_mapping(names, value, where, key, is_loop=index.key is None)
        elif isinstance(key, str):
            found += member_of(names, value, where, key)
        elif index.key is None and isinstance(value, Call):
            found += _of_view(names, value, where)
        elif isinstance(value, Index) and value.key is None and isinstance(key, int):
            found += _of_pair(names, value, where, key)
    return found[:_MAX_ELEMENTS]


def _of_items(names: Names, items: Items, unit: Unit, key: object) -> list[Place]:
    parts: Sequence[Expression] = items.items
    if isinstance(key, int) and not any(isinstance(part, Unary) for part in parts[: key + 1]):
        parts = parts[key : key + 1] if -len(parts) <= key < len(parts) else ()
    return [place for part in parts[:_MAX_ELEMENTS] for place in names.values(part, unit)]


def _of_mapping(names: Names, mapping: Mapping, unit: Unit, key: object, *, is_loop: bool) -> list[Place]:
    if isinstance(key, str | int):
        return entry_of(names, mapping, unit, key)
    entries = mapping.entries[:_MAX_ELEMENTS]
    if is_loop and unit.language == "python":
        return [
            place for entry in entries if entry.key is not None for place in names.values(entry.key, unit)
        ]
    return [place for entry in entries for place in names.values(entry.value, unit)]


def _viewed(call: Call) -> tuple[str, Expression] | None:
    """Return what a call like ``Object.keys(x)`` or ``x.items()`` looks at, and how."""
    callee = call.callee
    name = callee.name if isinstance(callee, Name | Attribute) else ""
    view = _VIEWS.get(name)
    if view is None:
        return None
    if call.arguments:
        return view, call.arguments[0].value
    return (view, callee.base) if isinstance(callee, Attribute) else None


def _of_view(names: Names, call: Call, unit: Unit) -> list[Place]:
    viewed = _viewed(call)
    if viewed is None or viewed[0] == "pairs":
        return []
    found: list[Place] = []
    for value, where in names.values(viewed[1], unit):
        if isinstance(value, Mapping):
            found += _side(names, value, where, viewed[0])
    return found


def _of_pair(names: Names, element: Index, unit: Unit, position: int) -> list[Place]:
    """``for k, v in x.items()``: the first of each pair is a key, the second a value."""
    found: list[Place] = []
    for value, where in names.values(element.base, unit):
        viewed = _viewed(value) if isinstance(value, Call) else None
        if viewed is None or viewed[0] != "pairs":
            continue
        for mapping, place in names.values(viewed[1], where):
            if isinstance(mapping, Mapping):
                found += _side(names, mapping, place, "values" if position else "keys")
    return found


def _side(names: Names, mapping: Mapping, unit: Unit, view: str) -> list[Place]:
    entries = mapping.entries[:_MAX_ELEMENTS]
    parts = [entry.key if view == "keys" else entry.value for entry in entries]
    return [place for part in parts if part is not None for place in names.values(part, unit)]
