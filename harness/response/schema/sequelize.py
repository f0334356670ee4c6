"""Models, associations and migrations of Sequelize."""

from __future__ import annotations

from collections.abc import Iterator

from ast_grep_py import SgNode

from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import arguments_of, unwrap
from harness.response.schema.builder import Builder, Draft
from harness.response.schema.literals import (
    Code,
    Data,
    Entry,
    code_of,
    data_of,
    entries_of,
    items_of,
    text_of,
)
from harness.response.schema.model import Column, KeyKind, Place, canonical

__all__ = ["SequelizeReader"]

_OWNED = frozenset({"belongsTo"})
_OWNING = frozenset({"hasMany", "hasOne"})


class SequelizeReader:
    """Reads the calls of one unit after the other."""

    def __init__(self, builder: Builder, resolver: Resolver) -> None:
        self.builder = builder
        self.resolver = resolver

    def read(self, unit: Unit) -> None:
        """Take all models and migrations of a unit into the schema."""
        for callee in unit.callees:
            if callee.kind != "member_expression":
                continue
            arguments = arguments_of(callee.call)
            if callee.name == "define" and len(arguments) >= 2:
                self._define(callee.call, arguments, unit)
            elif callee.name == "init" and len(arguments) == 2:
                self._init(callee.node, arguments, unit)
            elif callee.name in {"createTable", "addIndex", "addColumn", "addConstraint"}:
                self._migrate(callee.name, callee.call, arguments, unit)
            elif callee.name in {"belongsTo", "hasMany", "hasOne", "belongsToMany"} and arguments:
                self._associate(callee.name, callee.node, arguments, unit)

    def _place(self, node: SgNode, unit: Unit) -> Place:
        return Place(unit.block, node.range().start.line)

    def _data(self, node: SgNode, unit: Unit) -> Data:
        return data_of(self.resolver, node, unit)

    # Models

    def _define(self, call: SgNode, arguments: list[SgNode], unit: Unit) -> None:
        name = text_of(self._data(arguments[0], unit))
        attributes = self._data(arguments[1], unit)
        if name and isinstance(attributes, dict):
            options = entries_of(self._data(arguments[2], unit)) if len(arguments) > 2 else {}
            self._model(name, call, attributes, options, unit)

    def _init(self, callee: SgNode, arguments: list[SgNode], unit: Unit) -> None:
        attributes, options = self._data(arguments[0], unit), entries_of(self._data(arguments[1], unit))
        target = callee.field("object")
        if isinstance(attributes, dict) and target is not None and "sequelize" in options:
            named = options.get("modelName")
            name = (text_of(named.value) if named is not None else "") or target.text()
            self._model(name, callee, attributes, options, unit)

    def _model(
        self, name: str, node: SgNode, attributes: dict[str, Entry], options: dict[str, Entry], unit: Unit
    ) -> None:
        table = options.get("tableName")
        draft = self.builder.table(name, self._place(node, unit), "sequelize", creates=True)
        if table is not None and text_of(table.value):
            self.builder.alias(text_of(table.value), name)
        self._attributes(draft, attributes, unit)
        if not any(key.kind is KeyKind.PRIMARY for key in draft.keys):
            draft.implicit_primary = True
            draft.add_key(KeyKind.PRIMARY, ("id",), draft.place)
        indexes = options.get("indexes")
        for index in items_of(indexes.value) if indexes is not None else ():
            self._index(draft, entries_of(index.value), self._place(index.node, unit))

    def _attributes(self, draft: Draft, attributes: dict[str, Entry], unit: Unit) -> None:
        primary = tuple(
            name for name, entry in attributes.items() if _is_true(entries_of(entry.value), "primaryKey")
        )
        draft.add_key(KeyKind.PRIMARY, primary, draft.place)
        for name, entry in attributes.items():
            place = self._place(entry.node, unit)
            options = entries_of(entry.value)
            kind = _kind(options["type"].value if "type" in options else entry.value)
            nullable = "allowNull" not in options or options["allowNull"].value is not False
            draft.add_column(Column(name, kind, place, nullable, "defaultValue" in options, kind in _LISTS))
            if not _is_plain(entry.value, options):
                draft.whole = False
            if "unique" in options and options["unique"].value is not False:
                draft.add_key(KeyKind.UNIQUE, (name,), place)
            if "references" in options:
                draft.add_foreign_key((name,), _referenced(options["references"].value), place)

    @staticmethod
    def _index(draft: Draft, options: dict[str, Entry], place: Place) -> None:
        names = tuple(_fields(options["fields"].value)) if "fields" in options else ()
        unique = _is_true(options, "unique") or (
            "type" in options and text_of(options["type"].value) == "UNIQUE"
        )
        draft.add_key(KeyKind.UNIQUE if unique else KeyKind.INDEX, names, place)

    # Migrations

    def _migrate(self, method: str, call: SgNode, arguments: list[SgNode], unit: Unit) -> None:
        if len(arguments) < 2:
            return
        first = self._data(arguments[0], unit)
        named = entries_of(first).get("tableName")
        name = text_of(first) or (text_of(named.value) if named is not None else "")
        second = self._data(arguments[1], unit)
        if not name or (method == "createTable" and not isinstance(second, dict)):
            return  # Knex builds its tables in a callback
        draft = self.builder.table(
            name, self._place(call, unit), "sequelize", creates=method == "createTable"
        )
        if method == "createTable":
            self._attributes(draft, entries_of(second), unit)
        elif method == "addColumn" and len(arguments) > 2:
            entry = Entry(call, self._data(arguments[2], unit))
            self._attributes(draft, {text_of(second): entry}, unit)
        elif method == "addIndex":
            options = entries_of(self._data(arguments[2], unit)) if len(arguments) > 2 else {}
            if isinstance(second, list):
                options = {**options, "fields": Entry(call, second)}
            else:
                options = {**options, **entries_of(second)}
            self._index(draft, options, self._place(call, unit))
        elif method == "addConstraint":
            self._constraint(draft, entries_of(second), self._place(call, unit))

    @staticmethod
    def _constraint(draft: Draft, options: dict[str, Entry], place: Place) -> None:
        kind = text_of(options["type"].value).lower() if "type" in options else ""
        names = tuple(_fields(options["fields"].value)) if "fields" in options else ()
        if kind == "foreign key" and "references" in options:
            references = entries_of(options["references"].value)
            target = code_of(references["table"].value) if "table" in references else ""
            draft.add_foreign_key(names, target, place)
        elif kind in {"unique", "primary key"}:
            draft.add_key(KeyKind.UNIQUE if kind == "unique" else KeyKind.PRIMARY, names, place)
        elif kind == "check":
            draft.checks += 1

    # Associations

    def _associate(self, method: str, callee: SgNode, arguments: list[SgNode], unit: Unit) -> None:
        target = callee.field("object")
        if target is None:
            return
        owner, other = _model_name(target), _model_name(arguments[0])
        options = entries_of(self._data(arguments[1], unit)) if len(arguments) > 1 else {}
        place = self._place(callee, unit)
        if method == "belongsToMany":
            self._through(options, place)
            return
        holder, held = (owner, other) if method in _OWNED else (other, owner)
        draft = self.builder.known(holder)
        if draft is None or draft.source != "sequelize":
            return
        column = _foreign_key(options, held)
        if canonical(column) not in draft.columns:
            draft.add_column(Column(column, "", place))
        if not any(_is_off(options, name) for name in ("constraints",)):
            draft.add_foreign_key((column,), held, draft.columns[canonical(column)].place)

    def _through(self, options: dict[str, Entry], place: Place) -> None:
        through = text_of(options["through"].value) if "through" in options else ""
        if through and self.builder.known(through) is None:
            draft = self.builder.table(through, place, "sequelize", creates=True)
            # The table between two models is made with a primary key over both.
            draft.implicit_primary = draft.derived = True


