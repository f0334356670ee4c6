"""Trees of Python and PHP blocks with the names in them that imported things have outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ast_grep_py import SgNode, SgRoot

from harness.response import trees
from harness.response.block import Block
from harness.response.schema.plain import plain_text

if TYPE_CHECKING:
    from harness.response.program import Program

__all__ = ["tree_of"]


class _Trees:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._known: dict[Block, tuple[SgNode, int]] = {}

    def of(self, block: Block) -> tuple[SgNode, int]:
        known = self._known.get(block)
        if known is None:
            known = self._known[block] = self._parsed(block)
        return known

    def _parsed(self, block: Block) -> tuple[SgNode, int]:
        text = plain_text(block)
        if text is block.text:
            return trees.tree_of(self._program, block), 0
        if block.language == "php" and "<?" not in text:
            # Answers leave the opening tag out.
            return SgRoot(f"<?php\n{text}", "php").root(), 1
        return SgRoot(text, block.language).root(), 0


def tree_of(program: Program, block: Block) -> tuple[SgNode, int]:
    """Return the tree of a Python or PHP block, and by how many lines it runs ahead of the block.

    Imported things have the names in it that they have outside.
    """
    return program.once(_Trees).of(block)
