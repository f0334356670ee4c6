"""Two texts side by side, line by line; bounded, and only what changed with a few lines around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from harness.report.escape import clip
from harness.report.lines import Block, Line, Piece

__all__ = ["DiffRow", "TextDiff", "diff_of", "plain_lines"]

MOST_LINES = 800  # of each side that are compared; matching takes time that grows with their product
CONTEXT = 3
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One row: what stood there before and after, either of which may be missing.

    ``kind`` is ``same``, ``changed``, ``gone``, ``new`` or ``gap``: there ``skipped`` lines are not shown.
    """

    kind: str
    before: Line | None
    after: Line | None
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class TextDiff:
    """The rows, how many lines went and came, and whether lines beyond the bound were left out."""

    rows: tuple[DiffRow, ...]
    gone: int
    new: int
    cut: bool


def plain_lines(text: str) -> list[Line]:
    """Return the lines of a text without marks, numbered from 1."""
    return [
        Line(number, (Piece(clip(line, _LONGEST), hit=False),))
        for number, line in enumerate(text.splitlines(), start=1)
    ]


def diff_of(before: Sequence[Block] | Sequence[Line], after: Sequence[Block] | Sequence[Line]) -> TextDiff:
    """Compare two texts; lines keep their marks and notes.

    Lines with notes are always shown, whether they changed or not.
    """
    first, second = _flat(before), _flat(after)
    cut = len(first) > MOST_LINES or len(second) > MOST_LINES
    first, second = first[:MOST_LINES], second[:MOST_LINES]
    matcher = SequenceMatcher(None, [*map(_words, first)], [*map(_words, second)])
    rows: list[DiffRow] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            pairs = zip(first[a:b], second[c:d], strict=True)
            rows += [DiffRow("same", *pair) for pair in pairs]
        else:
            for left, right in zip_longest(first[a:b], second[c:d]):
                kind = "changed" if left and right else "gone" if left else "new"
                rows.append(DiffRow(kind, left, right))
    gone = sum(row.kind in ("changed", "gone") for row in rows)
    new = sum(row.kind in ("changed", "new") for row in rows)
    return TextDiff(tuple(_folded(rows)), gone, new, cut)


def _flat(parts: Sequence[Block] | Sequence[Line]) -> list[Line]:
    return [line for part in parts for line in (part.lines if isinstance(part, Block) else (part,))]


def _words(line: Line) -> str:
    return "".join(piece.text for piece in line.pieces)


def _folded(rows: Sequence[DiffRow]) -> Iterator[DiffRow]:
    """Leave out what is the same and far from any change or note."""
    wanted = {
        near
        for at, row in enumerate(rows)
        if row.kind != "same" or any(line and line.notes for line in (row.before, row.after))
        for near in range(at - CONTEXT, at + CONTEXT + 1)
    }
    skipped = 0
    for at, row in enumerate(rows):
        if at not in wanted:
            skipped += 1
            continue
        if skipped:
            yield DiffRow("gap", None, None, skipped)
            skipped = 0
        yield row
    if skipped:
        yield DiffRow("gap", None, None, skipped)
