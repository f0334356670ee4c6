"""A page opens at once however many cases a run has, and every case is in it: as elements, or packed."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_example import example_results, finding, sample, verdict

from harness.core.types import Outcome, Sample
from harness.report import page as module
from harness.report.formats.html import render_html
from harness.report.model import HAND_WRITTEN, RunResults
from harness.report.packed import Packed, pack, pack_page, unpack, unpack_cases
from harness.report.page import Page, build_page

RESULTS = example_results()


def aside(answer: Sample, by_hand: bool) -> str:
    return f"{answer.case} {by_hand}"


@pytest.fixture
def bounded(monkeypatch: pytest.MonkeyPatch) -> Page:
    """The page of a run with more cases than fit."""
    monkeypatch.setattr(module, "CASES_OPEN", 1)
    return build_page(RESULTS)


@pytest.fixture
def packed(bounded: Page) -> Packed:
    return pack_page(RESULTS, bounded, aside)


def cases_of(packed: Packed) -> dict[str, Any]:
    return {
        case["anchor"]: {**case, "texts": texts}
        for chunk in packed.chunks
        for case, texts in unpack_cases(chunk)
    }


def test_the_case_with_most_fails_is_open(bounded: Page) -> None:
    fails = Counter(one.case for one in RESULTS.verdicts if one.decision.outcome is Outcome.FAIL)
    (listed,) = (*bounded.cases, *bounded.hand_written)
    assert fails[listed.case.id] == max(fails.values())


def test_every_other_case_is_packed(bounded: Page, packed: Packed) -> None:
    listed = [case[1] for case in unpack(packed.index)["cases"]]
    assert listed == [bounded.cases[0].anchor, *cases_of(packed)]
    assert len(listed) == len({(one.case, one.variant) for one in RESULTS.samples}) + len(RESULTS.failures)


def test_a_page_that_has_room_packs_no_case() -> None:
    assert pack_page(RESULTS, build_page(RESULTS), aside).chunks == ()


def test_the_index_has_a_letter_for_every_verdict(packed: Packed) -> None:
    letters = Counter(
        letter for case in unpack(packed.index)["cases"] for answer in case[8] for letter in answer[3]
    )
    assert sum(letters.values()) - letters["."] == len(RESULTS.verdicts)


def test_the_index_names_the_first_marked_line(packed: Packed) -> None:
    index = unpack(packed.index)
    rule = [name for name, _ in index["rules"]].index("no-console")
    (case,) = [case for case in index["cases"] if case[0] == "express-create-user"]
    lines = case[8][0][4]
    assert dict(zip(lines[::2], lines[1::2], strict=True))[rule] == 11


def test_a_packed_answer_has_its_whole_text(packed: Packed) -> None:
    texts = {
        re.sub("[\x01\x02].", "", "\n".join(case["texts"][block[1]] for block in answer["blocks"]))
        for case in cases_of(packed).values()
        for answer in case["answers"]
    }
    wanted = {one.completion.text for one in RESULTS.samples if one.variant == HAND_WRITTEN}
    assert wanted <= texts


def test_a_rule_counts_what_it_does_not_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Listed or beyond: together they are what was decided."""
    monkeypatch.setattr(module, "VERDICTS_PER_RULE", 1)
    every = Counter(
        one.rule for one in RESULTS.verdicts if one.decision.outcome is not Outcome.NOT_APPLICABLE
    )
    views = build_page(RESULTS).rules
    told = {view.rule.rule.id: len(view.verdicts) + len(view.by_hand) + view.beyond for view in views}
    assert told == {rule: every[rule] for rule in told}


@pytest.mark.usefixtures("bounded")
def test_without_scripts_the_page_says_what_cannot_be_read() -> None:
    page = render_html(RESULTS)
    assert re.search(r"more cases are packed in this page and can be read with scripts on", page)


def evil(text: str) -> RunResults:
    answer = replace(sample("express-create-user", "base", text), trial=2)
    found = verdict(answer, "no-console", Outcome.FAIL, text, finding(text, text[:3], text))
    return replace(RESULTS, samples=(*RESULTS.samples, answer), verdicts=(*RESULTS.verdicts, found))


@pytest.mark.parametrize(
    "text",
    [
        "\x01kfake",
        "\x02 x\x1b[2J",
        "\x03 a text \x04 a case",
        "\ud800 lone",
        "\u202eevil",
        "</script><script>",
        "\U0001f600 é",
    ],
)
def test_hostile_text_is_packed_as_plain_words(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text cannot pretend to be a marked piece, and steering characters are written out."""
    monkeypatch.setattr(module, "CASES_OPEN", 0)
    results = evil(text)
    found = json.dumps(cases_of(pack_page(results, build_page(results), aside)), ensure_ascii=False)
    assert not re.search("[\x1b\u202e\ud800]|\\\\u000[1-4][^a-z ]", found)


@given(st.recursive(st.none() | st.text() | st.integers(), lambda own: st.lists(own, max_size=4)))
def test_what_is_packed_comes_out_again(value: object) -> None:
    assert unpack(pack(value)) == value
