"""Names that the blocks of one answer lend each other.

Answers show one program in pieces: a router in one block uses what the block before declared.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.response.block import BlockRole, Origin
from harness.response.javascript.scopes import Binding, Definition, Unit
from harness.response.javascript.syntax import callee_of

__all__ = ["Lenders", "lent_names"]

# What these blocks declare (mocks, browser globals) is not what server code means by the name.
_LENDS_TO_ITS_LIKE = frozenset({BlockRole.TEST, BlockRole.FRONTEND})
_MAX_LOOK = 50


@dataclass(slots=True)
class Lenders:
    """The top-level declarations of one name, by the number of their block."""

    numbers: list[int] = field(default_factory=list)
    found: list[tuple[Binding, Unit]] = field(default_factory=list)
    supplied: list[tuple[Binding, Unit]] = field(default_factory=list)

    def add(self, binding: Binding, unit: Unit) -> None:
        """Note a declaration; blocks come in the order of their numbers."""
        if unit.block.origin is Origin.SUPPLIED:
            self.supplied.append((binding, unit))
        else:
            self.numbers.append(unit.block.number)
            self.found.append((binding, unit))

    def nearest(self, unit: Unit) -> tuple[Binding, Unit] | None:
        """Return the declaration that a block means by an open name: before, after, then supplied."""
        at = bisect_left(self.numbers, unit.block.number)
        before = reversed(self.found[max(at - _MAX_LOOK, 0) : at])
        after = self.found[at : at + _MAX_LOOK]
        for candidates in (before, after, self.supplied[:_MAX_LOOK]):
            for binding, other in candidates:
                if other is not unit and _lends(other, unit):
                    return binding, other
        return None


def lent_names(units: Sequence[Unit]) -> tuple[dict[str, Lenders], dict[str, Lenders]]:
    """Return by name what the blocks declare at their top: all of it, and what they do not just import."""
    everything: dict[str, Lenders] = {}
    made: dict[str, Lenders] = {}
    for unit in sorted(units, key=lambda unit: unit.block.number):
        if unit.block.role is BlockRole.COUNTER_EXAMPLE:
            continue
        for name, binding in unit.top.names.items():
            if not binding.definitions:
                continue
            everything.setdefault(name, Lenders()).add(binding, unit)
            if not all(_imports(definition) for definition in binding.definitions):
                made.setdefault(name, Lenders()).add(binding, unit)
    return everything, made


def _imports(definition: Definition) -> bool:
    if definition.kind != "value" or definition.value is None:
        return definition.kind == "import"
    callee = callee_of(definition.value) if definition.value.kind() == "call_expression" else None
    return callee is not None and callee.text() == "require"


def _lends(other: Unit, unit: Unit) -> bool:
    role = other.block.role
    return role not in _LENDS_TO_ITS_LIKE or role is unit.block.role
