"""The interval of a paired difference where only a few clusters moved."""

from __future__ import annotations

import numpy as np
import pytest

from harness.stats.interval import NO_NUMBER
from harness.stats.paired import PairedDifference, least_p, paired_difference


def of(moves: list[float], cases: int) -> PairedDifference:
    """The difference of so many cases of which the first moved."""
    values = [*moves, *(0.0,) * (cases - len(moves))]
    return paired_difference(values, [f"c{number}" for number in range(cases)])


def reach(difference: PairedDifference) -> float:
    """How far the drop may go."""
    assert difference.low is not NO_NUMBER
    return -difference.low


@pytest.mark.parametrize("cases", [20, 100, 150, 182, 400])
def test_a_case_that_fell_narrows_nothing(cases: int) -> None:
    """To have seen one fall cannot make it surer that few fall than to have seen none."""
    assert reach(of([-1.0], cases)) > reach(of([], cases))


def test_a_small_movement_does_not_hide_that_whole_cases_may_fall() -> None:
    """One case of 150 moved by a twentieth: a case that fails altogether may still not have been seen."""
    assert reach(of([-0.05], 150)) > 0.02


def test_many_movements_leave_the_interval_to_the_standard_error() -> None:
    """A hundred cases that move by a little, both ways: whole cases are not held to fall."""
    assert reach(of([0.02, -0.02] * 50, 100)) < 0.01


@pytest.mark.parametrize(("cases", "fall", "rise"), [(100, 0.03, 0.0), (150, 0.02, 0.0), (150, 0.03, 0.01)])
def test_the_interval_holds_the_truth_as_often_as_promised(cases: int, fall: float, rise: float) -> None:
    """The t interval alone holds it .85 to .93 of the time (2,000 draws, fixed seed)."""
    generator = np.random.default_rng(7)
    known: dict[tuple[int, int], bool] = {}
    held = 0
    for _ in range(2_000):
        fell, rose, _ = (int(one) for one in generator.multinomial(cases, [fall, rise, 1 - fall - rise]))
        if (fell, rose) not in known:
            found = of([-1.0] * fell + [1.0] * rose, cases)
            assert found.low is not NO_NUMBER
            assert found.high is not NO_NUMBER
            known[fell, rose] = found.low <= rise - fall <= found.high
        held += known[fell, rose]
    assert held / 2_000 > 0.945


@pytest.mark.parametrize("cases", [3, 14, 15, 40, 400])
def test_the_smallest_p_value_is_that_of_cases_that_all_fall(cases: int) -> None:
    """What ``least_p`` promises is what the test gives."""
    assert of([-1.0] * cases, cases).p_drop == pytest.approx(least_p(cases))


def test_a_p_value_beyond_the_random_patterns_is_never_below_the_exact_one() -> None:
    """Of n cases that all fall, one pattern in 2^n goes as far."""
    assert all(least_p(cases) >= 2.0**-cases for cases in range(1, 300))


def test_forty_cases_that_all_fall_are_below_what_the_random_patterns_show() -> None:
    """One rule of 48, gated with ten agents, needs a p-value below .05 / 3 / 10 / 48."""
    assert least_p(40) < 0.05 / 3 / 10 / 48 < 1 / 20_000
