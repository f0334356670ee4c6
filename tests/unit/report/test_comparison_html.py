"""A comparison as a page: the conclusion in words, flips with both answers, prompts diffed; nothing runs."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "compare"))
from decided_runs import run

from harness.compare.comparison import compare
from harness.compare.model import Comparison, Policy
from harness.compare.pairing import side_of
from harness.core.types import Completion, StopReason, ToolCall, Usage
from harness.report.comparison.html import SideTexts, render_comparison
from harness.report.comparison.texts import MOST_LINES, diff_of, plain_lines
from harness.report.written import printed

NOTHING = SideTexts()


def compared(before: str, after: str, cases: int = 12) -> Comparison:
    names = [(f"c{number}", "one") for number in range(cases)]
    first, second = run("before", dict.fromkeys(names, before)), run("after", dict.fromkeys(names, after))
    return compare(side_of(first), side_of(second), Policy())


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("pp", "ff", "The later side is worse"),
        ("ff", "pp", "The later side is better"),
        ("pp", "pp", "Nothing changed by more than the margin"),
    ],
)
def test_the_conclusion_is_said_in_words(before: str, after: str, said: str) -> None:
    assert said in render_comparison(compared(before, after, 400), NOTHING, NOTHING)


def test_what_could_have_been_missed_is_said() -> None:
    page = render_comparison(compared("pf", "fp"), NOTHING, NOTHING)
    assert re.search(r"It rests on 12 cases; (a drop of|no drop)", page)


def test_flips_come_before_rules() -> None:
    page = render_comparison(compared("pp", "ff"), NOTHING, NOTHING)
    assert page.index('id="flips"') < page.index('id="flip-c0-one"') < page.index('id="rules"')


def test_answers_that_are_gone_are_said_to_be() -> None:
    page = render_comparison(compared("pp", "ff"), NOTHING, SideTexts(note="The store is gone."))
    assert "The answers are not here to be compared." in page
    assert "The store is gone." in page


def test_the_same_prompt_is_said_to_be() -> None:
    same = SideTexts(prompt="a\nb")
    assert "asked with the same prompt" in render_comparison(compared("pp", "pp"), same, same)


def test_hostile_answers_make_no_element() -> None:
    evil = SideTexts({("c0", 1): "a\nb\n<script>alert(1)</script>\x1b[2J\u202e"}, "</style><img src=x>")
    page = render_comparison(compared("pp", "ff"), SideTexts({("c0", 1): "a"}, "x"), evil)
    assert not re.search("<script|<img|[\x1b\u202e]", page)


def test_findings_in_a_file_that_an_answer_wrote_stand_at_its_lines() -> None:
    """The file is printed below the words, and named where there is only a line of text."""
    call = ToolCall("Write", {"file_path": "src/app.js", "content": "// a\n// b\nconsole.log()\n"})
    after = compared("pp", "ff")
    verdict = after.flips[0].verdict_after
    finding = replace(verdict.decision.findings[0], file="src/app.js")
    decision = replace(verdict.decision, findings=(finding,))
    flip = replace(after.flips[0], verdict_after=replace(verdict, decision=decision))
    wrote = printed(Completion("Written.", (call,), Usage(1, 1), StopReason.END, "m", 1.0), ())
    sides = SideTexts({("c0", 1): "a"}), SideTexts(printed={("c0", 1): wrote})
    page = render_comparison(replace(after, flips=(flip,)), *sides)
    marked = re.search(r"<mark[^>]*>console\.log\(\)</mark>", page)
    assert (marked is not None, "src/app.js, line 3: seen" in page) == (True, True)


def test_the_page_asks_nobody_for_anything() -> None:
    page = render_comparison(compared("pp", "ff"), NOTHING, NOTHING)
    assert not re.search(r'(?:src|href)="(?!#|data:,)', page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_a_diff_shows_what_changed_with_a_few_lines_around() -> None:
    before = [f"line {number}" for number in range(30)]
    after = [*before[:15], "new", *before[16:]]
    found = diff_of(plain_lines("\n".join(before)), plain_lines("\n".join(after)))
    assert [row.kind for row in found.rows] == ["gap", *["same"] * 3, "changed", *["same"] * 3, "gap"]
    assert (found.gone, found.new, found.rows[0].skipped) == (1, 1, 12)


def test_a_diff_of_endless_texts_is_cut() -> None:
    assert diff_of(plain_lines("a\n" * (MOST_LINES + 1)), plain_lines("b\n")).cut
