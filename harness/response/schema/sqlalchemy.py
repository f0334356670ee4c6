"""Models of SQLAlchemy and SQLModel, and migrations of Alembic."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ast_grep_py import SgNode

from harness.response.block import Block
from harness.response.schema.builder import Builder, Draft
from harness.response.schema.model import Column, KeyKind, Place
from harness.response.schema.pythonic import (
    Call,
    assignments_of,
    call_of,
    name_of_call,
    string_of,
    strings_of,
)

__all__ = ["read_sqlalchemy"]

_COLUMNS = frozenset({"Column", "mapped_column"})
# Names of calls that define tables, and what a text without models and tables has none of.
_TABLE_CALLS = frozenset({"create_table", "Table", "create_index", "add_column"})
_SIGNS = re.compile(r"__tablename__|table *=|Table\b|create_table|create_index|add_column")
_TYPES = {"String": "varchar", "Unicode": "varchar", "UnicodeText": "text"}


def read_sqlalchemy(builder: Builder, block: Block, root: SgNode) -> None:
    """Take the models, tables and migrations of a block into the schema."""
    if _SIGNS.search(block.text) is None:
        return
    for node in root.find_all(kind="class_definition"):
        _model(builder, block, node)
    for node in root.find_all(kind="call"):
        call = call_of(node) if name_of_call(node) in _TABLE_CALLS else None
        if call is None or _in_downgrade(node):
            continue
        function = node.field("function")
        written = "" if function is None else function.text()[:60]
        if call.name == "create_table" or (
            written in {"Table", "sa.Table", "sqlalchemy.Table"} and call.positional
        ):
            named = string_of(call.positional[0]) if call.positional else ""
            draft = builder.table(named or "table", _place(block, node), "sqlalchemy", creates=True)
            _parts(draft, block, call.positional[1:])
        elif call.name == "create_index" and len(call.positional) > 2:
            _index_of(builder, block, call)
        elif call.name == "add_column" and len(call.positional) > 1:
            draft = builder.table(string_of(call.positional[0]), _place(block, node), "sqlalchemy")
            _parts(draft, block, call.positional[1:])


def _place(block: Block, node: SgNode) -> Place:
    return Place(block, node.range().start.line)


def _in_downgrade(node: SgNode) -> bool:
    for up in node.ancestors():
        if up.kind() == "function_definition":
            name = up.field("name")
            return name is not None and name.text() == "downgrade"
    return False


def _index_of(builder: Builder, block: Block, call: Call) -> None:
    names = tuple(text for text in strings_of(call.positional[2]) if text)
    table = string_of(call.positional[1])
    if table and names:
        draft = builder.table(table, _place(block, call.node), "sqlalchemy")
        kind = KeyKind.UNIQUE if call.flag("unique") else KeyKind.INDEX
        draft.add_key(kind, names, _place(block, call.node))


def _model(builder: Builder, block: Block, node: SgNode) -> None:
    name, body, bases = node.field("name"), node.field("body"), node.field("superclasses")
    assigned = list(assignments_of(body))
    table = next((string_of(value) for key, _, value in assigned if key == "__tablename__"), "")
    is_table = bases is not None and "table=True" in bases.text().replace(" ", "")[:200]
    if name is None or not (table or is_table):
        return
    draft = builder.table(table or name.text(), _place(block, name), "sqlalchemy", creates=True)
    builder.alias(name.text(), table or name.text())
    if bases is not None and len(bases.named_children()) > 1:
        draft.implicit_primary = True  # a mixin may bring the key
    for key, target, value in assigned:
        call = call_of(value)
        if key == "__table_args__":
            _parts(draft, block, value.named_children() if value.kind() == "tuple" else [value])
        elif call is not None and (call.name in _COLUMNS or (is_table and call.name == "Field")):
            _column(draft, key, call, _place(block, target), target)


def _parts(draft: Draft, block: Block, nodes: Iterable[SgNode]) -> None:
    for node in nodes:
        call = call_of(node)
        if call is None:
            continue
        place = _place(block, node)
        names = tuple(string_of(one) for one in call.positional if one.kind() == "string")
        if call.name in _COLUMNS:
            _column(draft, names[0] if names else "", call, place, node)
        elif call.name == "Index":
            columns = names[1:] or tuple("__expression__" for one in call.positional[1:])
            draft.add_key(KeyKind.UNIQUE if call.flag("unique") else KeyKind.INDEX, columns, place)
        elif call.name == "UniqueConstraint":
            draft.add_key(KeyKind.UNIQUE, names, place)
        elif call.name == "PrimaryKeyConstraint":
            draft.add_key(KeyKind.PRIMARY, names, place)
        elif call.name in {"CheckConstraint", "ExcludeConstraint"}:
            draft.checks += 1
        elif call.name == "ForeignKeyConstraint" and len(call.positional) > 1:
            target = (strings_of(call.positional[1]) or ("",))[0].rsplit(".", 1)[0]
            draft.add_foreign_key(strings_of(call.positional[0]), target, place)


def _column(draft: Draft, name: str, call: Call, place: Place, target: SgNode) -> None:
    inner = [one for node in call.positional if (one := call_of(node)) is not None]
    given = [node for node in call.positional if node.kind() == "string"]
    if given and call.name in _COLUMNS and name != string_of(given[0]):
        name = string_of(given[0])
    if not name:
        return
    kinds = [
        one.name for one in inner if one.name not in {"ForeignKey", "CheckConstraint", "Identity", "Computed"}
    ]
    kinds += [
        node.text().rsplit(".", 1)[-1]
        for node in call.positional
        if node.kind() in {"identifier", "attribute"}
    ]
    kind = _TYPES.get(kinds[0], kinds[0].lower()) if kinds else ""
    annotation = target.parent().field("type") if target.parent() is not None else None  # type: ignore[union-attr]
    hint = "" if annotation is None else annotation.text()
    optional = "Optional" in hint or "None" in hint or (call.name == "Column" and not hint)
    nullable = call.flag("nullable")
    primary = call.flag("primary_key") is True
    may_be_null = (optional if nullable is None else nullable) and not primary
    default = bool({"default", "server_default", "default_factory"} & call.keywords.keys())
    draft.add_column(Column(name, kind, place, may_be_null, default, kind in {"json", "jsonb", "array"}))
    if primary:
        draft.add_key(KeyKind.PRIMARY, (name,), place)
    if call.flag("unique"):
        draft.add_key(KeyKind.UNIQUE, (name,), place)
    if call.flag("index"):
        draft.add_key(KeyKind.INDEX, (name,), place)
    for one in inner:
        if one.name == "ForeignKey" and one.positional:
            referred = string_of(one.positional[0]) or one.positional[0].text()
            draft.add_foreign_key((name,), referred.rsplit(".", 1)[0], place)
        draft.checks += one.name in {"CheckConstraint", "Enum"}
    foreign = string_of(call.keywords.get("foreign_key"))
    if foreign:
        draft.add_foreign_key((name,), foreign.rsplit(".", 1)[0], place)
