"""The trees of a program's blocks, each parsed once."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

from ast_grep_py import SgNode

from harness.response.block import Block
from harness.response.languages import JAVASCRIPT_FAMILY

if TYPE_CHECKING:
    from harness.response.flow.statements import Unit
    from harness.response.program import Program

__all__ = ["LANGUAGES", "Language", "language_module", "tree_of"]

# Language -> the module that parses it and turns its tree into the common form; imported when needed.
LANGUAGES = {
    **dict.fromkeys(JAVASCRIPT_FAMILY, "harness.response.flow.javascript"),
    "python": "harness.response.flow.python",
    "php": "harness.response.flow.php",
}


class Language(Protocol):
    """How a language is read."""

    def parse(self, block: Block) -> SgNode:
        """Parse a block."""

    def lower(self, block: Block, root: SgNode) -> Unit:
        """Return a parsed block in the common form."""


@cache
def language_module(language: str) -> Language:
    """Return how a language is read."""
    return cast("Language", importlib.import_module(LANGUAGES[language]))


class _Trees:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._roots: dict[Block, SgNode] = {}

    def of(self, block: Block) -> SgNode:
        root = self._roots.get(block)
        if root is None and block.language in JAVASCRIPT_FAMILY:
            self._roots |= {unit.block: unit.root for unit in self._program.units}
            root = self._roots.get(block)
        if root is None:
            root = self._roots[block] = language_module(block.language).parse(block)
        return root


def tree_of(program: Program, block: Block) -> SgNode:
    """Return the tree of a block of JavaScript, TypeScript, Python or PHP, as the common form reads it."""
    return program.once(_Trees).of(block)
