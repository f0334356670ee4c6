"""Scores: verdicts summed up per rule and variant, with the interval and with all that did not count.

Only ``pass`` and ``fail`` enter a rate. What has no verdict is counted beside it, never as zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.core.types import Outcome, Verdict
from harness.stats.interval import Number, estimate

__all__ = ["AGGREGATE", "OMITTED", "VACUOUS", "Score", "case_means", "score_verdicts"]

AGGREGATE = "*"  # in the place of a rule id; a rule id is a slug, so the two cannot meet
OMITTED = "omitted"
VACUOUS = "vacuous"


@dataclass(frozen=True, slots=True)
class Score:
    """How often one rule (or, with rule ``*``, all rules together) was obeyed in one variant.

    All counts are numbers of verdicts, a verdict being one rule decided for one answer, so that
    ``n + missing + not_applicable + undecided + error`` is the number of verdicts that were wanted.

    Attributes:
        rule: id of the rule, or :data:`AGGREGATE`.
        variant: name of the variant.
        check: id of the check (the judge's rubric for a judged rule); empty for the aggregate.
        mean: mean of the case means, in [0, 1]; ``NO_NUMBER`` when nothing was decided.
        low: lower end of the 95 % interval; ``NO_NUMBER`` together with the mean.
        high: upper end.
        n: decided verdicts, pass and fail: what the mean rests on.
        missing: answers that were wanted and do not exist (a failed call, an interrupted run).
        omitted: of the fails, those where the answer left out what the rule asks for.
        vacuous: of the passes, those where the answer held nothing that could have broken the rule.
        not_applicable: the rule does not speak about the case or the answer.
        undecided: neither way can be shown (a truncated answer, a judge without an opinion).
        error: the check crashed.
        passed: of ``n``, the passes.
        cases: cases with at least one decided verdict; each weighs the same in the mean.
        fragile: so few passes or failures that the interval is rough.
    """

    rule: str
    variant: str
    check: str
    mean: Number
    low: Number
    high: Number
    n: int
    missing: int
    omitted: int
    vacuous: int
    not_applicable: int
    undecided: int
    error: int
    passed: int = 0
    cases: int = 0
    fragile: bool = False

    @property
    def failed(self) -> int:
        """Number of decided verdicts that are fails."""
        return self.n - self.passed


def score_verdicts(
    verdicts: Sequence[Verdict],
    missing: Mapping[str, int],
    clusters: Mapping[str, str],
    rules: Sequence[tuple[str, str]] = (),
) -> tuple[Score, ...]:
    """Sum verdicts up per rule and variant, and over all rules of a variant.

    The score of a rule is the mean over cases of the mean over trials. The aggregate is the mean over
    cases of the mean over the rules decided there, so that a case counts once however many rules it
    exercises. Intervals are those of :func:`harness.stats.interval.estimate`, clustered by case cluster.

    Args:
        verdicts: any order; several trials per case and several variants may be mixed.
        missing: per variant, the number of compliance answers that were wanted and do not exist.
            A variant named here has scores even when it has no verdict at all.
        clusters: the cluster of each case; a case that is absent or has an empty cluster stands alone.
        rules: (rule id, check id) of rules that must have a score even without any verdict.

    Returns:
        Scores by variant in order of first appearance: the aggregate first, then each rule.
    """
    cells: dict[str, dict[tuple[str, str], list[Verdict]]] = {
        variant: {} for variant in _in_order([verdict.variant for verdict in verdicts], missing)
    }
    for grid in cells.values():
        grid.update({key: [] for key in rules})
    for verdict in verdicts:
        cells[verdict.variant].setdefault((verdict.rule, verdict.check), []).append(verdict)
    scores: list[Score] = []
    for variant, grid in cells.items():
        absent = missing.get(variant, 0)
        everything = [verdict for group in grid.values() for verdict in group]
        scores.append(_score((AGGREGATE, "", variant), everything, absent * len(grid), clusters))
        scores.extend(_score((*key, variant), group, absent, clusters) for key, group in grid.items())
    return tuple(scores)


def _in_order(*names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for group in names for name in group))


def _score(
    key: tuple[str, str, str], verdicts: Sequence[Verdict], missing: int, clusters: Mapping[str, str]
) -> Score:
    rule, check, variant = key
    outcomes = Counter(verdict.decision.outcome for verdict in verdicts)
    flags = Counter(verdict.flag for verdict in verdicts)
    means = case_means(verdicts)
    n = outcomes[Outcome.PASS] + outcomes[Outcome.FAIL]
    rate = estimate(list(means.values()), [clusters.get(case) or case for case in means], n)
    return Score(
        rule=rule,
        variant=variant,
        check=check,
        mean=rate.mean,
        low=rate.low,
        high=rate.high,
        n=n,
        missing=missing,
        omitted=flags[OMITTED],
        vacuous=flags[VACUOUS],
        not_applicable=outcomes[Outcome.NOT_APPLICABLE],
        undecided=outcomes[Outcome.UNDECIDED],
        error=outcomes[Outcome.ERROR],
        passed=outcomes[Outcome.PASS],
        cases=len(means),
        fragile=rate.fragile,
    )


def case_means(verdicts: Iterable[Verdict]) -> dict[str, float]:
    """Return per case the mean over rules of the mean over trials; cases without a decision are absent.

    The mean of means of Miller, "Adding Error Bars to Evals" (arXiv 2411.00640, section 2.2).
    """
    trials: dict[str, dict[str, list[int]]] = {}
    for verdict in verdicts:
        outcome = verdict.decision.outcome
        if outcome is Outcome.PASS or outcome is Outcome.FAIL:
            by_rule = trials.get(verdict.case)
            if by_rule is None:
                by_rule = trials[verdict.case] = {}
            results = by_rule.get(verdict.rule)
            if results is None:
                by_rule[verdict.rule] = [outcome is Outcome.PASS]
            else:
                results.append(outcome is Outcome.PASS)
    return {
        case: sum([sum(results) / len(results) for results in by_rule.values()]) / len(by_rule)
        for case, by_rule in trials.items()
    }
