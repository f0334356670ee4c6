"""Migrations of Knex."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    arguments_of,
    callee_of,
    parameters_of_function,
    property_name,
    unwrap,
)
from harness.response.schema.builder import Builder
from harness.response.schema.chains import Argument, Link, read_chain
from harness.response.schema.literals import data_of, items_of, text_of
from harness.response.schema.model import Dialect, Place

__all__ = ["read_knex"]

_CREATES = frozenset({"createTable", "createTableIfNotExists"})
_ALTERS = frozenset({"table", "alterTable"})
_MAX_CHAIN = 60


def read_knex(builder: Builder, resolver: Resolver, unit: Unit) -> None:
    """Take the tables that a unit builds into the schema."""
    for callee in unit.callees:
        if callee.kind != "member_expression" or callee.name not in _CREATES | _ALTERS:
            continue
        arguments = arguments_of(callee.call)
        if len(arguments) < 2 or arguments[-1].kind() not in FUNCTION_KINDS:
            continue
        name = text_of(data_of(resolver, arguments[0], unit))
        if name and not _undoes(callee.call):
            place = Place(unit.block, _line_of(arguments[0]))
            draft = builder.table(name, place, "knex", creates=callee.name in _CREATES)
            for chain in _chains(resolver, arguments[-1], unit):
                if chain and chain[0].name in {"increments", "bigIncrements"} and not chain[0].arguments:
                    chain[0] = Link(chain[0].name, ("id",), chain[0].place)
                read_chain(draft, chain, nullable=True)
            if draft.dialect is Dialect.UNKNOWN:
                draft.dialect = builder.dialect


def _line_of(node: SgNode) -> int:
    return node.range().start.line


def _undoes(call: SgNode) -> bool:
    """Say whether a call stands in the function that takes a migration back."""
    for up in call.ancestors():
        if up.kind() in FUNCTION_KINDS:
            holder = up.parent()
            words = up.text()[:60] if holder is None else holder.text()[:60]
            if words.lstrip().startswith(
                ("exports.down", "async down", "down", "async function down", "export async function down")
            ):
                return True
    return False


def _chains(resolver: Resolver, callback: SgNode, unit: Unit) -> list[list[Link]]:
    parameters = parameters_of_function(callback)
    if not parameters:
        return []
    name = (parameters[0].field("pattern") or parameters[0]).text()
    found: list[list[Link]] = []
    for node in callback.find_all(kind="call_expression"):
        up = node.parent()
        if up is not None and up.kind() in {"member_expression", "await_expression"}:
            continue
        chain = _chain(resolver, node, name, unit)
        if chain:
            found.append(chain)
    return found


def _chain(resolver: Resolver, node: SgNode, name: str, unit: Unit) -> list[Link]:
    """Return the calls of a chain that begins with the table builder, first call first."""
    links: list[Link] = []
    here: SgNode | None = node
    for _ in range(_MAX_CHAIN):
        if here is None:
            return []
        here = unwrap(here)
        if here.kind() == "identifier":
            return links[::-1] if here.text() == name else []
        callee = callee_of(here) if here.kind() == "call_expression" else None
        if callee is None or callee.kind() != "member_expression":
            return []
        word = property_name(callee.field("property")) or ""
        arguments = tuple(_argument(resolver, argument, unit) for argument in arguments_of(here))
        place_node = callee.field("property") or here
        links.append(Link(word, arguments, Place(unit.block, _line_of(place_node))))
        here = callee.field("object")
    return []


def _argument(resolver: Resolver, node: SgNode, unit: Unit) -> Argument:
    data = data_of(resolver, node, unit)
    if isinstance(data, list):
        return tuple(text_of(item.value) for item in items_of(data))
    return text_of(data) or None
