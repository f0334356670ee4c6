"""A page stays small however many cases a run has: the worst are listed, and what is left out is counted."""

from __future__ import annotations

from collections import Counter

import pytest
from report_example import example_results

from harness.core.types import CaseKind, Outcome
from harness.report import page
from harness.report.formats.html import render_html
from harness.report.model import HAND_WRITTEN
from harness.report.page import Page, build_page

RESULTS = example_results()
ASKED = [case.id for case in RESULTS.cases if case.kind is CaseKind.COMPLIANCE]


@pytest.fixture
def bounded(monkeypatch: pytest.MonkeyPatch) -> Page:
    """The page of a run with more cases than fit."""
    monkeypatch.setattr(page, "CASES_ON_PAGE", 1)
    return build_page(RESULTS)


def test_the_case_with_most_fails_is_listed(bounded: Page) -> None:
    fails = Counter(one.case for one in RESULTS.verdicts if one.decision.outcome is Outcome.FAIL)
    (listed,) = (*bounded.cases, *bounded.hand_written)
    assert fails[listed.case.id] == max(fails.values())


def test_what_is_not_listed_is_counted(bounded: Page) -> None:
    assert bounded.unlisted == len(ASKED) - 1


def test_a_rule_counts_verdicts_of_cases_that_are_not_listed(bounded: Page) -> None:
    """Listed or beyond: together they are what was decided."""
    every = Counter(
        one.rule for one in RESULTS.verdicts if one.decision.outcome is not Outcome.NOT_APPLICABLE
    )
    told = {view.rule.rule.id: len(view.verdicts) + len(view.by_hand) + view.beyond for view in bounded.rules}
    assert told == {rule: every[rule] for rule in told}


def test_a_rule_counts_where_it_did_not_apply_in_all_cases(bounded: Page) -> None:
    every = Counter(
        one.rule
        for one in RESULTS.verdicts
        if one.decision.outcome is Outcome.NOT_APPLICABLE and one.variant != HAND_WRITTEN
    )
    assert {view.rule.rule.id: view.not_applicable for view in bounded.rules} == {
        view.rule.rule.id: every[view.rule.rule.id] for view in bounded.rules
    }


def test_the_page_says_that_cases_are_left_out(bounded: Page) -> None:
    assert "verdicts.csv has all" in render_html(RESULTS)


def test_a_page_that_holds_everything_says_nothing_of_it() -> None:
    assert "verdicts.csv has all." not in render_html(RESULTS)


def test_every_link_to_an_answer_leads_somewhere(bounded: Page) -> None:
    listed = {answer.anchor for view in (*bounded.cases, *bounded.hand_written) for answer in view.answers}
    linked = {one.answer for view in bounded.rules for one in (*view.verdicts, *view.by_hand)}
    assert linked <= listed
