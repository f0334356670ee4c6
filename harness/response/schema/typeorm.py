"""Entities of TypeORM: classes with decorators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ast_grep_py import SgNode

from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import arguments_of, callee_of, named
from harness.response.schema.builder import Builder, Draft
from harness.response.schema.literals import Entry, code_of, data_of, entries_of, items_of, text_of
from harness.response.schema.model import Column, KeyKind, Place, canonical
from harness.response.schema.plain import outside_names_of

__all__ = ["read_entities"]

_PRIMARY = frozenset({"PrimaryGeneratedColumn", "PrimaryColumn", "ObjectIdColumn"})
_COLUMNS = frozenset(
    (
        "Column CreateDateColumn UpdateDateColumn DeleteDateColumn VersionColumn PrimaryGeneratedColumn "
        "PrimaryColumn"
    ).split()
)


def read_entities(builder: Builder, resolver: Resolver, unit: Unit) -> None:
    """Take the entities of a unit into the schema."""
    outside = outside_names_of(unit)
    for node in unit.root.find_all(kind="class_declaration"):
        decorators = list(_decorators(node, outside))
        entity = next((call for name, call in decorators if name == "Entity"), None)
        if entity is not None:
            _Entity(builder, resolver, unit, node, outside).read(entity, decorators)


def _decorators(node: SgNode, outside: Mapping[str, str]) -> Iterator[tuple[str, SgNode]]:
    """Yield name and call of the decorators of a class or field; an exported class has them before it."""
    up = node.parent()
    holders = [up, node] if up is not None and up.kind() == "export_statement" else [node]
    for holder in holders:
        for child in holder.children():
            if child.kind() == "decorator":
                inner = named(child)
                callee = callee_of(inner[0]) if inner else None
                if callee is not None:
                    name = callee.text()[:100].rpartition(".")[2]
                    yield outside.get(name, name), inner[0]


class _Entity:
    def __init__(
        self, builder: Builder, resolver: Resolver, unit: Unit, node: SgNode, outside: Mapping[str, str]
    ) -> None:
        self.builder, self.resolver, self.unit, self.node = builder, resolver, unit, node
        self.outside = outside

    def read(self, entity: SgNode, decorators: list[tuple[str, SgNode]]) -> None:
        name = self.node.field("name")
        if name is None:
            return
        draft = self.builder.table(name.text(), self._place(name), "typeorm", creates=True)
        options = self._arguments(entity)
        first = options[0] if options else None
        table = text_of(first.value) if first is not None else ""
        if first is not None and "name" in entries_of(first.value):
            table = text_of(entries_of(first.value)["name"].value)
        if table:
            self.builder.alias(table, name.text())
        body = self.node.field("body")
        for member in [] if body is None else named(body):
            if member.kind() == "public_field_definition":
                self._field(draft, member)
        # An entity may extend one with an id.
        if any(child.kind() == "class_heritage" for child in self.node.children()):
            draft.implicit_primary = True
        for decorator, call in decorators:
            self._class_decorator(draft, decorator, call)

    def _place(self, node: SgNode) -> Place:
        return Place(self.unit.block, node.range().start.line)

    def _arguments(self, call: SgNode) -> list[Entry]:
        return [Entry(node, data_of(self.resolver, node, self.unit)) for node in arguments_of(call)]

    def _class_decorator(self, draft: Draft, name: str, call: SgNode) -> None:
        if name == "Check":
            draft.checks += 1
        if name not in {"Index", "Unique"}:
            return
        arguments = self._arguments(call)
        columns: tuple[str, ...] = ()
        for argument in arguments:
            if isinstance(argument.value, list):
                columns = tuple(text_of(item.value) for item in items_of(argument.value))
            elif argument.node.kind() == "arrow_function":
                columns = tuple(
                    node.text()
                    for node in argument.node.find_all(kind="property_identifier")
                    if node.text() != "map"
                )
        options = entries_of(arguments[-1].value) if arguments else {}
        unique = name == "Unique" or ("unique" in options and options["unique"].value is True)
        draft.add_key(KeyKind.UNIQUE if unique else KeyKind.INDEX, columns, self._place(call))

    def _field(self, draft: Draft, member: SgNode) -> None:
        name = member.field("name")
        found = dict(_decorators(member, self.outside))
        if name is None or not found:
            return
        place, field = self._place(name), name.text()
        relation = next((found[word] for word in ("ManyToOne", "OneToOne") if word in found), None)
        if relation is not None and ("ManyToOne" in found or "JoinColumn" in found):
            self._relation(draft, field, relation, found.get("JoinColumn"), place)
            field = self._joined(field, found.get("JoinColumn"))
            if "OneToOne" in found:
                draft.add_key(KeyKind.UNIQUE, (field,), place)
        column = next((found[word] for word in _COLUMNS if word in found), None)
        if column is not None:
            self._column(draft, field, column, place)
        if _PRIMARY & found.keys():
            draft.add_key(KeyKind.PRIMARY, (field,), place)
        if "Index" in found:
            options = [entries_of(one.value) for one in self._arguments(found["Index"])]
            unique = any("unique" in one and one["unique"].value is True for one in options)
            draft.add_key(KeyKind.UNIQUE if unique else KeyKind.INDEX, (field,), place)

    def _column(self, draft: Draft, field: str, call: SgNode, place: Place) -> None:
        kind, options = "", dict[str, Entry]()
        for argument in self._arguments(call):
            kind = kind or text_of(argument.value)
            options = options or entries_of(argument.value)
        if "type" in options:
            kind = code_of(options["type"].value)
        nullable = "nullable" in options and options["nullable"].value is True
        many = kind.startswith(("json", "simple-")) or ("array" in options and options["array"].value is True)
        if kind == "simple-array":
            kind = "text"
        draft.add_column(
            Column(field, kind.lower() or "varchar", place, nullable, "default" in options, many)
        )
        if "unique" in options and options["unique"].value is True:
            draft.add_key(KeyKind.UNIQUE, (field,), place)

    def _relation(self, draft: Draft, field: str, call: SgNode, join: SgNode | None, place: Place) -> None:
        arguments = arguments_of(call)
        target = ""
        if arguments:
            body = arguments[0].field("body")
            target = body.text() if body is not None else arguments[0].text().strip("'\"")
        column = self._joined(field, join)
        if canonical(column) not in draft.columns:
            draft.add_column(Column(column, "", place))
        draft.add_foreign_key((column,), target[:200], place)

    def _joined(self, field: str, join: SgNode | None) -> str:
        for argument in [] if join is None else self._arguments(join):
            options = entries_of(argument.value)
            if "name" in options and text_of(options["name"].value):
                return text_of(options["name"].value)
        return f"{field}Id"
