"""A response as numbered lines with the offending ones marked: what the page shows of an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import overload

from harness.core.types import Finding, Outcome
from harness.report.escape import clip, split_lines
from harness.report.highlight import Run, language_of, runs_of

__all__ = ["Block", "Line", "Note", "Piece", "PlainLines", "languages_of", "mark_lines"]

MOST_LINES = 1_500
MOST_CHARACTERS = 120_000
LONGEST_LINE = 1_000
LONGEST_SPAN = 400  # marked lines of one finding; a longer one is marked at its beginning
EXACT_SPAN = 12  # lines of a finding within which its very characters are marked
FENCE = re.compile(r"^ {0,3}(?:[-*+>] +|\d+[.)] +)?(?P<marks>`{3,}|~{3,})(?P<rest>.*)$")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line; ``hit`` says that a finding points at exactly this.

    ``style`` is a letter of :data:`harness.report.highlight.STYLES`, or empty.
    """

    text: str
    hit: bool
    style: str = ""


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

    @property
    def groups(self) -> tuple[tuple[bool, tuple[Piece, ...]], ...]:
        """Return the pieces in turns of marked and not marked ones."""
        return tuple((hit, tuple(own)) for hit, own in groupby(self.pieces, lambda piece: piece.hit))


class PlainLines(Sequence[Line]):
    """Lines without marks and colours in a row; a large run has millions, so they are made when asked for."""

    def __init__(self, first: int, texts: Sequence[str]) -> None:
        self.first = first
        self.texts = texts

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | Sequence[Line]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        text = self.texts[index]
        pieces = (Piece(text, hit=False),) if text else ()
        return Line(range(self.first, self.first + len(self))[index], pieces)


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines that are shown alike: code does not wrap and scrolls in itself, prose wraps."""

    code: bool
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Marking:
    """A finding with the verdict's outcome and rule."""

    outcome: Outcome
    rule: str
    finding: Finding


def mark_lines(
    text: str, findings: Sequence[tuple[Outcome, str, Finding]], *, colour: bool = True
) -> tuple[Block, ...]:
    """Cut a response into blocks of numbered lines and mark where findings point.

    The result is bounded whatever the model wrote: at most 1,500 lines and 120,000 characters, a line
    at most 1,000 characters; what is left out is said in its place. Lines with findings are always kept.

    Args:
        text: the response.
        findings: outcome and rule id of the verdict, and its finding; findings in other files are left out.
        colour: whether fenced code is cut into coloured pieces.
    """
    lines = split_lines(text)
    if not findings and not colour and _is_small(text, lines):
        return tuple(_plain_blocks(lines))
    markings = [Marking(*item) for item in findings if not item[2].file]
    marked = _marked_numbers(markings, len(lines))
    hits = _hits(markings, lines)
    starts: dict[int, list[Marking]] = {}
    for item in markings:
        starts.setdefault(min(max(item.finding.line, 1), len(lines)), []).append(item)
    fences = _fences(lines)
    code = {number for fence in fences for number in range(fence.first, fence.last + 1)}
    kept = _kept(lines, frozenset(starts))
    runs = _runs(lines, fences, frozenset(kept)) if colour else {}
    blocks: list[tuple[bool, list[Line]]] = []
    for number in kept:
        is_code = abs(number) in code
        line = (
            Line(
                number,
                _pieces(lines[number - 1], hits.get(number, ()), runs.get(number, ())),
                number in marked,
                _notes(starts[number]) if number in starts else (),
            )
            if number > 0
            else Line(0, (Piece("… lines left out here to keep this page small", hit=False),))
        )
        if not blocks or blocks[-1][0] != is_code:
            blocks.append((is_code, []))
        blocks[-1][1].append(line)
    return tuple(Block(is_code, tuple(content)) for is_code, content in blocks)


def _is_small(text: str, lines: Sequence[str]) -> bool:
    return len(lines) <= MOST_LINES and len(text) <= MOST_CHARACTERS and max(map(len, lines)) <= LONGEST_LINE


def _plain_blocks(lines: Sequence[str]) -> Iterator[Block]:
    """Cut lines at the ends of the fenced blocks; blocks that follow on each other are shown as one."""
    ends = [0]  # of prose, code, prose ... in turn
    for fence in _fences(lines):
        if len(ends) > 1 and ends[-1] == fence.first - 1:
            ends[-1] = fence.last
        else:
            ends += [fence.first - 1, fence.last]
    for number, (start, end) in enumerate(pairwise([*ends, len(lines)])):
        if start < end:
            yield Block(number % 2 == 1, PlainLines(start + 1, lines[start:end]))


