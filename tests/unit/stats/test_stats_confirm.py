"""Suspected failures, asked again: p-values by hand, error rate by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from harness.stats.confirm import FreshTrials, confirmation_p, confirmed, trials_to_confirm


def test_all_against_none_is_one_in_the_number_of_ways() -> None:
    """Four of four and none of four: one of 70 ways to share out four passes."""
    assert confirmation_p(FreshTrials(4, 0, 0, 4)) == pytest.approx(1 / 70)


def test_a_rise_is_no_drop() -> None:
    """One-sided."""
    assert confirmation_p(FreshTrials(0, 4, 4, 0)) == pytest.approx(1.0)


def test_a_side_without_answers_confirms_nothing() -> None:
    """Missing is not failed."""
    assert confirmation_p(FreshTrials(0, 0, 0, 12)) == 1.0


def test_many_suspects_need_more_evidence() -> None:
    """The same fresh trials confirm one suspect, but not each of twenty."""
    fresh = FreshTrials(5, 0, 0, 5)
    alone, _ = confirmed({("c", "r"): fresh}, 0.0167)
    many, _ = confirmed({(f"c{number}", "r"): fresh for number in range(20)}, 0.0167)
    assert (len(alone), len(many)) == (1, 0)


def test_old_answers_count_for_all_cells_that_could_have_raised_a_suspicion() -> None:
    """Where the earlier prompt could not be asked again, the correction is over all cells."""
    fresh = FreshTrials(5, 0, 0, 5)
    assert confirmed({("c", "r"): fresh}, 0.0167, among=300)[0] == frozenset()


@pytest.mark.parametrize(("suspects", "trials"), [(1, 4), (10, 6)])
def test_the_least_number_of_trials_that_can_confirm(suspects: int, trials: int) -> None:
    """1/C(8,4) = 1/70 is within a third of .05; with ten suspects it takes C(12,6) = 924."""
    assert trials_to_confirm(suspects, 0.05 / 3) == trials


def test_what_nothing_broke_is_rarely_confirmed_as_broken() -> None:
    """Three hundred cells that pass with p = .8, three trials, no edit: false alarms within their share."""
    generator = np.random.default_rng(12)
    share, replications, alarms = 0.05 / 3, 2_000, 0
    for _ in range(replications):
        before = generator.binomial(3, 0.8, 300) == 3
        after = generator.binomial(3, 0.8, 300) == 0
        suspected = min(10, int((before & after).sum()))
        fresh = {
            ("c", str(number)): FreshTrials(one, 12 - one, other, 12 - other)
            for number, (one, other) in enumerate(generator.binomial(12, 0.8, (suspected, 2)).tolist())
        }
        alarms += bool(confirmed(fresh, share)[0])
    assert binomtest(alarms, replications, share, alternative="greater").pvalue > 0.001
