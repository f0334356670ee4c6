"""A code block of a response, and what it is for."""

from __future__ import annotations

from enum import StrEnum

from harness.response.record import entity

__all__ = ["Block", "BlockRole", "Origin"]


class BlockRole(StrEnum):
    """What a block shows. Only ``code`` is what the answer wants to run on the server."""

    CODE = "code"
    COUNTER_EXAMPLE = "counter_example"
    FRONTEND = "frontend"
    TEST = "test"
    SCRIPT = "script"
    SHELL = "shell"
    CONFIG = "config"
    DATA = "data"


class Origin(StrEnum):
    """Who wrote a block. What the user supplied is context: it is never held against the answer."""

    RESPONSE = "response"
    TOOL_CALL = "tool_call"
    SUPPLIED = "supplied"
    FILE = "file"


@entity
class Block:
    """One stretch of code.

    ``number`` counts from 1 in the order of the response; supplied files come after. ``line`` is the
    line of the response (or file) on which ``text`` starts and ``indent`` the width that its lines
    are indented by in the response; ``indents`` says it line by line where they differ. ``path`` is the
    file name that the response gives the block, with forward slashes, or empty. ``counter_lines`` are
    lines of the block (from 1) that are shown only to say that they are wrong. ``truncated`` says that
    the answer ended inside the block. ``kept_lines`` are lines of a file (from 1) that the user wrote and
    that the answer, editing the file, left as they were.
    """

    number: int
    language: str
    role: BlockRole
    text: str
    line: int
    indent: int = 0
    path: str = ""
    origin: Origin = Origin.RESPONSE
    heading: str = ""
    counter_lines: frozenset[int] = frozenset()
    truncated: bool = False
    oversized: bool = False
    indents: tuple[int, ...] = ()
    kept_lines: frozenset[int] = frozenset()

    def indent_of(self, line: int) -> int:
        """Return by how much a line of the block (from 0) is indented in the response."""
        return self.indents[line] if line < len(self.indents) else self.indent
