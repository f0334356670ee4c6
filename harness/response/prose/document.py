"""The prose of an answer: passages in order, each under its headings, each cut into sentences."""

from __future__ import annotations

from enum import StrEnum

from harness.response.lazy import lazy
from harness.response.prose.sentences import Sentence, sentences_of, stems_of
from harness.response.record import lazy_record

__all__ = ["Document", "Passage", "PassageKind"]


class PassageKind(StrEnum):
    """What a stretch of prose is in the layout of the answer."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"


@lazy_record
class Passage:
    """A heading, a paragraph, an item of a list or a row of a table.

    ``above`` are the headings and labels that it stands under, outermost first: headings, lines in bold
    that head a list, sentences that end in a colon, the items that hold it. ``label`` is its own lead-in
    (``**Scaling.**``, ``Tests:``, the first cell of a row), which is not part of ``text``, the rest as it is
    written. ``line`` is the line of that rest, and ``before`` the number of code blocks before it.
    """

    kind: PassageKind
    above: tuple[str, ...]
    label: str
    text: str
    line: int
    before: int

    @lazy
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences of the text. Few passages are ever asked for them."""
        return tuple(sentences_of(self.text, self.line))

    @lazy
    def stems(self) -> frozenset[str]:
        """The first four letters of each word, in small letters: cheap to compare with."""
        return stems_of(f"{self.label} {self.text}")

    @property
    def titles(self) -> tuple[str, ...]:
        """What the passage stands under, its own label last."""
        return (*self.above, self.label) if self.label else self.above


@lazy_record
class Document:
    """The prose of an answer in its order.

    ``exhausted`` says that there was more of it than is read.
    """

    passages: tuple[Passage, ...]
    exhausted: bool = False

    @lazy
    def sentences(self) -> tuple[Sentence, ...]:
        """All sentences; headings are none."""
        return tuple(
            sentence
            for passage in self.passages
            if passage.kind is not PassageKind.HEADING
            for sentence in passage.sentences
        )