_LISTS = frozenset({"json", "jsonb", "array"})


def _kind(data: Data) -> str:
    """Return the type of a column: ``DataTypes.STRING(80)`` is varchar."""
    written = code_of(data).split("(", 1)[0].rsplit(".", 1)[-1].lower()
    return {"string": "varchar", "integer": "int"}.get(written, written)


def _is_plain(data: Data, options: dict[str, Entry]) -> bool:
    """Say whether a column is written out: a type, or an object with one, and no call that makes it."""
    if isinstance(data, Code):
        return data.node.kind() != "call_expression" or "." in data.text.split("(", 1)[0]
    return not options or "type" in options


def _is_true(options: dict[str, Entry], name: str) -> bool:
    return name in options and options[name].value is True


def _is_off(options: dict[str, Entry], name: str) -> bool:
    return name in options and options[name].value is False


def _referenced(data: Data) -> str:
    model = entries_of(data).get("model")
    if model is None:
        return code_of(data)
    named = entries_of(model.value).get("tableName")
    return text_of(named.value) if named is not None else code_of(model.value).rsplit(".", 1)[-1]


def _fields(data: Data) -> Iterator[str]:
    for item in items_of(data):
        options = entries_of(item.value)
        named = options.get("name") or options.get("attribute")
        if text_of(item.value):
            yield text_of(item.value)
        elif named is not None and text_of(named.value):
            yield text_of(named.value)
        elif isinstance(item.value, Code):
            yield "__expression__"


def _model_name(node: SgNode) -> str:
    return unwrap(node).text()[:200].rsplit(".", 1)[-1]


def _foreign_key(options: dict[str, Entry], target: str) -> str:
    given = options.get("foreignKey")
    if given is not None:
        named = entries_of(given.value).get("name")
        name = text_of(given.value) or (text_of(named.value) if named is not None else "")
        if name:
            return name
    alias = options.get("as")
    stem = text_of(alias.value) if alias is not None else ""
    return f"{stem or target[:1].lower() + target[1:]}Id"
