"""Flaky or steady: the posterior against scipy, the conclusions by their error rates, and the edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, fisher_exact

from harness.stats.flaky import Steadiness, drifts, steadiness, trials_to_tell
from harness.stats.interval import NO_NUMBER

COUNTS = st.integers(0, 60)


@pytest.mark.parametrize(("passed", "failed"), [(3, 1), (9, 1), (50, 50), (1, 30)])
def test_the_posterior_is_jeffreys(passed: int, failed: int) -> None:
    """Beta(½ + passes, ½ + fails), with its central 95 %."""
    posterior = beta(passed + 0.5, failed + 0.5)
    tally = steadiness(passed, failed)
    expected = (posterior.mean(), posterior.ppf(0.025), posterior.ppf(0.975), posterior.cdf(0.95))
    assert (tally.mean, tally.low, tally.high) == pytest.approx(expected[:3])
    assert tally.flaky == pytest.approx(expected[3] - posterior.cdf(0.05))


@pytest.mark.parametrize(
    ("passed", "failed", "expected"),
    [
        (5, 5, Steadiness.FLAKY),
        (3, 1, Steadiness.FLAKY),
        (27, 0, Steadiness.PASSES),
        (0, 27, Steadiness.FAILS),
        (10, 0, Steadiness.UNKNOWN),
        (9, 1, Steadiness.UNKNOWN),
    ],
)
def test_what_trials_tell(passed: int, failed: int, expected: Steadiness) -> None:
    """Ten of ten is not yet proof of steadiness; twenty-seven of twenty-seven is."""
    assert steadiness(passed, failed).conclusion is expected


def test_no_trials_give_no_number() -> None:
    """There is nothing to have an opinion on."""
    assert (steadiness(0, 0).mean, steadiness(0, 0).conclusion) == (NO_NUMBER, Steadiness.UNKNOWN)


def test_negative_counts_are_refused() -> None:
    """A mistake of ours, not a result."""
    with pytest.raises(ValueError, match="not negative"):
        steadiness(-1, 3)


@settings(deadline=None)
@given(COUNTS, COUNTS)
def test_passing_and_failing_are_mirror_images(passed: int, failed: int) -> None:
    """Nothing favours one side."""
    one, other = steadiness(passed, failed), steadiness(failed, passed)
    swapped = {Steadiness.PASSES: Steadiness.FAILS, Steadiness.FAILS: Steadiness.PASSES}
    assert other.conclusion is swapped.get(one.conclusion, one.conclusion)
    if one.mean is not NO_NUMBER and one.low is not NO_NUMBER and one.high is not NO_NUMBER:
        assert 0 <= one.low <= one.mean <= one.high <= 1


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_an_open_cell_is_told_how_many_trials_settle_it(passed: int, failed: int) -> None:
    """None where it is settled, some where it is not."""
    settled = steadiness(passed, failed).conclusion is not Steadiness.UNKNOWN
    assert (trials_to_tell(passed, failed) == 0) is settled


def test_ten_unanimous_trials_need_seventeen_more() -> None:
    """Twenty-seven in all."""
    assert trials_to_tell(10, 0) == 17


@pytest.mark.parametrize(("rate", "most"), [(0.99, 0.06), (1.0, 0.0)])
def test_steady_cells_are_rarely_called_flaky(rate: float, most: float) -> None:
    """Thirty trials of a cell that passes 99 times in 100 (or always)."""
    passed = np.random.default_rng(4).binomial(30, rate, 4_000)
    flaky = [steadiness(int(one), 30 - int(one)).conclusion is Steadiness.FLAKY for one in passed]
    assert np.mean(flaky) <= most


def test_flaky_cells_are_found() -> None:
    """Thirty trials of a cell that passes three times in four."""
    passed = np.random.default_rng(5).binomial(30, 0.75, 2_000)
    flaky = [steadiness(int(one), 30 - int(one)).conclusion is Steadiness.FLAKY for one in passed]
    assert np.mean(flaky) > 0.9


def test_a_share_at_the_edge_is_never_settled() -> None:
    """Nineteen of twenty: asked ten times as often, the question is as open as before."""
    assert trials_to_tell(19, 1) is NO_NUMBER


def test_drift_is_fishers_test() -> None:
    """Nine of ten, then two of ten."""
    found = drifts({"a": (9, 1, 2, 8)})
    assert found["a"].p == pytest.approx(fisher_exact([[9, 1], [2, 8]]).pvalue)


def test_a_period_without_trials_is_no_test() -> None:
    """It has no p-value and does not count among the others."""
    found = drifts({"a": (9, 1, 0, 0), "b": (9, 1, 2, 8)})
    assert (found["a"].q, found["b"].q == found["b"].p) == (NO_NUMBER, True)


def test_nothing_that_stands_still_is_reported_as_drifting() -> None:
    """200 cells, ten trials on each side, no drift: q ≤ .1 in at most a tenth of the histories."""
    generator = np.random.default_rng(6)
    alarms = 0
    for _ in range(30):
        rates = generator.uniform(0.3, 1, 200)
        counts = generator.binomial(10, np.column_stack([rates, rates]))
        found = drifts({n: (int(a), 10 - int(a), int(b), 10 - int(b)) for n, (a, b) in enumerate(counts)})
        alarms += any(float(one.q) <= 0.1 for one in found.values())  # type: ignore[arg-type]
    assert alarms <= 8
