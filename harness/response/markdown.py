"""Code blocks of a markdown text with their lines, headings and the words before them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from harness.response.layout import Kind, Part, layout_of
from harness.response.record import record

__all__ = ["MAX_BLOCKS", "Fence", "fences_of"]

MAX_BLOCKS = 2_000
_MAX_BEFORE = 2_000


@record
class Fence:
    """A fenced (or indented) code block; ``line`` is the line of its first line of code, from 1.

    ``indent`` is the column (from 0) at which its first line starts in the document, and ``indents`` says
    the same of each line where they differ. ``headings`` are the headings above it, outermost first;
    ``before`` the text between it and the heading or block before, paragraphs parted by blank lines;
    ``intro`` the paragraph that leads to it, empty where a finished list or nothing stands there.
    ``after`` is the label that follows it: the next heading or paragraph. ``first_below_heading`` says that
    no other block stands between it and its heading. ``closed`` is false when the document ended inside it.
    """

    info: str
    text: str
    line: int
    indent: int
    headings: tuple[str, ...]
    before: str
    closed: bool
    fenced: bool
    first_below_heading: bool
    intro: str = ""
    after: str = ""
    indents: tuple[int, ...] = ()


@dataclass(slots=True)
class _Reader:
    """What stands above the place that is read."""

    lines: list[str]
    found: list[Fence] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    intro: str = ""
    first: bool = True
    open_items: list[int] = field(default_factory=list)
    items: int = 0

    def read(self, part: Part) -> None:
        kind = part.kind
        if kind is Kind.TEXT or kind is Kind.HEADING:
            self._text(part.text, part.level)
        elif kind is Kind.CODE:
            self._code(part)
        elif kind is Kind.ITEM_OPEN:
            self.open_items.append(len(self.found))
            self.items += 1
        elif kind is Kind.ITEM_CLOSE:
            self._item_end(self.open_items.pop())
        elif kind is Kind.RULE:
            self.intro = ""

    def _text(self, text: str, level: int) -> None:
        if self.found and not self.found[-1].after:
            self.found[-1] = replace(self.found[-1], after=text[:_MAX_BEFORE])
        if level:
            self.headings = [entry for entry in self.headings if entry[0] < level]
            self.headings.append((level, text[:_MAX_BEFORE]))
            self.before, self.first, self.intro, self.items = [], True, "", 0
        else:
            self.intro = text[-_MAX_BEFORE:]
            self.before.append(self.intro)

    def _item_end(self, blocks: int) -> None:
        """A finished item leads to the code below it only where it says so, or stands alone."""
        lone = self.items == 1 and not self.open_items
        if blocks == len(self.found) and not lone and not self.intro.rstrip("*_ ").endswith(":"):
            self.intro = ""

    def _code(self, part: Part) -> None:
        start, end = part.start, part.end
        closed = not part.mark or _is_closed(part, self.lines)
        if not closed and not part.text.strip():
            return  # a stray fence at the end
        top = start + 1 if part.mark else start
        indents = _indents(self.lines[top:end], part.text.split("\n"))
        indent = indents[0] if indents else 0
        self.found.append(
            Fence(
                info=part.info.strip(),
                text=part.text,
                line=top + 1,
                indent=indent,
                headings=tuple([text for _, text in self.headings]),
                before="\n\n".join(self.before)[-_MAX_BEFORE:],
                closed=closed,
                fenced=bool(part.mark),
                first_below_heading=self.first,
                intro=self.intro,
                indents=() if indents.count(indent) == len(indents) else tuple(indents),
            )
        )
        self.before, self.first, self.intro, self.items = [], False, "", 0


def fences_of(markdown: str) -> list[Fence]:
    """Return the code blocks of a markdown text in order, at most ``MAX_BLOCKS``."""
    reader = _Reader(markdown.split("\n"))
    for part in layout_of(markdown):
        reader.read(part)
        if len(reader.found) >= MAX_BLOCKS:
            break
    return reader.found


def _is_closed(fence: Part, lines: Sequence[str]) -> bool:
    end = fence.end
    last = lines[end - 1].strip().lstrip("> ") if end - 1 < len(lines) else ""
    if end - fence.start > 1 and last.startswith(fence.mark) and not last.strip(fence.mark[0]):
        return True
    # A list or quote may end before its fence does; only the end of the document cuts it off.
    return any(line.strip() for line in lines[end : end + 50])


def _indents(sources: list[str], contents: list[str]) -> list[int]:
    """Return by how much each line of a block is indented in the document; nothing for one at its margin."""
    code = contents if contents[-1] else contents[:-1]
    if sources[: len(code)] == code:
        return []
    return [
        0 if source == content else _indent(source, content)
        for source, content in zip(sources, contents, strict=False)
    ]


def _indent(source: str, content: str) -> int:
    """Return by how much a line of a block is indented in the document (lists, quotes, tabs)."""
    words = content.lstrip(" \t")
    if not words or not source.endswith(words):
        return 0
    return (len(source) - len(words)) - (len(content) - len(words))
