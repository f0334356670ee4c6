"""The arithmetic of limits: window, pace, breaker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.run.limits import Breaker, Pace, Window


def test_a_window_begins_open() -> None:
    assert Window(8).size == 8


def test_being_told_to_slow_down_halves_the_window() -> None:
    window = Window(8)
    window.throttled(started=1.0, now=2.0)
    assert window.size == 4


def test_calls_that_were_under_way_together_count_once() -> None:
    window = Window(8)
    for now in (2.0, 2.1, 2.2):
        window.throttled(started=1.0, now=now)
    assert window.size == 4


def test_a_call_that_began_after_the_cut_counts_again() -> None:
    window = Window(8)
    window.throttled(started=1.0, now=2.0)
    window.throttled(started=3.0, now=4.0)
    assert window.size == 2


def test_a_full_window_of_answers_widens_it_by_one() -> None:
    window = Window(8)
    window.throttled(started=1.0, now=2.0)
    for _ in range(5):
        window.answered()
    assert window.size == 5


@given(st.lists(st.booleans(), max_size=200), st.integers(1, 60))
def test_a_window_stays_between_one_and_its_width(events: list[bool], width: int) -> None:
    window = Window(width)
    for moment, answered in enumerate(events):
        window.answered() if answered else window.throttled(moment, moment)
        assert 1 <= window.size <= width


@given(
    st.integers(1, 20),
    st.lists(st.tuples(st.floats(0, 20), st.integers(1, 5)), min_size=1, max_size=60),
)
def test_no_minute_holds_more_than_the_pace(limit: int, asked: list[tuple[float, int]]) -> None:
    pace, now, spent = Pace(limit), 0.0, []
    for gap, wanted in asked:
        now += gap
        amount = min(wanted, limit)
        while wait := pace.wait_s(now, amount):
            now += wait
        pace.spend(now, amount)
        spent.append((now, amount))
    for start, _ in spent:
        assert sum(amount for at, amount in spent if start <= at < start + 59.999) <= limit


def test_the_wait_of_a_pace_is_no_longer_than_needed() -> None:
    pace = Pace(2)
    pace.spend(10.0, 1)
    pace.spend(30.0, 1)
    assert (pace.wait_s(40.0, 1), pace.wait_s(40.0, 2)) == (30.0, 50.0)


def test_an_amount_above_the_pace_is_let_through_when_nothing_else_was() -> None:
    assert Pace(5).wait_s(0.0, 50) == 0.0


@pytest.mark.parametrize(("failures", "tripped"), [(9, False), (10, True)])
def test_a_breaker_waits_for_the_retries_of_one_call(failures: int, tripped: bool) -> None:
    breaker = Breaker(in_flight=2, retries=5)
    for _ in range(failures):
        breaker.connection_failed()
    assert breaker.tripped is tripped
