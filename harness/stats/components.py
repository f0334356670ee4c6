"""What a pilot shows of the noise: how far cases differ, and how far answers to one case do.

One-way analysis of variance with unequal numbers of trials, by the method of moments (Searle, Casella and
McCulloch, Variance Components, 1992, chapter 3), and what two prompts on the same cases add to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.stats.interval import NO_NUMBER, Number
from harness.stats.power import Spread

__all__ = ["Components", "components_of", "intraclass_correlation", "spread_of"]


@dataclass(frozen=True, slots=True)
class Components:
    """The variance of one side, taken apart.

    Attributes:
        mean: mean of the case means.
        between: variance of the true case means, at least 0.
        within: variance of one answer about its case's mean.
        cases: number of cases.
    """

    mean: float
    between: float
    within: float
    cases: int


def components_of(values: Sequence[Sequence[float]]) -> Components | None:
    """Take the variance of repeated answers apart; nothing where it cannot be.

    ``within`` is the mean over cases of the sample variance of their trials; ``between`` is the sample
    variance of the case means less the noise ``s²_i / K_i`` that they carry (at least 0). Cases with a
    single trial say nothing about noise and are left out; two cases with two trials or more are needed.

    Args:
        values: per case the values of its trials, in [0, 1].
    """
    repeated = [trials for trials in values if len(trials) > 1]
    if len(repeated) < 2:
        return None
    means = [sum(trials) / len(trials) for trials in repeated]
    variances = [_variance(trials) for trials in repeated]
    noise = sum(own / len(trials) for own, trials in zip(variances, repeated, strict=True)) / len(repeated)
    return Components(
        mean=sum(means) / len(means),
        between=max(0.0, _variance(means) - noise),
        within=sum(variances) / len(variances),
        cases=len(repeated),
    )


def intraclass_correlation(parts: Iterable[Components]) -> Number:
    """Return the correlation of two answers to one case, pooled over rules.

    ``Σ between / Σ (between + within)``, each rule weighted by its cases less one: rules with few cases
    have hardly an estimate of their own. ``NO_NUMBER`` where no answer differs from any other.
    """
    weighted = [(part.cases - 1, part) for part in parts]
    total = sum(weight * (part.between + part.within) for weight, part in weighted)
    return sum(weight * part.between for weight, part in weighted) / total if total else NO_NUMBER


def spread_of(before: Sequence[Sequence[float]], after: Sequence[Sequence[float]]) -> Spread:
    """Estimate the spread of differences from a pilot on both sides, by the method of moments.

    The variance of the observed case differences is ``between + noise``; the noise is known from the
    trials of each case (``s²/K`` on each side is unbiased), so the rest is ``between`` (at least 0).

    Args:
        before: per case the values of its trials, two trials or more.
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
        parts = [_variance(trials) for trials in (first, second)]
        single.append(sum(parts))
        noises.append(parts[0] / len(first) + parts[1] / len(second))
    seen = _variance(differences)
    return Spread(between=max(0.0, seen - sum(noises) / len(noises)), within=sum(single) / len(single))


def _variance(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)
