"""The list of runs reads files that anybody may have written."""

from __future__ import annotations

import pytest

from harness.stats.interval import NO_NUMBER
from harness.viewer.runs import number_of


@pytest.mark.parametrize("value", [10**400, float("inf"), float("nan"), "0.5", None, [1]])
def test_what_is_no_number_that_a_page_can_show_is_none(value: object) -> None:
    assert number_of(value) is NO_NUMBER


def test_a_whole_number_is_a_number() -> None:
    assert number_of(1) == 1.0
