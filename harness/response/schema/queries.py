"""What a parsed query filters, joins and orders by, one entry for each part with its own FROM."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from harness.response.block import Origin
from harness.response.schema.ddl import DefinitionReader
from harness.response.schema.model import Condition, Join, Query, Split, TableUse, canonical, table_key
from harness.response.schema.terms import term_of

__all__ = ["read_query"]

_COMPARISONS = (
    exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Between, exp.Like, exp.ILike, exp.NullSafeEQ,
    exp.ArrayContainsAll, exp.ArrayContainedBy, exp.ArrayOverlaps, exp.JSONBContains, exp.Operator,
    exp.RegexpLike, exp.MatchAgainst, exp.SimilarTo,
)  # fmt: skip
_RANGES = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
_MAX_CONJUNCTS = 200


@dataclass(slots=True)
class _Scope:
    """The tables of one FROM: names by alias in order, and what is put to them."""

    reader: DefinitionReader
    tables: dict[str, str] = field(default_factory=dict)
    opaque: set[str] = field(default_factory=set)
    filters: dict[str, list[Condition]] = field(default_factory=dict)
    joins: list[tuple[str, str, str, str, exp.Expression]] = field(default_factory=list)
    order: dict[str, Condition] = field(default_factory=dict)

    def owner(self, column: exp.Column) -> str | None:
        """Return the alias of the table that a column belongs to; ``None`` where it cannot be told."""
        if column.table:
            alias = canonical(column.table)
            return alias if alias in self.tables else None
        if len(self.tables) == 1 and not self.opaque:
            return next(iter(self.tables))
        key = canonical(column.name)
        drafts = self.reader.builder.drafts
        holders = [
            alias
            for alias, name in self.tables.items()
            if (draft := drafts.get(table_key(name))) is not None and key in draft.columns
        ]
        return holders[0] if len(holders) == 1 else None


def read_query(reader: DefinitionReader, tree: exp.Expression) -> None:
    """Take every part of a query into the schema of the reader's builder."""
    named = {canonical(cte.alias) for cte in tree.find_all(exp.CTE)}
    builder = reader.builder
    for node in tree.find_all(exp.Select, exp.Update, exp.Delete):
        scope = _Scope(reader)
        for source in _sources(node):
            _add_source(scope, source, named)
        if scope.tables:
            _read_scope(scope, node)
            builder.splits += _splits(scope, node)
            builder.queries.append(_frozen(scope, node))


def _splits(scope: _Scope, node: exp.Expression) -> Iterator[Split]:
    """Yield the columns that a part of a query takes apart at a separator."""
    found: list[exp.Expression] = [
        call for call in node.find_all(exp.Anonymous) if call.name.upper() == "FIND_IN_SET"
    ]
    found += [
        array
        for array in node.find_all(exp.StringToArray)
        if any(literal.name.strip() in {",", ";", "|"} for literal in array.find_all(exp.Literal))
    ]
    for one in found:
        for alias, names in _columns_by_table(scope, one).items():
            yield Split(scope.tables[alias], names[-1], scope.reader.place(one))


def _sources(node: exp.Expression) -> Iterator[exp.Expression]:
    if not isinstance(node, exp.Select):
        yield node.this
    origin = node.args.get("from_")
    if isinstance(origin, exp.Expression):
        yield origin.this
    using = node.args.get("using")
    yield from using if isinstance(using, list) else ()
    for join in _joins(node):
        yield join.this


def _joins(node: exp.Expression) -> list[exp.Join]:
    found = list(node.args.get("joins") or ())
    origin = node.args.get("from_")
    for holder in (node.this, None if origin is None else origin.this):
        if isinstance(holder, exp.Table):
            found += holder.args.get("joins") or ()
    return [join for join in found if isinstance(join, exp.Join)]


def _add_source(scope: _Scope, source: object, named: set[str]) -> None:
    if not isinstance(source, exp.Expression):
        return
    name = source.name if isinstance(source, exp.Table) else ""
    alias = canonical(source.alias or name)
    system = name.lower().startswith("pg_") or (
        isinstance(source, exp.Table) and source.db == "information_schema"
    )
    if not name or canonical(name) in named or system:
        scope.opaque.add(alias)
    elif alias:
        scope.tables[alias] = name


def _read_scope(scope: _Scope, node: exp.Expression) -> None:
    where = node.args.get("where")
    if isinstance(where, exp.Where):
        _read_conjuncts(scope, where.this)
    for join in _joins(node):
        on = join.args.get("on")
        if isinstance(on, exp.Expression):
            _read_conjuncts(scope, on)
        for shared in join.args.get("using") or ():
            _read_using(scope, join, shared)
    order = node.args.get("order")
    if isinstance(order, exp.Order) and order.expressions:
        first = order.expressions[0]
        for alias, names in _columns_by_table(scope, first).items():
            terms = tuple(dict.fromkeys((term_of(first), *map(canonical, names))))
            scope.order[alias] = Condition((terms,), tuple(names), scope.reader.place(first))


