"""The sections of a prompt: each heading with everything below it, up to the next of its rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt

from harness.agentfile.inline import plain_text

__all__ = ["Section", "sections_of"]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it; ``line`` to ``end_line``, both included, count from 1."""

    title: str
    level: int
    line: int
    end_line: int


def sections_of(lines: Sequence[str], first_line: int) -> tuple[Section, ...]:
    """Return the sections of a prompt in the order of the file; sections hold those of lower rank.

    Args:
        lines: the lines of the prompt.
        first_line: the line of the file on which the first of them stands.
    """
    tokens = MarkdownIt("commonmark").parse("\n".join(lines))
    heads: list[tuple[str, int, int]] = []
    for token, inline in pairwise(tokens):
        # Only headings of the document itself: one in a quotation or a list item heads nothing.
        if token.type == "heading_open" and token.level == 0 and token.map is not None:
            heads.append((plain_text(inline.content), int(token.tag[1:]), token.map[0]))
    found = []
    for index, (title, level, start) in enumerate(heads):
        end = next((other for _, rank, other in heads[index + 1 :] if rank <= level), len(lines))
        found.append(Section(title, level, start + first_line, end - 1 + first_line))
    return tuple(found)
