"""Learn the weights of the lexical router from labelled messages. Run by ``benchmarks/routing.py``.

The fusion weights maximise the likelihood of the labels under the softmax (McFadden's conditional logit),
with a small ridge and no weight below zero: four numbers, so a few hundred messages are plenty. The
question "any agent at all?" is a logistic regression on two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.float64]

__all__ = ["NoneFit", "fit_confidence", "fit_fusion", "fit_none"]

_RIDGE = 0.03  # the best of five, over five collections


def fit_fusion(sets: Sequence[tuple[Scores, Sequence[int]]], ridge: float = _RIDGE) -> tuple[float, ...]:
    """Return one non-negative weight per feature.

    Args:
        sets: per collection the scores, shape (features, messages, agents), and per message the column of
            the right agent. Each collection counts the same, however many messages it has.
        ridge: penalty on the squared weights, in units of the features' standard deviations.
    """
    import numpy as np
    from scipy.optimize import minimize

    spread = np.mean([scores.std(axis=(1, 2)) for scores, _ in sets], axis=0) + 1e-9

    def loss(weights: Scores) -> tuple[float, Scores]:
        value = float(ridge * weights @ weights)
        slope = 2 * ridge * weights
        for scores, right in sets:
            scaled = scores / spread[:, None, None]
            fused = np.tensordot(weights, scaled, axes=1)
            fused -= fused.max(axis=1, keepdims=True)
            belief = np.exp(fused)
            total = belief.sum(axis=1, keepdims=True)
            rows = np.arange(len(right))
            value -= float((fused[rows, right] - np.log(total[:, 0])).mean()) / len(sets)
            expected = np.einsum("nm,fnm->fn", belief / total, scaled)
            slope -= (scaled[:, rows, right] - expected).mean(axis=1) / len(sets)
        return value, slope

    start = np.full(len(spread), 0.5)
    found = minimize(loss, start, jac=True, bounds=[(0.0, None)] * len(spread), method="L-BFGS-B")
    return tuple(float(weight) for weight in found.x / spread)


@dataclass(frozen=True, slots=True)
class NoneFit:
    """The logistic regression for "no agent": bias, slopes, and the threshold chosen on the same data."""

    bias: float
    slopes: tuple[float, ...]
    threshold: float


def fit_none(fitting: Scores, unfitting: Scores, allowed: tuple[Scores, float]) -> NoneFit:
    """Learn when to answer ``none``. Both kinds of message count the same, however many there are.

    Args:
        fitting: evidence of messages that an agent should get, shape (n, 2).
        unfitting: evidence of messages that none should get, shape (k, 2).
        allowed: evidence of messages that an agent should get, and the share of them, in [0, 1], that may
            be answered ``none`` all the same; this sets the threshold.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    labels = np.r_[np.zeros(len(fitting)), np.ones(len(unfitting))]
    model = LogisticRegression(class_weight="balanced", C=10.0).fit(np.vstack([fitting, unfitting]), labels)
    known, share = allowed
    threshold = float(np.quantile(model.predict_proba(known)[:, 1], 1 - share))
    return NoneFit(float(model.intercept_[0]), tuple(float(slope) for slope in model.coef_[0]), threshold)


def fit_confidence(sets: Sequence[tuple[Sequence[float], Sequence[bool]]]) -> tuple[float, float]:
    """Return bias and slope that turn belief into the probability of being right (Platt, 1999).

    Args:
        sets: per collection the belief in each choice, in (0, 1), and whether it was right. Each collection
            counts the same.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    belief = np.clip(np.concatenate([np.asarray(sure, dtype=float) for sure, _ in sets]), 1e-6, 1 - 1e-6)
    right = np.concatenate([np.asarray(outcome) for _, outcome in sets])
    weight = np.concatenate([np.full(len(sure), 1_000 / len(sure)) for sure, _ in sets])
    odds = np.log(belief / (1 - belief))[:, None]
    model = LogisticRegression(C=1e6).fit(odds, right, sample_weight=weight)
    return float(model.intercept_[0]), float(model.coef_[0][0])
