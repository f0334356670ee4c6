"""Tokens that are known by their shape, wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from harness.checks.config.secrets.values import is_placeholder
from harness.checks.tables import table_beside
from harness.response.record import record

__all__ = ["Shape", "token_shapes"]

# Documentation writes its examples so.
_EXAMPLE = re.compile(r"EXAMPLE|example|1234567890|0123456789|(.)\1{5,}|abcdefghij|ABCDEFGHIJ")


@record
class Shape:
    """A token at an offset of a text: what it is, and where it begins and ends."""

    what: str
    start: int
    end: int
    exemplary: bool


@cache
def _table() -> tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...]:
    rows = table_beside(__file__, "shapes.yaml")
    return tuple((row["what"], tuple(row["begins"]), re.compile(row["pattern"])) for row in rows)


def token_shapes(text: str) -> Iterator[Shape]:
    """Yield the tokens that stand in a text; of several readings of one stretch the first."""
    taken: list[tuple[int, int]] = []
    for what, begins, pattern in _table():
        if not any(begin in text for begin in begins):
            continue
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            taken.append((start, end))
            exemplary = _EXAMPLE.search(match[0]) is not None or is_placeholder(match[0])
            yield Shape(what, start, end, exemplary)
