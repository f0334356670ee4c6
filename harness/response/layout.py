"""The layout of a markdown text: headings, texts, code, lists and rules in their order.

CommonMark is parsed by markdown-it-py, blocks only: the inline grammar is not needed to find code. What
stands at the margin and can be read in one way only (a heading, a paragraph, a fence, a list of single
lines) is recognised here, since the grammar asks some ten rules of every block and most of an answer consists
of these; whatever else there is goes to the grammar, so that the layout is the same either way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.common.utils import mdTrim

from harness.response.record import record

__all__ = ["Kind", "Part", "layout_of", "parts_by_grammar", "parts_of"]

# Block grammar only: `inline` would parse every paragraph a second time for nothing.
_PARSER = MarkdownIt("commonmark", {"maxNesting": 50}).disable(["inline", "reference"])
# An answer that is wrapped as a whole: its own fences close the wrapper's in the wrong places.
_WRAPPER = re.compile(
    r"\A(?:[^\n]{0,200}\n){0,3}?[ ]{0,3}(?P<fence>```(?:markdown|md)[ \t]*)\n", re.IGNORECASE
)
_INNER = re.compile(r"^[ ]{0,3}```[\w.+-]+", re.MULTILINE)


class Kind(Enum):
    """What a part is."""

    HEADING = auto()
    TEXT = auto()
    CODE = auto()
    LIST_OPEN = auto()
    LIST_CLOSE = auto()
    ITEM_OPEN = auto()
    ITEM_CLOSE = auto()
    RULE = auto()


@record
class Part:
    """One part; lines count from 0, ``end`` is the line after it.

    ``level`` is that of a heading, ``info`` and ``mark`` are those of a fence; indented code has no mark.
    """

    kind: Kind
    text: str = ""
    start: int = 0
    end: int = 0
    level: int = 0
    info: str = ""
    mark: str = ""


# Code and prose of one answer are read one after the other.
@lru_cache(maxsize=1)
def layout_of(markdown: str) -> tuple[Part, ...]:
    """Return the parts of an answer; of one that is wrapped in a fence as a whole, the parts inside."""
    if "```m" in markdown or "```M" in markdown:
        wrapper = _WRAPPER.match(markdown)
        if wrapper is not None and _INNER.search(markdown, wrapper.end()):
            start, end = wrapper.span("fence")
            markdown = markdown[:start] + " " * (end - start) + markdown[end:]
    return tuple(parts_of(markdown))


# By the grammar.

_KINDS = {
    "fence": Kind.CODE,
    "code_block": Kind.CODE,
    "list_item_open": Kind.ITEM_OPEN,
    "list_item_close": Kind.ITEM_CLOSE,
    "hr": Kind.RULE,
    **dict.fromkeys(("bullet_list_open", "ordered_list_open"), Kind.LIST_OPEN),
    **dict.fromkeys(("bullet_list_close", "ordered_list_close"), Kind.LIST_CLOSE),
}
_OPENS, _CLOSES, _RULES = Part(Kind.LIST_OPEN), Part(Kind.LIST_CLOSE), Part(Kind.RULE)
_ITEM, _ITEM_END = Part(Kind.ITEM_OPEN), Part(Kind.ITEM_CLOSE)
_PLAIN_PARTS = {
    Kind.LIST_OPEN: _OPENS,
    Kind.LIST_CLOSE: _CLOSES,
    Kind.ITEM_OPEN: _ITEM,
    Kind.ITEM_CLOSE: _ITEM_END,
    Kind.RULE: _RULES,
}


def parts_by_grammar(markdown: str, first: int = 0) -> Iterator[Part]:
    """Yield the parts of a markdown text whose first line has a number, as the grammar sees them."""
    level = 0
    for token in _PARSER.parse(markdown):
        name = token.type
        start, end = token.map or (0, 0)
        if name == "inline":
            kind = Kind.HEADING if level else Kind.TEXT
            yield Part(kind, token.content, first + start, first + end, level)
        elif name in {"heading_open", "heading_close"}:
            level = int(token.tag[1:]) if name == "heading_open" else 0
        else:
            found = _KINDS.get(name)
            if found is Kind.CODE:
                mark = token.markup if name == "fence" else ""
                yield Part(found, token.content, first + start, first + end, 0, token.info, mark)
            elif found is not None:
                yield _PLAIN_PARTS[found]


# At the margin.

_FENCE = re.compile(r"(?P<mark>`{3,}|~{3,})(?P<info>[^`]*)\Z")
_HEADING = re.compile(r"(?P<mark>\#{1,6})[ \t]+(?P<text>[^\s#](?:.*[^\s#])?)[ \t]*\Z")
# The first characters of a line that is text, whatever stands before it.
_TEXT = re.compile(r"[^\s#>\-+*_=~`<0-9\\]|[*_`]{1,2}[A-Za-z]")
_ITEM_LINE = re.compile(r"(?:(?P<mark>[-+*])|[0-9]{1,9}(?P<number>[.)]))[ ]{1,4}(?P<text>\S.*)\Z")
_RULE = re.compile(r"(?:-{3,}|\*{3,}|_{3,})[ \t]*\Z")
# What may hold anything, or go on behind blank lines: fences that do not stand at the margin, and HTML.
_OPEN_ENDED = re.compile(r"```|~~~|^[ \t>*+\-0-9.)]*<", re.MULTILINE)


def parts_of(markdown: str) -> list[Part]:
    """Return the parts of a markdown text."""
    if "\r" in markdown or "\0" in markdown:
        return [*parts_by_grammar(markdown)]
    lines = markdown.split("\n")
    found: list[Part] = []
    line, last = 0, len(lines)
    while line < last:
        text = lines[line]
        if not text.strip(" \t"):
            line += 1
            continue
        end = _read_text(lines, line, found) if _TEXT.match(text) else _read_marked(lines, line, found)
        if not end:
            end = _other(lines, line)
            found += parts_by_grammar("\n".join(lines[line:end]), line)
        line = end
    return found


def _read_text(lines: Sequence[str], start: int, found: list[Part]) -> int:
    """Read a paragraph; return the line after it, or 0 where it is not certain what it is."""
    line, last = start + 1, len(lines)
    while line < last:
        text = lines[line]
        if not _TEXT.match(text):
            if not text or _FENCE.match(text) or _HEADING.match(text):
                break
            return 0
        line += 1
    text = lines[start] if line == start + 1 else "\n".join(lines[start:line])
    found.append(Part(Kind.TEXT, mdTrim(text), start, line))
    return line


def _read_marked(lines: Sequence[str], start: int, found: list[Part]) -> int:
    """Read a heading, fence, list or rule at the margin; return the line after it, or 0 for anything else."""
    text = lines[start]
    character = text[0]
    if character == "#":
        heading = _HEADING.match(text)
        if heading is None:
            return 0
        found.append(Part(Kind.HEADING, mdTrim(heading["text"]), start, start + 1, len(heading["mark"])))
        return start + 1
    if character in "`~":
        return _read_fence(lines, start, found)
    if _RULE.match(text):
        found.append(_RULES)
        return start + 1
    return _read_list(lines, start, found)


def _read_fence(lines: Sequence[str], start: int, found: list[Part]) -> int:
    fence = _FENCE.match(lines[start])
    if fence is None:
        return 0
    mark = fence["mark"]
    for line in range(start + 1, len(lines)):
        text = lines[line]
        if mark in text and _closes(text, mark):
            code = "\n".join(lines[start + 1 : line])
            code = code + "\n" if line > start + 1 else ""
            found.append(Part(Kind.CODE, code, start, line + 1, 0, fence["info"], mark))
            return line + 1
    return 0


def _closes(text: str, mark: str) -> bool:
    """Say whether a line closes a fence: nothing but the mark, three blanks before it at most."""
    bare = text.lstrip(" ")
    return len(text) - len(bare) < 4 and not bare.rstrip(" \t").strip(mark[0])


def _read_list(lines: Sequence[str], start: int, found: list[Part]) -> int:
    """Read a list of single lines that a blank line and text at the margin end."""
    items: list[Part] = [_OPENS]
    mark: tuple[str | None, str | None] | None = None
    line, last = start, len(lines)
    while line < last:
        text = lines[line]
        if not text:
            line += 1
            continue
        item = _ITEM_LINE.match(text)
        if item is None:
            if line == start or lines[line - 1] or not _begins(text):
                return 0
            break
        content = item["text"]
        if mark is None:
            mark = item["mark"], item["number"]
        if mark != (item["mark"], item["number"]) or not _TEXT.match(content):
            return 0
        items += (_ITEM, Part(Kind.TEXT, mdTrim(content), line, line + 1), _ITEM_END)
        line += 1
    found += items
    found.append(_CLOSES)
    return line


def _begins(text: str) -> bool:
    """Say whether a line behind a blank one begins a new block at the margin, whatever came before."""
    return bool(_TEXT.match(text) or _HEADING.match(text) or _FENCE.match(text))


def _other(lines: Sequence[str], start: int) -> int:
    """Return where what only the grammar can read ends: all of the rest, if it may go on anywhere."""
    end = start + 1
    while end < len(lines) and (lines[end - 1] or not _begins(lines[end])):
        end += 1
    return len(lines) if _OPEN_ENDED.search("\n".join(lines[start:end])) else end
