"""What the reflection model is told, and what is read of its answer."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.checks.bind import Binding
from harness.core.types import (
    Basis,
    Case,
    CaseKind,
    Decision,
    Finding,
    Message,
    Mode,
    Outcome,
    Polarity,
    Role,
    Rule,
    Severity,
    Span,
    Verdict,
)
from harness.suite.cases import sealed
from harness.tune.optimise_model import Feedback
from harness.tune.reflection import feedback_of, proposal_in, reflection_of

RULE = Rule("joi", "ALWAYS validate with Joi", Polarity.ALWAYS, "Always", False, Span(3, 1, 3, 9))
BINDINGS = {"joi": Binding(RULE, "validation/library", {}, "", Severity.MAJOR, "")}
ASKED = (Message(Role.USER, "Write a login"),)
CASE = sealed(Case("c", CaseKind.COMPLIANCE, "a", ASKED, (), (), (), "", (), "", "here", ""))


def verdict(outcome: Outcome, message: str = "", flag: str = "", trial: int = 1) -> Verdict:
    findings = (Finding(1, 12, 1, 12, 9, message, "schema"),) if message else ()
    found = Decision(outcome, "the reason", findings)
    return Verdict(
        "c", "base", trial, "joi", "validation/library", 1, Mode.ANALOGUE, Basis.STATIC, found, flag
    )


def test_feedback_names_rule_line_and_finding() -> None:
    said = feedback_of(CASE, [verdict(Outcome.FAIL, "the result of `schema.validate` is not used")], BINDINGS)
    assert said.items == (
        'rule "ALWAYS validate with Joi" failed, at line 12: the result of `schema.validate` is not used',
    )


def test_feedback_says_how_often() -> None:
    seen = [verdict(Outcome.FAIL, "no"), verdict(Outcome.PASS, trial=2), verdict(Outcome.FAIL, "no", trial=3)]
    assert "failed in 2 of 3 answers" in feedback_of(CASE, seen, BINDINGS).items[0]


@pytest.mark.parametrize("flag", ["omitted", "vacuous"])
def test_evasion_is_told_by_its_name(flag: str) -> None:
    outcome = Outcome.FAIL if flag == "omitted" else Outcome.PASS
    assert f" {flag}: the reason" in feedback_of(CASE, [verdict(outcome, flag=flag)], BINDINGS).items[0]


def test_what_was_obeyed_is_no_feedback() -> None:
    assert feedback_of(CASE, [verdict(Outcome.PASS)], BINDINGS).items == ()


def asked_with(item: str) -> str:
    return reflection_of("You write.", [Feedback("q", (item,))], ["too long"], (3, 6)).text


@given(st.text(max_size=60))
@settings(max_examples=30, deadline=None)
def test_nothing_that_is_told_can_close_the_fence(hostile: str) -> None:
    text = asked_with(hostile)
    fence = text.split("\n", 1)[0]
    assert text.split("\n").count(fence) == 2


def test_hidden_characters_are_shown() -> None:
    assert "\\u202e" in asked_with("a \u202e b")


def test_long_findings_are_cut() -> None:
    assert len(asked_with("word " * 5_000)) < 1_500


def test_reasons_of_refusals_are_told() -> None:
    assert "- too long" in asked_with("x")


def test_no_more_than_eight_cases_are_told() -> None:
    many = [Feedback(f"question {n}", ("item",)) for n in range(30)]
    assert len(re.findall("Asked:", reflection_of("b", many, [], (1, 2)).text)) == 8


def test_the_proposal_is_what_stands_between_the_lines() -> None:
    assert proposal_in("Sure:\n<new-prompt>\nYou write.\n```\ncode\n```\n</new-prompt>\nDone") == (
        "You write.\n```\ncode\n```"
    )


@pytest.mark.parametrize(
    "answer",
    ["", "You write.", "<new-prompt>\nYou", "</new-prompt>\nx\n<new-prompt>", "<new-prompt></new-prompt>"],
)
def test_an_answer_without_the_lines_proposes_nothing(answer: str) -> None:
    assert proposal_in(answer) == ""


@given(st.text())
def test_no_answer_breaks_the_reading(answer: str) -> None:
    assert isinstance(proposal_in(f"<new-prompt>\n{answer}\n</new-prompt>"), str)
