"""What a stored run says about the next one: its rates, its cases per rule, and the noise of its answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.compare.cells import Cell, Grid, grid_of, trials_of
from harness.compare.pairing import Side, demand_comparable, match_rules
from harness.core.errors import InputError
from harness.core.types import Case, Outcome, Rule
from harness.stats.components import Components, components_of, intraclass_correlation, spread_of
from harness.stats.interval import NO_NUMBER, Number
from harness.stats.power import CaseGroup, Spread, assumed_spread

__all__ = [
    "CARRY_OVER",
    "CORRELATION",
    "RATE",
    "Assumptions",
    "Pilot",
    "Subject",
    "assumed",
    "assumed_for",
    "clusters_by_rule",
    "pilot_of",
]

# What holds where no pilot says otherwise. They are those of a simulated suite in which an edit helps some
# cases and hurts others: 286, 154 and 131 cases for five points with 1, 3 and 5 trials.
RATE = 0.9
CORRELATION = 0.65
CARRY_OVER = 0.75
_ASSUMPTION_WORTH = 10  # cases


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is taken for true where nothing was measured; see :func:`harness.stats.power.assumed_spread`."""

    rate: float = RATE
    correlation: float = CORRELATION
    carry_over: float = CARRY_OVER


@dataclass(frozen=True, slots=True)
class Subject:
    """A rate of which a drop is to be seen: one rule, or (rule ``*``) all rules together.

    ``rate`` is that of the pilot; rules that no case decided have no cases and no rate.
    """

    rule: str
    line: int
    group: CaseGroup
    rate: Number
    spread: Spread


@dataclass(frozen=True, slots=True)
class Pilot:
    """Everything that power is computed from.

    Attributes:
        names: the sides it rests on; empty when all is assumed.
        trials: how often each case was asked.
        aggregate: all rules together.
        rules: in the order of the specification.
        correlation: of two answers to one case.
        carry_over: of a case's rates before and after an edit.
        notes: what was assumed for want of data, one sentence each.
    """

    names: tuple[str, ...]
    trials: int
    aggregate: Subject
    rules: tuple[Subject, ...]
    correlation: float
    carry_over: float
    notes: tuple[str, ...]


def assumed(assumptions: Assumptions, cases: int) -> Pilot:
    """Return a pilot of which everything is assumed."""
    spread = assumed_spread(assumptions.rate, assumptions.correlation, assumptions.carry_over)
    aggregate = Subject("*", 0, CaseGroup.alone(cases), assumptions.rate, spread)
    return Pilot((), 0, aggregate, (), assumptions.correlation, assumptions.carry_over, ())


def clusters_by_rule(rules: Iterable[Rule], cases: Sequence[Case]) -> dict[str, list[str]]:
    """Return, per rule, the clusters of the cases that say it applies; a universal rule applies to all."""
    universal = {rule.id for rule in rules if rule.universal}
    found: dict[str, list[str]] = {}
    for case in cases:
        for rule in (universal | set(case.applies)) - set(case.not_applicable):
            found.setdefault(rule, []).append(case.cluster or case.id)
    return found


def assumed_for(assumptions: Assumptions, rules: Sequence[Rule], cases: Sequence[Case]) -> Pilot:
    """Return a pilot of a suite that nobody has run: the cases are its own, all else is assumed.

    Raises:
        InputError: the suite has no compliance case.
    """
    if not cases:
        raise InputError("the suite has no compliance case; there is no rule of which a drop could be seen")
    whole = assumed(assumptions, len(cases))
    named = clusters_by_rule(rules, cases)
    spread = replace(whole.aggregate.spread, grain=1.0)
    subjects = tuple(
        Subject(
            rule.id,
            rule.span.line,
            CaseGroup.of(named.get(rule.id, [])),
            assumptions.rate if rule.id in named else NO_NUMBER,
            spread,
        )
        for rule in rules
    )
    group = CaseGroup.of([case.cluster or case.id for case in cases])
    return replace(
        whole,
        aggregate=replace(whole.aggregate, group=group),
        rules=subjects,
        notes=(
            "no answer was looked at: rates and correlations are assumed, cases are those that name a rule",
        ),
    )


