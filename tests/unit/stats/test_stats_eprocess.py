"""Evidence under continuous looking: error rates by simulation, exact cases by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.stats.eprocess import confidence_sequence, discoveries, e_value, log_wealth

DIFFERENCES = st.lists(st.floats(-1, 1, allow_nan=False), max_size=40)


def test_no_data_is_no_evidence() -> None:
    assert e_value([]) == 1.0


@given(DIFFERENCES)
def test_evidence_is_never_negative(differences: list[float]) -> None:
    assert e_value(differences) >= 0


@given(DIFFERENCES, st.randoms(use_true_random=False))
def test_the_order_of_the_data_does_not_matter(differences: list[float], chance: object) -> None:
    shuffled = list(differences)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert math.isclose(log_wealth(differences), log_wealth(shuffled), abs_tol=1e-9)


def test_zeros_are_no_evidence() -> None:
    assert math.isclose(e_value([0.0] * 50), 1.0)


def test_a_number_outside_the_range_is_refused() -> None:
    with pytest.raises(ValueError, match="lie in"):
        e_value([1.5])


def ever_rejected(rate: tuple[float, float], cases: int, runs: int, seed: int) -> float:
    """Share of runs in which evidence reaches 20 at any of the looks, one after each case."""
    chance = np.random.default_rng(seed)
    rejected = 0
    for _ in range(runs):
        data = (chance.random(cases) < rate[0]).astype(float) - (chance.random(cases) < rate[1])
        rejected += any(e_value(list(data[:n])) >= 20 for n in range(1, cases + 1))
    return rejected / runs


def test_looking_after_every_case_keeps_the_error_rate() -> None:
    """Equal rates: at most 5 % of 400 runs, three standard errors of chance allowed."""
    assert ever_rejected((0.7, 0.7), 60, 400, seed=1) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 400)


def test_a_large_effect_is_found_in_most_runs() -> None:
    assert ever_rejected((0.9, 0.3), 40, 100, seed=2) > 0.9


def test_the_sequence_covers_the_mean_at_all_times_together() -> None:
    chance = np.random.default_rng(3)
    missed = 0
    for _ in range(60):
        data = (chance.random(50) < 0.8).astype(float) - (chance.random(50) < 0.6)
        looks = (confidence_sequence(list(data[:n])) for n in (5, 10, 20, 35, 50))
        missed += any(not low <= 0.2 <= high for low, high in looks)
    assert missed / 60 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 60)


def test_the_sequence_narrows_with_data() -> None:
    few, many = confidence_sequence([0.0] * 10), confidence_sequence([0.0] * 100)
    assert many[1] - many[0] < few[1] - few[0]


def test_without_data_everything_is_possible() -> None:
    assert confidence_sequence([]) == (-1.0, 1.0)


@given(st.lists(st.floats(-1, 1, allow_nan=False), min_size=1, max_size=30))
def test_the_observed_mean_is_inside(differences: list[float]) -> None:
    low, high = confidence_sequence(differences)
    assert low - 1e-9 <= float(np.mean(differences)) <= high + 1e-9


def test_the_largest_e_values_are_discoveries() -> None:
    assert discoveries([100.0, 1.0, 45.0, 0.5]) == (True, False, True, False)


def test_one_that_is_not_enough_alone_is_none() -> None:
    assert discoveries([60.0, 1.0, 1.0, 1.0]) == (False, False, False, False)


def test_false_discoveries_stay_within_their_rate() -> None:
    """Ten hypotheses, five true: the share of false ones among the rejected, on average over 200 runs."""
    chance = np.random.default_rng(4)
    shares = []
    for _ in range(200):
        data = [
            (chance.random(40) < (0.8 if one < 5 else 0.5)).astype(float) - (chance.random(40) < 0.5)
            for one in range(10)
        ]
        found = discoveries([e_value(list(one)) for one in data], 0.1)
        shares.append(sum(found[5:]) / max(1, sum(found)))
    assert np.mean(shares) <= 0.1
