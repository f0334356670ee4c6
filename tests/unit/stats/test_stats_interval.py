"""Intervals keep to their formulas, their bounds and their honesty about nothing."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from harness.core.jsonl import to_jsonable
from harness.stats.interval import (
    NO_NUMBER,
    Estimate,
    clustered_variance,
    effective_sample_size,
    estimate,
    wilson_interval,
)

RATES = st.sampled_from([0.0, 1 / 3, 0.5, 2 / 3, 1.0])
CASES = st.lists(st.tuples(RATES, st.sampled_from("abcdefgh")), min_size=1, max_size=40)


@pytest.mark.parametrize(("hits", "n"), [(0, 5), (1, 9), (8, 10), (97, 100), (30, 30)])
def test_wilson_agrees_with_scipy(hits: int, n: int) -> None:
    """For whole counts the interval is the one scipy computes."""
    expected = binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson_interval(hits / n, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize(("mean", "n"), [(0.5, 0), (-0.1, 3), (1.1, 3)])
def test_wilson_refuses_what_is_no_proportion(mean: float, n: float) -> None:
    """No interval is made up for nothing or for a mean outside [0, 1]."""
    with pytest.raises(ValueError, match="no interval"):
        wilson_interval(mean, n)


def test_variance_is_the_sandwich() -> None:
    """Two clusters of two: 2/1 · ((.5+.5)² + (-.5-.5)²) / 16."""
    assert clustered_variance([1, 1, 0, 0], ["a", "a", "b", "b"]) == pytest.approx(0.25)


def test_variance_needs_two_clusters() -> None:
    """Within one cluster nothing can be learnt about the spread between clusters."""
    with pytest.raises(ValueError, match="two clusters"):
        clustered_variance([1, 0], ["a", "a"])


def test_one_trial_per_case_is_plain_wilson() -> None:
    """Without repeats and shared clusters nothing is adjusted."""
    values = [1.0] * 8 + [0.0] * 2
    rate = estimate(values, [str(i) for i in range(10)], 10)
    assert (rate.low, rate.high) == pytest.approx(wilson_interval(0.8, 10))


def test_identical_trials_count_once() -> None:
    """Five trials that always agree with each other carry no more than one."""
    values = [1.0] * 8 + [0.0] * 2
    names = [str(i) for i in range(10)]
    assert effective_sample_size(values, names, 50) == pytest.approx(10)


def test_paraphrases_widen_the_interval() -> None:
    """Ten cases that are two clusters tell far less than ten independent ones."""
    values = [1.0] * 5 + [0.0] * 5
    shared = effective_sample_size(values, ["a"] * 5 + ["b"] * 5, 10)
    assert shared == pytest.approx(2)


def test_all_equal_takes_the_number_of_clusters() -> None:
    """Where the spread cannot be seen, each cluster counts as one observation."""
    rate = estimate([1.0] * 6, ["a", "a", "b", "b", "c", "c"], 18)
    assert (rate.low, rate.high) == pytest.approx(wilson_interval(1.0, 3))


def test_one_cluster_is_one_observation() -> None:
    """A single cluster leaves the interval nearly as wide as it can be."""
    rate = estimate([1.0, 0.0], ["a", "a"], 2)
    assert (rate.low, rate.high) == pytest.approx(wilson_interval(0.5, 1))


def test_cancelling_clusters_are_no_better_than_independent_answers() -> None:
    """A variance of zero by chance does not give an interval of no width."""
    size = effective_sample_size([1.0, 0.0, 1.0, 0.0], ["a", "a", "b", "b"], 8)
    assert size == 8


def test_the_mean_of_nothing_is_no_number() -> None:
    """No case, no mean, no interval."""
    assert estimate([], [], 0) == Estimate(NO_NUMBER, NO_NUMBER, NO_NUMBER)


@pytest.mark.parametrize(("passes", "fragile"), [(50, True), (47, True), (25, False)])
def test_few_failures_make_a_fragile_interval(passes: int, fragile: bool) -> None:
    """Below five expected failures (or passes) the interval is said to be rough."""
    values = [1.0] * passes + [0.0] * (50 - passes)
    assert estimate(values, [str(i) for i in range(50)], 50).fragile is fragile


@given(CASES, st.integers(1, 5))
def test_bounds_hold_for_any_data(cases: list[tuple[float, str]], trials: int) -> None:
    """0 ≤ low ≤ mean ≤ high ≤ 1, and the effective size lies between its two bounds."""
    values, clusters = [value for value, _ in cases], [cluster for _, cluster in cases]
    observations = len(values) * trials
    rate = estimate(values, clusters, observations)
    size = effective_sample_size(values, clusters, observations)
    assert rate.mean is not NO_NUMBER
    assert rate.low is not NO_NUMBER
    assert rate.high is not NO_NUMBER
    assert 0 <= rate.low <= rate.mean <= rate.high <= 1
    assert 0 < size <= observations + 1e-9
    assert math.isfinite(size)


def test_no_number_is_written_as_null() -> None:
    """JSON has a word for it."""
    assert json.dumps(to_jsonable(NO_NUMBER)) == "null"


@pytest.mark.parametrize(
    ("text", "shown"), [(f"{NO_NUMBER}", "–"), (f"{NO_NUMBER:.1%}", "–"), (f"{NO_NUMBER:6.2f}", "     –")]
)
def test_no_number_prints_as_a_dash(text: str, shown: str) -> None:
    """Formats meant for numbers work on it, and keep their width."""
    assert text == shown


def test_no_number_has_no_truth_value() -> None:
    """``if score.mean`` would confuse nothing with a rate of 0.0, so it is refused."""
    with pytest.raises(TypeError, match="NO_NUMBER"):
        bool(NO_NUMBER)
