"""CREATE TABLE, CREATE INDEX and ALTER TABLE, as sqlglot parses them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from harness.response.block import Block
from harness.response.schema.builder import Builder, Draft
from harness.response.schema.model import Column, Dialect, Key, KeyKind, Place, canonical
from harness.response.schema.statements import SqlText
from harness.response.schema.terms import plain_columns, term_of

__all__ = ["DefinitionReader"]

# Indexes that answer for each of their columns, whatever the order.
_UNORDERED = frozenset({"gin", "gist", "spgist", "brin", "fulltext", "spatial"})
_LISTS = (exp.DataType.Type.ARRAY, exp.DataType.Type.JSON, exp.DataType.Type.JSONB)
_DERIVING = (exp.PartitionedOfProperty, exp.InheritsProperty, exp.TemporaryProperty, exp.LikeProperty)


@dataclass(slots=True)
class DefinitionReader:
    """Reads one statement, which begins at offset ``start`` of a SQL text in a block."""

    builder: Builder
    block: Block
    source: SqlText
    start: int
    dialect: Dialect
    elided: bool = False

    def place(self, node: exp.Expression | None, default: Place | None = None) -> Place:
        """Return where a node stands; the statement's own place where the tree does not say."""
        found = None if node is None else node.args.get("this")
        if node is not None and not isinstance(found, exp.Identifier):
            found = next(iter(node.find_all(exp.Identifier)), None)
        # The parser's own line numbers are wrong after some line ends; its offsets are right.
        offset = None if found is None else found.meta.get("start")
        if offset is None and default is not None:
            return default
        return Place(self.block, self.source.line_at(self.start + (offset or 0)))

    def read(self, tree: exp.Expression) -> bool:
        """Take a statement into the schema; say whether it was understood."""
        if isinstance(tree, exp.Create):
            kind = str(tree.args.get("kind") or "").upper()
            if kind == "TABLE":
                return self._table(tree)
            return self._index(tree) if kind == "INDEX" else True
        if isinstance(tree, exp.Alter):
            return self._alter(tree)
        return False

    def _draft(self, table: exp.Expression, *, creates: bool) -> Draft | None:
        found = table if isinstance(table, exp.Table) else table.find(exp.Table)
        if found is None or not found.name:
            return None
        draft = self.builder.table(found.name, self.place(found), "sql", creates=creates)
        if self.dialect:
            draft.dialect = self.dialect
        return draft

    # CREATE TABLE

    def _table(self, tree: exp.Create) -> bool:
        draft = self._draft(tree.this, creates=True)
        if draft is None:
            return False
        if self.elided:
            draft.whole = False
        properties = tree.args.get("properties")
        derived = tree.args.get("expression") is not None or not isinstance(tree.this, exp.Schema)
        for one in () if properties is None else properties.expressions:
            derived = derived or isinstance(one, _DERIVING)
            if isinstance(one, exp.EngineProperty):
                draft.dialect = Dialect.MYSQL
        if isinstance(tree.this, exp.Schema):
            for part in tree.this.expressions:
                derived = derived or isinstance(part, exp.LikeProperty)
                self._part(draft, part)
        draft.derived = draft.derived or derived
        return True

    def _part(self, draft: Draft, part: exp.Expression) -> None:
        if isinstance(part, exp.ColumnDef):
            self._column(draft, part)
        elif isinstance(part, exp.Constraint):
            for inner in part.expressions:
                self._constraint(draft, inner, self.place(part))
        else:
            self._constraint(draft, part, self.place(part))

    def _column(self, draft: Draft, node: exp.ColumnDef) -> None:
        name, place = node.name, self.place(node)
        kind = node.args.get("kind")
        nullable, default = True, False
        for constraint in node.args.get("constraints") or ():
            what = constraint.args.get("kind") if isinstance(constraint, exp.ColumnConstraint) else constraint
            if isinstance(what, exp.NotNullColumnConstraint):
                nullable = bool(what.args.get("allow_null"))
            elif isinstance(what, (exp.DefaultColumnConstraint, exp.GeneratedAsIdentityColumnConstraint)):
                default = True
            elif isinstance(what, exp.PrimaryKeyColumnConstraint):
                nullable = False
                draft.add_key(KeyKind.PRIMARY, (name,), place)
            elif isinstance(what, exp.UniqueColumnConstraint):
                draft.add_key(KeyKind.UNIQUE, (name,), place)
            elif isinstance(what, exp.Reference):
                draft.add_foreign_key((name,), _target(what), place)
            elif isinstance(what, exp.CheckColumnConstraint):
                draft.checks += 1
        is_list = isinstance(kind, exp.DataType) and kind.this in _LISTS
        draft.add_column(Column(name, _type_name(kind), place, nullable, default, is_list))

    def _constraint(self, draft: Draft, node: exp.Expression, place: Place) -> None:
        if isinstance(node, exp.PrimaryKey):
            draft.add_key(KeyKind.PRIMARY, _names(node.expressions), place)
        elif isinstance(node, exp.UniqueColumnConstraint):
            within = node.this
            draft.add_key(KeyKind.UNIQUE, _names(within.expressions if within is not None else ()), place)
        elif isinstance(node, exp.ForeignKey):
            reference = node.args.get("reference")
            target = _target(reference) if isinstance(reference, exp.Expression) else ""
            draft.add_foreign_key(_names(node.expressions), target, place)
        elif isinstance(node, exp.CheckColumnConstraint):
            draft.checks += 1
        elif isinstance(node, exp.IndexColumnConstraint):
            self._add_index(draft, node.expressions, place, KeyKind.INDEX, str(node.args.get("kind") or ""))
        elif isinstance(node, exp.ExcludeColumnConstraint):
            draft.checks += 1
            columns = tuple(column.name for column in node.find_all(exp.Column))
            self._record(draft, KeyKind.INDEX, tuple(map(canonical, columns)), place, covers_any=True)

    # CREATE INDEX

    def _index(self, tree: exp.Create) -> bool:
        index = tree.this
        if not isinstance(index, exp.Index) or index.args.get("table") is None:
            return False
        draft = self._draft(index.args["table"], creates=False)
        if draft is None:
            return False
        parameters = index.args.get("params")
        if not isinstance(parameters, exp.IndexParameters):
            return False
        kind = KeyKind.UNIQUE if tree.args.get("unique") else KeyKind.INDEX
        using = parameters.args.get("using")
        where = parameters.args.get("where")
        condition = frozenset(map(canonical, plain_columns(where))) if where is not None else frozenset[str]()
        columns = parameters.args.get("columns") or ()
        self._add_index(
            draft, columns, self.place(tree), kind, "" if using is None else using.name, condition=condition
        )
        return bool(columns)

    def _add_index(
        self,
        draft: Draft,
        columns: Sequence[exp.Expression],
        place: Place,
        kind: KeyKind,
        method: str,
        *,
        condition: frozenset[str] = frozenset(),
    ) -> None:
        terms = tuple(term_of(column) for column in columns)
        self._record(draft, kind, terms, place, condition, covers_any=method.lower() in _UNORDERED)

    @staticmethod
    def _record(
        draft: Draft,
        kind: KeyKind,
        terms: tuple[str, ...],
        place: Place,
        condition: frozenset[str] = frozenset(),
        *,
        covers_any: bool = False,
    ) -> None:
        if terms:
            draft.keys.append(Key(kind, terms, place, condition, covers_any))

    # ALTER TABLE

    def _alter(self, tree: exp.Alter) -> bool:
        draft = self._draft(tree.this, creates=False)
        if draft is None:
            return False
        for action in tree.args.get("actions") or ():
            if isinstance(action, exp.AddConstraint):
                for part in action.expressions:
                    self._part(draft, part)
            elif isinstance(action, exp.ModifyColumn) and isinstance(action.this, exp.ColumnDef):
                self._column(draft, action.this)
            elif isinstance(action, exp.ColumnDef):
                self._column(draft, action)
            elif isinstance(action, exp.AlterColumn) and action.args.get("allow_null") is False:
                known = draft.columns.get(canonical(action.name))
                if known is not None:
                    draft.add_column(replace(known, nullable=False))
        return True


def _names(nodes: Iterable[exp.Expression]) -> tuple[str, ...]:
    found = []
    for node in nodes:
        identifier = node if isinstance(node, exp.Identifier) else node.find(exp.Identifier)
        if identifier is not None:
            found.append(identifier.name)
    return tuple(found)


def _target(reference: exp.Expression) -> str:
    table = reference.find(exp.Table)
    return "" if table is None else table.name


def _type_name(kind: exp.Expression | None) -> str:
    if not isinstance(kind, exp.DataType):
        return ""
    what = kind.this
    return (what.value if isinstance(what, exp.DataType.Type) else str(what)).lower()
