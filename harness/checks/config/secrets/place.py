"""A secret with its place, and how it is told without telling it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from harness.core.types import Finding
from harness.response.block import Block
from harness.response.config.model import Place
from harness.response.program import MAX_QUOTE

__all__ = ["Hardcoded", "place_of_offset", "told"]

_MASK = "***"


@dataclass(frozen=True, slots=True)
class Hardcoded:
    """Something that should not stand where it does; ``is_secret`` is false for an address of a service."""

    place: Place
    message: str
    is_secret: bool = True

    @property
    def span(self) -> tuple[int, int, int]:
        """Line, first column and end column (from 0) in the block."""
        return (self.place.line, self.place.column, self.place.column + max(self.place.width, 1))


def told(found: Iterable[Hardcoded]) -> tuple[Finding, ...]:
    """Return findings in the order of their places, each stretch once, no secret in any quote."""
    kept: dict[Block, list[Hardcoded]] = {}
    for one in found:
        others = kept.setdefault(one.place.block, [])
        if not any(_overlap(one, other) for other in others):
            others.append(one)
    findings: list[Finding] = []
    for block in sorted(kept, key=lambda block: block.number):
        lines = block.text.split("\n")
        ordered = sorted(kept[block], key=lambda one: one.span)
        for one in ordered:
            spans = [other.span for other in ordered if other.place.line == one.place.line]
            quote = _masked(lines[one.place.line] if one.place.line < len(lines) else "", spans)
            findings.append(replace(one.place.finding(one.message), quote=quote))
    return tuple(findings)


def _overlap(one: Hardcoded, other: Hardcoded) -> bool:
    (line, start, end), (other_line, other_start, other_end) = one.span, other.span
    return line == other_line and start < other_end and other_start < end


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
