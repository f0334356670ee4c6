"""What always passed before the edit and always fails after it: reason enough to ask again, no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.compare.cells import Cell, Evasion, grid_of
from harness.compare.pairing import MatchedRules, Side, match_rules
from harness.compare.routing import routing_side
from harness.core.types import Severity
from harness.store.decided import DecidedRule

__all__ = ["Suspect", "decided_cells", "suspects"]

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

    A message that always reached the right agent and never does now is one of them. The most severe rules
    come first, then the cells with most trials. A vacuous pass is nothing to keep.

    Args:
        before: the earlier side.
        after: the later side.
        matched: which rule is which.
        critical: ids of rules that the policy calls critical, whatever their sidecar says.
    """
    found = _broken(before, after, matched)
    routes = routing_side(before), routing_side(after)
    if routes[0] is not None and routes[1] is not None:
        found += _broken(routes[0], routes[1], match_rules(routes[0].run.rules, routes[1].run.rules))

    def order(suspect: Suspect) -> tuple[int, int, str, str]:
        rank = 0 if suspect.rule.id in critical else _RANK[suspect.rule.severity]
        return rank, -(suspect.passed_before + suspect.failed_after), *suspect.cell

    return tuple(sorted(found, key=order))


def _broken(before: Side, after: Side, matched: MatchedRules) -> list[Suspect]:
    earlier = grid_of(before, {old.id: new.id for old, new in matched.same})
    later = grid_of(after, {new.id: new.id for _, new in matched.same})
    rules = {new.id: new for _, new in matched.same}
    return [
        Suspect(case, rules[rule], cell.passed, later[case, rule].failed)
        for (case, rule), cell in earlier.items()
        if _always_passed(cell) and (case, rule) in later and _always_failed(later[case, rule])
    ]


def decided_cells(side: Side) -> int:
    """Return how many cells of a side could raise a suspicion: those with a decided trial."""
    sides = [side, routing_side(side)]
    grids = [grid_of(one, {rule.id: rule.id for rule in one.run.rules}) for one in sides if one is not None]
    return sum(1 for grid in grids for cell in grid.values() if cell.decided)


def _always_passed(cell: Cell) -> bool:
    return cell.passed > cell.evasions[Evasion.VACUOUS] and not cell.failed


def _always_failed(cell: Cell) -> bool:
    return cell.failed > 0 and not cell.passed
