"""From what was seen in a schema to a decision, with regard to what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.checks.base import Exchange
from harness.core.types import Decision, Finding, Outcome
from harness.response.schema.model import Place, Schema, Table, canonical

__all__ = ["Seen", "decided", "doubt_about", "unread_definition", "without_schema"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A violation at a place; ``doubt`` says why it may yet be none, empty where it is certain."""

    place: Place
    message: str
    doubt: str = ""


def decided(exchange: Exchange, seen: Sequence[Seen]) -> Decision | None:
    """Return a fail for certain violations, undecided for doubtful ones and for a cut, else ``None``.

    What is missing could stand in the end of an answer that was cut off, so nothing there is held against it.
    """
    if exchange.program.schema.truncated or (seen and _is_cut(exchange)):
        return Decision(Outcome.UNDECIDED, "the answer was cut off before its schema was complete")
    firm = {
        (one.place.block.number, one.place.line, one.message): one.place.finding(one.message)
        for one in seen
        if not one.doubt
    }
    if firm:
        findings: tuple[Finding, ...] = tuple(
            sorted(firm.values(), key=lambda finding: (finding.block, finding.line, finding.message))
        )
        more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
        return Decision(Outcome.FAIL, findings[0].message + more, findings)
    if seen:
        return Decision(Outcome.UNDECIDED, f"{seen[0].message}, but {seen[0].doubt}")
    return None


def _is_cut(exchange: Exchange) -> bool:
    return exchange.truncated or any(block.truncated for block in exchange.program.answered)


def doubt_about(schema: Schema, table: Table) -> str:
    """Say why something may be there that was not seen of a table; empty where it may not."""
    if not table.whole:
        return f"parts of {table.name} are left out"
    key = canonical(table.name)
    for unread in schema.unread:
        if unread.what != "a query" and (not unread.text or key in canonical(unread.text)):
            return f"{unread.what} that names {table.name} could not be read"
    return ""


def unread_definition(schema: Schema) -> Decision | None:
    """Return undecided where a definition could not be read: what it holds may break the rule."""
    for unread in schema.unread:
        if unread.what != "a query":
            return Decision(Outcome.UNDECIDED, f"{unread.what} could not be read")
    return None


def without_schema(schema: Schema, reason: str) -> Decision:
    """Decide where no table and no query was found: nothing there, or nothing that could be read."""
    if schema.truncated:
        return Decision(Outcome.UNDECIDED, "the answer was cut off inside its schema")
    if schema.unread:
        return Decision(Outcome.UNDECIDED, f"{schema.unread[0].what} could not be read")
    if schema.through_models:
        return Decision(Outcome.UNDECIDED, "the models that are queried are not shown")
    return Decision(Outcome.NOT_APPLICABLE, reason)
