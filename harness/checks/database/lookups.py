"""Which columns a schema looks up without an index: foreign keys, references by name, and queries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.response.schema.model import (
    Condition,
    Dialect,
    ForeignKey,
    Place,
    Query,
    Schema,
    Table,
    TableUse,
    canonical,
    singular,
)

__all__ = ["KEY_KINDS", "Missing", "missing_indexes", "reference_of", "unindexed_keys", "unserved_queries"]

# Types that keys of tables have; names of other systems' things are mostly texts.
KEY_KINDS = frozenset({"int", "integer", "bigint", "smallint", "ubigint", "uint", "uuid"})
# What comes first in the name of an id that another system has given.
_ABROAD = frozenset(
    (
        "external ext remote provider vendor upstream stripe paypal google github facebook apple auth0 legacy"
    ).split()
)
_PEOPLE = ("user", "account", "person", "member", "employee")
_PARTS = frozenset(
    (
        "author owner creator editor sender receiver recipient assignee assigner reviewer approver reporter "
        "follower followee organizer organiser uploader invitee inviter publisher manager requester"
    ).split()
)
_BY_SOMEBODY = re.compile(r"(?:[a-z]+ed_by|[a-z]+edBy|assigned_to|assignedTo)")
_COMPUTES = re.compile(r"(?:lower|upper|date|year|month|trim|substr|substring|date_?trunc)\(", re.IGNORECASE)
_REFERENCE = re.compile(r"(?P<stem>.+?)(?:_id|Id|_uuid|Uuid|ID)$")


@dataclass(frozen=True, slots=True)
class Missing:
    """A column that wants an index; ``doubt`` says why this may yet be wrong, empty where it may not."""

    table: Table
    place: Place
    message: str
    doubt: str = ""


def missing_indexes(schema: Schema, dialect: Dialect) -> list[Missing]:
    """Return what lacks an index, keys first; the user's own tables are left out.

    Args:
        schema: the schema of the answer.
        dialect: the database where the schema itself does not tell.
    """
    found = [*unindexed_keys(schema, dialect), *unserved_queries(schema, dialect)]
    unique: dict[tuple[int, int, str], Missing] = {}
    for one in found:
        unique.setdefault((one.place.block.number, one.place.line, one.message), one)
    return list(unique.values())


def unindexed_keys(schema: Schema, dialect: Dialect) -> Iterator[Missing]:
    """Yield the foreign keys, and the columns that are named like one, which no index begins with."""
    for table in schema.written:
        for foreign_key in table.foreign_keys:
            if not foreign_key.indexed and not covers(table, foreign_key.columns):
                yield from _missing_key(table, foreign_key, table.dialect or dialect)
        keyed = {column for foreign_key in table.foreign_keys for column in foreign_key.columns}
        for column in table.columns:
            target = reference_of(schema, table, column.name)
            if target is not None and column.key not in keyed and not covers(table, (column.key,)):
                message = f"{table.name}.{column.name} refers to {target.name} and has no index"
                yield Missing(table, column.place, message)


def covers(table: Table, columns: Sequence[str]) -> bool:
    """Say whether some index of a table begins with these columns, in any order among themselves."""
    wanted = set(columns)
    return any(
        set(key.terms[: len(wanted)]) == wanted or (key.covers_any and wanted <= set(key.terms))
        for key in table.keys
    )


def reference_of(schema: Schema, table: Table, name: str) -> Table | None:
    """Return the shown table that a column refers to by its name: ``customer_id`` beside ``customers``.

    Where no table has just that name, a number or UUID is read by its last word (``home_team_id``) and by
    the part that somebody plays (``author_id`` beside ``users``).
    """
    match = _REFERENCE.fullmatch(name)
    column = table.column(canonical(name))
    if match is None:
        by_somebody = _BY_SOMEBODY.fullmatch(name) and column is not None and column.kind in KEY_KINDS
        found = _somebody(schema) if by_somebody else None
        return None if found is table or found is None or not found.created else found
    found = schema.by_key.get(singular(canonical(match["stem"])))
    if found is None and column is not None and column.kind in KEY_KINDS:
        found = _by_last_word(schema, match["stem"])
    return None if found is None or found is table or not found.created else found


def _by_last_word(schema: Schema, stem: str) -> Table | None:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", stem).lower().split("_")
    if words[0] in _ABROAD:
        return None
    last = singular(canonical(words[-1]))
    if len(words) > 1 and last in schema.by_key:
        return schema.by_key[last]
    return _somebody(schema) if last in _PARTS else None


def _somebody(schema: Schema) -> Table | None:
    """Return the one table of people that there is."""
    people = [schema.by_key[one] for one in _PEOPLE if one in schema.by_key]
    return people[0] if len(people) == 1 else None


def _missing_key(table: Table, key: ForeignKey, dialect: Dialect) -> Iterator[Missing]:
    names = [column.name for one in key.columns if (column := table.column(one)) is not None]
    words = ", ".join(names or key.columns)
    target = f" to {key.target}" if key.target else ""
    message = f"the foreign key {table.name}.{words}{target} has no index"
    if dialect is Dialect.MYSQL:
        return  # InnoDB makes the index itself
    doubt = "" if dialect else "on which database this runs is not said; InnoDB indexes foreign keys itself"
    yield Missing(table, key.place, message, doubt)


# Queries


def unserved_queries(schema: Schema, dialect: Dialect) -> Iterator[Missing]:
    """Yield what the answer's queries filter, join and page by without an index of the shown table."""
    for query in schema.queries:
        if not query.supplied:
            yield from _Lookup(schema, query, dialect).missing()


