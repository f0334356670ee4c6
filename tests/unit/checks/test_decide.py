"""From a decision to a verdict: the case's word, evasion, truncation, crashes."""

from __future__ import annotations

import pytest

from harness.checks.base import Check, Exchange, Soundness
from harness.checks.bind import Binding
from harness.checks.decide import OMITTED, VACUOUS, decide_rule, exchange_of
from harness.core.types import (
    Case,
    CaseKind,
    Completion,
    Decision,
    Message,
    Outcome,
    Polarity,
    Role,
    Rule,
    Severity,
    Span,
    StopReason,
    Usage,
    Verdict,
)


class Fixed(Check):
    """Decides what it was told to."""

    id = "tests/fixed"
    version = 3
    phrases = ("Decide as told",)
    soundness = Soundness.BOTH

    def __init__(self, decision: Decision | Exception) -> None:
        self.decision = decision

    def decide(self, exchange: Exchange) -> Decision:
        if isinstance(self.decision, Exception):
            raise self.decision
        return self.decision


NOTHING = Decision(Outcome.NOT_APPLICABLE, "there is no query")


def verdict(
    decision: Decision | Exception | None,
    *,
    polarity: Polarity = Polarity.ALWAYS,
    applies: tuple[str, ...] = (),
    not_applicable: tuple[str, ...] = (),
    completion: tuple[str, StopReason] = ("An answer.", StopReason.END),
) -> Verdict:
    rule = Rule("the-rule", "Do it", polarity, "", universal=False, span=Span(1, 1, 1, 6))
    check = "" if decision is None else Fixed.id
    binding = Binding(rule, check, {}, "a test", Severity.MAJOR, waived="")
    asked = (Message(Role.USER, "Build it"),)
    case = Case(
        "c", CaseKind.COMPLIANCE, "agent", asked, (), applies, not_applicable, "", (), "c", "test:1", "sha"
    )
    text, stop = completion
    exchange = exchange_of(case, Completion(text, (), Usage(1, 1), stop, "model", 0.1))
    checks: dict[str, Check] = {} if decision is None else {Fixed.id: Fixed(decision)}
    return decide_rule(case, binding, checks, exchange, ("base", 2))


def test_a_decision_of_the_check_stands() -> None:
    assert verdict(Decision(Outcome.PASS, "fine")).decision == Decision(Outcome.PASS, "fine")


def test_the_verdict_names_the_version_of_its_check() -> None:
    assert verdict(NOTHING).version == Fixed.version


def test_a_rule_without_a_check_is_undecided() -> None:
    assert verdict(None).decision.outcome is Outcome.UNDECIDED


@pytest.mark.parametrize("decision", [None, Decision(Outcome.FAIL, "no"), ValueError("boom")])
def test_the_case_wins_where_it_says_that_the_rule_does_not_apply(decision: Decision | None) -> None:
    assert verdict(decision, not_applicable=("the-rule",)).decision.outcome is Outcome.NOT_APPLICABLE


def test_silence_under_an_always_rule_that_applies_is_a_fail() -> None:
    assert verdict(NOTHING, applies=("the-rule",)).decision.outcome is Outcome.FAIL


def test_such_a_fail_is_marked_as_omitted() -> None:
    assert verdict(NOTHING, applies=("the-rule",)).flag == OMITTED


def test_silence_under_a_never_rule_is_a_vacuous_pass() -> None:
    found = verdict(NOTHING, applies=("the-rule",), polarity=Polarity.NEVER)
    assert (found.decision.outcome, found.flag) == (Outcome.PASS, VACUOUS)


def test_silence_where_the_case_says_nothing_stays_not_applicable() -> None:
    assert verdict(NOTHING).decision.outcome is Outcome.NOT_APPLICABLE


def test_silence_of_an_answer_that_was_cut_off_is_undecided() -> None:
    found = verdict(NOTHING, applies=("the-rule",), completion=("An answer.", StopReason.MAX_TOKENS))
    assert found.decision.outcome is Outcome.UNDECIDED


def test_a_crash_is_an_error_with_the_name_of_the_check() -> None:
    found = verdict(ValueError("boom")).decision
    assert (found.outcome, "tests/fixed crashed" in found.reason) == (Outcome.ERROR, True)
