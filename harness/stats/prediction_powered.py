"""Few labels by people beside many verdicts of a judge: one honest rate out of both.

A judge's rate over many answers has a narrow interval around a wrong number; the rate of the few answers
that people labelled has a wide one around the right number. Prediction-powered inference takes the judge's
rate and moves it by the judge's error as seen on the labelled answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from harness.stats.interval import NO_NUMBER, Number, clustered_variance, wilson_interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Labelled", "PredictionPowered", "Unlabelled", "prediction_powered"]

LEAST_LABELS = 2
_EDGE = 0.005


@dataclass(frozen=True, slots=True)
class Labelled:
    """Answers (or differences of cases) with a label: what people say, what the judge says, which cluster."""

    truth: Sequence[float]
    judged: Sequence[float]
    clusters: Sequence[str]


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """Those with the judge's word only."""

    judged: Sequence[float]
    clusters: Sequence[str]


@dataclass(frozen=True, slots=True)
class PredictionPowered:
    """A mean with its interval; ``NO_NUMBER`` thrice where fewer than two clusters have labels.

    Attributes:
        mean: the estimate.
        low: lower end of the interval.
        high: upper end.
        weight: λ, how much the judge is listened to: 0 not at all, 1 fully.
        labelled: number of labels.
        unlabelled: number of verdicts without a label.
    """

    mean: Number
    low: Number
    high: Number
    weight: float
    labelled: int
    unlabelled: int


def prediction_powered(
    labelled: Labelled,
    unlabelled: Unlabelled,
    *,
    confidence: float = 0.95,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> PredictionPowered:
    """Return the prediction-powered mean of the true values over labelled and unlabelled answers alike.

    PPI++ (Angelopoulos, Duchi and Zrnic, arXiv 2311.01453, 2023): with y the labels, f the judge's values,
    n labelled and N unlabelled, ``θ = mean(y) + λ·(mean(f_N) - mean(f_n))`` and
    ``SE² = Var(y - λf)/n + λ²·Var(f)/N``; the λ that makes it least is ``Cov(y, f) / ((1 + n/N)·Var(f))``,
    kept in [0, 1], so that a useless judge does no harm. Three changes for the small numbers of labels that
    people make: both variances are robust to likeness within clusters
    (:func:`harness.stats.interval.clustered_variance`); Student's t with the labelled clusters less one takes
    the place of the normal quantile; and the interval is Wilson's with the size ``θ(1-θ)/SE²``, which keeps
    its promise near 0 and 1, where ``θ ± z·SE`` does not (.96 in place of .88 at a rate of .95 with 50
    labels). Where the labels show no variance of the remainder (y - λf) at all, one label of each kind is
    added, so that ten agreements do not prove perfection. The labelled answers must be a random part of all.

    For a difference between two prompts, the values are differences of case means, and ``bounds`` (-1, 1).

    Args:
        labelled: the answers with labels.
        unlabelled: the others.
        confidence: of the interval.
        bounds: between which the true mean lies; the interval is cut there.

    Raises:
        ValueError: sequences of different length.
    """
    import numpy as np
    from scipy.stats import t

    truth, judged = np.asarray(labelled.truth, float), np.asarray(labelled.judged, float)
    rest = np.asarray(unlabelled.judged, float)
    if not len(truth) == len(judged) == len(labelled.clusters) or len(rest) != len(unlabelled.clusters):
        raise ValueError("labels, verdicts and clusters differ in number")
    groups = len(set(labelled.clusters))
    if groups < LEAST_LABELS:
        return PredictionPowered(NO_NUMBER, NO_NUMBER, NO_NUMBER, 0.0, len(truth), len(rest))
    weight = _weight(truth, judged, rest) if len(set(unlabelled.clusters)) > 1 else 0.0
    mean = float(truth.mean() + (weight * (rest.mean() - judged.mean()) if weight else 0.0))
    variance = _remainder(truth - weight * judged, labelled.clusters, bounds)
    if weight:
        variance += weight**2 * clustered_variance(rest.tolist(), unlabelled.clusters)
    # As in the interval of a rate: Student's t by way of the size.
    ratio = NormalDist().inv_cdf((1 + confidence) / 2) / float(t.ppf((1 + confidence) / 2, groups - 1))
    shown = min(bounds[1], max(bounds[0], mean))
    low, high = bounds
    share = (shown - low) / (high - low)
    # Where the estimate lies at a bound, the size is that near to it.
    inside = min(1 - _EDGE, max(_EDGE, share))
    size = inside * (1 - inside) * (high - low) ** 2 / variance * ratio**2
    ends = wilson_interval(share, size, confidence)
    return PredictionPowered(
        mean=shown,
        low=low + (high - low) * ends[0],
        high=low + (high - low) * ends[1],
        weight=weight,
        labelled=len(truth),
        unlabelled=len(rest),
    )


def _weight(truth: NDArray[np.float64], judged: NDArray[np.float64], rest: NDArray[np.float64]) -> float:
    """Return λ; the variance of the judge's values is taken over all of them."""
    import numpy as np

    spread = float(np.concatenate([judged, rest]).var())
    if not spread:
        return 0.0
    together = float(((truth - truth.mean()) * (judged - judged.mean())).mean())
    return min(1.0, max(0.0, together / ((1 + len(truth) / len(rest)) * spread)))


def _remainder(values: NDArray[np.float64], clusters: Sequence[str], bounds: tuple[float, float]) -> float:
    """Return the variance of the mean of y - λf; never zero."""
    seen = clustered_variance(values.tolist(), clusters)
    if seen > 0:
        return seen
    half = (bounds[1] - bounds[0]) / 2
    groups = len(set(clusters))
    centre = float(values.mean())
    padded = [*[centre] * groups, centre - half, centre + half]
    return clustered_variance(padded, [str(place) for place in range(groups + 2)])
