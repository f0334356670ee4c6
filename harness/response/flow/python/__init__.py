"""Python in the common form."""

from __future__ import annotations

from ast_grep_py import SgNode, SgRoot

from harness.response.block import Block
from harness.response.flow.python.expressions import EXPRESSIONS
from harness.response.flow.python.statements import DEFINITIONS, SKIPPED, STATEMENTS
from harness.response.flow.reader import Grammar, Reader
from harness.response.flow.statements import Unit

__all__ = ["lower", "parse"]

_GRAMMAR = Grammar({**EXPRESSIONS, **DEFINITIONS}, STATEMENTS, SKIPPED)


def parse(block: Block) -> SgNode:
    """Parse the text of a block."""
    return SgRoot(block.text, "python").root()


def lower(block: Block, root: SgNode) -> Unit:
    """Return a parsed block in the common form."""
    # What is skipped are comments and lines that go on.
    reader = Reader(_GRAMMAR, skips="#" in block.text or "\\" in block.text)
    return reader.finish(block, root, reader.body(root.named_children()))
