"""Queries that JavaScript puts to models: Mongoose, Sequelize, Prisma and Knex."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.response.block import Origin
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Callee, Unit
from harness.response.javascript.syntax import arguments_of, callee_of, property_name
from harness.response.schema.builder import Builder
from harness.response.schema.literals import Data, Entry, data_of, entries_of, items_of, text_of
from harness.response.schema.model import Condition, Place, Query, TableUse, canonical

__all__ = ["OrmQueryReader"]

_DIRECT = frozenset(
    (
        "find findOne findOneAndUpdate findOneAndDelete findOneAndReplace updateOne updateMany deleteOne "
        "deleteMany countDocuments exists"
    ).split()
)
_OPTIONS = frozenset(
    (
        "findAll findOne findAndCountAll count destroy findMany findFirst findFirstOrThrow findUnique "
        "findUniqueOrThrow updateMany deleteMany aggregate groupBy sum max min"
    ).split()
)
_WHERE = frozenset({"where", "andWhere", "whereIn", "whereBetween", "whereILike", "whereLike", "whereRaw"})
_NEGATIONS = frozenset({"$ne", "$nin", "$not", "$exists", "not", "notIn", "$nor"})
_RANGES = frozenset({"$gt", "$gte", "$lt", "$lte", "gt", "gte", "lt", "lte"})
_MAX_CHAIN = 40


class OrmQueryReader:
    """Reads the queries of one unit after the other, when all models are known."""

    def __init__(self, builder: Builder, resolver: Resolver) -> None:
        self.builder = builder
        self.resolver = resolver

    def read(self, unit: Unit) -> None:
        """Take all queries of a unit into the schema."""
        for callee in unit.callees:
            if callee.kind == "member_expression":
                self._model_query(callee, unit)
            elif callee.kind == "identifier":
                self._table_query(callee, unit)

    def _model_query(self, callee: Callee, unit: Unit) -> None:
        target, arguments = callee.node.field("object"), arguments_of(callee.call)
        if target is None or not arguments or callee.name not in _DIRECT | _OPTIONS:
            return
        name = target.text()[:200].rsplit(".", 1)[-1]
        draft = self.builder.known(name)
        if draft is None or draft.source not in {"mongoose", "sequelize", "prisma"}:
            return
        data = self._data(arguments[0], unit)
        order: Condition | None = None
        limited = False
        if draft.source == "mongoose":
            if callee.name not in _DIRECT:
                return
            order, limited = self._sorted(callee.call, unit)
            where = data
        else:
            options = entries_of(data)
            where = options["where"].value if "where" in options else None
            order = self._ordered(options, unit)
            limited = bool({"limit", "take"} & options.keys())
        self._add(name, self._conditions(where, unit), order, unit, callee.call, limited=limited)

    def _data(self, node: SgNode, unit: Unit) -> Data:
        return data_of(self.resolver, node, unit)

    def _add(
        self,
        name: str,
        filters: list[Condition],
        order: Condition | None,
        unit: Unit,
        node: SgNode,
        *,
        limited: bool,
    ) -> None:
        use = TableUse(name, tuple(filters), order)
        supplied = unit.block.origin is Origin.SUPPLIED
        self.builder.queries.append(Query((use,), (), limited, self._place(node, unit), supplied))

    @staticmethod
    def _place(node: SgNode, unit: Unit) -> Place:
        return Place(unit.block, node.range().start.line)

    # Conditions in object literals

    def _conditions(self, data: Data, unit: Unit, depth: int = 0) -> list[Condition]:
        found: list[Condition] = []
        for name, entry in entries_of(data).items():
            if name in {"AND", "$and"} and depth < 4:
                parts = items_of(entry.value) or [entry]
                found += [one for part in parts for one in self._conditions(part.value, unit, depth + 1)]
            elif name in {"OR", "$or"} and depth < 4:
                found += self._alternatives(entry, unit, depth)
            elif name.isidentifier() or "." in name:
                found += self._condition(name, entry, unit)
        return found

    def _condition(self, name: str, entry: Entry, unit: Unit) -> list[Condition]:
        value = entry.value
        operators = set(entries_of(value))
        if value is None or isinstance(value, bool) or operators & _NEGATIONS or name.startswith("$"):
            return []
        exact = not operators & _RANGES
        return [Condition(((canonical(name),),), (name,), self._place(entry.node, unit), exact)]

    def _alternatives(self, entry: Entry, unit: Unit, depth: int) -> list[Condition]:
        branches: list[tuple[str, ...]] = []
        names: list[str] = []
        for part in items_of(entry.value):
            inner = self._conditions(part.value, unit, depth + 1)
            if not inner:
                return []
            branches.append(tuple(term for one in inner for branch in one.branches for term in branch))
            names += [name for one in inner for name in one.names]
        place = self._place(entry.node, unit)
        return [Condition(tuple(branches), tuple(dict.fromkeys(names)), place)] if branches else []

    def _ordered(self, options: dict[str, Entry], unit: Unit) -> Condition | None:
        entry = options.get("order") or options.get("orderBy")
        if entry is None:
            return None
        value = entry.value
        first = items_of(value)[0].value if items_of(value) else value
        if isinstance(first, list):
            first = first[0].value if first else None
        name = next(iter(entries_of(first)), "") or text_of(first)
        return Condition(((canonical(name),),), (name,), self._place(entry.node, unit)) if name else None

    # Chains

    def _sorted(self, call: SgNode, unit: Unit) -> tuple[Condition | None, bool]:
        """Return what ``.sort()`` and ``.limit()`` after a Mongoose query say."""
        order: Condition | None = None
        limited = False
        for name, link in _links(call):
            arguments = arguments_of(link)
            if name == "sort" and arguments:
                data = self._data(arguments[0], unit)
                column = next(iter(entries_of(data)), "") or text_of(data).split(" ")[0].lstrip("-")
                if column:
                    order = Condition(((canonical(column),),), (column,), self._place(arguments[0], unit))
            limited = limited or name == "limit"
        return order, limited

    def _table_query(self, callee: Callee, unit: Unit) -> None:
        """Read ``knex('orders').where(...)``."""
        arguments = arguments_of(callee.call)
        table = text_of(self._data(arguments[0], unit)) if len(arguments) == 1 else ""
        draft = self.builder.known(table) if table else None
        if draft is None or draft.source != "knex":
            return
        filters: list[Condition] = []
        order: Condition | None = None
        limited = False
        for name, link in _links(callee.call):
            given = arguments_of(link)
            if name.endswith("oin"):
                return  # of two tables, whose columns these are is not plain
            if name in _WHERE and given:
                filters += self._where(given, unit)
            elif name == "orderBy" and given and order is None:
                column = text_of(self._data(given[0], unit))
                order = (
                    Condition(((canonical(column),),), (column,), self._place(given[0], unit))
                    if column
                    else None
                )
            limited = limited or name == "limit"
        self._add(table, filters, order, unit, callee.call, limited=limited)

    def _where(self, given: list[SgNode], unit: Unit) -> list[Condition]:
        data = self._data(given[0], unit)
        name = text_of(data)
        if not name:
            return self._conditions(data, unit)
        operator = text_of(self._data(given[1], unit)) if len(given) == 3 else "="
        if (
            operator in {"<>", "!=", "not"}
            or not name.replace(".", "").isidentifier()
            or given[-1].kind() in {"true", "false"}
        ):
            return []
        column = name.rsplit(".", 1)[-1]
        exact = operator not in {"<", ">", "<=", ">="}
        return [Condition(((canonical(column),),), (column,), self._place(given[0], unit), exact)]


def _links(call: SgNode) -> list[tuple[str, SgNode]]:
    """Return name and call of what is chained to a call, in order."""
    found: list[tuple[str, SgNode]] = []
    here = call
    for _ in range(_MAX_CHAIN):
        member = here.parent()
        outer = None if member is None else member.parent()
        if member is None or outer is None or member.kind() != "member_expression":
            break
        if outer.kind() != "call_expression" or callee_of(outer) != member:
            break
        found.append((property_name(member.field("property")) or "", outer))
        here = outer
    return found
