"""All variants of one run held against its base and against each other.

Three questions have three answers. *Is it better than the base?* Sign-flip tests on case differences, Holm's
correction over all arms, and intervals that hold together (Bonferroni). *Which may be the best?* A variant
leaves the set when another one is shown to be better, at ``alpha / (k - 1)`` for each of the k - 1 others:
the truly best one leaves it with probability at most ``alpha`` (a subset selection in the sense of Gupta,
Technometrics 7, 1965, by Bonferroni). *What does it cost?* Tokens of the prompt, and of an answer.

Evasion never wins: a variant under which more is omitted, undecided, vacuous, missing or not applicable than
under the base is marked, has no rank, and is neither in the best set nor on the Pareto front.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.compare.cells import Grid, grid_of, trials_of
from harness.compare.comparison import common_cells, compare, rate_change
from harness.compare.evasion import real_passes, supported
from harness.compare.model import Comparison, Direction, Policy, RateChange, RuleChange
from harness.compare.pairing import side_of
from harness.core.errors import InputError
from harness.stats.interval import NO_NUMBER
from harness.stats.multiple import false_discovery, holm_adjusted
from harness.stats.paired import least_p
from harness.stats.score import Score
from harness.store.decided import DecidedRun
from harness.tune.leaderboard_model import Entry, Facts, Leaderboard, RuleMove, VariantStanding, is_contestant
from harness.tune.variants import CONTROLS

__all__ = ["LISTED", "leaderboard_of"]

LISTED = 0.10
"""q-value up to which a rule that moved is listed, over all rules of all variants together."""

WORTH_SEEING = 0.05
"""The difference for which the cases needed are said: five points, as ``harness power`` does."""


def leaderboard_of(
    run: DecidedRun, scores: Mapping[str, Score], facts: Mapping[str, Facts], policy: Policy
) -> Leaderboard:
    """Hold every variant of a run against the first one, the base, and all against each other.

    Args:
        run: the decided run; its first variant is the base.
        scores: of all rules together, by variant.
        facts: what each variant costs.
        policy: how much counts, and how sure one must be.

    Raises:
        InputError: the run has fewer than two variants.
    """
    names = [name for name, _ in run.variants]
    if len(names) < 2:
        raise InputError(f"{run.run}: has one variant; an experiment holds two or more against each other")
    base, arms = names[0], names[1:]
    compared = {name: _against(run, base, name, policy) for name in arms}
    found = {name: one for name, one in compared.items() if isinstance(one, Comparison)}
    adjusted = holm_adjusted({name: one.aggregate.difference.p for name, one in found.items()})
    moved = _moved({name: one.rules for name, one in found.items()}, policy)
    grids = _grids(run, names)
    entries = [Entry(base, False, scores[base], None, NO_NUMBER, VariantStanding.BASE, (), (), facts[base])]
    for name in arms:
        comparison = compared[name]
        entry = Entry(
            name=name,
            control=name in CONTROLS,
            score=scores[name],
            change=None,
            p_adjusted=adjusted.get(name, NO_NUMBER),
            standing=VariantStanding.UNKNOWN,
            rose=(),
            moved=moved.get(name, ()),
            facts=facts[name],
        )
        entries.append(
            replace(entry, why=comparison)
            if isinstance(comparison, str)
            else _judged(entry, comparison, (grids[base], grids[name]), len(arms))
        )
    return _ordered(run, entries, grids, policy)


def _judged(entry: Entry, comparison: Comparison, grids: tuple[Grid, Grid], arms: int) -> Entry:
    """Return an entry with its difference from the base and what can be said of that."""
    policy, cases = comparison.policy, {case.id: case for case in comparison.after.run.cases}
    joint = replace(policy, alpha=policy.alpha / arms)
    change = rate_change(common_cells(grids), cases, joint)
    rose = tuple(one for one in comparison.evasions if one.rose)
    entry = replace(entry, change=change, rose=rose, needed=_needed(change))
    standing = _standing(entry, policy)
    claimed = _DIRECTIONS.get(standing)
    if claimed and supported(claimed, real_passes(grids, cases, policy), policy) is not claimed:
        standing = VariantStanding.UNKNOWN
    return replace(entry, standing=standing)


_DIRECTIONS = {VariantStanding.BETTER: Direction.IMPROVED, VariantStanding.SAME: Direction.SAME}


def _against(run: DecidedRun, base: str, name: str, policy: Policy) -> Comparison | str:
    """Return a comparison, or what makes it impossible."""
    try:
        return compare(side_of(run, base), side_of(run, name), policy)
    except InputError as error:  # neither decides anything: a finding here, and no wrong input
        return str(error)


def _standing(entry: Entry, policy: Policy) -> VariantStanding:
    change = entry.change
    if entry.rose:
        return VariantStanding.EVADES
    if change is None:
        return VariantStanding.UNKNOWN
    difference = change.difference
    delta, low, high, p = difference.delta, difference.low, difference.high, entry.p_adjusted
    if delta is NO_NUMBER or low is NO_NUMBER or high is NO_NUMBER or p is NO_NUMBER:
        return VariantStanding.UNKNOWN
    if p <= policy.alpha and delta != 0:
        return VariantStanding.BETTER if delta > 0 else VariantStanding.WORSE
    if low >= -policy.margin and high <= policy.margin:
        return VariantStanding.SAME
    return VariantStanding.UNKNOWN


def _moved(rules: Mapping[str, Sequence[RuleChange]], policy: Policy) -> dict[str, tuple[RuleMove, ...]]:
    """Return the rules that moved, corrected over all rules of all variants together."""
    changes = {
        (name, change.rule.id): change.change.difference for name, own in rules.items() for change in own
    }
    q = false_discovery({key: one.p for key, one in changes.items()})
    found: dict[str, list[RuleMove]] = {name: [] for name in rules}
    for (name, rule), difference in changes.items():
        value, delta = q[name, rule], difference.delta
        if value is NO_NUMBER or delta is NO_NUMBER or value > LISTED or abs(delta) < policy.margin:
            continue
        found[name].append(RuleMove(rule, float(delta), float(value)))
    return {name: tuple(sorted(own, key=lambda one: (one.delta, one.rule))) for name, own in found.items()}


def _grids(run: DecidedRun, names: Sequence[str]) -> dict[str, Grid]:
    rules = {rule.id: rule.id for rule in run.rules}
    sides = {name: side_of(run, name) for name in names}
    trials = min(trials_of(side) for side in sides.values())
    return {name: grid_of(side, rules, trials) for name, side in sides.items()}


def _needed(change: RateChange) -> int:
    """Return how many more cases would show a difference of five points, by what these differ."""
    difference = change.difference
    if difference.minimum_detectable is NO_NUMBER:
        return 0
    # The smallest difference that shows falls with the square root of the cases.
    total = difference.cases * (difference.minimum_detectable / WORTH_SEEING) ** 2
    return max(0, math.ceil(total) - difference.cases)


def _ordered(
    run: DecidedRun, entries: Sequence[Entry], grids: Mapping[str, Grid], policy: Policy
) -> Leaderboard:
    arms = len(entries) - 1
    cases = max((one.change.difference.clusters for one in entries if one.change is not None), default=0)
    needed = next(n for n in range(1, 100) if 2 * least_p(n) * arms <= policy.alpha)
    contestants = [one for one in entries if is_contestant(one)]
    # Where nothing can be told, every variant may be the best, and to say so would tell nothing.
    best = (
        _best_set([one.name for one in contestants], grids, run, policy) if cases >= needed else frozenset()
    )
    front = _front(contestants)
    marked = [replace(one, best=one.name in best, front=one.name in front) for one in entries]

    def rank(entry: Entry) -> tuple[bool, bool, float, int]:
        mean = entry.score.mean
        return (
            entry.control,
            not is_contestant(entry),
            1.0 if mean is NO_NUMBER else -float(mean),
            entry.facts.prompt_tokens,
        )

    return Leaderboard(
        entries=tuple(sorted(marked, key=rank)),
        best=tuple(one.name for one in sorted(marked, key=rank) if one.best),
        arms=arms,
        cases=cases,
        cases_needed=needed,
        policy=policy,
    )


def _best_set(
    names: Sequence[str], grids: Mapping[str, Grid], run: DecidedRun, policy: Policy
) -> frozenset[str]:
    """Return the variants that no other one is shown to beat."""
    cases = {case.id: case for case in run.cases}
    level = policy.alpha / max(1, len(names) - 1)
    beaten: set[str] = set()
    for name in names:
        for other in names:
            if name == other or name in beaten:
                continue
            pair = (grids[other], grids[name])
            p = rate_change(common_cells(pair), cases, policy).difference.p_drop
            if p is NO_NUMBER or p > level:
                continue
            real = real_passes(pair, cases, policy)
            if real.p_drop is not NO_NUMBER and real.p_drop <= level:
                beaten.add(name)
    return frozenset(name for name in names if name not in beaten)


def _front(contestants: Sequence[Entry]) -> frozenset[str]:
    """Return the variants that no other one equals or beats in both score and length."""
    points = [
        (one.name, float(one.score.mean), one.facts.prompt_tokens)
        for one in contestants
        if one.score.mean is not NO_NUMBER
    ]
    return frozenset(
        name
        for name, score, length in points
        if not any(
            other >= score and tokens <= length and (other > score or tokens < length)
            for _, other, tokens in points
        )
    )
