"""Which words the code of a program holds at all: the cheapest question, to be asked before all others.

A name or text that means something to a check is written out somewhere in some block. To look for a piece of
it in the text of all blocks takes a fraction of what it takes to follow a single name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.response.program import Program

__all__ = ["code_of", "mentions"]

# Letters that are written as escapes, and words that go on in the next line, are found nowhere.
_ESCAPED = re.compile(r"\\(?:[ux0-7\n]|n\{)")


def code_of(program: Program) -> str:
    """Return the paths and texts of all blocks in small letters; ask through ``program.once``."""
    return "\n".join(text for block in program.blocks for text in (block.path, block.text)).lower()


def mentions(program: Program, pieces: Iterable[str]) -> bool:
    """Say whether any of these pieces of words, given in small letters, may stand in the code."""
    text = program.once(code_of)
    return any(piece in text for piece in pieces) or program.once(_has_escapes)


def _has_escapes(program: Program) -> bool:
    return _ESCAPED.search(program.once(code_of)) is not None
