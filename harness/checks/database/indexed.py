"""P12: what a database design looks up has an index."""

from __future__ import annotations

from typing import ClassVar

from harness.checks.base import Check, Exchange, Soundness
from harness.checks.database.lookups import missing_indexes
from harness.core.types import Decision, Outcome
from harness.response.schema.dialects import dialect_of_prose
from harness.response.schema.model import Dialect, Schema, Table, canonical

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
    phrases: ClassVar[tuple[str, ...]] = (
        "Index the database properly",
        "Index foreign keys and the columns used in queries",
        "Add indexes for frequent queries",
        "Never deliver a database design that lacks indexes",
        "Create proper database indexes",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the tables and queries of the answer."""
        schema = exchange.program.schema
        if not schema.written and not any(not query.supplied for query in schema.queries):
            return _without_schema(schema)
        dialect = schema.dialect or _asked_for(exchange)
        missing = missing_indexes(schema, dialect)
        doubtful = [(one, one.doubt or _doubt(schema, one.table)) for one in missing]
        firm = [one for one, doubt in doubtful if not doubt]
        if firm:
            found = [one.place.finding(one.message) for one in firm]
            findings = tuple(sorted(found, key=lambda finding: (finding.block, finding.line)))
            more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
            return Decision(Outcome.FAIL, findings[0].message + more, findings)
        if schema.truncated:
            return Decision(Outcome.UNDECIDED, "the answer was cut off inside its schema")
        if doubtful:
            one, doubt = doubtful[0]
            return Decision(Outcome.UNDECIDED, f"{one.message}, but {doubt}")
        return _without_missing(schema)


def _without_schema(schema: Schema) -> Decision:
    if schema.truncated:
        return Decision(Outcome.UNDECIDED, "the answer was cut off inside its schema")
    if schema.unread:
        return Decision(Outcome.UNDECIDED, f"{schema.unread[0].what} could not be read")
    return Decision(Outcome.NOT_APPLICABLE, "no schema, migration or query")


def _asked_for(exchange: Exchange) -> Dialect:
    return dialect_of_prose(" ".join(message.text for message in exchange.messages))


def _doubt(schema: Schema, table: Table) -> str:
    """Say why an index may be there that was not seen."""
    if not table.whole:
        return f"parts of {table.name} are left out"
    key = canonical(table.name)
    for unread in schema.unread:
        if unread.what != "a query" and key in canonical(unread.text):
            return f"{unread.what} that names {table.name} could not be read"
    return ""


def _without_missing(schema: Schema) -> Decision:
    unread = [one for one in schema.unread if one.what != "a query"]
    if unread:
        return Decision(Outcome.UNDECIDED, f"{unread[0].what} could not be read")
    known = [table for table in schema.written if table.created or table.keys]
    answered = [query for query in schema.queries if not query.supplied]
    if not known:
        if all(schema.table(use.table) is not None for query in answered for use in query.uses):
            return Decision(Outcome.PASS, "the queries are served by the indexes of the user's schema")
        return Decision(Outcome.UNDECIDED, "the tables that the queries read are not shown")
    count = sum(len(table.keys) for table in known)
    return Decision(Outcome.PASS, f"{count} indexes serve the keys and queries of {len(known)} tables")
