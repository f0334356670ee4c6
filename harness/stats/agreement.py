"""How well two instruments, or people among themselves, agree; with intervals that know clusters.

The share of agreement flatters: where nine answers of ten obey, two instruments that both say "pass" whatever
they see agree nine times of ten. Cohen's κ and the correlation of Matthews are zero then. The intervals take
trials of one case, and cases of one cluster, for what they are worth.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.stats.interval import NO_NUMBER, Number, effective_sample_size, estimate

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["DRAWS", "Agreement", "Measure", "agreement_of", "cohen_kappa", "krippendorff_alpha", "matthews"]

DRAWS = 4_000
LEAST_UNITS = 2


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure with its 95 % interval and the number of answers it rests on; ``NO_NUMBER`` for none."""

    value: Number
    low: Number
    high: Number
    n: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """An instrument held against labels, pass being the positive class.

    Attributes:
        n: answers that both decide.
        clusters: independent groups of them.
        agreed: share decided alike.
        kappa: Cohen's κ.
        mcc: Matthews' correlation.
        tpr: of what is labelled pass, the share it passes.
        tnr: of what is labelled fail, the share it fails.
        ppv: of what it passes, the share labelled pass.
        npv: of what it fails, the share labelled fail.
    """

    n: int
    clusters: int
    agreed: Measure
    kappa: Measure
    mcc: Measure
    tpr: Measure
    tnr: Measure
    ppv: Measure
    npv: Measure


Table = tuple[float, float, float, float]
"""Both pass, labelled pass and failed, labelled fail and passed, both fail: counts or shares."""


def cohen_kappa(table: Table) -> Number:
    """Return ``(p_o - p_e) / (1 - p_e)`` (Cohen, Educational and Psychological Measurement 20, 1960).

    p_o is the share of agreement, p_e what the margins alone would give. ``NO_NUMBER`` where both always say
    the same one thing: then agreement is no achievement, and no failure.
    """
    return _number(_kappas(_row(table)))


def matthews(table: Table) -> Number:
    """Return the correlation of two yes-or-no variables (Matthews, Biochimica et Biophysica Acta 405, 1975).

    ``(ad - bc) / sqrt((a+b)(a+c)(b+d)(c+d))``; ``NO_NUMBER`` where one of the two never varies.
    """
    return _number(_correlations(_row(table)))


def _row(table: Table) -> NDArray[np.float64]:
    import numpy as np

    return np.array([table], dtype=float)


def _number(values: NDArray[np.float64]) -> Number:
    return float(values[0]) if values[0] == values[0] else NO_NUMBER


