"""The table of functions that take a secret, read once."""

from __future__ import annotations

from functools import cache

from harness.checks.tables import table_beside
from harness.response.record import record

__all__ = ["Sink", "assigned_names", "last_names", "modules", "sinks_of"]


@record
class Sink:
    """Which arguments of a call are secrets. ``foreign`` says that somebody else hands the secret out.

    A text that only asks for such a secret ("your-api-key") opens nothing; where the program itself makes
    up the secret, any text works, so such a text is the secret.
    """

    what: str
    at: frozenset[int]
    names: frozenset[str]
    options: tuple[tuple[str, ...], ...]
    foreign: bool


@cache
def _table() -> dict[str, tuple[Sink, ...]]:
    found: dict[str, tuple[Sink, ...]] = {}
    for row in table_beside(__file__, "sinks.yaml"):
        sink = Sink(
            what=row["what"],
            at=frozenset(row.get("at", ())),
            names=frozenset(row.get("names", ())),
            options=tuple(tuple(option.split(".")) for option in row.get("options", ())),
            foreign=row.get("foreign", False),
        )
        for call in (row.get("calls", "") + " " + row.get("assigned", "")).split():
            found[call] = (*found.get(call, ()), sink)
    return found


def sinks_of(dotted: str) -> tuple[Sink, ...]:
    """Return what a function takes, by where it comes from; nothing for an ordinary one."""
    return _table().get(dotted, ())


@cache
def last_names() -> frozenset[str]:
    """Return the last names of all functions of the table: a quick look at a call."""
    return frozenset(
        part for call in _table() for part in (call.rpartition(".")[2], call.rpartition("\\")[2])
    )


@cache
def assigned_names() -> frozenset[str]:
    """Return the last names of the attributes that are given a secret."""
    rows = table_beside(__file__, "sinks.yaml")
    return frozenset(one.rpartition(".")[2] for row in rows for one in row.get("assigned", "").split())


@cache
def modules() -> frozenset[str]:
    """Return the modules that are functions themselves, or hold one as their default."""
    return frozenset(call for call in _table() if "\\" not in call)
