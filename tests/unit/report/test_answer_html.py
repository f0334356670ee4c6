"""One answer as HTML, for the page and for the viewer: code coloured, findings marked where they are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_example import finding, sample, verdict

from harness.core.types import Finding, Outcome
from harness.report.answer_html import Links, answer_html
from harness.report.highlight import LANGUAGES, MOST_CODE, language_of, runs_of

TEXT = "Here:\n```js\nconst x = 1;\nconsole.log('a', x);\n```\n"


def html_of(text: str, quote: str, links: Links | None = None) -> str:
    answer = sample("a", "base", text)
    found = verdict(answer, "no-console", Outcome.FAIL, "why", finding(text, quote, "a console call"))
    return answer_html(text, [found], links)


def test_a_finding_is_marked_through_the_colours() -> None:
    """The marked pieces of coloured code are together exactly the quote."""
    (mark,) = re.findall(r"<mark>(.*?)</mark>", html_of(TEXT, "console.log('a', x)"))
    assert re.sub("<[^>]+>", "", mark) == "console.log(&#39;a&#39;, x)"


def test_a_finding_of_several_lines_is_marked_from_its_first_to_its_last_character() -> None:
    found = verdict(
        sample("a", "base", TEXT), "no-console", Outcome.FAIL, "why", Finding(1, 3, 7, 4, 8, "long", "")
    )
    marks = re.findall(r"<mark>(.*?)</mark>", answer_html(TEXT, [found]))
    assert [re.sub("<[^>]+>", "", mark) for mark in marks] == ["x = 1;", "console"]


def test_keywords_and_strings_are_coloured() -> None:
    assert '<i class="k">const</i>' in html_of(TEXT, "Here")


def test_without_links_nothing_is_a_link() -> None:
    assert "<a " not in html_of(TEXT, "x = 1")


def test_links_lead_where_they_are_told_to() -> None:
    links = Links("here", lambda rule: f"/rules/{rule}", lambda _: "/agent", lambda _: 10)
    page = html_of(TEXT, "x = 1", links)
    assert [re.findall(r'(?:href|id)="([^"]+)"', page)] == [["here-L3", "/rules/no-console", "/agent"]]


def test_markup_in_code_stays_text() -> None:
    page = html_of("```html\n<script>alert(1)</script>\n```\n", "alert")
    assert "<script" not in page


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_has_a_lexer(language: str) -> None:
    assert runs_of(["a = 1"], language)


@given(st.text(max_size=300), st.sampled_from(sorted(LANGUAGES)))
def test_runs_add_up_to_the_line(text: str, language: str) -> None:
    lines = text.split("\n")
    assert [sum(length for length, _ in runs) for runs in runs_of(lines, language)] == [*map(len, lines)]


def test_a_block_that_is_too_long_stays_plain() -> None:
    lines = ["const x = 1;"] * (MOST_CODE // 10)
    assert {style for runs in runs_of(lines, "javascript") for _, style in runs} == {""}


@pytest.mark.parametrize(
    ("info", "language"),
    [("js", "javascript"), ("TS title=x", "typescript"), ("py{1,2}", "python"), ("prose", ""), ("", "")],
)
def test_the_info_string_names_the_language(info: str, language: str) -> None:
    assert language_of(info) == language
