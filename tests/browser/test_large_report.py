"""A report whose cases are packed, and the comparison page, as a person uses them in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from accessibility import serious_faults
from pages import comparison_page, large_report
from playwright.sync_api import Browser, expect
from report_example import example_results
from test_report_page import Opened, opened

from harness.core.types import Outcome
from harness.report.formats.html import render_html

pytestmark = pytest.mark.browser

PACKED = "answer-many-299-base-1"


@pytest.fixture(scope="module")
def large_html() -> str:
    return large_report()


@pytest.fixture
def large(chromium: Browser, tmp_path: Path, large_html: str) -> Iterator[Opened]:
    yield from opened(chromium, tmp_path / "report.html", large_html)


@pytest.fixture
def comparison(chromium: Browser, tmp_path: Path) -> Iterator[Opened]:
    yield from opened(chromium, tmp_path / "comparison.html", comparison_page())


@pytest.fixture
def small(chromium: Browser, tmp_path: Path) -> Iterator[Opened]:
    yield from opened(chromium, tmp_path / "report.html", render_html(example_results()))


def clean(page: Opened) -> None:
    """Nothing was said on the console, nothing fetched, nothing refused, nothing run."""
    assert page.complaints == []
    assert page.page.evaluate("violations") == []
    assert page.page.evaluate("window.hacked") is None
    assert [url for url in page.requests if not url.startswith("data:")] == [page.address.split("#")[0]]


def test_a_deep_link_opens_a_packed_answer_at_its_marked_line(large: Opened) -> None:
    page = large.open(f"#{PACKED}-L4")
    expect(page.locator(f"#{PACKED}-L4")).to_be_in_viewport()
    expect(page.locator(f"#{PACKED}-L4 mark")).to_have_text("console.log(packed)")
    clean(large)


def test_words_of_a_packed_answer_are_found(large: Opened) -> None:
    page = large.open()
    page.get_by_role("searchbox").fill("const packed")
    expect(page.locator("#answers .item")).to_have_count(1)
    expect(page.locator("#answers .item .title")).to_have_text("many-299")


def test_hostile_text_of_a_packed_answer_stays_text(large: Opened) -> None:
    page = large.open("#case-many-299")
    expect(page.locator(f"#{PACKED}")).to_contain_text("{{ 7 * 7 }}\\x1b[2J\\u202e")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    clean(large)


def test_the_list_shows_a_hundred_cases_at_a_time(large: Opened) -> None:
    page = large.open()
    page.get_by_role("button", name="Cases: later").click()
    expect(page.locator("#answers .pager output")).to_have_text("101–200 of 305")


def test_the_heat_map_of_many_cases_groups_them_by_tag(large: Opened) -> None:
    """A cell of a group narrows the filter to its cases, and then leads to the marked line."""
    page = large.open()
    page.get_by_role("link", name="no-console, tag-5:").click()
    expect(page.locator("#filter-tag")).to_have_value("tag-5")
    cell = page.get_by_role("link", name="no-console, many-299: fail, line 4")
    cell.click()
    expect(page.locator(f"#{PACKED}-L4")).to_be_in_viewport()


def test_the_heat_map_is_walked_with_arrow_keys(small: Opened) -> None:
    page = small.open()
    page.locator("#heat-place [tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    where = page.evaluate(
        "(() => { const cell = document.activeElement.closest('td');"
        "return [cell.parentElement.rowIndex, cell.cellIndex]; })()"
    )
    assert where == [2, 2]


def test_the_heat_map_leads_to_the_marked_line(small: Opened) -> None:
    page = small.open()
    page.get_by_role("link", name="no-console, express-create-user: fail, line 11").press("Enter")
    expect(page.locator("#answer-express-create-user-base-1-L11")).to_be_focused()


def test_the_filter_by_rule_keeps_answers_it_was_decided_on(small: Opened) -> None:
    page = small.open()
    page.locator("#filter-rule").select_option(label="rbac")
    expect(page.locator(".rule:visible")).to_have_count(1)
    decided = {
        one.case
        for one in example_results().verdicts
        if (one.rule, one.variant) == ("rbac", "base") and one.decision.outcome is not Outcome.NOT_APPLICABLE
    }
    assert {*page.locator("#answers .item .title").all_inner_texts()} == decided


def test_the_filter_by_language_keeps_answers_with_such_code(small: Opened) -> None:
    page = small.open()
    page.get_by_label("Language").select_option("typescript")
    expect(page.locator("#answers .item .title")).to_have_text(["orders-cut-off"])


def test_without_scripts_summary_rules_and_fails_are_read(chromium: Browser, large: Opened) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(large.address)
    expect(page.locator("#summary")).to_contain_text("What was tested")
    page.locator("#rule-no-console > summary").click()
    expect(page.locator("#rule-no-console")).to_contain_text("many-299")
    expect(page.locator(".packed-note")).to_contain_text("packed in this page")
    context.close()


def test_a_flip_shows_both_answers(comparison: Opened) -> None:
    """The worst flip is open: the line that went, the line that came, and why it is a fail."""
    page = comparison.open()
    row = page.locator(".flip[open] .row.changed").first
    expect(row.locator(".side").first).to_contain_text("logger.info(1);")
    expect(row.locator(".side").last).to_contain_text("console.log();")
    expect(row.locator(".note")).to_contain_text("seen")
    clean(comparison)


def test_the_prompts_are_compared(comparison: Opened) -> None:
    page = comparison.open("#prompt")
    expect(page.locator("#prompt .row.gone")).to_contain_text("NEVER log to the console.")


def test_a_comparison_fits_a_phone(comparison: Opened) -> None:
    page = comparison.open()
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["small", "comparison"])
def test_axe_finds_nothing_serious(kind: str, scheme: str, request: pytest.FixtureRequest) -> None:
    """Everything open, in both schemes: no violation that axe calls serious or critical."""
    shown: Opened = request.getfixturevalue(kind)
    page = shown.open()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true })")
    assert serious_faults(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_where_cases_are_packed(large: Opened, scheme: str) -> None:
    """The list, the heat map by tag, and a case that was packed and is now open at its marked line."""
    page = large.open(f"#{PACKED}-L4")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    expect(page.locator(f"#{PACKED}-L4 mark")).to_be_visible()
    assert serious_faults(page) == []