def languages_of(text: str) -> tuple[str, ...]:
    """Return the languages that the fences of a response name, each once, in order."""
    found = (language_of(fence.info) for fence in _fences(split_lines(text)))
    return tuple(dict.fromkeys(name for name in found if name))


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


@dataclass(frozen=True, slots=True)
class _Fence:
    """A fenced block: its lines, the fences included, and what stands behind the opening fence."""

    first: int
    last: int
    info: str
    closed: bool


def _fences(lines: Sequence[str]) -> list[_Fence]:
    """Find the fenced blocks; for the looks only."""
    result: list[_Fence] = []
    closing, first, info = "", 0, ""
    for number, line in enumerate(lines, start=1):
        if "```" not in line and "~~~" not in line:
            continue  # most lines of most answers
        found = FENCE.match(line)
        if closing:
            if found and found["marks"].startswith(closing) and not found["rest"].strip():
                result.append(_Fence(first, number, info, closed=True))
                closing = ""
        elif found and "`" not in found["rest"]:
            closing, first, info = found["marks"], number, found["rest"]
    if closing:
        result.append(_Fence(first, len(lines), info, closed=False))
    return result


def _runs(lines: Sequence[str], fences: Sequence[_Fence], kept: frozenset[int]) -> dict[int, tuple[Run, ...]]:
    """Colour the blocks that are shown; blocks within left-out lines are not looked at."""
    found: dict[int, tuple[Run, ...]] = {}
    for fence in fences:
        last = fence.last - fence.closed
        language = language_of(fence.info)
        if language and fence.first in kept:
            inside = lines[fence.first : last]
            found.update(enumerate(runs_of(inside, language), start=fence.first + 1))
    return found


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


def _notes(starting: Sequence[Marking]) -> tuple[Note, ...]:
    notes = (Note(item.outcome, item.rule, clip(item.finding.message, 500)) for item in starting)
    return tuple(dict.fromkeys(notes))


def _hits(markings: Sequence[Marking], lines: Sequence[str]) -> dict[int, list[tuple[int, int]]]:
    """Return per line the stretches (offsets from 0) that findings point at, sorted.

    A span that does not lie within the response, or is longer than a screen, marks its lines only.
    """
    hits: dict[int, list[tuple[int, int]]] = {}
    for found in (item.finding for item in markings):
        first, last = found.line, found.end_line
        if not (1 <= first <= last <= len(lines) and last - first < EXACT_SPAN):
            continue
        inside = (
            1 <= found.column <= len(lines[first - 1]) + 1 and found.end_column <= len(lines[last - 1]) + 1
        )
        if not inside or (first == last and found.column >= found.end_column):
            continue
        for number in range(first, last + 1):
            line = lines[number - 1]
            start = found.column - 1 if number == first else len(line) - len(line.lstrip())
            stop = found.end_column - 1 if number == last else len(line)
            if start < stop:
                hits.setdefault(number, []).append((start, stop))
    return {number: sorted(places) for number, places in hits.items()}


def _stretches(runs: Sequence[Run], length: int) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and style of the runs of a line, in order and without gaps."""
    start = 0
    for width, style in runs:
        end = min(start + width, length)
        if start < end:
            yield start, end, style
        start = end
    if start < length:
        yield start, length, ""


def _pieces(text: str, hits: Sequence[tuple[int, int]], runs: Sequence[Run]) -> tuple[Piece, ...]:
    """Cut a line at the ends of the (sorted, maybe overlapping) hits and of its runs, and at its longest."""
    if not hits and not runs and 0 < len(text) <= LONGEST_LINE:
        return (Piece(text, hit=False),)
    shown = text[:LONGEST_LINE]
    styles = tuple(_stretches(runs, len(shown)))
    cuts = {0, len(shown), *(start for start, _, _ in styles)}
    cuts |= {min(place, len(shown)) for places in hits for place in places}
    pieces: list[Piece] = []
    following = iter(styles)
    until, style = 0, ""
    for begin, end in pairwise(sorted(cuts)):
        while until <= begin:
            _, until, style = next(following)
        hit = any(start <= begin < stop for start, stop in hits)
        if pieces and (pieces[-1].hit, pieces[-1].style) == (hit, style):
            pieces[-1] = Piece(pieces[-1].text + shown[begin:end], hit, style)
        else:
            pieces.append(Piece(shown[begin:end], hit, style))
    if len(text) > LONGEST_LINE:
        pieces.append(Piece(clip(text[LONGEST_LINE:], 0), hit=False))
    return tuple(pieces)
