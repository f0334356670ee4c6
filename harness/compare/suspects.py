"""What always passed before the edit and always fails after it: reason enough to ask again, no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.compare.cells import Cell, Evasion, grid_of
from harness.compare.pairing import MatchedRules, Side
from harness.core.types import Severity
from harness.store.decided import DecidedRule

__all__ = ["Suspect", "suspects"]

_RANK = {Severity.CRITICAL: 0, Severity.MAJOR: 1, Severity.MINOR: 2}


@dataclass(frozen=True, slots=True)
class Suspect:
    """A case and a rule, with the trials that raised the suspicion."""

    case: str
    rule: DecidedRule
    passed_before: int
    failed_after: int

    @property
    def cell(self) -> tuple[str, str]:
        """Case and rule id."""
        return self.case, self.rule.id


def suspects(
    before: Side, after: Side, matched: MatchedRules, critical: Sequence[str] = ()
) -> tuple[Suspect, ...]:
    """Return all cells that passed in every trial before and failed in every trial after.

    The most severe rules come first, then the cells with most trials. A vacuous pass is nothing to keep.

    Args:
        before: the earlier side.
        after: the later side.
        matched: which rule is which.
        critical: ids of rules that the policy calls critical, whatever their sidecar says.
    """
    earlier = grid_of(before, {old.id: new.id for old, new in matched.same})
    later = grid_of(after, {new.id: new.id for _, new in matched.same})
    rules = {new.id: new for _, new in matched.same}
    found = [
        Suspect(case, rules[rule], cell.passed, later[case, rule].failed)
        for (case, rule), cell in earlier.items()
        if _always_passed(cell) and (case, rule) in later and _always_failed(later[case, rule])
    ]

    def order(suspect: Suspect) -> tuple[int, int, str, str]:
        rank = 0 if suspect.rule.id in critical else _RANK[suspect.rule.severity]
        return rank, -(suspect.passed_before + suspect.failed_after), *suspect.cell

    return tuple(sorted(found, key=order))


def _always_passed(cell: Cell) -> bool:
    return cell.passed > cell.evasions[Evasion.VACUOUS] and not cell.failed


def _always_failed(cell: Cell) -> bool:
    return cell.failed > 0 and not cell.passed
