"""What a server says about its limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.providers.headers import LONGEST_PAUSE_S, pause_s, retry_after_s

LIMIT = "anthropic-ratelimit-requests"


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "inf"}, 0.0),
        ({"retry-after": "soon"}, 0.0),
        ({}, 0.0),
    ],
)
def test_seconds_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert retry_after_s(headers) == seconds


def test_a_date_to_wait_for() -> None:
    wait = retry_after_s({"retry-after": format_datetime(in_seconds(90), usegmt=True)})
    assert 80 < wait <= 90


@pytest.mark.parametrize(("remaining", "waits"), [("0", True), ("1", False), ("", False)])
def test_a_limit_that_is_used_up_is_waited_for(remaining: str, waits: bool) -> None:
    headers = {f"{LIMIT}-remaining": remaining, f"{LIMIT}-reset": in_seconds(30).isoformat()}
    assert (pause_s(headers) > 20) is waits


def test_a_clock_that_runs_differently_does_not_stop_a_run() -> None:
    headers = {f"{LIMIT}-remaining": "0", f"{LIMIT}-reset": in_seconds(86_400).isoformat()}
    assert pause_s(headers) == LONGEST_PAUSE_S


@given(st.text(), st.text())
def test_nonsense_is_no_wait_without_bounds(first: str, second: str) -> None:
    headers = {"retry-after": first, f"{LIMIT}-remaining": "0", f"{LIMIT}-reset": second}
    assert (retry_after_s(headers) < 1e12, pause_s(headers) <= LONGEST_PAUSE_S) == (True, True)