def _read_using(scope: _Scope, join: exp.Join, shared: exp.Expression) -> None:
    alias = canonical(join.this.alias_or_name)
    others = [other for other in scope.tables if other != alias]
    if alias in scope.tables and others:
        key = canonical(shared.name)
        scope.joins.append((others[0], key, alias, key, shared))


def _read_conjuncts(scope: _Scope, node: exp.Expression) -> None:
    for conjunct in _flat(node, exp.And):
        if isinstance(conjunct, exp.Or):
            _read_alternatives(scope, conjunct)
        elif not _read_join(scope, conjunct):
            for alias, (terms, names) in _compared(scope, conjunct).items():
                exact = not isinstance(conjunct, _RANGES)
                condition = Condition((terms,), names, scope.reader.place(conjunct), exact)
                scope.filters.setdefault(alias, []).append(condition)


def _flat(node: exp.Expression, kind: type[exp.Connector]) -> list[exp.Expression]:
    """Return the operands of a chain of AND or OR, parentheses taken off, without recursion."""
    found: list[exp.Expression] = []
    stack = [node]
    while stack and len(found) < _MAX_CONJUNCTS:
        here = stack.pop()
        while isinstance(here, exp.Paren):
            here = here.this
        if isinstance(here, kind):
            stack += [here.expression, here.this]
        else:
            found.append(here)
    return found


def _read_alternatives(scope: _Scope, node: exp.Or) -> None:
    """Read an OR: every branch that speaks of the table needs an index; over two tables none helps."""
    branches: dict[str, list[tuple[str, ...]]] = {}
    names: dict[str, list[str]] = {}
    for branch in _flat(node, exp.Or):
        parts = [_compared(scope, part) for part in _flat(branch, exp.And)]
        owners = {alias for part in parts for alias in part}
        if not owners and next(_own_columns(branch), None) is not None:
            return
        for alias in owners:
            terms = tuple(term for part in parts if alias in part for term in part[alias][0])
            branches.setdefault(alias, []).append(terms)
            names.setdefault(alias, []).extend(
                name for part in parts if alias in part for name in part[alias][1]
            )
    if len(branches) == 1:
        alias = next(iter(branches))
        condition = Condition(
            tuple(branches[alias]), tuple(dict.fromkeys(names[alias])), scope.reader.place(node)
        )
        scope.filters.setdefault(alias, []).append(condition)


def _read_join(scope: _Scope, node: exp.Expression) -> bool:
    """Take ``a.x = b.y`` as a join; say whether it is one."""
    if not isinstance(node, (exp.EQ, exp.NullSafeEQ)):
        return False
    left, right = node.this.unnest(), node.expression.unnest()
    if not isinstance(left, exp.Column) or not isinstance(right, exp.Column):
        return False
    one, other = scope.owner(left), scope.owner(right)
    if one is None or other is None or one == other:
        return False
    scope.joins.append((one, canonical(left.name), other, canonical(right.name), node))
    return True


def _compared(scope: _Scope, node: exp.Expression) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return by table the terms that a comparison could look up in an index, and the columns' names."""
    if not isinstance(node, _COMPARISONS) or _is_flag(node):
        return {}
    operands = [node.this, node.args.get("expression"), *node.expressions]
    sides = [one for one in operands if isinstance(one, exp.Expression)]
    found: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for side in sides:
        for alias, names in _columns_by_table(scope, side).items():
            if alias in found:
                return {}  # a column compared with another of its own row
            terms = tuple(term for term in dict.fromkeys((term_of(side), *map(canonical, names))) if term)
            found[alias] = (terms, tuple(names))
    return found if len(found) == 1 else {}


def _is_flag(node: exp.Expression) -> bool:
    """``is_active = true`` selects too much for an index to help."""
    return isinstance(node, exp.EQ) and isinstance(node.expression, exp.Boolean)


def _columns_by_table(scope: _Scope, node: exp.Expression) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for column in _own_columns(node):
        alias = scope.owner(column)
        if alias is not None and not column.name.startswith("__"):
            found.setdefault(alias, []).append(column.name)
    return found


def _own_columns(node: exp.Expression) -> Iterator[exp.Column]:
    """Yield the columns below a node, those of nested queries left out."""
    stack = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, exp.Column):
            yield here
        elif not isinstance(here, exp.Query):
            stack += _children(here)


def _children(node: exp.Expression) -> Iterable[exp.Expression]:
    return reversed(list(node.iter_expressions()))


def _frozen(scope: _Scope, node: exp.Expression) -> Query:
    position = {alias: number for number, alias in enumerate(scope.tables)}
    reader = scope.reader
    uses = tuple(
        TableUse(name, tuple(scope.filters.get(alias, ())), scope.order.get(alias))
        for alias, name in scope.tables.items()
    )
    joins = tuple(
        Join(position[left], left_term, position[right], right_term, reader.place(place))
        for left, left_term, right, right_term, place in scope.joins
    )
    limited = node.args.get("limit") is not None or node.args.get("fetch") is not None
    return Query(uses, joins, limited, reader.place(node), reader.block.origin is Origin.SUPPLIED)
