"""Code blocks of a markdown text with their lines, headings and the words before them.

CommonMark is parsed by markdown-it-py, blocks only: the inline grammar is not needed to find code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from harness.response.record import record

__all__ = ["MAX_BLOCKS", "Fence", "fences_of", "tokens_of"]

MAX_BLOCKS = 2_000
_MAX_BEFORE = 2_000

# Block grammar only: `inline` would parse every paragraph a second time for nothing.
_PARSER = MarkdownIt("commonmark", {"maxNesting": 50}).disable(["inline", "reference"])
# An answer that is wrapped as a whole: its own fences close the wrapper's in the wrong places.
_WRAPPER = re.compile(
    r"\A(?:[^\n]{0,200}\n){0,3}?[ ]{0,3}(?P<fence>```(?:markdown|md)[ \t]*)\n", re.IGNORECASE
)
_INNER = re.compile(r"^[ ]{0,3}```[\w.+-]+", re.MULTILINE)


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
    level: int = 0
    first: bool = True
    open_items: list[int] = field(default_factory=list)
    items: int = 0

    def read(self, token: Token) -> None:
        kind = token.type
        if kind == "inline":
            self._text(token.content)
        elif kind == "heading_open":
            self.level = int(token.tag[1:])
        elif kind == "heading_close":
            self.level = 0
        elif kind in {"fence", "code_block"}:
            self._code(token)
        elif kind == "list_item_open":
            self.open_items.append(len(self.found))
            self.items += 1
        elif kind == "list_item_close":
            self._item_end(self.open_items.pop())
        elif kind == "hr":
            self.intro = ""

    def _text(self, text: str) -> None:
        if self.found and not self.found[-1].after:
            self.found[-1] = replace(self.found[-1], after=text[:_MAX_BEFORE])
        if self.level:
            self.headings = [
                *(entry for entry in self.headings if entry[0] < self.level),
                (self.level, text[:_MAX_BEFORE]),
            ]
            self.before, self.first, self.intro, self.items = [], True, "", 0
        else:
            self.intro = text[-_MAX_BEFORE:]
            self.before.append(self.intro)

    def _item_end(self, blocks: int) -> None:
        """A finished item leads to the code below it only where it says so, or stands alone."""
        lone = self.items == 1 and not self.open_items
        if blocks == len(self.found) and not lone and not self.intro.rstrip("*_ ").endswith(":"):
            self.intro = ""

    def _code(self, token: Token) -> None:
        if token.map is None:
            return
        fence = _fence(token, self.lines)
        if not fence.text.strip() and not fence.closed:
            return  # a stray fence at the end
        self.found.append(
            replace(
                fence,
                headings=tuple(text for _, text in self.headings),
                before="\n\n".join(self.before)[-_MAX_BEFORE:],
                first_below_heading=self.first,
                intro=self.intro,
            )
        )
        self.before, self.first, self.intro, self.items = [], False, "", 0


# Code and prose of one answer are read one after the other; the grammar is the dear part of both.
@lru_cache(maxsize=1)
def tokens_of(markdown: str) -> tuple[Token, ...]:
    """Return the blocks of a markdown text as tokens; nobody may change them."""
    wrapper = _WRAPPER.match(markdown)
    if wrapper is not None and _INNER.search(markdown, wrapper.end()):
        start, end = wrapper.span("fence")
        markdown = markdown[:start] + " " * (end - start) + markdown[end:]
    return tuple(_PARSER.parse(markdown))


def fences_of(markdown: str) -> list[Fence]:
    """Return the code blocks of a markdown text in order, at most ``MAX_BLOCKS``."""
    reader = _Reader(markdown.split("\n"))
    for token in tokens_of(markdown):
        reader.read(token)
        if len(reader.found) >= MAX_BLOCKS:
            break
    return reader.found


def _fence(token: Token, lines: list[str]) -> Fence:
    start, end = token.map or (0, 0)
    fenced = token.type == "fence"
    closed = True
    if fenced:
        last = lines[end - 1].strip().lstrip("> ") if end - 1 < len(lines) else ""
        closed = end - start > 1 and last.startswith(token.markup) and not last.strip(token.markup[0])
        # A list or quote may end before its fence does; only the end of the document cuts it off.
        closed = closed or any(line.strip() for line in lines[end : end + 50])
    top = start + (1 if fenced else 0)
    indents = [
        _indent(source, content)
        for source, content in zip(lines[top:end], token.content.split("\n"), strict=False)
    ]
    indent = indents[0] if indents else 0
    return Fence(
        info=token.info.strip(),
        text=token.content,
        line=top + 1,
        indent=indent,
        headings=(),
        before="",
        closed=closed,
        fenced=fenced,
        first_below_heading=False,
        indents=() if all(one == indent for one in indents) else tuple(indents),
    )


def _indent(source: str, content: str) -> int:
    """Return by how much a line of a block is indented in the document (lists, quotes, tabs)."""
    if source == content:
        return 0
    words = content.lstrip(" \t")
    if not words or not source.endswith(words):
        return 0
    return (len(source) - len(words)) - (len(content) - len(words))
