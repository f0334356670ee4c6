"""S02: a schema is shown together with its indexes and constraints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.database.outcome import Seen, decided, doubt_about, unread_definition, without_schema
from harness.core.types import Decision, Outcome
from harness.response.schema.dialects import dialect_of_prose
from harness.response.schema.model import Dialect, KeyKind, Table

__all__ = ["SchemaComplete", "counted"]


class SchemaComplete(Check):
    """The schema in an answer has an index and a constraint beside its primary keys.

    One of each anywhere in the schema is enough: NOT NULL, UNIQUE, CHECK and foreign keys are constraints;
    an index is one of its own, a unique constraint, or the one that InnoDB makes for a foreign key. A single
    unique constraint does not count as both. Which indexes are needed is the business of database/indexed.
    """

    id: ClassVar[str] = "database/schema-complete"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.BOTH
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Schemas include constraints and indexes",
        "Provide schemas with constraints and indexes",
        "Every table definition has constraints and indexes",
        "Database schema with indexes, constraints and keys",
        "Show the database schema together with its indexes and constraints",
        "Add the schemas of the database along with their indexes and constraints",
        "Schemas come with indexes and constraints",
        "Provide complete DDL with constraints and indexes",
        "Include database schemas with proper indexes and constraints",
        "Table definitions with indexes and constraints",
        "DDL with all keys, indexes and constraints",
        "Table definitions include constraints and indexes",
        "Every table has its constraints and indexes",
        "Every CREATE TABLE has constraints and indexes",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on all tables that the answer defines, taken together."""
        schema = exchange.program.schema
        created = [table for table in schema.written if table.created and not table.derived]
        if not created:
            if schema.written or schema.queries:
                return Decision(Outcome.UNDECIDED, "the schema that the answer works on is not shown")
            return without_schema(schema, "nothing is stored")
        tables = list(schema.written)
        asked = dialect_of_prose(" ".join(message.text for message in exchange.messages))
        indexes, constraints = counted(tables, schema.dialect or asked)
        lacking = [word for word, count in (("index", indexes), ("constraint", constraints)) if count <= 0]
        place = created[0].place
        doubt = next((found for table in created if (found := doubt_about(schema, table))), "")
        seen = [
            Seen(place, f"the schema has no {word} beside its primary keys", doubt) for word in lacking[:1]
        ]
        decision = decided(exchange, seen) if seen else None
        if decision is not None:
            return decision
        if lacking:
            return unread_definition(schema) or Decision(Outcome.UNDECIDED, "the schema is not complete")
        words = f"{indexes} indexes and {constraints} constraints beside the primary keys"
        return Decision(Outcome.PASS, words, evidence=(("indexes", str(indexes)),))


def counted(tables: Iterable[Table], dialect: Dialect) -> tuple[int, int]:
    """Return the number of indexes and of constraints beside primary keys.

    Where unique constraints are the only indexes, one of them is counted as index and not as constraint.
    """
    indexes = constraints = 0
    uniques: set[tuple[str, tuple[str, ...]]] = set()
    for table in tables:
        primary = {term for key in table.keys if key.kind is KeyKind.PRIMARY for term in key.terms}
        indexes += sum(key.kind is KeyKind.INDEX for key in table.keys)
        uniques |= {(table.key, key.terms) for key in table.keys if key.kind is KeyKind.UNIQUE}
        automatic = (table.dialect or dialect) is Dialect.MYSQL
        indexes += sum(automatic or key.indexed for key in table.foreign_keys)
        constraints += table.checks + len(table.foreign_keys)
        constraints += sum(
            not column.nullable and column.key not in primary and not _is_serial(column.kind)
            for column in table.columns
        )
    if not indexes and uniques:
        return len(uniques), constraints + len(uniques) - 1
    return indexes + len(uniques), constraints + len(uniques)


def _is_serial(kind: str) -> bool:
    """A serial column is never null by its type; nobody wrote that as a constraint."""
    return "serial" in kind
