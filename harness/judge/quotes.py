"""Find what a judge quotes in the response it judged. A quote that is not there is no evidence.

Models change white space, quotation marks and dashes when they quote; those differences are forgiven, as are
signs that nobody sees, an ellipsis between two parts that follow one another, and a line number or list mark
before a line. Words are not: a quote with another word is not found.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from harness.core.types import Finding
from harness.judge.fence import is_invisible
from harness.response.block import Block, Origin
from harness.response.program import MAX_QUOTE, Program

__all__ = ["MAX_QUOTE_LENGTH", "Part", "Quoted", "Source"]

MAX_QUOTE_LENGTH = 2_000
LEAST_SIGNS = 4  # a shorter quote occurs everywhere and shows nothing
LEAST_PART = 12  # the same for a part of a quote with omissions
MOST_PARTS = 3
MOST_LEFT_OUT = 300  # characters between two parts
_TURNS = re.compile(r"\b(?:not|no|never|without|cannot|nor|neither)\b|n['\u2019]t\b", re.IGNORECASE)
"""Words whose omission turns what is said into its opposite."""

_SAME = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u2032": "'", "`": "'", "\u00b4": "'",
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u2033": '"', "\u00ab": '"', "\u00bb": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
        "\u00a0": " ", "\u2026": "\u2026",
    }
)  # fmt: skip
_MARKUP = frozenset("*'\"")  # emphasis and quotation marks come and go in quotes
_ELLIPSIS = re.compile(r"\s*(?:\.{3,}|\u2026|\[\s*(?:\.{3}|\u2026)\s*\])\s*")


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote as it stands in the response: half-open range of characters."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Part:
    """A file within the judged text: where its heading begins, where the file does, and the block it is."""

    start: int
    body: int
    block: Block


class Source:
    """A response in which quotes are looked up; it is normalised once.

    Args:
        text: what was judged.
        parts: the files in it, in order; what comes before the first is the answer's own text.
    """

    def __init__(self, text: str, parts: Sequence[Part] = ()) -> None:
        self.text = text
        self._parts = tuple(parts)
        self._normal, self._offsets = _normalised(text)

    def find(self, quote: str) -> Quoted | None:
        """Return where a quote stands, or ``None``.

        Parts divided by an ellipsis must all be there, one after the other.
        """
        if len(quote) > MAX_QUOTE_LENGTH:
            return None
        whole = self._span(quote, 0)
        if whole is not None:
            return whole
        parts = [part for part in _ELLIPSIS.split(quote) if part.strip()]
        if not 0 < len(parts) <= MOST_PARTS or any(len(_normalised(part)[0]) < LEAST_PART for part in parts):
            return None
        found: list[Quoted] = []
        after = 0
        for part in parts:
            one = self._span(part, after)
            if one is None:
                return None
            left_out = self.text[after : one.start] if found else ""
            if len(left_out) > MOST_LEFT_OUT or _TURNS.search(left_out):
                return None
            found.append(one)
            after = one.end
        return Quoted(found[0].start, found[-1].end)

    def _span(self, quote: str, after: int) -> Quoted | None:
        wanted, _ = _normalised(quote)
        if len(wanted) < LEAST_SIGNS:
            return None
        at = self._normal.find(wanted, bisect_left(self._offsets, after))
        if at < 0:
            return None
        return Quoted(self._offsets[at], self._offsets[at + len(wanted) - 1] + 1)

    def finding(self, quoted: Quoted, message: str, program: Program) -> Finding:
        """Return a quote as a finding at its lines of the response, or of the file it stands in."""
        part = next((one for one in reversed(self._parts) if one.start <= quoted.start), None)
        begin = 0 if part is None else part.body
        start = max(quoted.start, begin)
        shown = self.text[start : quoted.end]
        line = self.text.count("\n", begin, start) + (1 if part is None else part.block.line)
        column = start - max(self.text.rfind("\n", begin, start), begin - 1)
        last = shown.rfind("\n")
        return Finding(
            block=_block_at(program, line) if part is None else part.block.number,
            line=line,
            column=column,
            end_line=line + shown.count("\n"),
            end_column=column + len(shown) if last < 0 else len(shown) - last,
            message=message,
            quote=" ".join(self.text[quoted.start : quoted.end].split())[:MAX_QUOTE],
            file="" if part is None else part.block.path,
        )


def _block_at(program: Program, line: int) -> int:
    for block in program.blocks:
        if block.origin is Origin.RESPONSE and block.line <= line <= block.line + block.text.count("\n"):
            return block.number
    return 0


def _normalised(text: str) -> tuple[str, list[int]]:
    """Return the signs of a text that a quote must share, and where each stands in the text."""
    signs: list[str] = []
    offsets: list[int] = []
    for position, character in enumerate(text):
        same = character.translate(_SAME)
        if same.isspace() or same in _MARKUP or is_invisible(same):
            continue
        composed = same if same.isascii() else unicodedata.normalize("NFKC", same)
        for sign in composed:
            if not sign.isspace():
                signs.append(sign)
                offsets.append(position)
    return "".join(signs), offsets
