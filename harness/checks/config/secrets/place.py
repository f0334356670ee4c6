"""A secret with its place, and how it is told without telling it."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from harness.core.types import Finding
from harness.response.block import Block
from harness.response.config.model import Place
from harness.response.program import MAX_QUOTE
from harness.response.record import record

__all__ = ["Hardcoded", "place_of_offset", "told"]

_MASK = "***"
# Nobody reads on after so many; and a file of nothing but secrets is not looked through to its end.
MAX_TOLD = 200
MAX_LOOKED_AT = 5_000


@record
class Hardcoded:
    """Something that should not stand where it does; ``is_secret`` is false for an address of a service."""

    place: Place
    message: str
    is_secret: bool = True

    @property
    def span(self) -> tuple[int, int, int]:
        """Line, first column and end column (from 0) in the block."""
        return (self.place.line, self.place.column, self.place.column + max(self.place.width, 1))


def told(found: Iterable[Hardcoded], limit: int = MAX_TOLD) -> tuple[Finding, ...]:
    """Return findings in the order of their places, each stretch once, no secret in any quote."""
    kept: dict[tuple[Block, int], list[Hardcoded]] = {}
    for one in islice(found, MAX_LOOKED_AT):
        others = kept.setdefault((one.place.block, one.place.line), [])
        at = bisect(others, one.place.column, key=lambda other: other.place.column)
        if not any(_overlap(one, other) for other in others[max(at - 1, 0) : at + 1]):
            others.insert(at, one)
    findings: list[Finding] = []
    lines: dict[Block, list[str]] = {}
    for block, line in sorted(kept, key=lambda place: (place[0].number, place[1])):
        texts = lines.setdefault(block, block.text.split("\n"))
        row = kept[block, line][:limit]
        quote = _masked(texts[line] if line < len(texts) else "", [one.span for one in row])
        findings += [replace(one.place.finding(one.message), quote=quote) for one in row]
        if len(findings) >= limit:
            break
    return tuple(findings[:limit])


def _overlap(one: Hardcoded, other: Hardcoded) -> bool:
    (_, start, end), (_, other_start, other_end) = one.span, other.span
    return start < other_end and other_start < end


def _masked(line: str, spans: list[tuple[int, int, int]]) -> str:
    """Return a line of code with stars in the place of its secrets."""
    for _, start, end in sorted(spans, reverse=True):
        if end - start <= 1:
            return _MASK
        line = line[:start] + _MASK + line[end:]
    line = line.strip()
    return line if len(line) <= MAX_QUOTE else line[: MAX_QUOTE - 1] + "…"


def place_of_offset(block: Block, start: int, end: int) -> Place:
    """Return the place of a stretch of the text of a block; what goes over lines ends with its first."""
    line = block.text.count("\n", 0, start)
    column = start - (block.text.rfind("\n", 0, start) + 1)
    stop = block.text.find("\n", start, end)
    return Place(block, line, column, (end if stop < 0 else stop) - start)
