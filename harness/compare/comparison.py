"""Compare two sides: the paired differences, rules that moved, cases that flipped, what was evaded."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar

from harness.compare.cells import Cell, Evasion, Grid, grid_of, trials_of
from harness.compare.conclusion import conclude, direction_of
from harness.compare.evasion import evasion_changes, real_passes, supported
from harness.compare.model import (
    CaseFlip,
    Comparison,
    Direction,
    Policy,
    RateChange,
    RuleChange,
    TagChange,
)
from harness.compare.pairing import MatchedRules, Side, demand_comparable, match_rules
from harness.core.errors import InputError
from harness.core.types import Case, Outcome, Verdict
from harness.stats.interval import NO_NUMBER, Number
from harness.stats.multiple import false_discovery
from harness.stats.paired import paired_difference

__all__ = ["Common", "common_cells", "compare", "rate_change"]

Common = dict[tuple[str, str], tuple[Cell, Cell]]
"""Cells by (case, rule) that both sides decide."""

_Cells = TypeVar("_Cells")


def compare(before: Side, after: Side, policy: Policy | None = None) -> Comparison:
    """Compare two sides on their common cases and rules.

    Only cells (a case and a rule) that both sides decide enter a difference; what one side evades is
    counted beside it, and a significant rise of it forbids the conclusions ``same`` and ``improved``.

    Raises:
        InputError: the sides were not asked or decided alike, or neither decides anything.
    """
    policy = policy or Policy()
    demand_comparable(before, after)
    matched = match_rules(before.run.rules, after.run.rules)
    # Names may be swapped where nothing changed only if both sides tried equally often: the mean of ten
    # trials and a single one differ in spread, and a sign test would take that for a change.
    trials = min(trials_of(before), trials_of(after))
    grids = (
        grid_of(before, {old.id: new.id for old, new in matched.same}, trials),
        grid_of(after, {new.id: new.id for _, new in matched.same}, trials),
    )
    common = common_cells(grids)
    if not common and not any(cell.decided for grid in grids for cell in grid.values()):
        raise InputError(
            f"{before.name} and {after.name} decide no rule for any case; there is nothing to compare: "
            "`harness rules` lists the rules that checks decide"
        )
    cases = {case.id: case for case in after.run.cases}
    aggregate = rate_change(common, cases, policy)
    rules = _rule_changes(matched, grids, common, (cases, policy))
    evasions = evasion_changes(grids, cases, policy)
    decision, reasons = conclude(aggregate, rules, evasions, real_passes(grids, cases, policy), policy)
    if not common:
        reasons = (_nothing_in_common(grids), *reasons[1:])
    same = _same_answers(before, after)
    if same:
        decision = Direction.SAME
        reasons = ("both sides are the same answers: what the model was asked did not change",)
    return Comparison(
        before=before,
        after=after,
        decision=decision,
        reasons=reasons,
        caveats=() if same else _caveats(before, after),
        aggregate=aggregate,
        rules=rules,
        tags=_tag_changes(common, cases, policy),
        flips=_flips(common, matched, cases),
        evasions=evasions,
        matched=matched,
        policy=policy,
    )


def common_cells(grids: tuple[Grid, Grid]) -> Common:
    """Return the cells that both sides decide."""
    return {
        key: (cell, grids[1][key])
        for key, cell in grids[0].items()
        if cell.decided and key in grids[1] and grids[1][key].decided
    }


def _nothing_in_common(grids: tuple[Grid, Grid]) -> str:
    before, after = (len({case for (case, _), cell in grid.items() if cell.decided}) for grid in grids)
    return (
        "no rule is decided for the same case on both sides, so nothing can be said about obedience: "
        f"{before} {'case was' if before == 1 else 'cases were'} decided before, {after} "
        f"{'is' if after == 1 else 'are'} now"
    )


def _same_answers(before: Side, after: Side) -> bool:
    return before.run.answers[before.variant] == after.run.answers[after.variant]


def _caveats(before: Side, after: Side) -> tuple[str, ...]:
    """Say what differs between the sides beside the prompt, and what was left out for it."""
    said = []
    first, second = before.run, after.run
    if first.model != second.model:
        said.append(f"the model differs too: {first.model} before, {second.model} after")
    elif set(first.models_served) != set(second.models_served):
        served = (", ".join(sorted(one.models_served)) or "none" for one in (first, second))
        said.append("the server names another model: {} before, {} after".format(*served))
    if first.max_tokens != second.max_tokens:
        said.append(
            f"answers might be longer on one side: {first.max_tokens:,} tokens before, "
            f"{second.max_tokens:,} after"
        )
    days = [one.created[:10] for one in (first, second)]
    if days[0] != days[1]:
        said.append(
            f"asked on {days[0]} and on {days[1]}: what the model has become in between cannot be told from "
            "the edit"
        )
    earlier, later = trials_of(before), trials_of(after)
    if earlier != later:
        fewer = min(earlier, later)
        compared = "the first is compared" if fewer == 1 else f"the first {fewer} are compared"
        said.append(f"trials: {earlier} before, {later} after; {compared}")
    return tuple(said)


def rate_change(common: Common, cases: Mapping[str, Case], policy: Policy) -> RateChange:
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
            level=policy.share,
            seed=policy.seed,
        ),
    )


def _rule_changes(
    matched: MatchedRules,
    grids: tuple[Grid, Grid],
    common: Common,
    context: tuple[Mapping[str, Case], Policy],
) -> tuple[RuleChange, ...]:
    cases, policy = context
    shared, before, after = _by_rule(common), _by_rule(grids[0]), _by_rule(grids[1])
    changes = {new.id: rate_change(shared.get(new.id, {}), cases, policy) for _, new in matched.same}
    q = false_discovery({rule: change.difference.p for rule, change in changes.items()})
    q_drop = false_discovery({rule: change.difference.p_drop for rule, change in changes.items()})
    decisions = {
        rule: direction_of(change.difference, q[rule], q_drop[rule], policy)
        for rule, change in changes.items()
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
            change=changes[new.id],
            q=q[new.id],
            q_drop=q_drop[new.id],
            decision=decisions[new.id],
            trials=(_decided(before.get(new.id, {})), _decided(after.get(new.id, {}))),
            evasions_before=_evasions(before.get(new.id, {})),
            evasions_after=_evasions(after.get(new.id, {})),
        )
        for old, new in matched.same
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


def _tag_changes(common: Common, cases: Mapping[str, Case], policy: Policy) -> tuple[TagChange, ...]:
    tagged: defaultdict[str, Common] = defaultdict(dict)
    for key, cells in common.items():
        for tag in cases[key[0]].tags:
            tagged[tag][key] = cells
    return tuple(TagChange(tag, rate_change(tagged[tag], cases, policy)) for tag in sorted(tagged))


def _flips(common: Common, matched: MatchedRules, cases: Mapping[str, Case]) -> tuple[CaseFlip, ...]:
    rules = {new.id: new for _, new in matched.same}
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
        for (case, rule), (first, second) in common.items()
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