def pilot_of(sides: Sequence[Side], assumptions: Assumptions) -> Pilot:
    """Return what one side, or two on the same cases, say about the next comparison.

    Per rule only the rate and the cases are its own; the correlation of answers is pooled over rules, since
    ten cases of one rule hardly have one, and drawn a little towards what is assumed, for small pilots. A
    rule's rate is drawn a little towards a half (one observation of each kind is added in halves, as
    Jeffreys' prior does): a rule that never failed in ten cases has variance all the same.

    Raises:
        InputError: nothing is decided, or two sides are not comparable.
    """
    after = sides[-1]
    grids = _grids(sides)
    if not any(cell.decided for cell in grids[0].values()):
        raise InputError(f"{after.name}: decides no rule for any case; it cannot serve as a pilot")
    tables = [_by_rule(grid) for grid in grids]
    clusters = {case.id: case.cluster or case.id for case in after.run.cases}
    correlation, carry_over, notes = _correlations(tables, assumptions)
    rules = tuple(
        _rule(rule.id, rule.line, [table.get(rule.id, {}) for table in tables], clusters)
        for rule in after.run.rules
    )
    rules = tuple(_with_spread(rule, correlation, carry_over) for rule in rules)
    aggregate, more = _aggregate([_by_case(grid) for grid in grids], clusters, (correlation, carry_over))
    return Pilot(
        names=tuple(side.name for side in sides),
        trials=min(trials_of(side) for side in sides),
        aggregate=aggregate,
        rules=rules,
        correlation=correlation,
        carry_over=carry_over,
        notes=(*notes, *more),
    )


def _grids(sides: Sequence[Side]) -> list[Grid]:
    """Return the cells of each side under the rule ids of the last; of two, only those that both decide."""
    after = sides[-1]
    if len(sides) == 1:
        return [grid_of(after, {rule.id: rule.id for rule in after.run.rules})]
    before = sides[0]
    demand_comparable(before, after)
    matched = match_rules(before.run.rules, after.run.rules).same
    trials = min(trials_of(before), trials_of(after))
    grids = [
        grid_of(before, {old.id: new.id for old, new in matched}, trials),
        grid_of(after, {new.id: new.id for _, new in matched}, trials),
    ]
    common = {key for key in grids[0] if key in grids[1] and grids[0][key].decided and grids[1][key].decided}
    return [{key: cell for key, cell in grid.items() if key in common} for grid in grids]


_Table = dict[str, list[float]]  # case -> one value per trial


def _values(cell: Cell) -> dict[int, float]:
    kept = {Outcome.PASS: 1.0, Outcome.FAIL: 0.0}
    return {one.trial: kept[one.decision.outcome] for one in cell.verdicts if one.decision.outcome in kept}


def _by_rule(grid: Grid) -> dict[str, _Table]:
    tables: defaultdict[str, _Table] = defaultdict(dict)
    for (case, rule), cell in grid.items():
        if cell.decided:
            tables[rule][case] = list(_values(cell).values())
    return tables


