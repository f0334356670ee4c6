"""The report as a person uses it, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect
from report_example import case, example_results, sample, verdict

from harness.core.types import Finding, Outcome
from harness.report.formats.html import render_html

pytestmark = pytest.mark.browser

EVIL = (
    "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>"
    "<style>body { display: none }</style><a href='javascript:window.hacked = 1'>x</a>"
    "{{ 7 * 7 }}\x1b[2J\u202e"
)


class Opened:
    """A page with everything that went wrong on it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.add_init_script(
            "window.violations = [];"
            "addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective));"
        )

    def open(self, fragment: str = "") -> Page:
        """Open the page and wait, as a person does, until its cases are drawn."""
        self.page.goto(self.address + fragment)
        if self.page.locator("#index").count():
            self.page.locator("html[data-ready]").wait_for()
        return self.page


def opened(chromium: Browser, path: Path, html: str, width: int = 1280) -> Iterator[Opened]:
    path.write_text(html, encoding="utf-8")
    context = chromium.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    yield Opened(context.new_page(), path.as_uri())
    context.close()


@pytest.fixture
def report(chromium: Browser, tmp_path: Path) -> Iterator[Opened]:
    yield from opened(chromium, tmp_path / "report.html", render_html(example_results()))


@pytest.fixture
def phone(chromium: Browser, tmp_path: Path) -> Iterator[Opened]:
    yield from opened(chromium, tmp_path / "report.html", render_html(example_results()), width=390)


@pytest.fixture
def hostile(chromium: Browser, tmp_path: Path) -> Iterator[Opened]:
    """A run whose every text attacks, with a line of 5 MB."""
    run = example_results()
    asked = case("evil", EVIL, EVIL)
    answer = sample("evil", "base", f"{EVIL}\n```js\n{EVIL}\n{'x' * 5_000_000}\n```\n")
    found = Finding(1, 3, 1, 3, 9, EVIL, EVIL)
    html = render_html(
        replace(
            run,
            cases=(*run.cases, asked),
            samples=(*run.samples, answer),
            verdicts=(*run.verdicts, verdict(answer, "no-console", Outcome.FAIL, EVIL, found)),
            warnings=(EVIL,),
            model=EVIL,
            agent_source=EVIL,
        )
    )
    yield from opened(chromium, tmp_path / "report.html", html, width=390)


def test_it_opens_without_a_complaint(report: Opened) -> None:
    """No console message, no error, no violation of the policy."""
    page = report.open()
    assert report.complaints == []
    assert page.evaluate("violations") == []


def test_it_asks_nobody_for_anything(report: Opened) -> None:
    """The only request is the one for the file itself."""
    page = report.open()
    page.get_by_role("button", name="Open all").click()
    assert [url for url in report.requests if not url.startswith("data:")] == [report.address]


def test_the_policy_is_in_force(report: Opened) -> None:
    """A picture that somebody smuggles in is not fetched, and the policy says so."""
    page = report.open()
    page.evaluate("document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.1:9/x.png' }))")
    page.wait_for_function("violations.length > 0")
    assert page.evaluate("violations") == ["img-src"]


def test_text_cannot_become_markup(report: Opened) -> None:
    """Even the page's own script could not turn text into elements: the browser refuses."""
    page = report.open()
    with pytest.raises(Error, match="TrustedHTML"):
        page.evaluate("document.body.innerHTML = '<b>x</b>'")


def test_a_rule_leads_to_the_marked_line(report: Opened) -> None:
    """From the rule to the first offending line: opened, in view, focused."""
    page = report.open()
    rule = page.locator("#rule-no-console")
    rule.locator("> summary").click()
    rule.get_by_role("link", name="express-create-user").click()
    line = page.locator("#answer-express-create-user-base-1-L11")
    expect(line).to_be_in_viewport()
    expect(line).to_be_focused()
    expect(line.locator("mark")).to_have_text("console.log('creating user', req.body)")


def test_a_note_leads_to_the_agent_file(report: Opened) -> None:
    """From the finding to the line of the agent file that holds the rule."""
    page = report.open("#answer-express-create-user-base-1-L11")
    page.locator("#answer-express-create-user-base-1-L11 + .note .where").click()
    expect(page.locator("#agent-L10")).to_be_in_viewport()
    expect(page.locator("#agent-L10")).to_contain_text("ONLY use the winston logger")


@pytest.mark.parametrize(
    "name", ["rule-rbac", "rule-explain-your-reasoning-step", "case-express-create-user"]
)
def test_deep_links_open_what_they_name(report: Opened, name: str) -> None:
    """A link from outside opens the rule or case, even inside a closed section."""
    page = report.open(f"#{name}")
    expect(page.locator(f"#{name} > .inside")).to_be_visible()
    expect(page.locator(f"#{name} > summary")).to_be_in_viewport()


def test_the_filter_finds_words_of_an_answer(report: Opened) -> None:
    """Only the case whose answer holds the words stays."""
    page = report.open()
    page.get_by_role("searchbox").fill("compensating event")
    expect(page.locator("#answers .item:visible")).to_have_count(1)
    expect(page.locator("#case-orders-and-inventory")).to_be_visible()
    expect(page.locator("#filter-state")).to_have_text(re.compile("^0 of 12 rules and 1 of 7 cases shown"))


