"""Confidence intervals for a proportion when the observations are not independent.

A score is a mean of case means. Trials of one case resemble each other, and so do cases that
paraphrase each other, so the textbook interval, which takes every answer as a fresh coin toss, is
far too narrow (in the simulation of ``tests/unit/stats/test_coverage.py`` it holds the true value .4 to .8
of the time where it promises .95). The interval here takes the clusters as what they are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import NormalDist
from typing import Final, Literal

__all__ = [
    "FEW_OF_A_KIND",
    "NO_NUMBER",
    "Estimate",
    "NoNumber",
    "Number",
    "clustered_variance",
    "effective_sample_size",
    "estimate",
    "wilson_interval",
]

FEW_OF_A_KIND = 5  # fewer expected passes or failures than this: no interval near 0 or 1 keeps its promise


class NoNumber(Enum):
    """The mean of nothing. It is not a float, so nobody can add it up, average it or plot it by accident.

    The type checker demands that callers ask ``is NO_NUMBER`` first. It prints as ``–``, whatever the
    format asks for, and its value is ``None``, so :func:`harness.core.jsonl.to_jsonable` writes ``null``.
    """

    NO_NUMBER = None

    def __str__(self) -> str:
        """Return the dash that stands in reports where there is no number."""
        return "–"

    def __format__(self, spec: str) -> str:
        """Return the dash, as wide as the format asks (``{mean:6.1%}`` gives five spaces and the dash)."""
        digits = spec.partition(".")[0].lstrip("<>^=+- 0")
        return str(self).rjust(int(digits)) if digits.isdigit() else str(self)

    def __bool__(self) -> bool:
        """Refuse ``if score.mean``: it would take a rate of 0.0 for no number."""
        raise TypeError("ask `is NO_NUMBER`: a rate of 0.0 is a number too")


NO_NUMBER: Final = NoNumber.NO_NUMBER

Number = float | Literal[NoNumber.NO_NUMBER]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A proportion with its interval; all three are in [0, 1], or all three are ``NO_NUMBER``.

    ``fragile`` says that so few passes or failures are expected that the interval does not quite
    keep its promise (50 cases at 97 %: it holds the true value 88 to 96 % of the time).
    """

    mean: Number
    low: Number
    high: Number
    fragile: bool = False


def clustered_variance(values: Sequence[float], clusters: Sequence[str]) -> float:
    r"""Return the variance of the mean of ``values``, robust to likeness within clusters.

    With m values and G clusters it is ``G/(G-1) · Σ_g (Σ_{i in g} (y_i - ȳ))² / m²``: the sandwich
    estimator of Liang and Zeger (Biometrika 1986) for a mean, with the usual correction for few
    clusters; without that factor it is the clustered standard error of Miller, "Adding Error Bars to
    Evals" (arXiv 2411.00640, section 2.2).

    Raises:
        ValueError: fewer than two clusters (likeness between clusters cannot be seen), or lengths differ.
    """
    sums: defaultdict[str, float] = defaultdict(float)
    mean = sum(values) / len(values)
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] += value - mean
    if len(sums) < 2:
        raise ValueError("a clustered variance needs two clusters or more")
    groups = len(sums)
    return groups / (groups - 1) * sum(total * total for total in sums.values()) / len(values) ** 2


def effective_sample_size(
    values: Sequence[float], clusters: Sequence[str], observations: int, confidence: float = 0.95
) -> float:
    """Return how many independent observations the mean of ``values`` is worth.

    ``p(1-p)/SE²`` with the clustered standard error, times ``(z/t)²`` because SE² itself is a guess when
    clusters are few (Korn and Graubard, Survey Methodology 24, 1998). The degrees of freedom of t are the
    number of clusters less one; clusters of unequal size count for as many as they are worth (Kish).
    Two bounds hold for any data and tame lucky samples: not more than ``observations``, the number
    of answers (perfectly independent trials), and not less than Kish's number of clusters ``m²/Σ m_g²``
    (perfectly alike within the clusters). Where all values are equal, or all lie in one cluster, the
    variance cannot be seen and the lower bound, the honest worst case, is taken.

    Args:
        values: m case means in [0, 1].
        clusters: the cluster of each value.
        observations: number of decided answers behind the values, at least m.
        confidence: that of the interval the size is used in.
    """
    sizes = Counter(clusters)
    fewest = len(values) ** 2 / sum(size * size for size in sizes.values())
    if len(sizes) == 1 or len(set(values)) == 1:
        return fewest
    from scipy.special import stdtrit

    mean = sum(values) / len(values)
    tail = (1 + confidence) / 2
    ratio = NormalDist().inv_cdf(tail) / float(stdtrit(fewest - 1, tail))
    variance = clustered_variance(values, clusters)
    if variance == 0:  # clusters cancel out exactly: as good as independent, never better
        return float(max(fewest, observations))
    return max(fewest, min(mean * (1 - mean) / variance * ratio**2, float(observations)))


def wilson_interval(mean: float, n: float, confidence: float = 0.95) -> tuple[float, float]:
    """Return Wilson's score interval of a proportion (Wilson, JASA 1927); ``n`` need not be whole.

    ``(p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)``. Never leaves [0, 1], and is not of width
    zero at 0 or 1. scipy has it for whole counts only, hence this one.

    Raises:
        ValueError: ``n`` is not positive or ``mean`` lies outside [0, 1].
    """
    if n <= 0 or not 0 <= mean <= 1:
        raise ValueError(f"no interval for a proportion of {mean} out of {n}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    centre = mean + z * z / (2 * n)
    reach = z * (mean * (1 - mean) / n + z * z / (4 * n * n)) ** 0.5
    scale = 1 + z * z / n
    # At the ends the two terms cancel; the clamp takes away what rounding leaves.
    return max(0.0, min((centre - reach) / scale, mean)), min(1.0, max((centre + reach) / scale, mean))


def estimate(
    values: Sequence[float], clusters: Sequence[str], observations: int, confidence: float = 0.95
) -> Estimate:
    """Return mean and interval of case means: Wilson's interval with the clustered effective n.

    :func:`wilson_interval` of :func:`effective_sample_size`; with one trial per case and no shared clusters
    it is exactly Wilson's interval.

    Args:
        values: one mean per case, in [0, 1]; empty gives no number.
        clusters: the cluster of each case.
        observations: number of decided answers behind the values.
        confidence: probability with which the interval is to hold the true value.
    """
    if not values:
        return Estimate(NO_NUMBER, NO_NUMBER, NO_NUMBER)
    mean = min(1.0, max(0.0, sum(values) / len(values)))
    n = effective_sample_size(values, clusters, observations, confidence)
    low, high = wilson_interval(mean, n, confidence)
    return Estimate(mean, low, high, fragile=n * min(mean, 1 - mean) < FEW_OF_A_KIND)