class _Lookup:
    """One query over tables of which some are shown."""

    def __init__(self, schema: Schema, query: Query, dialect: Dialect) -> None:
        self.query = query
        self.dialect = dialect
        self.tables = [schema.table(use.table) for use in query.uses]
        self.reached = self._reached()

    def _judged(self, position: int) -> Table | None:
        table = self.tables[position]
        return table if table is not None and not table.supplied and not table.embedded else None

    def missing(self) -> Iterator[Missing]:
        filtered = False
        for position, use in enumerate(self.query.uses):
            table = self._judged(position)
            filtered = filtered or bool(use.filters)
            if table is not None and use.filters and position not in self.reached:
                yield self._unfiltered(table, use)
        yield from self._looked_up() if filtered else self._joins()
        yield from self._orders()

    def _unfiltered(self, table: Table, use: TableUse) -> Missing:
        names = list(dict.fromkeys(name for condition in use.filters for name in condition.names))
        listed = " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else "".join(names)
        message = f"a query filters {table.name} by {listed}, which no index begins with"
        return Missing(table, use.filters[0].place, message, self._doubt(table))

    def _doubt(self, table: Table) -> str:
        return "" if table.created else f"the definition of {table.name} is not shown"

    def _is_filtered_well(self, position: int, use: TableUse) -> bool:
        if any(self._serves(position, one) for one in use.filters):
            return True
        ranges = bool(use.filters) and not any(one.exact for one in use.filters)
        # A range that holds most rows is best read in the order that is asked for.
        return ranges and use.order is not None and self._serves(position, use.order)

    def _serves(self, position: int, condition: Condition) -> bool:
        table = self.tables[position]
        return table is not None and condition_served(table, condition, self.dialect)

    def _reached(self) -> set[int]:
        """Return the tables that the query gets at through an index, directly or through a join."""
        reached = {
            position
            for position, use in enumerate(self.query.uses)
            if self.tables[position] is None or self._is_filtered_well(position, use)
        }
        # A query that filters nothing reads one table as a whole and may look up the others.
        for _ in self.query.uses:
            before = len(reached)
            for join in self.query.joins:
                for near, far, term in (
                    (join.left, join.right, join.right_term),
                    (join.right, join.left, join.left_term),
                ):
                    table = self.tables[far]
                    if near in reached and (table is None or term_served(table, term, self.dialect)):
                        reached.add(far)
            if len(reached) == before:
                break
        return reached

    def _joins(self) -> Iterator[Missing]:
        for join in self.query.joins:
            left, right = self._judged(join.left), self._judged(join.right)
            if left is None or right is None:
                continue
            if not term_served(left, join.left_term, self.dialect) and not term_served(
                right, join.right_term, self.dialect
            ):
                message = f"a join compares {left.name} and {right.name} by columns without an index"
                yield Missing(left, join.place, message, self._doubt(left) or self._doubt(right))

    def _looked_up(self) -> Iterator[Missing]:
        """Yield the joins from a few rows, found by an index, to a table that is searched as a whole."""
        few = {
            position
            for position, use in enumerate(self.query.uses)
            if any(one.exact and self._serves(position, one) for one in use.filters)
        }
        for join in self.query.joins:
            for near, far, term in (
                (join.left, join.right, join.right_term),
                (join.right, join.left, join.left_term),
            ):
                table = self._judged(far)
                if near not in few or far in self.reached or table is None or self.query.uses[far].filters:
                    continue
                column = table.column(term)
                if column is not None:
                    message = f"a join looks {table.name} up by {column.name}, which no index begins with"
                    yield Missing(table, join.place, message, self._doubt(table))

    def _orders(self) -> Iterator[Missing]:
        if not self.query.limited or len(self.query.uses) != 1:
            return
        use, table = self.query.uses[0], self._judged(0)
        if table is None or use.order is None or use.filters or self._serves(0, use.order):
            return
        message = f"a query pages through {table.name} by {use.order.names[0]}, which no index begins with"
        yield Missing(table, use.order.place, message, self._doubt(table))


def condition_served(table: Table, condition: Condition, dialect: Dialect) -> bool:
    """Say whether an index serves a condition; InnoDB's foreign keys are indexes."""
    return all(
        any(term_served(table, term, dialect) for term in _usable(branch)) for branch in condition.branches
    )


def _usable(branch: Sequence[str]) -> Sequence[str]:
    """Return what an index can be searched by: one on a column knows nothing of a function of it."""
    computed = [term for term in branch if _COMPUTES.match(term)]
    return computed or branch


def term_served(table: Table, term: str, dialect: Dialect) -> bool:
    """Say whether an index begins with a column or expression."""
    if table.serves(term):
        return True
    automatic = (table.dialect or dialect) is Dialect.MYSQL
    return any(
        foreign_key.columns[:1] == (term,) and (automatic or foreign_key.indexed)
        for foreign_key in table.foreign_keys
    )
