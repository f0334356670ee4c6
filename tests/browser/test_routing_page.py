"""The routing page as a person uses it, in a real browser."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from accessibility import serious_faults
from playwright.sync_api import Browser, expect

from harness.report.routing_page import RoutingPage, render_routing
from harness.report.routing_view import MeasuredRouter
from harness.routing.metrics import RoutingRow, routing_metrics
from harness.routing.overlap import find_overlap
from harness.routing.trust import trust_in
from harness.stats.interval import estimate

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "routing"))
from routing_examples import agent

pytestmark = pytest.mark.browser

EVIL = "</style><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"


@pytest.fixture
def address(tmp_path):
    """A page about three agents, one message being hostile."""
    agents = [agent("baker", "Bakes bread"), agent("brewer", "Brews beer"), agent("potter", "Bakes clay")]
    rows = [
        RoutingRow("rolls", "baker", "potter"),
        RoutingRow("ale", "brewer", "brewer"),
        RoutingRow("cup", "potter", "potter"),
    ]
    page = RoutingPage(
        "Test · 3 agents",
        MeasuredRouter(
            rows,
            {"rolls": EVIL},
            routing_metrics(rows, estimate),
            trust_in(rows),
            find_overlap(agents, agents, rows),
        ),
        (),
    )
    path = tmp_path / "page.html"
    path.write_text(render_routing(page), encoding="utf-8")
    return path.as_uri()


def test_a_cell_of_the_heat_map_leads_to_its_cases(chromium: Browser, address: str) -> None:
    """A click on the confused cell shows the message."""
    page = chromium.new_page()
    page.goto(address)
    page.get_by_role("link", name="1: baker went to potter").click()
    expect(page.locator("details:target .cases b")).to_have_text("rolls")
    page.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_as_wide_as_the_window(chromium: Browser, address: str, width: int) -> None:
    """Wide tables scroll by themselves; the page never does."""
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_a_hostile_message_does_nothing(chromium: Browser, address: str) -> None:
    """It is shown as text; nothing runs, nothing is fetched."""
    page = chromium.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    assert (page.evaluate("window.hacked"), len(asked)) == (None, 1)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(chromium: Browser, address: str, scheme: str) -> None:
    """Everything open, in both schemes."""
    page = chromium.new_page(color_scheme=scheme)
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true })")
    assert serious_faults(page) == []
    page.close()
