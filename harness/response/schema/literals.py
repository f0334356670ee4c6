"""Object and array literals of JavaScript as plain data, names looked up."""

from __future__ import annotations

from typing import TypeAlias

from ast_grep_py import SgNode

from harness.response.javascript.members import properties_of
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import named, unwrap
from harness.response.javascript.values import ArrayValue, Literal, ObjectValue, Value
from harness.response.record import record

__all__ = ["Code", "Data", "Entry", "code_of", "data_of", "entries_of", "items_of", "text_of"]

_MAX_DEPTH = 8
_MAX_ITEMS = 500


@record
class Code:
    """An expression that is no literal; ``text`` is what is written, bounded."""

    text: str
    node: SgNode


@record
class Entry:
    """A value with the node where it is named."""

    node: SgNode
    value: Data


Data: TypeAlias = "str | float | bool | Code | dict[str, Entry] | list[Entry] | None"


def data_of(resolver: Resolver, node: SgNode, unit: Unit) -> Data:
    """Return what an expression says, as far as it is written out."""
    return _data(resolver, resolver.resolve(node, unit), unwrap(node), 0)


def _data(resolver: Resolver, value: Value, node: SgNode, depth: int) -> Data:
    if isinstance(value, Literal):
        return value.value
    if depth < _MAX_DEPTH and isinstance(value, ObjectValue):
        found: dict[str, Entry] = {}
        for name, key, inner in properties_of(resolver, value)[:_MAX_ITEMS]:
            up = key.parent()
            inside = up.field("value") if up is not None and up.kind() == "pair" else None
            found[name] = Entry(key, _data(resolver, inner, inside or key, depth + 1))
        return found
    if depth < _MAX_DEPTH and isinstance(value, ArrayValue):
        return [
            Entry(part, _data(resolver, resolver.resolve(part, value.unit), unwrap(part), depth + 1))
            for part in named(value.node)[:_MAX_ITEMS]
        ]
    return Code(node.text()[:400], node)


def entries_of(data: Data) -> dict[str, Entry]:
    """Return the properties of an object, nothing of anything else."""
    return data if isinstance(data, dict) else {}


def items_of(data: Data) -> list[Entry]:
    """Return the elements of an array; anything else but nothing is one element."""
    return data if isinstance(data, list) else []


def text_of(data: Data) -> str:
    """Return a string, or nothing."""
    return data if isinstance(data, str) else ""


def code_of(data: Data) -> str:
    """Return a string or the text of an expression."""
    return data.text if isinstance(data, Code) else text_of(data)
