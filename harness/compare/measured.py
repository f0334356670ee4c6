"""What two sides have in common, measured: rates, differences, flips; conclusions are drawn elsewhere."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from harness.compare.cells import Cell, Evasion, Grid, grid_of, trials_of
from harness.compare.conclusion import direction_of
from harness.compare.evasion import real_passes, supported
from harness.compare.model import CaseFlip, Direction, Policy, RateChange, RuleChange, TagChange
from harness.compare.pairing import MatchedRules, Side, match_rules
from harness.core.types import Case, Outcome, Verdict
from harness.stats.interval import NO_NUMBER, Number
from harness.stats.paired import paired_difference

__all__ = [
    "Common",
    "Measured",
    "case_flips",
    "common_cells",
    "measure",
    "rate_change",
    "rule_changes",
    "tag_changes",
]

Common = dict[tuple[str, str], tuple[Cell, Cell]]
"""(case, rule) cells that both sides decide."""

_Cells = TypeVar("_Cells")


@dataclass(frozen=True, slots=True)
class Measured:
    """Two sides, measured on what they have in common.

    Attributes:
        before: the earlier side.
        after: the later side.
        matched: which rule is which.
        grids: the cells of both sides.
        common: the cells that both decide.
        cases: by id.
        changes: per rule, its rates and their difference.
        policy: margin, error budget and seed.
    """

    before: Side
    after: Side
    matched: MatchedRules
    grids: tuple[Grid, Grid]
    common: Common
    cases: Mapping[str, Case]
    changes: Mapping[str, RateChange]
    policy: Policy

    @property
    def empty(self) -> bool:
        """Whether neither side decides anything."""
        return not any(cell.decided for grid in self.grids for cell in grid.values())

    @property
    def same_answers(self) -> bool:
        """Whether both sides are the very same answers: what the model was asked did not change."""
        first, second = self.before, self.after
        return first.run.answers[first.variant] == second.run.answers[second.variant]

    @property
    def tested(self) -> bool:
        """Whether there is anything for a test to find: the same answers cannot differ."""
        return bool(self.common) and not self.same_answers


def measure(before: Side, after: Side, policy: Policy) -> Measured:
    """Measure two sides that were asked and decided alike."""
    matched = match_rules(before.run.rules, after.run.rules)
    # Names may be swapped where nothing changed only if both sides tried equally often: the mean of ten
    # trials and a single one differ in spread, and a sign test would take that for a change.
    trials = min(trials_of(before), trials_of(after))
    grids = (
        grid_of(before, {old.id: new.id for old, new in matched.same}, trials),
        grid_of(after, {new.id: new.id for _, new in matched.same}, trials),
    )
    common = common_cells(grids)
    cases = {case.id: case for case in after.run.cases}
    shared = _by_rule(common)
    changes = {new.id: rate_change(shared.get(new.id, {}), cases, policy) for _, new in matched.same}
    return Measured(before, after, matched, grids, common, cases, changes, policy)


def common_cells(grids: tuple[Grid, Grid]) -> Common:
    """Return the cells that both sides decide."""
    return {
        key: (cell, grids[1][key])
        for key, cell in grids[0].items()
        if cell.decided and key in grids[1] and grids[1][key].decided
    }


def rate_change(common: Common, cases: Mapping[str, Case], policy: Policy, level: float = 0.0) -> RateChange:
    """Return rates and paired difference of cells: averaged over the rules of a case, then over cases."""
    by_case: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for (case, _), (first, second) in common.items():
        by_case[case].append((first.rate, second.rate))
    means = [
        (case, _mean([first for first, _ in pairs]), _mean([second for _, second in pairs]))
        for case, pairs in by_case.items()
    ]
    return RateChange(
        before=_number([first for _, first, _ in means]),
        after=_number([second for _, _, second in means]),
        difference=paired_difference(
            [second - first for _, first, second in means],
            [_cluster(cases, case) for case, _, _ in means],
            confidence=1 - policy.alpha,
            level=level or policy.share,
            seed=policy.seed,
        ),
    )


def rule_changes(
    measured: Measured, q: Mapping[str, Number], q_drop: Mapping[str, Number]
) -> tuple[RuleChange, ...]:
    """Return what can be said of each rule; ``q`` and ``q_drop`` stand for its p-values among all tests."""
    cases, policy = measured.cases, measured.policy
    before, after = (_by_rule(grid) for grid in measured.grids)
    decisions = {
        rule: direction_of(change.difference, q[rule], q_drop[rule], policy)
        for rule, change in measured.changes.items()
    }
    decisions |= {
        rule: supported(said, real_passes((before.get(rule, {}), after.get(rule, {})), cases, policy), policy)
        for rule, said in decisions.items()
        if said in {Direction.IMPROVED, Direction.SAME}
    }
    return tuple(
        RuleChange(
            rule=new,
            earlier=old,
            change=measured.changes[new.id],
            q=q[new.id],
            q_drop=q_drop[new.id],
            decision=decisions[new.id],
            trials=(_decided(before.get(new.id, {})), _decided(after.get(new.id, {}))),
            evasions_before=_evasions(before.get(new.id, {})),
            evasions_after=_evasions(after.get(new.id, {})),
        )
        for old, new in measured.matched.same
    )


def _by_rule(cells: Mapping[tuple[str, str], _Cells]) -> dict[str, dict[tuple[str, str], _Cells]]:
    found: defaultdict[str, dict[tuple[str, str], _Cells]] = defaultdict(dict)
    for key, value in cells.items():
        found[key[1]][key] = value
    return found


def _decided(grid: Grid) -> int:
    return sum(cell.decided for cell in grid.values())


def _evasions(grid: Grid) -> Counter[Evasion]:
    total: Counter[Evasion] = Counter()
    for cell in grid.values():
        if cell.evasions:
            total.update(cell.evasions)
    return total


def tag_changes(measured: Measured) -> tuple[TagChange, ...]:
    """Return the change on the cases of each tag."""
    common, cases, policy = measured.common, measured.cases, measured.policy
    tagged: defaultdict[str, Common] = defaultdict(dict)
    for key, cells in common.items():
        for tag in cases[key[0]].tags:
            tagged[tag][key] = cells
    return tuple(TagChange(tag, rate_change(tagged[tag], cases, policy)) for tag in sorted(tagged))


def case_flips(measured: Measured) -> tuple[CaseFlip, ...]:
    """Return the cells whose share of passes changed, the greatest drop first."""
    cases, rules = measured.cases, {new.id: new for _, new in measured.matched.same}
    flips = [
        CaseFlip(
            case=cases[case],
            rule=rules[rule],
            passed_before=first.passed,
            decided_before=first.decided,
            passed_after=second.passed,
            decided_after=second.decided,
            verdict_before=_evidence(first, passing=first.rate > second.rate),
            verdict_after=_evidence(second, passing=second.rate > first.rate),
        )
        for (case, rule), (first, second) in measured.common.items()
        if first.rate != second.rate
    ]
    return tuple(sorted(flips, key=lambda flip: (flip.delta, flip.case.id, flip.rule.id)))


def _evidence(cell: Cell, *, passing: bool) -> Verdict:
    """Return a verdict that shows why a side is the better (or the worse) one."""
    wanted = Outcome.PASS if passing else Outcome.FAIL
    decided = [one for one in cell.verdicts if one.decision.outcome in {Outcome.PASS, Outcome.FAIL}]
    return next((one for one in decided if one.decision.outcome is wanted), decided[0])


def _cluster(cases: Mapping[str, Case], case: str) -> str:
    return cases[case].cluster or case


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _number(values: Sequence[float]) -> Number:
    return _mean(values) if values else NO_NUMBER
