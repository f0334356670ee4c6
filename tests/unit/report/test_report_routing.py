"""Choices become a router's result, with nothing made up where nothing can be divided."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from report_example import case, example_results

from harness.report.formats.html import render_html
from harness.report.model import Misrouted, RouterKind, RouterResult, RoutingSummary
from harness.report.routing import router_result
from harness.routing.ask import Routed
from harness.routing.metrics import MISSING, RoutingRow
from harness.stats.interval import NO_NUMBER, wilson_interval

ROWS = (
    RoutingRow("a", "backend", "backend", tags=("hard",)),
    RoutingRow("b", "backend", "frontend"),
    RoutingRow("c", "none", "nobody", known=False),
    RoutingRow("d", "frontend", MISSING),
)


def result(rows: tuple[RoutingRow, ...] = ROWS) -> RouterResult:
    found, _ = router_result("local:x", RouterKind.MODEL, "base", rows, {"b": "my message"})
    return replace(found, choices=tuple(Routed(case(row.case, "my message"), row) for row in rows))


def test_accuracy_comes_with_its_interval() -> None:
    """One of three right, Wilson's interval of three; what is missing is in neither."""
    found = result()
    expected = (1 / 3, *wilson_interval(1 / 3, 3))
    assert (found.accuracy, found.low, found.high) == pytest.approx(expected)


def test_what_is_missing_or_unknown_is_counted() -> None:
    """Three choices, one missing, one outside the roster."""
    found = result()
    assert (found.n, found.missing, found.unknown) == (3, 1, 1)


def test_wrong_choices_are_listed_with_their_message() -> None:
    """The missing one is not a wrong one."""
    wrong = result().misrouted
    assert wrong == (
        Misrouted("b", "my message", "backend", "frontend"),
        Misrouted("c", "", "none", "nobody"),
    )


def test_what_cannot_be_divided_is_no_number() -> None:
    """Nobody chose ``none``, so it has no precision."""
    none = next(agent for agent in result().agents if agent.agent == "none")
    assert none.precision is NO_NUMBER


def test_no_choice_at_all_is_no_number() -> None:
    """A router that was never asked has no accuracy."""
    assert result(()).accuracy is NO_NUMBER


def test_chance_is_returned_beside_it() -> None:
    """Always saying backend would be right twice in three."""
    _, chance = router_result("lexical", RouterKind.BASELINE, "base", ROWS, {})
    assert chance == pytest.approx(2 / 3)


def test_the_page_shows_it() -> None:
    """A measured router can be rendered, tags and unknown names included."""
    run = replace(example_results(), routing=RoutingSummary((result(), result(())), NO_NUMBER))
    assert "By tag of the message" in render_html(run)


def test_cells_of_the_heat_map_lead_to_their_cases() -> None:
    """In the report of a run as on the page of its own; every anchor that is named is there."""
    page = render_html(replace(example_results(), routing=RoutingSummary((result(),), NO_NUMBER)))
    named = set(re.findall(r'href="#(router-1-cell-\d+)"', page))
    assert (len(named), named - set(re.findall(r'id="(router-1-cell-\d+)"', page))) == (3, set())