def test_the_filter_keeps_cases_with_an_outcome(report: Opened) -> None:
    """Undecided: the one answer that was cut off."""
    page = report.open()
    page.get_by_label("Outcome").select_option("undecided")
    expect(page.locator("#answers .item:visible .title")).to_have_text(["orders-cut-off"])


def test_the_filter_keeps_cases_with_a_tag(report: Opened) -> None:
    """Tempting: the one case that has the tag."""
    page = report.open()
    page.get_by_label("Tag").select_option("tempting")
    expect(page.locator("#answers .item:visible .title")).to_have_text(["express-create-user"])


def test_a_filter_that_fits_nothing_says_so(report: Opened) -> None:
    """An empty list is not left without a word."""
    page = report.open()
    page.get_by_role("searchbox").fill("no such words anywhere")
    expect(page.locator("#answers .nothing-found")).to_be_visible()


def test_a_link_shows_what_the_filter_hides(report: Opened) -> None:
    """Following a link to a hidden case clears the filter rather than doing nothing."""
    page = report.open()
    page.get_by_label("Tag").select_option("architecture")
    page.evaluate("location.hash = 'case-express-create-user'")
    expect(page.locator("#case-express-create-user > .inside")).to_be_visible()


def test_it_is_usable_by_keyboard(report: Opened) -> None:
    """Slash finds, Escape clears, n and p walk through the marked lines."""
    page = report.open()
    page.keyboard.press("/")
    page.keyboard.type("cut-off")
    expect(page.locator("#answers .item:visible")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#answers .item:visible")).to_have_count(5)
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(page.locator(":focus")).to_have_class("ln hit")
    second = page.url
    page.keyboard.press("p")
    assert page.url != second


def test_what_is_typed_while_the_cases_are_read_is_not_lost(report: Opened) -> None:
    """Somebody who presses slash at once, before the index is unpacked, filters all the same."""
    report.page.add_init_script(
        "const whole = Response.prototype.text; const go = new Promise((done) => { window.go = done; });"
        "Response.prototype.text = async function () { await go; return whole.call(this); };"
    )
    page = report.page
    page.goto(report.address)
    page.keyboard.press("/")
    page.keyboard.type("cut-off")
    page.evaluate("window.go()")
    expect(page.locator("#answers .item:visible")).to_have_count(1)


@pytest.mark.parametrize("state", ["closed", "open"])
def test_a_phone_needs_no_sideways_scrolling(phone: Opened, state: str) -> None:
    """At 390 pixels the page is as wide as the screen, with everything closed or open."""
    page = phone.open()
    if state == "open":
        page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_long_code_scrolls_in_itself(phone: Opened) -> None:
    """A code line that is too long can be read by scrolling its block."""
    page = phone.open("#answer-express-create-user-base-1-L11")
    block = page.locator("#answer-express-create-user-base-1 .code")
    assert block.evaluate("(box) => box.scrollWidth > box.clientWidth")


def test_hostile_text_does_nothing(hostile: Opened) -> None:
    """Nothing runs, nothing is fetched, nothing is said on the console."""
    page = hostile.open()
    page.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true })")
    assert page.evaluate("window.hacked") is None
    assert hostile.complaints == []
    assert [url for url in hostile.requests if not url.startswith("data:")] == [hostile.address]


def test_a_page_of_hostile_text_stays_readable(hostile: Opened) -> None:
    """The summary is there, the attack is shown as text, and a 5 MB line does not widen the page."""
    page = hostile.open("#case-evil")
    expect(page.locator("#summary")).to_be_visible()
    expect(page.locator("#case-evil .ln").first).to_contain_text("{{ 7 * 7 }}\\x1b[2J\\u202e")
    expect(page.locator("#case-evil .code")).to_contain_text("more characters left out")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_colours_follow_the_system(report: Opened) -> None:
    """Where dark is preferred the paper is dark."""
    page = report.open()
    colours = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(250, 249, 246)", "rgb(20, 23, 27)"]


def test_print_leaves_out_what_is_for_screens(report: Opened) -> None:
    """On paper there is no navigation and no filter, and code wraps."""
    page = report.open("#case-express-create-user")
    page.emulate_media(media="print")
    expect(page.locator("nav")).to_be_hidden()
    expect(page.locator(".filter")).to_be_hidden()
    assert page.locator(".code .ln").first.evaluate("(box) => getComputedStyle(box).whiteSpace") == "pre-wrap"


def test_the_page_is_complete_without_script(chromium: Browser, report: Opened) -> None:
    """With scripts off, a rule opens and leads to its line all the same."""
    report.open()
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.address)
    page.locator("#rule-no-console > summary").click()
    page.locator("#rule-no-console").get_by_role("link", name="express-create-user").click()
    expect(page.locator("#answer-express-create-user-base-1-L11")).to_be_in_viewport()
    context.close()
