"""Cheap questions before a program is followed: can anything in it be an injection at all?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.checks.injection.filters import FILTER_METHODS
from harness.checks.injection.sinks import Sinks, sinks_of
from harness.checks.injection.statements import is_statement
from harness.response.flow.expressions import Attribute, Call, Constant, Name
from harness.response.flow.statements import Unit

__all__ = ["constant_queries", "mentions_queries"]

# Without one of these words there is no statement, no raw fragment, and no filter.
_MENTION = re.compile(
    r"(?i:select|insert|update|delete|where|execute|query|prepare|order\s+by|create|drop|alter|truncate|pragma|grant)"
    r"|[rR]aw|SQL|sql|literal|[uU]nsafe|find|count|aggregate|remove|exists|objects|extra|fetch|DB::|text\("
)
# A condition on a column by its name: a query that a builder makes.
_BUILDER = frozenset({"where", "andWhere", "orWhere"})
_LANGUAGES = frozenset({"javascript", "typescript", "tsx", "python", "php"})
_SQL = re.compile(
    r"(?i)\b(?:select\s|insert\s+into|update\s+\S+\s+set\b|delete\s+from|(?:create|drop|alter|truncate)\s+\w+\s|where\s"
    r"|order\s+by|union\s|values\s*\(|match\s*\(|set\s+\w)"
)
# Signs that a text may be put together.
_BUILDS = {
    "python": re.compile(r"%|\+|\bformat|\b[rRbB]?[fF][rRbB]?[\"']|join\(|Template|\.replace\(|StringIO"),
    "php": re.compile(
        r"\"[^\"\n]*[${]|<<<|[\"'\w)\]]\s*\.\s*[\"'$\w(]|\.=|printf|implode|join\(|replace\(|strtr"
    ),
    "javascript": re.compile(r"\$\{|\+|\.concat\(|\.join\(|format\(|\.replace|\.reduce"),
}
_FAMILY = {"typescript": "javascript", "tsx": "javascript"}


def mentions_queries(language: str, text: str) -> bool:
    """Say whether a block may ask a database, by its words alone."""
    return language in _LANGUAGES and _MENTION.search(text) is not None


def constant_queries(units: Sequence[Unit]) -> int | None:
    """Return how many statements there are if none can be anything but constant; else ``None``."""
    count = 0
    for unit in units:
        family = _FAMILY.get(unit.language, unit.language)
        sinks = sinks_of(family)
        builds = _BUILDS[family].search(unit.block.text) is not None
        if builds and _SQL.search(unit.block.text) is not None:
            return None
        for call in unit.calls:
            found = None if builds and _takes_parts(call, sinks) else _constant(call, sinks)
            if found is None:
                return None
            count += found
    return count


def _takes_parts(call: Call, sinks: Sinks) -> bool:
    """Say whether a call takes a part of a statement, which need not look like SQL."""
    callee = call.callee
    if not isinstance(callee, Attribute):
        return False
    if callee.name not in sinks.conditions and callee.name not in sinks.clauses and callee.name != "extra":
        return False
    return not all(isinstance(argument.value, Constant) for argument in call.arguments)


def _constant(call: Call, sinks: Sinks) -> int | None:
    """Return whether a call is a query of a constant, as a number; ``None`` where it has to be followed."""
    callee = call.callee
    name = callee.name if isinstance(callee, Attribute | Name) else ""
    if not name:
        return 0 if not isinstance(callee, Attribute | Name) and not call.arguments else None
    if name in FILTER_METHODS and isinstance(callee, Attribute):
        base = callee.base
        if not isinstance(base, Name) or base.name[:1].isupper() or "coll" in base.name.lower():
            return None
    first = call.arguments[0].value if call.arguments else None
    if name in _BUILDER and isinstance(callee, Attribute) and isinstance(first, Constant):
        return int(isinstance(first.value, str))
    if name not in sinks.statements and name not in sinks.fragments:
        return 0
    if isinstance(first, Constant) and name in sinks.fragments and name.endswith("Raw"):
        return int(isinstance(first.value, str))
    if isinstance(first, Constant):
        return int(isinstance(first.value, str) and is_statement(first.value))
    if first is None or (name in sinks.common and name not in sinks.fragments):
        return 0
    return None
