"""Read the prose of an answer from its layout."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from harness.response.layout import Kind, Part, layout_of
from harness.response.program import Program
from harness.response.prose.document import Document, Passage, PassageKind
from harness.response.prose.sentences import label_of, plain

__all__ = ["MAX_PASSAGES", "prose_of", "read_prose"]

MAX_PASSAGES = 5_000
MAX_TITLE = 300
_DELIMITER = re.compile(r"\s*\|?\s*:?-{1,200}:?\s*(?:\|\s*:?-{1,200}:?\s*){0,50}\|?\s*")
_CELL = re.compile(r"(?<!\\)\|")


def prose_of(program: Program) -> Document:
    """Return the prose of an answer, read once for all checks; ask through ``program.once``."""
    return read_prose(program.text)


def read_prose(markdown: str) -> Document:
    """Read the prose of a markdown text, at most ``MAX_PASSAGES`` passages of it."""
    reader = _Reader()
    for part in layout_of(markdown):
        if len(reader.passages) >= MAX_PASSAGES:
            return Document(tuple(reader.passages), exhausted=True)
        reader.read(part)
    return Document(tuple(reader.passages))


@dataclass(slots=True)
class _Reader:
    """What stands above the place that is read.

    ``subtitle`` is a line in bold that works as a heading for all that follows; ``lead`` a sentence with a
    colon at its end, or such a line, that heads the list below it. ``items`` are the lead-ins of the open
    items of lists, empty where an item has said nothing yet.
    """

    passages: list[Passage] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    subtitle: str = ""
    lead: str = ""
    items: list[str] = field(default_factory=list)
    leads: list[str] = field(default_factory=list)
    blocks: int = 0

    def read(self, part: Part) -> None:
        kind = part.kind
        if kind is Kind.TEXT:
            if "|" in part.text and self._table(part.text, part.start + 1):
                self.lead = ""
            else:
                self._paragraph(part.text, part.start + 1)
        elif kind is Kind.HEADING:
            self._heading(part.text, part.start + 1, part.level)
        elif kind is Kind.CODE:
            self.blocks += 1
            self.lead = ""
        elif kind is Kind.RULE:
            self.subtitle = self.lead = ""
        else:
            self._list(kind)

    def _list(self, kind: Kind) -> None:
        if kind is Kind.ITEM_OPEN:
            self.items.append("")
        elif kind is Kind.ITEM_CLOSE:
            self.items.pop()
        else:
            if kind is Kind.LIST_OPEN:
                self.leads.append(self.lead)
            else:
                self.leads.pop()
            self.lead = ""

    def _heading(self, text: str, line: int, level: int) -> None:
        title = plain(text)[:MAX_TITLE].strip()
        self.headings = [entry for entry in self.headings if entry[0] < level]
        self._add(PassageKind.HEADING, "", title, line)
        self.headings.append((level, title))
        self.subtitle = self.lead = ""

    def _paragraph(self, text: str, line: int) -> None:
        label, start = label_of(text)
        rest = text[start:]
        in_item = bool(self.items)
        if label and not rest.strip():
            self._title(label, line)
            return
        if label and not in_item:
            self.subtitle = ""  # a neighbour of what the line in bold heads
        kind = PassageKind.ITEM if in_item else PassageKind.PARAGRAPH
        self._add(kind, label, rest, line + text.count("\n", 0, start))
        if in_item and not self.items[-1]:
            self.items[-1] = label or plain(text)[:MAX_TITLE]
            self.lead = ""
            return
        leads = rest.rstrip("*_ \n").endswith(":")
        self.lead = (label or plain(rest)[-MAX_TITLE:]) if leads else ""

    def _title(self, label: str, line: int) -> None:
        """A paragraph that is a label and nothing else heads what follows."""
        if self.items:
            self.items[-1] = self.items[-1] or label
            self._add(PassageKind.ITEM, "", label, line)
            return
        self.subtitle = ""
        self._add(PassageKind.HEADING, "", label, line)
        self.subtitle = label

    def _table(self, text: str, line: int) -> bool:
        rows = text.split("\n")
        if len(rows) < 2 or not _DELIMITER.fullmatch(rows[1][:2_000]):
            return False
        for offset, row in enumerate(rows):
            if offset != 1:
                first, rest = _cells(row)
                self._add(PassageKind.ROW, first, rest, line + offset)
        return True

    def _add(self, kind: PassageKind, label: str, text: str, line: int) -> None:
        above = [title for _, title in self.headings]
        above += [self.subtitle] if self.subtitle else []
        for depth, item in enumerate(self.items):
            above += [self.leads[depth]] if depth < len(self.leads) and self.leads[depth] else []
            above += [item] if item else []
        if not self.items and self.lead:
            above.append(self.lead)
        if (label or text.strip()) and len(self.passages) < MAX_PASSAGES:
            self.passages.append(Passage(kind, tuple(above), label, text, line, self.blocks))


def _cells(row: str) -> tuple[str, str]:
    """Return the first cell of a row, which names what the others are about, and the others."""
    first, *others = (cell.strip() for cell in _CELL.split(row.strip().strip("|")))
    return plain(first)[:MAX_TITLE], " | ".join(others)
