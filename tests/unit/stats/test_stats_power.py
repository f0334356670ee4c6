"""How many cases are needed: the formula against the published numbers and against a simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nct, t

from harness.stats.interval import NO_NUMBER
from harness.stats.paired import sign_flip_p
from harness.stats.power import (
    CaseGroup,
    Spread,
    assumed_spread,
    cases_needed,
    detectable_drop,
    power_of,
    unpaired_cases_needed,
)

PILOT = Spread(between=0.0356, within=0.08)
SUITE = assumed_spread(0.9, correlation=0.63, carry_over=0.75)


@pytest.mark.parametrize(("trials", "cases"), [(1, 286), (3, 154), (5, 131)])
def test_trials_buy_less_and_less(trials: int, cases: int) -> None:
    """A drop of 5 points, one-sided .05, power .8: the figures of a simulated pilot, within 2 %."""
    assert cases_needed(0.05, PILOT, trials) == pytest.approx(cases, rel=0.02)


@pytest.mark.parametrize(("trials", "cases"), [(1, 286), (3, 153), (5, 126)])
def test_assumptions_give_about_what_a_pilot_gives(trials: int, cases: int) -> None:
    """A rate of .9, answers alike at .63, and three quarters of that carried over an edit."""
    assert cases_needed(0.05, SUITE, trials) == cases


def test_a_test_without_pairs_needs_many_more() -> None:
    """At a rate of .9 an unpaired test needs 538 cases on each side, nearly twice the paired number."""
    assert unpaired_cases_needed(0.9, 0.05) == 538


def test_independent_answers_need_as_many_pairs_as_an_unpaired_test_needs_cases() -> None:
    """Without any likeness pairing buys nothing; one case more is the price of an unknown variance."""
    alone = assumed_spread(0.9, correlation=0.0, carry_over=0.0)
    assert cases_needed(0.05, alone, 1) == pytest.approx(unpaired_cases_needed(0.9, 0.05), abs=2)


def test_the_power_is_that_of_the_noncentral_t_distribution() -> None:
    """With 20 cases and one trial: 19 degrees of freedom."""
    deviation = np.sqrt((0.0356 + 0.08) / 20)
    expected = nct.sf(t.ppf(0.95, 19), 19, 0.1 / deviation)
    assert power_of(CaseGroup.alone(20), 0.1, PILOT, 1) == pytest.approx(expected)


def test_the_detectable_drop_undoes_the_cases_needed() -> None:
    """With the cases that a drop needs, that drop is detectable."""
    needed = CaseGroup.alone(int(cases_needed(0.05, SUITE, 3)))  # type: ignore[arg-type]
    assert detectable_drop(needed, SUITE, 3) == pytest.approx(0.05, abs=0.001)


def test_the_power_at_the_cases_needed_is_the_one_asked_for() -> None:
    """The three formulas are one."""
    needed = CaseGroup.alone(int(cases_needed(0.08, PILOT, 2, power=0.9)))  # type: ignore[arg-type]
    assert power_of(needed, 0.08, PILOT, 2) == pytest.approx(0.9, abs=0.005)


def test_four_cases_can_show_nothing() -> None:
    """All four falling is one sign pattern of sixteen, p = .0625."""
    assert detectable_drop(CaseGroup.alone(4), PILOT, 100) is NO_NUMBER


def test_no_cases_can_show_nothing() -> None:
    """There is no number for a rule that no case decides."""
    assert detectable_drop(CaseGroup.alone(0), PILOT, 3) is NO_NUMBER


def test_a_drop_that_a_million_cases_do_not_show_is_no_number() -> None:
    """The search ends."""
    assert cases_needed(0.0001, PILOT, 1) is NO_NUMBER


def test_no_number_of_cases_shows_a_drop_that_cannot_happen() -> None:
    """A rule that is obeyed once in fifty cannot fall by five points."""
    assert cases_needed(0.05, assumed_spread(0.02, 0.6, 0.75), 3) is NO_NUMBER


def test_a_drop_beyond_the_rate_cannot_happen() -> None:
    """A rule that is obeyed once in ten cannot fall by more than a tenth: 20 cases do not show that."""
    assert detectable_drop(CaseGroup.alone(20), assumed_spread(0.1, 0.6, 0.75), 1) is NO_NUMBER


def test_a_falling_rate_brings_its_variance() -> None:
    """A rule obeyed 99 times of 100 shows little variance until it is broken."""
    near_one = assumed_spread(0.99, 0.6, 0.75)
    assert near_one.under(0.3).within > 5 * near_one.within


def test_a_pilot_without_any_variance_promises_no_miracles() -> None:
    """Answers that never differ: five points still break one case in twenty, which 5 cases do not show."""
    still = Spread(0.0, 0.0, rate=0.9, grain=1.0)
    assert cases_needed(0.05, still, 3) == pytest.approx(120, abs=30)


def test_paraphrases_are_worth_less() -> None:
    """Forty cases in ten clusters of four."""
    group = CaseGroup.of([str(number // 4) for number in range(40)])
    assert (group.cases, group.worth) == (40, 10)


@given(st.integers(5, 300), st.integers(1, 20), st.floats(0.05, 0.95), st.floats(0, 1), st.floats(0, 1))
@settings(deadline=None, max_examples=60)
def test_more_trials_never_see_less(
    cases: int, trials: int, rate: float, correlation: float, carried: float
) -> None:
    """The smallest drop seen shrinks, or stays where the cases themselves set the limit."""
    spread = assumed_spread(rate, correlation, carried)
    fewer = detectable_drop(CaseGroup.alone(cases), spread, trials)
    more = detectable_drop(CaseGroup.alone(cases), spread, trials + 1)
    assert fewer is NO_NUMBER or (more is not NO_NUMBER and more <= fewer + 1e-6)


@pytest.mark.parametrize(("rate", "correlation", "carried"), [(0, 0.5, 0.5), (0.9, 1.1, 0.5), (0.9, 0.5, -1)])
def test_impossible_assumptions_are_refused(rate: float, correlation: float, carried: float) -> None:
    """A correlation lies in [0, 1], a rate between the two."""
    with pytest.raises(ValueError, match="correlation in"):
        assumed_spread(rate, correlation, carried)


@pytest.mark.parametrize("drop", [0.0, -0.1, 1.5])
def test_a_drop_outside_its_range_is_refused(drop: float) -> None:
    """A drop is a share of answers."""
    with pytest.raises(ValueError, match=r"lies in \(0, 1\]"):
        cases_needed(drop, PILOT, 3)


def found_share(cases: int, trials: int, drop: float, replications: int) -> tuple[float, float]:
    """Return how often the sign-flip test finds simulated edits, and what the formula promises.

    Case rates are beta distributed about .8 with correlation .4 between answers; an edit moves half of the
    cases up and half down, and all of them by the drop.
    """
    generator = np.random.default_rng(3)
    before = generator.beta(0.8 * 1.5, 0.2 * 1.5, 400_000) * 0.6 + 0.3  # leaves room for the edit
    after = before - drop + generator.choice([-0.1, 0.1], before.size)
    spread = Spread(
        float(np.var(after - before)),
        float(np.mean(before * (1 - before) + after * (1 - after))),
        grain=1.0,
    )
    names = [str(number) for number in range(cases)]
    found = 0
    for replication in range(replications):
        picked = generator.integers(0, before.size, cases)
        seen = generator.binomial(trials, after[picked]) - generator.binomial(trials, before[picked])
        found += sign_flip_p(list(seen / trials), names, seed=replication % 5)[0] <= 0.05
    return found / replications, power_of(CaseGroup.alone(cases), drop, spread, trials)


def test_the_promised_power_is_the_power_of_the_test() -> None:
    """60 cases, 3 trials: the formula holds within the noise of 200 replications."""
    found, promised = found_share(60, 3, 0.08, 200)
    assert found == pytest.approx(promised, abs=0.07)


@pytest.mark.full
@pytest.mark.parametrize(("cases", "trials", "drop"), [(30, 1, 0.15), (100, 3, 0.06), (200, 5, 0.04)])
def test_the_promised_power_holds_within_three_points(cases: int, trials: int, drop: float) -> None:
    """4,000 simulated edits of known spread."""
    found, promised = found_share(cases, trials, drop, 4_000)
    assert found == pytest.approx(promised, abs=0.03)