def _kappas(tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return κ of each row; NaN where agreement by chance is certain, or nothing was counted."""
    import numpy as np

    both, missed, invented, neither = tables.T
    total = tables.sum(axis=1)
    by_chance = (both + missed) * (both + invented) + (invented + neither) * (missed + neither)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = by_chance / total**2
        found = ((both + neither) / total - expected) / (1 - expected)
    return np.where(expected < 1, found, np.nan)


def _correlations(tables: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Matthews' correlation of each row; NaN where a side never varies."""
    import numpy as np

    both, missed, invented, neither = tables.T
    product = (both + missed) * (both + invented) * (missed + neither) * (invented + neither)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(product > 0, (both * neither - missed * invented) / np.sqrt(product), np.nan)


def agreement_of(
    labels: Sequence[bool], outcomes: Sequence[bool], clusters: Sequence[str], *, seed: int = 0
) -> Agreement:
    """Hold outcomes against labels.

    Shares (agreed, TPR, TNR, PPV, NPV) have the clustered interval of :func:`harness.stats.interval.estimate`
    over the answers in their denominator. κ and MCC have the central 95 % of their posterior: the four cells
    are Dirichlet(½ + counts) (Jeffreys), with the counts shrunken to the number of independent answers that
    the agreement is worth, drawn ``DRAWS`` times. Unlike a bootstrap or a delta interval it is not of width
    zero where no disagreement was seen; its coverage is kept as a simulation in the tests.

    Args:
        labels: true where the label is pass.
        outcomes: true where the instrument says pass.
        clusters: the cluster of each answer (its case, or the cluster of its case).
        seed: of the draws.

    Raises:
        ValueError: the sequences differ in length.
    """
    if not len(labels) == len(outcomes) == len(clusters):
        raise ValueError("labels, outcomes and clusters differ in number")
    same = [float(label is outcome) for label, outcome in zip(labels, outcomes, strict=True)]
    counts = Counter(zip(map(bool, labels), map(bool, outcomes), strict=True))
    table: Table = (counts[True, True], counts[True, False], counts[False, True], counts[False, False])
    kappa, mcc = _posteriors(table, same, clusters, seed)

    def share(values: Sequence[bool], among: Sequence[bool], wanted: bool) -> Measure:
        kept = [place for place, one in enumerate(among) if bool(one) is wanted]
        return _share([float(bool(values[place]) is wanted) for place in kept], [clusters[p] for p in kept])

    return Agreement(
        n=len(same),
        clusters=len(set(clusters)),
        agreed=_share(same, clusters),
        kappa=kappa,
        mcc=mcc,
        tpr=share(outcomes, labels, True),
        tnr=share(outcomes, labels, False),
        ppv=share(labels, outcomes, True),
        npv=share(labels, outcomes, False),
    )


def _share(values: Sequence[float], clusters: Sequence[str]) -> Measure:
    found = estimate(values, clusters, len(values))
    return Measure(found.mean, found.low, found.high, len(values))


def _posteriors(
    table: Table, same: Sequence[float], clusters: Sequence[str], seed: int
) -> tuple[Measure, Measure]:
    n = len(same)
    values = cohen_kappa(table), matthews(table)
    if not n:
        return Measure(NO_NUMBER, NO_NUMBER, NO_NUMBER, 0), Measure(NO_NUMBER, NO_NUMBER, NO_NUMBER, 0)
    import numpy as np

    worth = effective_sample_size(same, clusters, n) / n
    generator = np.random.default_rng(seed)
    draws = generator.dirichlet([0.5 + cell * worth for cell in table], DRAWS)
    return _measure(values[0], _kappas(draws), n), _measure(values[1], _correlations(draws), n)


def _measure(value: Number, draws: NDArray[np.float64], n: int) -> Measure:
    """Return a figure with the central 95 % of its draws, widened to hold the figure itself."""
    if value is NO_NUMBER:
        return Measure(NO_NUMBER, NO_NUMBER, NO_NUMBER, n)
    import numpy as np

    low, high = (float(one) for one in np.nanquantile(draws, (0.025, 0.975)))
    return Measure(value, min(low, value), max(high, value), n)


def krippendorff_alpha(
    ratings: Sequence[Mapping[str, Hashable]], clusters: Sequence[str], *, seed: int = 0
) -> Measure:
    """Return how well several annotators agree, who need not all have rated every unit.

    Krippendorff's α for nominal values (Content Analysis, 3rd edition, 2013, section 12.3):
    ``1 - D_o / D_e``, the observed share of pairs that disagree over the expected one, each unit with m
    ratings giving its pairs the weight ``1/(m-1)``. Units with a single rating are left out. The interval is
    a bootstrap over clusters (percentiles of ``DRAWS`` resamples); ``NO_NUMBER`` where nobody ever said
    anything else, or with fewer than two clusters.

    Args:
        ratings: per unit, what each annotator said.
        clusters: the cluster of each unit.
        seed: of the resamples.

    Raises:
        ValueError: the sequences differ in length.
    """
    if len(ratings) != len(clusters):
        raise ValueError("ratings and clusters differ in number")
    import numpy as np

    units = [(Counter(one.values()), cluster) for one, cluster in zip(ratings, clusters, strict=True)]
    units = [(counts, cluster) for counts, cluster in units if counts.total() > 1]
    values = sorted({value for counts, _ in units for value in counts}, key=repr)
    groups: defaultdict[str, list[list[list[float]]]] = defaultdict(list)
    for counts, cluster in units:
        groups[cluster].append(_pairs(counts, values))
    if len(groups) < LEAST_UNITS or len(values) < LEAST_UNITS:
        return Measure(NO_NUMBER, NO_NUMBER, NO_NUMBER, len(units))
    tables = np.array([np.sum(own, axis=0) for own in groups.values()])
    value = _alpha(tables.sum(axis=0).tolist())
    picked = np.random.default_rng(seed).integers(0, len(tables), (DRAWS, len(tables)))
    counted = np.stack([np.bincount(row, minlength=len(tables)) for row in picked])
    resampled = np.tensordot(counted, tables, axes=1).tolist()
    # A resample in which everybody says one thing has no α; the interval is that of the others.
    found = np.array([one for one in map(_alpha, resampled) if one is not NO_NUMBER])
    return _measure(value if len(found) else NO_NUMBER, found, len(units))


def _pairs(counts: Counter[Hashable], values: Sequence[Hashable]) -> list[list[float]]:
    """Return the coincidences of one unit: ordered pairs of values, each weighted by 1/(m-1)."""
    others = counts.total() - 1
    return [[counts[a] * (counts[b] - (a == b)) / others for b in values] for a in values]


def _alpha(pairs: Sequence[Sequence[float]]) -> Number:
    margins = [sum(row) for row in pairs]
    total = sum(margins)
    alike = sum(pairs[place][place] for place in range(len(pairs)))
    by_chance = sum(margin * (margin - 1) for margin in margins)
    disagree = total * (total - 1) - by_chance
    if total <= 1 or disagree <= 0:
        return NO_NUMBER
    return 1 - (total - 1) * (total - alike) / disagree
