"""How far a router's choices can be trusted."""

from __future__ import annotations

import pytest

from harness.routing.metrics import MISSING, RoutingRow
from harness.routing.trust import agreement_of, calibration_of, hardest_cases


def row(case, predicted, *, expected="a", sure=None, ranked=()):
    return RoutingRow(case, expected, predicted, ranked, confidence=sure)


def test_confidence_that_is_always_right_has_no_error():
    """Sure and right."""
    found = calibration_of([row(str(n), "a", sure=1.0) for n in range(20)])
    assert (found.brier, found.error) == (0.0, 0.0)


def test_confidence_of_nine_tenths_that_is_always_wrong():
    """The Brier score is the square, the error the distance."""
    found = calibration_of([row(str(n), "b", sure=0.9) for n in range(20)])
    assert (found.brier, found.error) == pytest.approx((0.81, 0.9))


def test_bins_hold_equal_numbers():
    """Ten bins of two, the least sure first."""
    found = calibration_of([row(str(n), "a", sure=n / 20) for n in range(20)])
    assert ([count for *_, count in found.bins], found.bins[0][0]) == ([2] * 10, 0.025)


@pytest.mark.parametrize("rows", [[], [row("1", "a")], [row("1", MISSING, sure=0.4)]])
def test_a_router_without_confidence_has_no_calibration(rows):
    """Nothing stated, nothing measured."""
    assert calibration_of(rows) is None


def test_kappa_leaves_out_chance():
    """Two routers that agree on half of an even split agree as chance would."""
    one = [row(str(n), "ab"[n % 2]) for n in range(4)]
    other = [row(str(n), "ab"[n // 2]) for n in range(4)]
    found = agreement_of(one, other)
    assert (found.same, found.kappa) == (0.5, pytest.approx(0.0))


def test_cases_that_both_get_wrong_are_counted():
    """They are the hardest, or labelled wrong."""
    assert agreement_of([row("1", "b"), row("2", "a")], [row("1", "c"), row("2", "b")]).both_wrong == 1


def test_trials_count_as_their_most_frequent_choice():
    """Three trials are one choice."""
    trials = [row("1", "b"), row("1", "a"), row("1", "a")]
    assert agreement_of(trials, [row("1", "a")]).same == 1.0


def test_routers_that_know_one_name_have_no_kappa():
    """Zero divided by zero is no number."""
    assert agreement_of([row("1", "a")], [row("1", "a")]).kappa is None


def test_no_case_in_common_is_no_agreement():
    """A missing choice is no choice."""
    assert agreement_of([row("1", "a")], [row("1", MISSING)]) is None


def test_the_case_whose_label_ranks_lowest_is_the_hardest():
    """Right cases are not listed."""
    rows = [
        row("near", "b", ranked=("b", "a")),
        row("far", "b", ranked=("b", "c", "a")),
        row("right", "a", ranked=("a",)),
    ]
    assert [hard.case for hard in hardest_cases(rows)] == ["far", "near"]


def test_a_case_that_fails_every_time_is_harder_than_one_that_sometimes_does():
    """The share of right choices comes first."""
    rows = [row("x", "a"), row("x", "b"), row("y", "b"), row("y", "c")]
    found = hardest_cases(rows)
    assert [(hard.case, hard.right, hard.asked, hard.chosen) for hard in found] == [
        ("y", 0, 2, ("b", "c")),
        ("x", 1, 2, ("b",)),
    ]
