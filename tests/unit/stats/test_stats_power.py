"""How many cases are needed: the formula against the published numbers and against a simulation."""

from __future__ import annotations

import numpy as np
import pytest

from harness.stats.paired import sign_flip_p
from harness.stats.power import (
    Spread,
    cases_needed,
    detectable_drop,
    power_of,
    spread_of,
    unpaired_cases_needed,
)

PILOT = Spread(between=0.0356, within=0.08)


@pytest.mark.parametrize(("trials", "cases"), [(1, 286), (3, 154), (5, 128)])
def test_trials_buy_less_and_less(trials: int, cases: int) -> None:
    """A drop of 5 points, one-sided .05, power .8."""
    assert cases_needed(0.05, PILOT, trials) == pytest.approx(cases, abs=2)


def test_a_test_without_pairs_needs_many_more() -> None:
    """At a rate of .9 an unpaired test needs some 500 to 600 cases on each side."""
    assert unpaired_cases_needed(0.9, 0.05) == 538


def test_the_detectable_drop_undoes_the_cases_needed() -> None:
    """With the cases that a drop needs, that drop is detectable."""
    assert detectable_drop(cases_needed(0.05, PILOT, 3), PILOT, 3) == pytest.approx(0.05, abs=0.001)


def test_the_power_at_the_cases_needed_is_the_one_asked_for() -> None:
    """The three formulas are one."""
    assert power_of(cases_needed(0.08, PILOT, 2, power=0.9), 0.08, PILOT, 2) == pytest.approx(0.9, abs=0.005)


@pytest.mark.full
def test_the_promised_power_is_the_power_of_the_test() -> None:
    """Simulated edits of known spread are found as often as the formula says, within three points."""
    generator = np.random.default_rng(3)
    cases, drop, trials, found, replications = 240, 0.05, 5, 0, 2_000
    before = generator.uniform(0.3, 0.95, cases)
    names = [str(number) for number in range(cases)]
    shifts = generator.choice([-0.2, 0.2], cases)
    shifts -= shifts.mean() + drop
    after = np.clip(before + shifts, 0, 1)
    spread = Spread(
        float(np.var(after - before, ddof=1)),
        float(np.mean(before * (1 - before) + after * (1 - after))),
    )
    true_drop = float((before - after).mean())
    for _ in range(replications):
        picked = generator.integers(0, cases, cases)
        seen = generator.binomial(trials, after[picked]) - generator.binomial(trials, before[picked])
        found += sign_flip_p(list(seen / trials), names)[0] <= 0.05
    assert found / replications == pytest.approx(power_of(cases, true_drop, spread, trials), abs=0.03)


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


@pytest.mark.parametrize("drop", [0.0, -0.1, 1.5])
def test_a_drop_outside_its_range_is_refused(drop: float) -> None:
    """A drop is a share of answers."""
    with pytest.raises(ValueError, match=r"lies in \(0, 1\]"):
        cases_needed(drop, PILOT, 3)
