"""How many cases a comparison needs, and what it can see with those it has.

A comparison is paired (the same cases before and after), so what counts is the variance of the case
differences. It has two parts: how differently an edit acts on different cases, which only more cases
average out, and the noise of single answers, which more trials average out as well.

Sources: the variance of a paired difference of means of repeated answers is that of Miller, "Adding Error
Bars to Evals" (arXiv 2411.00640, sections 4 and 5); the power of the t test is that of the noncentral t
distribution (Cohen, Statistical Power Analysis, 1988, chapter 2), which the sign-flip test of
:mod:`harness.stats.paired` follows closely (kept as a simulation in the tests).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from harness.stats.interval import NO_NUMBER, Number

__all__ = [
    "MOST_CASES",
    "CaseGroup",
    "Spread",
    "assumed_spread",
    "cases_needed",
    "detectable_drop",
    "power_of",
    "unpaired_cases_needed",
]

MOST_CASES = 1_000_000  # nobody asks for more; the search ends there


@dataclass(frozen=True, slots=True)
class Spread:
    """The two parts of the variance of a case difference.

    Attributes:
        between: variance of the true differences of cases.
        within: variance that one answer on each side adds, ``p(1-p)`` before plus ``p(1-p)`` after,
            averaged over cases.
        rate: the rate before, where both parts were seen on one side only. A drop moves the rate, and with
            it the variance; without a rate the spread holds for any drop (it was seen on both sides).
        grain: how finely one answer is measured: 1 for a single rule, which passes or fails, towards 0 for
            a mean over many rules.
    """

    between: float
    within: float
    rate: Number = NO_NUMBER
    grain: float = 0.0

    def of_difference(self, trials: int) -> float:
        """Return the variance of one case's observed difference with ``trials`` answers on each side."""
        return self.between + self.within / trials

    def under(self, drop: float) -> Spread:
        """Return the spread when the rate falls by ``drop``.

        Both parts are proportional to ``p(1-p)``, of which the mean of before and after is taken: a rule that
        is obeyed 99 times in 100 shows little variance until it is broken. Where answers pass or fail, a
        drop brings a variance of its own: a difference of single answers is -1, 0 or 1, so its variance is at
        least ``d(1-d)``, however alike all answers of a pilot were. What is missing of that is put between
        the cases.
        """
        found = self
        if self.rate is not NO_NUMBER and self.rate not in {0, 1}:
            after = max(0.0, self.rate - drop)
            now = self.rate * (1 - self.rate)
            factor = (now + after * (1 - after)) / (2 * now)
            found = replace(self, between=self.between * factor, within=self.within * factor)
        least = drop * (1 - drop) if self.grain == 1 else 0.0
        return replace(found, between=max(found.between, least - found.within))


@dataclass(frozen=True, slots=True)
class CaseGroup:
    """So many cases, and how many independent ones they are worth.

    Paraphrases of one case are alike in what an edit does to them, though not in the noise of their answers.
    """

    cases: int
    worth: float

    @classmethod
    def alone(cls, cases: int) -> CaseGroup:
        """Return cases that are independent of each other."""
        return cls(cases, float(cases))

    @classmethod
    def of(cls, clusters: Sequence[str]) -> CaseGroup:
        """Return cases by cluster; unequal clusters are worth ``m²/Σ m_g²`` (Kish, Survey Sampling, 1965)."""
        squares = sum(size * size for size in Counter(clusters).values())
        return cls(len(clusters), len(clusters) ** 2 / squares if squares else 0.0)


def assumed_spread(rate: float, correlation: float, carry_over: float, grain: float = 0.0) -> Spread:
    """Return the spread that assumptions give, for rules that are obeyed or not.

    With ``V = p(1-p)`` the variance of one answer is ``V``, that of the case rates ``ρV`` (ρ is the
    correlation of two answers to one case, the intra-class correlation), and the variance of the true
    case differences ``2ρV(1-r)``, with r the correlation of the case rates before and after the edit.

    Args:
        rate: share of passes before.
        correlation: ρ, of two answers to one case with one prompt, in [0, 1].
        carry_over: r, of a case's rates with the two prompts, in [0, 1]; 1 is an edit that acts on all
            cases alike.
        grain: how finely one answer is measured; see :class:`Spread`.

    Raises:
        ValueError: one of them is outside its range.
    """
    if not 0 < rate < 1 or not 0 <= correlation <= 1 or not 0 <= carry_over <= 1:
        raise ValueError(
            f"a rate of {rate}, correlations of {correlation} and {carry_over}: the rate lies in (0, 1), "
            "a correlation in [0, 1]"
        )
    variance = rate * (1 - rate)
    return Spread(
        between=2 * correlation * variance * (1 - carry_over),
        within=2 * (1 - correlation) * variance,
        rate=rate,
        grain=grain,
    )


