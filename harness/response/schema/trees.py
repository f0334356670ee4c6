"""Trees of Python and PHP blocks."""

from __future__ import annotations

from ast_grep_py import SgNode, SgRoot

from harness.response.block import Block
from harness.response.schema.plain import plain_text

__all__ = ["tree_of"]


def tree_of(block: Block) -> tuple[SgNode, int]:
    """Parse a Python or PHP block; the second part is by how many lines the tree runs ahead of the block.

    Imported things have the names in it that they have outside.
    """
    text = plain_text(block)
    if block.language == "php" and "<?" not in text:
        # Answers leave the opening tag out.
        return SgRoot(f"<?php\n{text}", "php").root(), 1
    return SgRoot(text, block.language).root(), 0
