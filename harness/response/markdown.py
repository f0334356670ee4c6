"""Code blocks of a markdown text with their lines, headings and the words before them.

CommonMark is parsed by markdown-it-py, blocks only: the inline grammar is not needed to find code.
"""

from __future__ import annotations

from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["MAX_BLOCKS", "Fence", "fences_of"]

MAX_BLOCKS = 2_000

# Block grammar only: `inline` would parse every paragraph a second time for nothing.
_PARSER = MarkdownIt("commonmark", {"maxNesting": 50}).disable("inline")


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced (or indented) code block; ``line`` is the line of its first line of code, from 1.

    ``headings`` are the headings above it, outermost first; ``before`` the text between it and the
    heading or block before. ``first_below_heading`` says that no other block stands between it and its
    heading. ``closed`` is false when the document ended inside the fence.
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


def fences_of(markdown: str) -> list[Fence]:
    """Return the code blocks of a markdown text in order, at most ``MAX_BLOCKS``."""
    lines = markdown.split("\n")
    found: list[Fence] = []
    headings: list[tuple[int, str]] = []
    before: list[str] = []
    level = 0
    first = True
    for token in _PARSER.parse(markdown):
        if token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "inline":
            if level:
                headings = [*(entry for entry in headings if entry[0] < level), (level, token.content)]
                before, first = [], True
            else:
                before.append(token.content)
        elif token.type == "heading_close":
            level = 0
        elif token.type in {"fence", "code_block"} and token.map is not None:
            found.append(_fence(token, lines, tuple(text for _, text in headings), "\n".join(before), first))
            before, first = [], False
            if len(found) >= MAX_BLOCKS:
                break
    return found


def _fence(token: Token, lines: list[str], headings: tuple[str, ...], before: str, first: bool) -> Fence:
    start, end = token.map or (0, 0)
    fenced = token.type == "fence"
    closed = True
    if fenced:
        last = lines[end - 1].strip().lstrip("> ") if end - 1 < len(lines) else ""
        closed = end - start > 1 and last.startswith(token.markup) and not last.strip(token.markup[0])
    top = start + (1 if fenced else 0)
    return Fence(
        info=token.info.strip(),
        text=token.content,
        line=top + 1,
        indent=_indent(lines[top] if top < len(lines) else "", token.content),
        headings=headings,
        before=before,
        closed=closed,
        fenced=fenced,
        first_below_heading=first,
    )


def _indent(source: str, content: str) -> int:
    """Return by how much the first line of a block is indented in the document (lists, quotes)."""
    line = content.split("\n", 1)[0]
    return max(len(source) - len(line), 0) if line and source.endswith(line) else 0
