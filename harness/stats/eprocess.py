"""Looking at data while they come: evidence that stays honest however often one looks and whenever one stops.

An *e-value* is a bet against a hypothesis: if the hypothesis is true, the wealth of the bettor is at most 1
on average, and exceeds 1/α at any time with probability at most α (Ville's inequality). Here the data are
differences in [−1, 1], one for each case, drawn alike and independently; the hypothesis is that their mean is
not above 0. The wealth is Π(1 + λ·D) for a stake λ, averaged over a grid of stakes, which loses little
against the best stake and does not depend on the order of the data.

Sources: Waudby-Smith & Ramdas, "Estimating means of bounded random variables by betting" (JRSS B 86, 2024);
Wang & Ramdas, "False discovery rate control with e-values" (JRSS B 84, 2022).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["confidence_sequence", "discoveries", "e_value", "log_wealth"]

_STAKES = np.linspace(0.04, 0.96, 24)  # parts of the largest stake that cannot ruin
_GRID = 400  # steps of the interval, over [−1, 1]: half a point each


def e_value(differences: Sequence[float]) -> float:
    """Return the evidence that the mean difference is above 0; 1 for no data, 20 is as good as p = .05.

    Args:
        differences: one number in [−1, 1] for each case seen so far.

    Raises:
        ValueError: a difference lies outside [−1, 1].
    """
    return float(np.exp(min(log_wealth(differences), 700.0)))


def log_wealth(differences: Sequence[float]) -> float:
    """Return the natural logarithm of :func:`e_value`, which does not overflow."""
    data = _checked(differences)
    if not len(data):
        return 0.0
    logs = np.log1p(_STAKES[:, None] * data[None, :]).sum(axis=1)
    return float(np.logaddexp.reduce(logs) - np.log(len(_STAKES)))


def confidence_sequence(differences: Sequence[float], alpha: float = 0.05) -> tuple[float, float]:
    """Return an interval that covers the mean at all times together with probability at least 1 − α.

    Every mean against which neither of two bettors (one on more, one on less, half the wealth each) has won
    1/α is inside; the ends are rounded outwards to half a point. No data: the whole range.
    """
    data = _checked(differences)
    if not len(data):
        return -1.0, 1.0
    shares = (data + 1.0) / 2.0  # to [0, 1], where the largest stakes are 1/m and 1/(1 − m)
    means = np.linspace(0.0, 1.0, _GRID + 1)[1:-1]
    inside = [mean for mean in means if _capital(shares, float(mean)) < np.log(1.0 / alpha)]
    if not inside:  # the truth lies between two steps of the grid
        middle = float(np.mean(data))
        return max(-1.0, middle - 2.0 / _GRID), min(1.0, middle + 2.0 / _GRID)
    step = 2.0 / _GRID
    low, high = 2.0 * float(inside[0]) - 1.0, 2.0 * float(inside[-1]) - 1.0
    return max(-1.0, low - step), min(1.0, high + step)


def discoveries(e_values: Sequence[float], alpha: float = 0.05) -> tuple[bool, ...]:
    """Return which of several hypotheses are rejected: e-BH, at most a share α of them wrongly on average.

    The k largest e-values are rejected for the largest k with e₍ₖ₎ ≥ m / (α·k). Valid whatever the
    dependence between them, and for each stopped at a time of its own.

    Args:
        e_values: one for each hypothesis.
        alpha: false discovery rate.
    """
    m = len(e_values)
    ordered = sorted(e_values, reverse=True)
    most = max((k for k, value in enumerate(ordered, start=1) if value >= m / (alpha * k)), default=0)
    least = ordered[most - 1] if most else float("inf")
    return tuple(value >= least for value in e_values)


def _capital(shares: NDArray[np.float64], mean: float) -> float:
    """Return the logarithm of the wealth won against one mean."""
    centred = shares - mean
    more = np.log1p(_STAKES[:, None] * centred[None, :] / mean).sum(axis=1)
    less = np.log1p(-_STAKES[:, None] * centred[None, :] / (1.0 - mean)).sum(axis=1)
    return float(np.logaddexp.reduce(np.concatenate([more, less])) - np.log(2 * len(_STAKES)))


def _checked(differences: Sequence[float]) -> NDArray[np.float64]:
    data = np.asarray(differences, dtype=np.float64)
    if len(data) and (not np.isfinite(data).all() or np.abs(data).max() > 1.0 + 1e-9):
        raise ValueError("differences lie in [-1, 1]")
    return data
