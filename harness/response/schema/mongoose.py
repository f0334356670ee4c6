"""Schemas and indexes of Mongoose."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import arguments_of
from harness.response.javascript.values import Instance, Value, options_of, origin_of
from harness.response.schema.builder import Builder, Draft
from harness.response.schema.literals import (
    Code,
    Data,
    Entry,
    code_of,
    data_of,
    entries_of,
    text_of,
)
from harness.response.schema.model import Column, Dialect, KeyKind, Place
from harness.response.schema.plain import outside_names_of

__all__ = ["MongooseReader"]

_CONSTRAINTS = frozenset({"enum", "min", "max", "minlength", "maxlength", "minLength", "maxLength", "match"})
_MAX_NESTING = 4


class MongooseReader:
    """Reads schemas first, then what is done with them."""

    def __init__(self, builder: Builder, resolver: Resolver) -> None:
        self.builder = builder
        self.resolver = resolver
        self.drafts: dict[SgNode, Draft] = {}
        self.nested: set[SgNode] = set()
        self.unit: Unit | None = None

    def read(self, units: tuple[Unit, ...]) -> None:
        """Take all schemas, models and indexes of the units into the schema."""
        for unit in units:
            outside = outside_names_of(unit)
            for callee in unit.callees:
                if outside.get(callee.name, callee.name) == "model":
                    self._model(callee.call, unit)
        for unit in units:
            for call in unit.calls:
                if call.kind() == "new_expression" and call not in self.drafts:
                    self._unnamed(call, unit)
        for unit in units:
            for callee in unit.callees:
                if callee.name == "index" and callee.kind == "member_expression":
                    self._index(callee.call, callee.node, unit)

    def _schema_of(self, value: Value) -> Instance | None:
        for option in options_of(value):
            if isinstance(option, Instance) and (origin_of(option) or ("", ()))[1][-1:] == ("Schema",):
                return option
        return None

    def _model(self, call: SgNode, unit: Unit) -> None:
        arguments = arguments_of(call)
        if len(arguments) < 2:
            return
        name = text_of(data_of(self.resolver, arguments[0], unit))
        schema = self._schema_of(self.resolver.resolve(arguments[1], unit))
        if name and schema is not None and schema.node not in self.drafts:
            self._draft(name, schema.node, schema.unit)

    def _unnamed(self, node: SgNode, unit: Unit) -> None:
        """Read a schema whose model is not shown; one that is part of another is no collection."""
        if node in self.nested or self._schema_of(self.resolver.resolve(node, unit)) is None:
            return
        up = node.parent()
        name = up.field("name") if up is not None and up.kind() == "variable_declarator" else None
        stem = "" if name is None else name.text().removesuffix("Schema")
        if stem and stem.lower() != "schema":
            self._draft(stem, node, unit)

    def _draft(self, name: str, node: SgNode, unit: Unit) -> Draft:
        place = Place(unit.block, node.range().start.line)
        draft = self.builder.table(name, place, "mongoose", creates=True)
        draft.dialect, draft.implicit_primary = Dialect.MONGO, True
        draft.add_key(KeyKind.PRIMARY, ("_id",), place)
        draft.add_key(KeyKind.PRIMARY, ("id",), place)
        self.drafts[node], self.unit = draft, unit
        arguments = arguments_of(node)
        if arguments:
            fields = data_of(self.resolver, arguments[0], unit)
            self._fields(draft, fields, unit, "", 0)
            draft.whole = isinstance(fields, dict)
        options = entries_of(data_of(self.resolver, arguments[1], unit)) if len(arguments) > 1 else {}
        if "timestamps" in options and options["timestamps"].value is not False:
            for stamp in ("createdAt", "updatedAt"):
                draft.add_column(Column(stamp, "date", place))
        return draft

    def _fields(self, draft: Draft, data: Data, unit: Unit, prefix: str, depth: int) -> None:
        for name, entry in entries_of(data).items():
            self._field(draft, f"{prefix}{name}", entry, unit, depth)

    def _field(self, draft: Draft, name: str, entry: Entry, unit: Unit, depth: int) -> None:
        place = Place(unit.block, entry.node.range().start.line)
        value, many = entry.value, isinstance(entry.value, list)
        if isinstance(value, list):
            value = value[0].value if value else None
        options = entries_of(value)
        inner = options["type"].value if "type" in options else None
        if isinstance(inner, list):
            many = True
            options = {**options, **entries_of(inner[0].value if inner else None)}
        nested = self._nested_fields(inner if inner is not None else value)
        if nested is not None or (options and inner is None):
            if depth < _MAX_NESTING:
                self._fields(draft, value if nested is None else nested, unit, f"{name}.", depth + 1)
            return
        kind = code_of(inner if inner is not None else value).rsplit(".", 1)[-1].lower()
        required = "required" in options and options["required"].value is not False
        draft.add_column(Column(name, kind, place, not required, "default" in options, many))
        if _on(options, "index") or _on(options, "text"):
            draft.add_key(KeyKind.INDEX, (name,), place)
        if _on(options, "unique"):
            draft.add_key(KeyKind.UNIQUE, (name,), place)
        draft.checks += sum(word in options for word in _CONSTRAINTS)
        if "ref" in options:
            # Lists and parts of documents are looked up from their own side, unless a query says otherwise.
            inside = many or "." in name
            draft.add_foreign_key((name,), code_of(options["ref"].value), place, indexed=inside)

    def _nested_fields(self, data: Data) -> Data:
        """Return the fields of a schema that is the type of a field."""
        if not isinstance(data, Code) or self.unit is None:
            return None
        schema = self._schema_of(self.resolver.resolve(data.node, self.unit))
        arguments = [] if schema is None else arguments_of(schema.node)
        if schema is None or not arguments:
            return None
        self.nested.add(schema.node)
        return data_of(self.resolver, arguments[0], schema.unit)

    def _index(self, call: SgNode, callee: SgNode, unit: Unit) -> None:
        target = callee.field("object")
        schema = None if target is None else self._schema_of(self.resolver.resolve(target, unit))
        draft = None if schema is None else self.drafts.get(schema.node)
        arguments = arguments_of(call)
        if draft is None or not arguments:
            return
        keys = entries_of(data_of(self.resolver, arguments[0], unit))
        options = entries_of(data_of(self.resolver, arguments[1], unit)) if len(arguments) > 1 else {}
        kind = KeyKind.UNIQUE if _on(options, "unique") else KeyKind.INDEX
        draft.add_key(kind, tuple(keys), Place(unit.block, call.range().start.line))


def _on(options: dict[str, Entry], name: str) -> bool:
    return name in options and options[name].value is not False and options[name].value is not None
