"""The grid of a side: per case and rule, what its answers came to."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.compare.pairing import Side
from harness.core.types import Outcome, Verdict

__all__ = ["Cell", "Evasion", "Grid", "grid_of", "trials_of"]


class Evasion(StrEnum):
    """Ways of not being measured, or of being measured on nothing. A prompt must not gain by any of them."""

    MISSING = "missing"
    UNDECIDED = "undecided"
    ERROR = "error"
    VACUOUS = "vacuous"
    OMITTED = "omitted"
    NOT_APPLICABLE = "not_applicable"


@dataclass(slots=True)
class Cell:
    """The trials of one case for one rule: the verdicts that decide, and counts of the rest."""

    passed: int = 0
    failed: int = 0
    evasions: Counter[Evasion] = field(default_factory=Counter)
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def decided(self) -> int:
        """Number of trials that count."""
        return self.passed + self.failed

    @property
    def wanted(self) -> int:
        """Number of trials that were wanted."""
        return len(self.verdicts) + self.evasions[Evasion.MISSING]

    @property
    def rate(self) -> float:
        """Share of passes among the decided trials; ask :attr:`decided` first."""
        return self.passed / self.decided


Grid = Mapping[tuple[str, str], Cell]


def trials_of(side: Side) -> int:
    """Return how often a side asked its cases."""
    run = side.run
    decided = (one.trial for one in run.verdicts if one.variant == side.variant)
    missing = (one.trial for one in run.missing if one.variant == side.variant)
    return max((*decided, *missing), default=0)


def grid_of(side: Side, rules: Mapping[str, str], trials: int = 0) -> Grid:
    """Return the cells of a side by (case, rule).

    Args:
        side: the variant of a run.
        rules: rules to look at: id in the side's run -> id to use in the grid.
        trials: look at so many trials of each case; 0: all.
    """
    last = trials or sys.maxsize
    grid: dict[tuple[str, str], Cell] = {}
    for verdict in side.run.verdicts:
        name = rules.get(verdict.rule)
        if verdict.variant == side.variant and name is not None and verdict.trial <= last:
            _count(grid.setdefault((verdict.case, name), Cell()), verdict)
    cases = {case for case, _ in grid}
    for absent in side.run.missing:
        if absent.variant == side.variant and absent.trial <= last:
            for name in _exercised(grid, absent.case, rules.values(), cases):
                grid.setdefault((absent.case, name), Cell()).evasions[Evasion.MISSING] += 1
    return grid


def _exercised(grid: Grid, case: str, rules: Iterable[str], cases: set[str]) -> list[str]:
    """A missing answer is missing for the rules that the case's other answers decide, else for all."""
    if case in cases:
        return [name for name in rules if (case, name) in grid]
    return list(rules)


def _count(cell: Cell, verdict: Verdict) -> None:
    outcome = verdict.decision.outcome
    cell.verdicts.append(verdict)
    if outcome is Outcome.PASS:
        cell.passed += 1
    elif outcome is Outcome.FAIL:
        cell.failed += 1
    else:
        cell.evasions[Evasion(outcome.value)] += 1
    if verdict.flag:
        cell.evasions[Evasion(verdict.flag)] += 1
