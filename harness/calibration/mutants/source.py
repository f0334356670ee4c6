"""A labelled response as something that can be edited: its blocks with their trees, and back to text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ast_grep_py import Edit, SgNode, SgRoot

from harness.calibration.judged import exchange_of_golden
from harness.response.block import Block, BlockRole, Origin
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.suite.golden import GoldenResponse

__all__ = ["Mutable", "Mutant", "Source", "edited", "names_in", "parse_block"]

_LANGUAGES = JAVASCRIPT_FAMILY | {"python", "php"}
_MAX_BLOCK = 60_000
_NAME = re.compile(r"[A-Za-z_$][\w$]*")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One edited response: ``kind`` of mutation, ``site`` in words, and the whole text."""

    kind: str
    site: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Mutable:
    """One block of code that can be edited; ``shift`` characters stand before its text in the tree."""

    block: Block
    root: SgNode
    shift: int

    @property
    def is_javascript(self) -> bool:
        """Whether the block is JavaScript or TypeScript."""
        return self.block.language in JAVASCRIPT_FAMILY


@dataclass(frozen=True)
class Source:
    """A labelled response and those of its blocks that can be edited and put back."""

    golden: GoldenResponse

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the response."""
        return self.golden.response.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks of the response, supplied files left out."""
        program = exchange_of_golden(self.golden).program
        return tuple(block for block in program.blocks if block.origin is Origin.RESPONSE)

    @cached_property
    def mutables(self) -> tuple[Mutable, ...]:
        """The blocks of server code that stand plainly in the response."""
        return tuple(
            parse_block(block)
            for block in self.blocks
            if block.language in _LANGUAGES
            and block.role in {BlockRole.CODE, BlockRole.CONFIG}
            and not (
                block.truncated or block.oversized or block.counter_lines or block.indent or block.indents
            )
            and len(block.text) <= _MAX_BLOCK
            and self._stands_at(block)
        )

    @cached_property
    def supplied(self) -> str:
        """The texts of the files that came with the question."""
        return "\n".join(file.text for file in self.golden.case.files)

    def place(self, mutable: Mutable, node: SgNode) -> str:
        """Return the line of the file on which a node stands, in words."""
        ahead = 1 if mutable.shift else 0
        line = mutable.block.line + node.range().start.line - ahead + self.golden.line_offset
        return f"line {line}"

    def _stands_at(self, block: Block) -> bool:
        text = block.text.rstrip("\n").split("\n")
        return self.lines[block.line - 1 : block.line - 1 + len(text)] == text

    def rewritten(
        self, texts: Mapping[Block, str], before: Mapping[Block, Sequence[str]] | None = None
    ) -> str:
        """Return the response with other texts in some blocks, and with lines before the fences of some."""
        lines = list(self.lines)
        changed = {**dict.fromkeys(before or {}, None), **texts}
        for block in sorted(changed, key=lambda one: -one.line):
            length = len(block.text.rstrip("\n").split("\n"))
            text = changed[block]
            if text is not None:
                lines[block.line - 1 : block.line - 1 + length] = text.rstrip("\n").split("\n")
            if before and block in before:
                # The fence itself stands on the line above the code.
                lines[block.line - 2 : block.line - 2] = before[block]
        return "\n".join(lines)


def parse_block(block: Block) -> Mutable:
    """Parse a block; PHP gets the opening tag that answers leave out."""
    tag = "<?php\n" if block.language == "php" and "<?" not in block.text else ""
    return Mutable(block, SgRoot(tag + block.text, block.language).root(), len(tag))


def edited(mutable: Mutable, edits: Sequence[Edit]) -> str | None:
    """Return the text of a block with edits; ``None`` when it changes nothing or does not parse as well.

    An original with an elision may hold errors of its own: the mutant must not hold more.
    """
    if not edits:
        return None
    text = mutable.root.commit_edits(sorted(edits, key=lambda edit: edit.start_pos))[mutable.shift :]
    if text == mutable.block.text:
        return None
    tag = mutable.root.text()[: mutable.shift]
    after = SgRoot(tag + text, mutable.block.language).root()
    return text if _errors(after) <= _errors(mutable.root) else None


def _errors(root: SgNode) -> int:
    return len(root.find_all(kind="ERROR"))


def names_in(text: str) -> set[str]:
    """Return everything in a text that could be a name."""
    return set(_NAME.findall(text))
