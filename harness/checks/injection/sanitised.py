"""P14: what a client sends never becomes part of a statement."""

from __future__ import annotations

from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.injection.findings import injections_of
from harness.core.types import Decision, Outcome

__all__ = ["Sanitised"]


class Sanitised(Check):
    """What a client sends reaches a database as a value, never as a part of the statement.

    Values go into SQL through placeholders, bindings or tagged templates. Text that is built from anything
    that is not constant, a number, or let through by an allow-list must not reach a query; names of
    columns, which no placeholder can hold, come from a list of known ones. Filters of MongoDB do not take
    objects from a request as they come.
    """

    id: ClassVar[str] = "injection/sanitised"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.BOTH
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Never interpolate user input into queries",
        "SQL queries use placeholders for values",
        "Prevent SQL and NoSQL injection",
        "Sanitize inputs and prevent injection",
        "Only parameterized SQL",
        "Use prepared statements",
        "Use parameterized queries, never string interpolation",
        "Protect against SQL injection with prepared statements",
        "Validate and escape user input against injection",
        "Never omit the sanitization of input and the prevention of SQL injection",
        "Use parameterized queries to prevent SQL injection",
        "Sanitize all user input",
        "Never build SQL queries by string concatenation",
        "Use prepared statements for all database queries",
        "Prevent injection attacks",
        "Input sanitization",
        "SQL injection prevention",
        "Protect against SQL injection",
        "Use parameterized queries",
        "Parameterized queries, never string concatenation",
        "Avoid SQL injection",
        "Never concatenate user input into SQL queries",
        "Validate inputs to prevent injection attacks",
        "No string concatenation in SQL",
        "SQL is never put together from strings",
        "User input never becomes part of a SQL string",
        "Use bound parameters for every query",
        "Never interpolate user input into SQL",
        "No string interpolation in SQL queries",
        "All queries are parameterized",
        "Bind values, never concatenate them into SQL",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the queries of the answer."""
        program = exchange.program
        found = program.once(injections_of)
        if found.findings:
            more = f" and {len(found.findings) - 1} more" if len(found.findings) > 1 else ""
            return Decision(Outcome.FAIL, found.findings[0].message + more, found.findings)
        if found.doubt:
            return Decision(Outcome.UNDECIDED, found.doubt)
        if found.limit or program.limits:
            return Decision(Outcome.UNDECIDED, found.limit or program.limits[0])
        if exchange.truncated or any(block.truncated for block in program.answered):
            return Decision(Outcome.UNDECIDED, "the answer was cut off")
        if found.queries:
            return Decision(Outcome.PASS, f"{found.queries} queries get their values as parameters, or none")
        if found.mapped:
            return Decision(
                Outcome.PASS, "the database is asked through a mapper, which makes the statements itself"
            )
        return Decision(Outcome.NOT_APPLICABLE, "no query is made from code")
