"""All blocks of a program in the common form, each lowered when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ast_grep_py import SgNode

from harness.core.types import Finding
from harness.response.block import Block, BlockRole, Origin
from harness.response.flow.aliases import note_outside_names
from harness.response.flow.names import Names
from harness.response.flow.statements import Unit
from harness.response.lazy import lazy
from harness.response.trees import LANGUAGES, language_module, tree_of

if TYPE_CHECKING:
    from harness.response.program import Program

__all__ = ["LANGUAGES", "Flow", "flow_of"]


class Flow:
    """The blocks of a program in the common form, and the names in them."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._known: dict[Block, Unit] = {}

    def unit(self, block: Block) -> Unit | None:
        """Return a block in the common form; ``None`` for a language without one, and for one too large."""
        if block.language not in LANGUAGES or block.oversized:
            return None
        known = self._known.get(block)
        if known is None:
            known = self._known[block] = self._lowered(block)
        return known

    def _lowered(self, block: Block) -> Unit:
        unit = language_module(block.language).lower(block, tree_of(self._program, block))
        note_outside_names(unit)
        return unit

    @lazy
    def units(self) -> tuple[Unit, ...]:
        """All blocks that can be read, supplied files and counter-examples included."""
        return tuple(unit for block in self._program.blocks if (unit := self.unit(block)) is not None)

    @lazy
    def answered(self) -> tuple[Unit, ...]:
        """What the answer itself wrote; what the user supplied is left out."""
        return tuple(unit for unit in self.units if unit.block.origin is not Origin.SUPPLIED)

    def units_with(
        self, roles: Iterable[BlockRole] = (BlockRole.CODE,), languages: Iterable[str] = ()
    ) -> tuple[Unit, ...]:
        """Return what the answer wrote, limited to some roles and languages; other blocks are not lowered."""
        wanted, spoken = frozenset(roles), frozenset(languages) or frozenset(LANGUAGES)
        return tuple(
            unit
            for block in self._program.blocks
            if block.role in wanted and block.language in spoken and block.origin is not Origin.SUPPLIED
            if (unit := self.unit(block)) is not None
        )

    @lazy
    def names(self) -> Names:
        """What names mean, over all blocks."""
        return Names(self.units, linked=self._program.linked)

    @staticmethod
    def is_counter_example(unit: Unit, node: SgNode) -> bool:
        """Say whether a node stands in lines that are shown only as wrong."""
        block = unit.block
        if block.role is BlockRole.COUNTER_EXAMPLE:
            return True
        return bool(block.counter_lines) and node.range().start.line + 1 in block.counter_lines

    @staticmethod
    def finding(unit: Unit, node: SgNode, message: str) -> Finding:
        """Make a finding at a node: lines and columns of the response (or file) as a whole."""
        # The program module reaches this one.
        from harness.response.program import finding_at

        found = finding_at(unit.block, node, message)
        if not unit.shifted:
            return found
        first = unit.block.line
        column = found.column - (unit.shifted if found.line == first else 0)
        end = found.end_column - (unit.shifted if found.end_line == first else 0)
        return replace(found, column=max(column, 1), end_column=max(end, 1))


def flow_of(program: Program) -> Flow:
    """Return the common form of a program; ``program.flow`` keeps it."""
    return Flow(program)
