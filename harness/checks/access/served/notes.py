"""Statements that only write to a log, and answers that turn a request away without a status of their own."""

from __future__ import annotations

from harness.response.endpoints.reading import last_name
from harness.response.flow.expressions import Call, Constant, Expression, Items
from harness.response.flow.statements import Evaluate, Jump, Statement
from harness.response.flow.walk import walk

__all__ = ["only_notes", "turns_away"]

_NOTING = frozenset("debug info warning warn error log notice print error_log exception critical".split())
_LEADING = frozenset("redirect HttpResponseRedirect RedirectResponse HttpResponseNotFound".split())


def turns_away(value: Expression | None) -> bool:
    """Say whether an answer leads elsewhere, or says that something was not found or is wrong."""
    if last_name(value) in _LEADING:
        return True
    nodes = walk([value], into_functions=False) if isinstance(value, Call | Items) else ()
    return any(isinstance(one, Constant) and one.value in {400, 404} for one in nodes)


def only_notes(body: tuple[Statement, ...]) -> bool:
    """Say whether statements do no more than write to a log."""
    for statement in body:
        value = statement.value if isinstance(statement, Evaluate) else None
        if isinstance(statement, Jump) and statement.kind in {"pass", "empty"}:
            continue
        if not isinstance(value, Call) or last_name(value) not in _NOTING:
            return False
    return bool(body)
