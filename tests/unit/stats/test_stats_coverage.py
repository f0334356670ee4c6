"""The interval keeps its promise on simulated runs, where the textbook interval does not.

Case probabilities come from a beta distribution with intra-class correlation ½, cases of a cluster share
theirs, and each case is tried several times. The seed is fixed: the figures are the same on every machine.
"""

from __future__ import annotations

import numpy as np
import pytest

from harness.stats.interval import NO_NUMBER, estimate, wilson_interval

RUNS = 1_000
SEED = 20_261_123
CORRELATION = 0.5


def coverage(rate: float, sizes: list[int], trials: int) -> tuple[float, float]:
    """Return how often our interval and the naive one hold the true rate."""
    rng = np.random.default_rng(SEED)
    shape = 1 / CORRELATION - 1
    clusters = [str(index) for index, size in enumerate(sizes) for _ in range(size)]
    ours = naive = 0
    for _ in range(RUNS):
        chances = np.repeat(rng.beta(rate * shape, (1 - rate) * shape, len(sizes)), sizes)
        values = [float(value) for value in rng.binomial(trials, chances) / trials]
        found = estimate(values, clusters, len(values) * trials)
        assert found.low is not NO_NUMBER
        assert found.high is not NO_NUMBER
        ours += found.low <= rate <= found.high
        low, high = wilson_interval(sum(values) / len(values), len(values) * trials)
        naive += low <= rate <= high
    return ours / RUNS, naive / RUNS


@pytest.mark.parametrize("rate", [0.5, 0.8, 0.9])
def test_repeated_trials_keep_the_promise(rate: float) -> None:
    """30 cases of 3 trials: the interval holds the true rate in .91 to .98 of the runs."""
    ours, _ = coverage(rate, [1] * 30, 3)
    assert 0.91 <= ours <= 0.98


@pytest.mark.parametrize("rate", [0.5, 0.8])
def test_paraphrased_cases_keep_the_promise(rate: float) -> None:
    """20 clusters of 2 cases of 3 trials: the same."""
    ours, _ = coverage(rate, [2] * 20, 3)
    assert 0.91 <= ours <= 0.98


@pytest.mark.parametrize("rate", [0.5, 0.8])
def test_clusters_of_unequal_size_keep_the_promise(rate: float) -> None:
    """11 clusters of 1 to 10 cases: a big cluster does not pass for many."""
    ours, _ = coverage(rate, [10, 5, 5, 2, 2, 1, 1, 1, 1, 1, 1], 3)
    assert 0.90 <= ours <= 0.98


def test_the_naive_interval_breaks_it() -> None:
    """Taking every answer for independent, the true rate is held in less than .8 of the runs."""
    _, naive = coverage(0.8, [2] * 20, 3)
    assert naive < 0.8
