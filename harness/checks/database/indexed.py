"""P12: what a database design looks up has an index."""

from __future__ import annotations

from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.database.lookups import missing_indexes
from harness.checks.database.outcome import Seen, decided, doubt_about, unread_definition, without_schema
from harness.core.types import Decision, Outcome
from harness.response.schema.dialects import dialect_of_prose
from harness.response.schema.model import Dialect, Schema

__all__ = ["Indexed"]


class Indexed(Check):
    """A database design has the indexes that its own keys and queries need.

    Every foreign key, and every column named like one, is the beginning of some index (a primary key and
    a unique constraint are indexes), and so is a column that each query of the answer filters, joins or
    pages by. MariaDB and MySQL index foreign keys themselves, Django does too. A table that the answer does
    not define is not held against it; a statement that cannot be read leaves the rule undecided.
    """

    id: ClassVar[str] = "database/indexed"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.BOTH
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Every foreign key has an index",
        "Queries must be backed by indexes",
        "Add indexes to columns used in filters and joins",
        "Indexes on foreign keys and lookup columns",
        "Ensure appropriate database indexing",
        "Never filter by columns without an index",
        "Indexing strategy for all tables",
        "Design indexes",
        "Use appropriate indexes",
        "Index fields that are queried frequently",
        "Never leave the columns of a filter without an index",
        "Indexes match the queries",
        "Index the database properly",
        "Index foreign keys and the columns used in queries",
        "Add indexes for frequent queries",
        "Never deliver a database design that lacks indexes",
        "Create proper database indexes",
        "Index foreign keys",
        "Index frequently queried columns",
        "Index the columns used in WHERE, JOIN and ORDER BY clauses",
        "Tables need indexes for their queries",
        "Proper indexing",
        "Add database indexes on columns that are queried often",
        "Never create tables without indexes",
        "Foreign keys and columns in WHERE clauses have an index",
        "Foreign keys and filter columns have indexes",
        "Index the columns that are filtered, joined or sorted by",
        "No query on a column without an index",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the tables and queries of the answer."""
        schema = exchange.program.schema
        if not schema.written and not any(not query.supplied for query in schema.queries):
            return without_schema(schema, "no schema, migration or query")
        dialect = schema.dialect or _asked_for(exchange)
        seen = [
            Seen(one.place, one.message, one.doubt or doubt_about(schema, one.table))
            for one in missing_indexes(schema, dialect)
        ]
        return decided(exchange, seen) or unread_definition(schema) or _without_missing(schema)


def _asked_for(exchange: Exchange) -> Dialect:
    return dialect_of_prose(" ".join(message.text for message in exchange.messages))


def _without_missing(schema: Schema) -> Decision:
    known = [table for table in schema.written if table.created or table.keys]
    answered = [query for query in schema.queries if not query.supplied]
    if not known:
        if all(schema.table(use.table) is not None for query in answered for use in query.uses):
            return Decision(Outcome.PASS, "the queries are served by the indexes of the user's schema")
        return Decision(Outcome.UNDECIDED, "the tables that the queries read are not shown")
    count = sum(len(table.keys) for table in known)
    return Decision(Outcome.PASS, f"{count} indexes serve the keys and queries of {len(known)} tables")
