"""A response as numbered lines with the offending ones marked: what the page shows of an answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.core.types import Finding, Outcome
from harness.report.escape import clip, split_lines

__all__ = ["Block", "Line", "Note", "Piece", "mark_lines"]

MOST_LINES = 1_500
MOST_CHARACTERS = 120_000
LONGEST_LINE = 1_000
LONGEST_SPAN = 400  # marked lines of one finding; a longer one is marked at its beginning
FENCE = re.compile(r"^ {0,3}(?:[-*+>] +|\d+[.)] +)?(?P<marks>`{3,}|~{3,})(?P<rest>.*)$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line; ``hit`` says that a finding points at exactly this."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Note:
    """What stands below a marked line: whose finding it is and what it says."""

    outcome: Outcome
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a response. ``number`` 0 is a remark of ours about lines that are left out."""

    number: int
    pieces: tuple[Piece, ...]
    marked: bool = False
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines that are shown alike: code does not wrap and scrolls in itself, prose wraps."""

    code: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Marking:
    """A finding with the verdict's outcome and rule."""

    outcome: Outcome
    rule: str
    finding: Finding


def mark_lines(text: str, findings: Sequence[tuple[Outcome, str, Finding]]) -> tuple[Block, ...]:
    """Cut a response into blocks of numbered lines and mark where findings point.

    The result is bounded whatever the model wrote: at most 1,500 lines and 120,000 characters, a line
    at most 1,000 characters; what is left out is said in its place. Lines with findings are always kept.

    Args:
        text: the response.
        findings: outcome and rule id of the verdict, and its finding; findings in other files are left out.
    """
    lines = split_lines(text)
    markings = [Marking(*item) for item in findings if not item[2].file]
    marked = _marked_numbers(markings, len(lines))
    starts: dict[int, list[Marking]] = {}
    for item in markings:
        starts.setdefault(min(max(item.finding.line, 1), len(lines)), []).append(item)
    code = _code_lines(lines)
    blocks: list[tuple[bool, list[Line]]] = []
    for number in _kept(lines, frozenset(starts)):
        is_code = code[abs(number) - 1]
        line = (
            _line(number, lines[number - 1], starts.get(number, []), number in marked)
            if number > 0
            else Line(0, (Piece("… lines left out here to keep this page small", hit=False),))
        )
        if not blocks or blocks[-1][0] != is_code:
            blocks.append((is_code, []))
        blocks[-1][1].append(line)
    return tuple(Block(is_code, tuple(content)) for is_code, content in blocks)


def _marked_numbers(markings: Sequence[Marking], count: int) -> frozenset[int]:
    numbers: set[int] = set()
    for item in markings:
        first = min(max(item.finding.line, 1), count)
        last = min(max(item.finding.end_line, first), count, first + LONGEST_SPAN)
        # A span that ends at column 1 stops before that line.
        if last > first and item.finding.end_line == last and item.finding.end_column <= 1:
            last -= 1
        numbers.update(range(first, last + 1))
    return frozenset(numbers)


def _code_lines(lines: Sequence[str]) -> list[bool]:
    """Say for each line whether it stands in a fenced block (fences included); for the looks only."""
    result: list[bool] = []
    closing = ""
    for line in lines:
        found = FENCE.match(line)
        if closing:
            result.append(True)
            if found and found["marks"].startswith(closing) and not found["rest"].strip():
                closing = ""
        elif found and "`" not in found["rest"]:
            result.append(True)
            closing = found["marks"]
        else:
            result.append(False)
    return result


def _kept(lines: Sequence[str], wanted: frozenset[int]) -> list[int]:
    """Return the numbers of the lines to show; a negative one stands for lines left out from there."""
    kept: list[int] = []
    characters = 0
    for number, line in enumerate(lines, start=1):
        characters += min(len(line), LONGEST_LINE)
        if number in wanted or (number <= MOST_LINES and characters <= MOST_CHARACTERS):
            kept.append(number)
        elif not kept or kept[-1] > 0:
            kept.append(-number)
    return kept


def _line(number: int, text: str, starting: Sequence[Marking], marked: bool) -> Line:
    hits = sorted(
        (item.finding.column - 1, item.finding.end_column - 1)
        for item in starting
        if item.finding.line == item.finding.end_line == number
        and 1 <= item.finding.column < item.finding.end_column <= len(text) + 1
    )
    notes = dict.fromkeys(Note(item.outcome, item.rule, clip(item.finding.message, 500)) for item in starting)
    return Line(number, _pieces(text, hits), marked, tuple(notes))


def _pieces(text: str, hits: Sequence[tuple[int, int]]) -> tuple[Piece, ...]:
    """Cut a line at the ends of the (sorted, maybe overlapping) hits, and at its longest length."""
    pieces: list[Piece] = []
    position = 0
    for first, after in hits:
        start, stop = max(first, position), min(after, LONGEST_LINE)
        if stop <= start:
            continue
        pieces.append(Piece(text[position:start], hit=False))
        pieces.append(Piece(text[start:stop], hit=True))
        position = stop
    rest = text[position:]
    pieces.append(Piece(clip(rest, max(0, LONGEST_LINE - position)), hit=False))
    return tuple(piece for piece in pieces if piece.text)
