"""Two versions of a prompt on the same cases: the difference, its interval and its p-value.

Every case is its own control, so the analysis looks at one number per case: its mean after the edit less
its mean before. Comparing the two sets of answers as if they were different cases (a two-sample test) throws
the pairing away, and treating every answer as a coin toss of its own calls noise an effect: with edits that
help some cases and hurt others, such a test is wrong .21 of the time where it promises .05.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from harness.stats.interval import FEW_OF_A_KIND, NO_NUMBER, Number, clustered_variance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["EXACT_UP_TO", "RESAMPLES", "PairedDifference", "least_p", "paired_difference", "sign_flip_p"]

EXACT_UP_TO = 14  # clusters with a difference; all 2^14 sign patterns are then looked at
RESAMPLES = 19_999  # random sign patterns beyond; the smallest p-value is then 1/20,000
_ROUNDING = 1e-9
_BATCH_NUMBERS = 2_000_000  # signs held at once


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """The mean difference (after − before) over cases; without cases every number is ``NO_NUMBER``.

    Attributes:
        delta: mean of the case differences, in [-1, 1].
        low: lower end of the interval.
        high: upper end of the interval.
        p: two-sided p-value of "nothing changed".
        p_drop: one-sided p-value against a drop.
        minimum_detectable: the smallest drop that such data would show with the wanted power.
        cases: number of cases behind it.
        clusters: number of independent groups of cases.
    """

    delta: Number
    low: Number
    high: Number
    p: Number
    p_drop: Number
    minimum_detectable: Number
    cases: int
    clusters: int


_NOTHING = PairedDifference(NO_NUMBER, NO_NUMBER, NO_NUMBER, NO_NUMBER, NO_NUMBER, NO_NUMBER, 0, 0)


def paired_difference(
    differences: Sequence[float],
    clusters: Sequence[str],
    *,
    confidence: float = 0.95,
    power: float = 0.8,
    level: float = 0.0,
    seed: int = 0,
) -> PairedDifference:
    """Return mean, t interval, sign-flip p-values and minimum detectable drop of case differences.

    The interval is ``δ ± t(G-1) · SE`` with the standard error clustered over G groups (Miller, arXiv
    2411.00640, section 4). Where few clusters moved at all, the standard error sees too little (of 150
    clusters of which a fiftieth falls, the t interval misses the truth .15 of the time; where none moved it
    says zero), so the interval reaches at least as far as :func:`_unseen` says.

    Args:
        differences: one number per case, mean after less mean before, in [-1, 1].
        clusters: the cluster of each case; paraphrases share one.
        confidence: of the interval.
        power: with which the minimum detectable drop would be found.
        level: one-sided level at which it would be; 0: ``1 - confidence``.
        seed: of the random sign patterns, where not all can be looked at.

    Raises:
        ValueError: the two sequences differ in length.
    """
    if len(differences) != len(clusters):
        raise ValueError(f"{len(differences)} differences, but {len(clusters)} clusters")
    if not differences:
        return _NOTHING
    from scipy.stats import t

    delta = sum(differences) / len(differences)
    groups = len(set(clusters))
    falls, rises = _unseen(_sums(differences, clusters), confidence)
    deviation = 0.0 if groups < 2 else clustered_variance(differences, clusters) ** 0.5
    # No two clusters differ: what others might do is all that is not known.
    reach = detectable = 1 - ((1 - confidence) / 2) ** (1 / groups)
    if deviation > _ROUNDING:
        freedom = groups - 1
        reach = float(t.ppf((1 + confidence) / 2, freedom)) * deviation
        detectable = float(t.ppf(1 - (level or 1 - confidence), freedom) + t.ppf(power, freedom)) * deviation
    drop, two_sided = sign_flip_p(differences, clusters, seed=seed)
    return PairedDifference(
        delta=delta,
        low=max(-1.0, min(delta - reach, -falls)),
        high=min(1.0, max(delta + reach, rises)),
        p=two_sided,
        p_drop=drop,
        minimum_detectable=min(1.0, detectable),
        cases=len(differences),
        clusters=groups,
    )


def _unseen(sums: Sequence[float], confidence: float) -> tuple[float, float]:
    """Return how far the mean may lie below and above zero, as far as clusters that were not seen can tell.

    The falls of G clusters are numbers in [0, M]. Of all such numbers with one mean those that are 0 or M
    spread most, so the bound of Clopper and Pearson (Biometrika 26, 1934) for ``Σ falls / M`` of G, times M,
    is an upper bound of their mean; what rose is taken off. For none of G it is ``1 - (α/2)^(1/G)``. M is the
    greatest movement seen where ``FEW_OF_A_KIND`` clusters moved or more, and 1, a whole case, below.

    Args:
        sums: per cluster its part of the mean, times the number of clusters.
        confidence: of the interval.
    """
    from scipy.stats import beta

    groups = len(sums)
    moved = [abs(one) for one in sums if abs(one) > _ROUNDING]
    most = max(moved) if len(moved) >= FEW_OF_A_KIND else max([1.0, *moved])
    level = (1 + confidence) / 2

    def bound(total: float) -> float:
        count = min(total / most, groups)
        return most * (1.0 if count >= groups else float(beta.ppf(level, count + 1, groups - count)))

    fell, rose = (sum(max(0.0, sign * one) for one in sums) for sign in (-1.0, 1.0))
    return bound(fell) - rose / groups, bound(rose) - fell / groups


def _sums(differences: Sequence[float], clusters: Sequence[str]) -> list[float]:
    totals: defaultdict[str, float] = defaultdict(float)
    for difference, cluster in zip(differences, clusters, strict=True):
        totals[cluster] += difference
    return [total * len(totals) / len(differences) for total in totals.values()]


def sign_flip_p(
    differences: Sequence[float], clusters: Sequence[str], *, seed: int = 0
) -> tuple[float, float]:
    """Return the p-values of the sign-flip test: one-sided against a drop, and two-sided.

    If the edit changes nothing, before and after may be swapped in any group of cases: the sign of its
    summed difference is a fair coin (Fisher's randomisation test). All sign patterns are counted where at
    most ``EXACT_UP_TO`` groups differ at all; beyond, ``RESAMPLES`` random ones, and the observed one with
    them, so that the test holds its level exactly (Phipson and Smyth, Stat. Appl. Genet. Mol. Biol. 9,
    2010). Where no random pattern goes as far as the observed one, the p-value is at most what Hoeffding's
    inequality leaves for a sum with random signs, ``exp(-t²/(2 Σ d²))`` (JASA 58, 1963): many rules and many
    agents ask for p-values that 20,000 patterns cannot show. The two-sided p-value is twice the smaller
    one-sided one, at most 1.

    Args:
        differences: one number per case, after less before.
        clusters: the cluster of each case; all cases of one are flipped together.
        seed: of the random patterns.
    """
    import numpy as np

    sums: defaultdict[str, float] = defaultdict(float)
    for difference, cluster in zip(differences, clusters, strict=True):
        sums[cluster] += difference
    moved = np.array([total for total in sums.values() if abs(total) > _ROUNDING])
    if not len(moved):
        return 1.0, 1.0
    exact = len(moved) <= EXACT_UP_TO
    totals = _all_signs(len(moved)) @ moved if exact else _random_totals(moved, seed)
    observed = float(moved.sum())
    # Sums of the same numbers in another order differ in their last bits.
    lower = int(np.count_nonzero(totals <= observed + _ROUNDING))
    upper = int(np.count_nonzero(totals >= observed - _ROUNDING))
    added = 0 if exact else 1
    least = 1.0 if exact else math.exp(-(observed**2) / (2 * float(moved @ moved)))
    drop, rise = (
        (count + added) / (len(totals) + added) if count else min(least, added / (len(totals) + added))
        for count in (lower, upper)
    )
    return drop, min(1.0, 2 * min(drop, rise))


def least_p(groups: int) -> float:
    """Return the smallest one-sided p-value of :func:`sign_flip_p` that so many groups can show.

    All of them fall alike: one sign pattern of ``2^G``, or, beyond, what random patterns and Hoeffding's
    bound ``exp(-G/2)`` allow.
    """
    if groups <= EXACT_UP_TO:
        return 2.0**-groups
    return min(1 / (RESAMPLES + 1), math.exp(-groups / 2))


@lru_cache(maxsize=EXACT_UP_TO)
def _all_signs(count: int) -> NDArray[np.float64]:
    import numpy as np

    patterns = np.arange(2**count)[:, None] >> np.arange(count)[None, :] & 1
    return patterns.astype(np.float64) * 2 - 1


def _random_totals(moved: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return the sums under random sign patterns, a batch at a time: thousands of cases fit into memory."""
    import numpy as np

    packed = _packed_signs(len(moved), seed)
    batch = max(1, _BATCH_NUMBERS // len(moved))
    totals = []
    for start in range(0, RESAMPLES, batch):
        bits = np.unpackbits(packed[start : start + batch], axis=1, count=len(moved))
        # A sum with signs is twice the sum of what keeps its sign, less the sum of all.
        totals.append(2 * (bits.astype(np.float64) @ moved) - moved.sum())
    return np.concatenate(totals)


# A comparison asks for many rules with about as many cases each.
@lru_cache(maxsize=16)
def _packed_signs(count: int, seed: int) -> NDArray[np.uint8]:
    """Return a row of bits per sign pattern."""
    import numpy as np

    width = -(-count // 8)
    drawn = np.random.default_rng(seed).bytes(RESAMPLES * width)
    return np.frombuffer(drawn, dtype=np.uint8).reshape(RESAMPLES, width)
