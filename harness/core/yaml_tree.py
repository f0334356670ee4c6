"""YAML of strangers as a tree with places: several documents, aliases and merge keys, broken ends.

The tree is put together from the parser's events without recursion, aliases are shared and never written
out, and what is too deep or too long ends there: hostile text costs no more than any other. A document
that is broken keeps what was read until then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from harness.core.tree import Entry, Mapping, Scalar, Sequence, Tree
from harness.core.yaml_events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    MappingStartEvent,
    MarkedYAMLError,
    ScalarEvent,
    YAMLError,
    yaml_events,
)

__all__ = ["YamlDocument", "yaml_documents"]

MAX_DEPTH = 60
MAX_EVENTS = 200_000
MAX_DOCUMENTS = 200

_SEPARATOR = re.compile(r"^---(?=[ \t]|$)", re.MULTILINE)
# An elision: YAML would end the document there.
_ELISION = re.compile(r"^[ \t]*(?:\.\.\.|…)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One document: its tree (``None`` where nothing could be read), and what is wrong with it.

    ``line`` is where it starts. ``fault`` is empty for a whole document; ``fault_line`` is where it breaks.
    ``elided`` says that a bare ``...`` stands for something left out.
    """

    tree: Tree | None
    line: int
    fault: str = ""
    fault_line: int = 0
    elided: bool = False


@dataclass(slots=True)
class _Open:
    """A collection whose end was not met yet."""

    is_mapping: bool
    line: int
    column: int
    anchor: str
    parts: list[Tree] = field(default_factory=list)

    def closed(self) -> Tree:
        if not self.is_mapping:
            return Sequence(tuple(self.parts), self.line, self.column)
        entries: list[Entry] = []
        merged: list[Mapping] = []
        for key, value in zip(self.parts[::2], self.parts[1::2], strict=False):
            if not isinstance(key, Scalar):
                continue
            if key.text == "<<" and key.plain:
                sources = value.items if isinstance(value, Sequence) else (value,)
                merged += [source for source in sources if isinstance(source, Mapping)]
            else:
                entries.append(Entry(key, value))
        return Mapping(tuple(entries), self.line, self.column, tuple(merged))


# Line breaks to YAML 1.1, but not to editors and findings, which count newlines.
_OTHER_BREAKS = dict.fromkeys((0x85, 0x2028, 0x2029), " ")


def yaml_documents(text: str) -> tuple[YamlDocument, ...]:
    """Read every document of a text; nothing is raised, whatever the text."""
    found: list[YamlDocument] = []
    text = text.translate(_OTHER_BREAKS)
    starts = [0, *(match.start() for match in _SEPARATOR.finditer(text))][: MAX_DOCUMENTS + 1]
    line = 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        part = text[start:end]
        document = _document(part, line)
        if document.tree is not None or document.fault:
            found.append(document)
        line += part.count("\n")
    return tuple(found)


def _document(text: str, first_line: int) -> YamlDocument:
    whole = _ELISION.sub("", text)
    builder = _Builder(first_line)
    fault, fault_line = "", 0
    try:
        for count, event in enumerate(yaml_events(whole)):
            if count > MAX_EVENTS or len(builder.open) > MAX_DEPTH:
                place: Any = event.start_mark
                fault, fault_line = "too large or too deeply nested", first_line + place.line
                break
            builder.take(event)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        fault = error.problem or error.context or "not YAML"
        fault_line = first_line + (mark.line if mark else 0)
    except YAMLError as error:
        fault, fault_line = str(getattr(error, "reason", error)), first_line
    return YamlDocument(builder.finish(), first_line, fault, fault_line, len(whole) != len(text))


class _Builder:
    """Puts the tree together, one event at a time."""

    def __init__(self, first_line: int) -> None:
        self.first_line = first_line
        self.open: list[_Open] = []
        self.root: Tree | None = None
        self.anchors: dict[str, Tree] = {}

    def take(self, event: Any) -> None:
        if isinstance(event, ScalarEvent):
            self.add(self.scalar(event), event.anchor or "")
        elif isinstance(event, CollectionStartEvent):
            mark: Any = event.start_mark
            is_mapping = isinstance(event, MappingStartEvent)
            self.open.append(_Open(is_mapping, self.first_line + mark.line, mark.column, event.anchor or ""))
        elif isinstance(event, CollectionEndEvent):
            done = self.open.pop()
            self.add(done.closed(), done.anchor)
        elif isinstance(event, AliasEvent):
            where: Any = event.start_mark
            nothing = Scalar("", self.first_line + where.line, where.column, 0, plain=True)
            # An alias of what is still open would have no end.
            self.add(self.anchors.get(event.anchor or "", nothing), "")

    def scalar(self, event: Any) -> Scalar:
        start, end = event.start_mark, event.end_mark
        width = end.column - start.column if end.line == start.line else 1
        plain = not event.style and (event.tag is None or event.implicit[0])
        return Scalar(event.value, self.first_line + start.line, start.column, max(width, 0), plain)

    def add(self, part: Tree, anchor: str) -> None:
        if anchor:
            self.anchors[anchor] = part
        if self.open:
            self.open[-1].parts.append(part)
        elif self.root is None:
            self.root = part

    def finish(self) -> Tree | None:
        """Return the tree; what was open when reading broke off is closed there."""
        while self.open:
            done = self.open.pop()
            self.add(done.closed(), done.anchor)
        return self.root
