"""How many cases a comparison needs, and what it can see with those it has.

A comparison is paired (the same cases before and after), so what counts is the variance of the case
differences. It has two parts: how differently an edit acts on different cases, which only more cases
average out, and the noise of single answers, which more trials average out as well.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

__all__ = ["Spread", "cases_needed", "detectable_drop", "power_of", "spread_of", "unpaired_cases_needed"]


@dataclass(frozen=True, slots=True)
class Spread:
    """The two parts of the variance of a case difference.

    Attributes:
        between: variance of the true differences of cases.
        within: variance that one answer on each side adds, ``p(1-p)`` before plus ``p(1-p)`` after,
            averaged over cases.
    """

    between: float
    within: float

    def of_difference(self, trials: int) -> float:
        """Return the variance of one case's observed difference with ``trials`` answers on each side."""
        return self.between + self.within / trials


def spread_of(before: Sequence[Sequence[bool]], after: Sequence[Sequence[bool]]) -> Spread:
    """Estimate the spread from a pilot by the method of moments.

    The variance of the observed case differences is ``between + noise``; the noise is known from the
    trials of each case (``p̂(1-p̂)/(K-1)`` on each side is unbiased), so the rest is ``between`` (at least 0).

    Args:
        before: per case the outcomes of its trials, two trials or more.
        after: the same cases, in the same order.

    Raises:
        ValueError: fewer than two cases, different cases, or a case with a single trial.
    """
    if len(before) != len(after) or len(before) < 2:
        raise ValueError("a pilot needs the same two cases or more on both sides")
    if any(len(trials) < 2 for side in (before, after) for trials in side):
        raise ValueError("a pilot needs two trials or more of each case: one does not show the noise")
    differences, noises, single = [], [], []
    for first, second in zip(before, after, strict=True):
        differences.append(sum(second) / len(second) - sum(first) / len(first))
        parts = [_bernoulli_variance(trials) for trials in (first, second)]
        single.append(sum(parts))
        noises.append(parts[0] / len(first) + parts[1] / len(second))
    mean = sum(differences) / len(differences)
    seen = sum((one - mean) ** 2 for one in differences) / (len(differences) - 1)
    return Spread(between=max(0.0, seen - sum(noises) / len(noises)), within=sum(single) / len(single))


def _bernoulli_variance(trials: Sequence[bool]) -> float:
    share = sum(trials) / len(trials)
    return share * (1 - share) * len(trials) / (len(trials) - 1)


def cases_needed(drop: float, spread: Spread, trials: int, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Return how many paired cases show a drop: ``((z(1-α) + z(power)) / drop)² · σ²``, one-sided.

    Raises:
        ValueError: ``drop`` is not in (0, 1], or ``trials`` is not positive.
    """
    if not 0 < drop <= 1 or trials < 1:
        raise ValueError(
            f"a drop of {drop} with {trials} trials: the drop lies in (0, 1], trials are at least 1"
        )
    return max(2, math.ceil((_reach(alpha, power) / drop) ** 2 * spread.of_difference(trials)))


def detectable_drop(
    cases: int, spread: Spread, trials: int, *, alpha: float = 0.05, power: float = 0.8
) -> float:
    """Return the smallest drop that ``cases`` paired cases show with the wanted power (at most 1)."""
    return min(1.0, _reach(alpha, power) * math.sqrt(spread.of_difference(trials) / cases))


def power_of(cases: int, drop: float, spread: Spread, trials: int, *, alpha: float = 0.05) -> float:
    """Return the probability that a drop of that size is found by the one-sided test."""
    deviation = math.sqrt(spread.of_difference(trials) / cases)
    if deviation == 0:
        return 1.0
    normal = NormalDist()
    return normal.cdf(drop / deviation - normal.inv_cdf(1 - alpha))


def unpaired_cases_needed(rate: float, drop: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Return the cases per arm that an unpaired test of two proportions needs, one-sided.

    It is shown beside the paired number to say what pairing saves.
    """
    after = rate - drop
    variance = rate * (1 - rate) + after * (1 - after)
    return math.ceil((_reach(alpha, power) / drop) ** 2 * variance)


def _reach(alpha: float, power: float) -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha) + normal.inv_cdf(power)
