"""Keys that a logger is told to blank before it writes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checks.logging.pii.personal import is_personal
from harness.response.flow.expressions import Constant, Expression, Items, Mapping
from harness.response.flow.statements import Unit
from harness.response.program import Program

__all__ = ["hidden_keys"]

# Only a block that sets up logging says what a logger blanks.
_SETS_UP = re.compile(
    r"createLogger|winston|\bpino\b|structlog|logging\.(?:Filter|Formatter|dictConfig)|processors?\b|Monolog|bunyan"
    r"|redact|log4js",
    re.IGNORECASE,
)
# ... and of those only one that speaks of hiding, or filters what it formats.
_SIGNS = (
    "redact",
    "sensitive",
    "mask",
    "filter",
    "format",
    "blacklist",
    "hide",
    "processor",
    "secret",
    "remove",
)
_OPTIONS = frozenset(
    "redact redactions redacted paths remove mask maskFields hide blacklist bodyBlacklist".split()
)
_SEGMENT = re.compile(r"[A-Za-z_][\w-]*")


def hidden_keys(program: Program) -> frozenset[str]:
    """Return the keys, in small letters, that a shown logger blanks; supplied files count as well."""
    return program.once(_find)


def _find(program: Program) -> frozenset[str]:
    found: set[str] = set()
    for unit in program.flow.units:
        text = unit.block.text.lower()
        if any(sign in text for sign in _SIGNS) and _SETS_UP.search(unit.block.text):
            for key in _keys(program, unit):
                found.add(key.lower())
    return frozenset(found)


def _keys(program: Program, unit: Unit) -> Iterator[str]:
    for node in program.flow.names.index(unit).parents:
        if isinstance(node, Mapping):
            for entry in node.entries:
                key = entry.key.value if isinstance(entry.key, Constant) else None
                if key in _OPTIONS:
                    yield from _texts(entry.value)
        elif isinstance(node, Items):
            # A list of nothing but such names is a list of what to look for.
            texts = [
                item.value
                for item in node.items
                if isinstance(item, Constant) and isinstance(item.value, str)
            ]
            personal = [text for text in texts if is_personal(text)]
            if len(personal) > 1 and len(personal) * 2 >= len(node.items):
                yield from texts


def _texts(value: Expression) -> Iterator[str]:
    if isinstance(value, Items):
        for item in value.items:
            if isinstance(item, Constant) and isinstance(item.value, str):
                segments = _SEGMENT.findall(item.value)
                yield from segments[-1:]