def _by_case(grid: Grid) -> _Table:
    """Return per case the mean over the rules that each trial decides."""
    trials: defaultdict[str, defaultdict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for (case, _), cell in grid.items():
        for trial, value in _values(cell).items():
            trials[case][trial].append(value)
    return {case: [_mean(values) for values in own.values()] for case, own in trials.items()}


def _correlations(
    tables: Sequence[Mapping[str, _Table]], assumptions: Assumptions
) -> tuple[float, float, tuple[str, ...]]:
    """Return the two correlations, measured where the data can tell, and what was assumed."""
    parts = [
        part
        for table in tables
        for cases in table.values()
        if (part := components_of(list(cases.values()))) is not None
    ]
    correlation = intraclass_correlation(parts)
    weight = sum(part.cases - 1 for part in parts)
    if correlation is NO_NUMBER:
        why = "no answer differs from another" if parts else "no case was asked twice"
        said = (
            f"{why}: the correlation of answers to one case is assumed to be {assumptions.correlation:.2f}",
        )
        return assumptions.correlation, assumptions.carry_over, (*said, _assumed_carry(assumptions))
    correlation = _drawn(correlation, assumptions.correlation, weight)
    carried = _carry_over(tables, parts) if len(tables) == 2 else NO_NUMBER
    if carried is NO_NUMBER:
        return correlation, assumptions.carry_over, (_assumed_carry(assumptions),)
    return correlation, _drawn(carried, assumptions.carry_over, weight / 2), ()


def _drawn(measured: float, assumed: float, cases: float) -> float:
    """Draw a correlation towards what is assumed, which counts for as much as some cases do.

    A model that gave three cases the same answer thrice is not yet one that always does.
    """
    return (cases * measured + _ASSUMPTION_WORTH * assumed) / (cases + _ASSUMPTION_WORTH)


def _assumed_carry(assumptions: Assumptions) -> str:
    return (
        "how alike an edit acts on the cases is assumed "
        f"(correlation {assumptions.carry_over:.2f} of a case's rates before and after)"
    )


def _carry_over(tables: Sequence[Mapping[str, _Table]], parts: Sequence[Components]) -> Number:
    """Return ``1 - between/(2σ²)``, both pooled over rules: σ² of the case rates, between of differences."""
    total = weights = 0.0
    for rule in tables[0]:
        both = _repeated([table[rule] for table in tables])
        if len(both[0]) > 1:
            weights += len(both[0]) - 1
            total += (len(both[0]) - 1) * spread_of(*both).between
    cases = sum((part.cases - 1) * part.between for part in parts) / sum(part.cases - 1 for part in parts)
    if not weights or not cases:
        return NO_NUMBER
    return min(1.0, max(0.0, 1 - total / weights / (2 * cases)))


def _repeated(tables: Sequence[_Table]) -> list[list[list[float]]]:
    """Return the trials of the cases that every side asked twice or more."""
    kept = [case for case in tables[0] if all(len(table[case]) > 1 for table in tables)]
    return [[table[case] for case in kept] for table in tables]


def _rule(rule: str, line: int, sides: Sequence[_Table], clusters: Mapping[str, str]) -> Subject:
    cases = list(sides[-1])
    rate = _mean([_mean(trials) for side in sides for trials in side.values()]) if cases else NO_NUMBER
    return Subject(rule, line, CaseGroup.of([clusters[case] for case in cases]), rate, Spread(0.0, 0.0))


def _with_spread(subject: Subject, correlation: float, carry_over: float) -> Subject:
    if subject.rate is NO_NUMBER:
        return subject
    rate = (subject.rate * subject.group.cases + 0.5) / (subject.group.cases + 1)
    spread = assumed_spread(rate, correlation, carry_over, grain=1.0)
    return Subject(subject.rule, subject.line, subject.group, subject.rate, spread)


def _aggregate(
    sides: Sequence[_Table], clusters: Mapping[str, str], correlations: tuple[float, float]
) -> tuple[Subject, tuple[str, ...]]:
    """Return all rules together: a case's value is a mean over rules, and its variance is measured whole."""
    group = CaseGroup.of([clusters[case] for case in sides[-1]])
    rate = _mean([_mean(trials) for side in sides for trials in side.values()])
    both = _repeated(sides)
    notes: tuple[str, ...] = ()
    if len(sides) == 2 and len(both[0]) > 1:
        spread = spread_of(*both)
    else:
        parts = [part for side in sides if (part := components_of(list(side.values()))) is not None]
        between, within = _split(sides, parts, correlations[0])
        # A mean over many rules has its own rate, but not the variance of a single rule at that rate.
        scaled = rate if 0 < rate < 1 else NO_NUMBER
        spread = Spread(2 * between * (1 - correlations[1]), 2 * within, scaled)
    if spread.between + spread.within == 0:
        fallback = (rate * group.cases + 0.5) / (group.cases + 1)
        spread = assumed_spread(fallback, *correlations)
        notes = ("no answer differs from another: the spread is that of one rule, obeyed as often",)
    return Subject("*", 0, group, rate, spread), notes


def _split(sides: Sequence[_Table], parts: Sequence[Components], correlation: float) -> tuple[float, float]:
    """Return the variance between cases and of one answer; without repeated trials it is split as assumed."""
    if parts:
        return _mean([part.between for part in parts]), _mean([part.within for part in parts])
    means = [_mean(trials) for trials in sides[-1].values()]
    if len(means) < 2:
        return 0.0, 0.0
    centre = _mean(means)
    total = sum((value - centre) ** 2 for value in means) / (len(means) - 1)
    return correlation * total, (1 - correlation) * total


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