def power_of(group: CaseGroup, drop: float, spread: Spread, trials: int, *, alpha: float = 0.05) -> float:
    """Return the probability that a drop of that size is found by the one-sided test.

    ``P(T > t(1-α))`` for T noncentral t with G-1 degrees of freedom and noncentrality ``drop / SE``,
    ``SE² = between/G + within/(K·n)``: G independent groups, n cases, K trials. The drop is first shortened
    by ``grain / (K·n)``: the sign-flip test counts ties against itself, and where answers pass or fail, the
    sums of differences lie ``2/K`` apart (the continuity correction of McNemar's test; Edwards,
    Psychometrika 13, 1948). Where even all G groups falling gives a p-value above alpha (``2^-G``), nothing
    can be found.
    """
    if 2.0**-group.worth > alpha:
        return 0.0
    deviation = _deviation(group, spread.under(drop), trials)
    if deviation == 0:
        return 1.0
    shown = max(0.0, drop - spread.grain / (trials * group.cases))
    from scipy.stats import nct, t

    freedom = group.worth - 1
    if freedom > _NORMAL_FROM:
        return NormalDist().cdf(shown / deviation - NormalDist().inv_cdf(1 - alpha))
    return float(nct.sf(t.ppf(1 - alpha, freedom), freedom, shown / deviation))


_NORMAL_FROM = 2_000  # degrees of freedom: the two distributions differ by less than a thousandth


def detectable_drop(
    group: CaseGroup, spread: Spread, trials: int, *, alpha: float = 0.05, power: float = 0.8
) -> Number:
    """Return the smallest drop that such cases show with the wanted power.

    It is the root of :func:`power_of`; ``NO_NUMBER`` where even a fall to zero would not be found.
    """
    from scipy.optimize import brentq

    most = 1.0 if spread.rate is NO_NUMBER else spread.rate
    if not group.cases or power_of(group, most, spread, trials, alpha=alpha) < power:
        return NO_NUMBER
    if _deviation(group, spread, trials) == 0:
        return 0.0

    def missing(drop: float) -> float:
        return power_of(group, drop, spread, trials, alpha=alpha) - power

    return float(brentq(missing, 0.0, most, xtol=1e-7))


def cases_needed(
    drop: float, spread: Spread, trials: int, *, alpha: float = 0.05, power: float = 0.8
) -> Number:
    """Return how many independent cases show a drop.

    The least n whose :func:`power_of` reaches ``power``; the search starts from the normal approximation
    ``((z(1-α) + z(power)) / drop)² · σ²``. ``NO_NUMBER`` beyond a million, and for a drop that is larger than
    the rate.

    Raises:
        ValueError: ``drop`` is not in (0, 1], or ``trials`` is not positive.
    """
    if not 0 < drop <= 1 or trials < 1:
        raise ValueError(
            f"a drop of {drop} with {trials} trials: the drop lies in (0, 1], trials are at least 1"
        )
    if spread.rate is not NO_NUMBER and drop > spread.rate:
        return NO_NUMBER
    start = (_reach(alpha, power) / drop) ** 2 * spread.under(drop).of_difference(trials)
    if start > MOST_CASES:
        return NO_NUMBER
    cases = max(2, math.floor(start))
    while power_of(CaseGroup.alone(cases), drop, spread, trials, alpha=alpha) < power:
        cases += 1
    return cases


def unpaired_cases_needed(rate: float, drop: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Return the cases per arm that an unpaired test of two proportions needs, one-sided.

    ``((z(1-α) + z(power)) / drop)² · (p(1-p) + q(1-q))`` (Fleiss, Statistical Methods for Rates and
    Proportions, 1981, chapter 3, without continuity correction). It is shown beside the paired number to say
    what pairing saves.
    """
    after = max(0.0, rate - drop)
    variance = rate * (1 - rate) + after * (1 - after)
    return math.ceil((_reach(alpha, power) / drop) ** 2 * variance)


def _deviation(group: CaseGroup, spread: Spread, trials: int) -> float:
    return math.sqrt(spread.between / group.worth + spread.within / (trials * group.cases))


def _reach(alpha: float, power: float) -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha) + normal.inv_cdf(power)
