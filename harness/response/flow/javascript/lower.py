"""From a tree of JavaScript, TypeScript or TSX to the common form."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.response.block import Block
from harness.response.flow.javascript.expressions import EXPRESSIONS, ROW, STEPS
from harness.response.flow.javascript.lowering import Grammar, Lowering
from harness.response.flow.javascript.statements import STATEMENTS
from harness.response.flow.statements import Unit
from harness.response.javascript.build import build_unit

__all__ = ["lower", "parse"]

_GRAMMAR = Grammar(EXPRESSIONS, STATEMENTS, STEPS, ROW)


def parse(block: Block) -> SgNode:
    """Parse the text of a block."""
    return build_unit(block).root


def lower(block: Block, root: SgNode) -> Unit:
    """Return a block in the common form; ``root`` is its tree."""
    low = Lowering(_GRAMMAR)
    body = low.body(root.named_children())
    return Unit(
        block,
        block.language,
        root,
        body,
        tuple(low.functions),
        tuple(low.classes),
        tuple(low.calls),
        tuple(low.imports),
        tuple(low.assignments),
        tuple(low.exported),
        low.broken or root.kind() == "ERROR",
        low.limited,
    )
