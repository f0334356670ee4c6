"""The variance of repeated answers, taken apart: against simulation, and at its edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.components import components_of, intraclass_correlation, spread_of
from harness.stats.interval import NO_NUMBER


def test_a_pilot_shows_both_parts_of_the_spread() -> None:
    """The method of moments finds the spread that the pilot was drawn with."""
    generator = np.random.default_rng(8)
    before = generator.uniform(0.2, 0.8, 4_000)
    after = before + generator.normal(0, 0.08, 4_000)
    draws = [[list(generator.random(5) < rate) for rate in side] for side in (before, after)]
    spread = spread_of(*draws)
    assert (spread.between, spread.within) == pytest.approx((0.0064, 0.43), abs=0.02)


def test_a_pilot_of_single_trials_is_refused() -> None:
    """One answer per case does not show how much answers vary."""
    with pytest.raises(ValueError, match="two trials or more"):
        spread_of([[True], [False]], [[True], [True]])


def test_a_pilot_of_different_cases_is_refused() -> None:
    """Pairs need partners."""
    with pytest.raises(ValueError, match="same two cases"):
        spread_of([[True, True], [False, True]], [[True, True]])


def test_one_side_shows_how_far_cases_differ() -> None:
    """Case rates beta distributed with correlation ½ about .8: variances .08 and .08."""
    generator = np.random.default_rng(9)
    draws = [list(generator.random(3) < rate) for rate in generator.beta(0.8, 0.2, 5_000)]
    parts = components_of(draws)
    assert parts is not None
    assert (parts.mean, parts.between, parts.within) == pytest.approx((0.8, 0.08, 0.08), abs=0.01)


def test_the_correlation_of_answers_is_found() -> None:
    """Pooled over rules with different rates, each with answers alike at ½."""
    generator = np.random.default_rng(10)
    parts = [
        components_of([list(generator.random(3) < one) for one in generator.beta(rate, 1 - rate, 800)])
        for rate in (0.5, 0.7, 0.9)
    ]
    assert intraclass_correlation([one for one in parts if one]) == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("values", [[], [[1.0, 0.0]], [[1.0], [0.0], [1.0]]])
def test_what_was_not_repeated_shows_nothing(values: list[list[float]]) -> None:
    """Two cases with two trials each are the least."""
    assert components_of(values) is None


def test_answers_that_never_differ_have_no_correlation() -> None:
    """Nothing divided by nothing."""
    parts = components_of([[1.0, 1.0], [1.0, 1.0]])
    assert parts is not None
    assert intraclass_correlation([parts]) is NO_NUMBER


def test_no_rules_have_no_correlation() -> None:
    """The mean of nothing."""
    assert intraclass_correlation([]) is NO_NUMBER


@given(st.lists(st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=4), max_size=12))
def test_variances_are_never_negative(values: list[list[float]]) -> None:
    """The method of moments may come out below zero; then it is zero."""
    parts = components_of(values)
    assert parts is None or (parts.between >= 0 and parts.within >= 0 and 0 <= parts.mean <= 1)
