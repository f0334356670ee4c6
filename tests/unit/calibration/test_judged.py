"""What a label asks, and of whom."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest
from mutant_sources import source_of

from harness.calibration.judged import (
    Judged,
    Question,
    exchange_of_golden,
    figures_of,
    judge_responses,
    questions_of,
)
from harness.checks.base import Check, Exchange, Soundness
from harness.checks.bind import Binding
from harness.core.types import Agent, Decision, Mode, Outcome, Polarity, Rule, Severity, Span
from harness.suite.catalogue import Specification
from harness.suite.golden import GoldenResponse


class Strict(Check):
    """Fails when its parameter says so."""

    id: ClassVar[str] = "team/strict"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.BOTH
    phrases: ClassVar[tuple[str, ...]] = ("Be strict",)
    defaults: ClassVar[dict[str, str]] = {"how": "mild"}

    def decide(self, exchange: Exchange) -> Decision:
        outcome = Outcome.FAIL if exchange.parameters["how"] == "strict" else Outcome.PASS
        return Decision(outcome, exchange.parameters["how"])


CHECKS: dict[str, Check] = {"team/strict": Strict()}


class Catalogue:
    """One agent with rules that are bound to the check."""

    def __init__(self, **rules: str) -> None:
        self.rules = rules

    def specification(self, name: str) -> Specification:
        bindings = tuple(
            Binding(
                Rule(rule, "", Polarity.SHOULD, "", False, Span(1, 1, 1, 2)),
                "team/strict",
                {"how": how},
                "",
                Severity.MAJOR,
                "",
            )
            for rule, how in self.rules.items()
        )
        rules = tuple(binding.rule for binding in bindings)
        agent = Agent("coder", "", "", "", "", (), (), rules, "coder.md", "")
        return Specification(agent, bindings, frozenset(CHECKS))

    def roster(self, folder: object) -> tuple[str, ...]:
        return ()


def golden(**labels: Outcome) -> GoldenResponse:
    made = source_of("f();").golden
    return replace(made, labels={name.replace("__", "/"): label for name, label in labels.items()})


def asked(catalogue: Catalogue, **labels: Outcome) -> list[tuple[dict[str, str], ...]]:
    return [one.readings for one in questions_of(golden(**labels), catalogue, CHECKS)]


def test_a_label_asks_with_the_parameters_of_its_rule() -> None:
    """Those that the words of the rule gave."""
    assert asked(Catalogue(one="strict"), team__strict=Outcome.FAIL) == [({"how": "strict"},)]


def test_without_a_rule_the_defaults_hold() -> None:
    """The agent of a dataset need not have every rule."""
    assert asked(Catalogue(), team__strict=Outcome.PASS) == [({"how": "mild"},)]


def test_a_label_of_a_check_speaks_of_all_its_rules_at_once() -> None:
    """It is one label."""
    assert asked(Catalogue(one="strict", two="mild"), team__strict=Outcome.FAIL) == [
        ({"how": "strict"}, {"how": "mild"})
    ]


def test_a_label_of_a_rule_speaks_of_that_rule() -> None:
    """By the id of the rule."""
    assert asked(Catalogue(one="strict", two="mild"), two=Outcome.PASS) == [({"how": "mild"},)]


def test_rules_of_equal_parameters_are_asked_once() -> None:
    """The decision would be the same."""
    assert asked(Catalogue(one="mild", two="mild"), team__strict=Outcome.PASS) == [({"how": "mild"},)]


@pytest.mark.parametrize("label", [Outcome.PASS, Outcome.FAIL])
def test_a_rule_that_contradicts_the_label_is_a_disagreement(label: Outcome) -> None:
    """Whatever the others say."""
    question = Question(CHECKS["team/strict"], ({"how": "mild"}, {"how": "strict"}), label, "")
    assert question.decided(exchange_of_golden(golden()), label).outcome is not label


def test_each_response_is_reported_when_it_is_done() -> None:
    """The bar moves."""
    done: list[int] = []
    catalogue = Catalogue(one="mild")
    responses = [golden(team__strict=Outcome.PASS)] * 3
    rows = list(judge_responses(responses, catalogue, CHECKS, Mode.ANALOGUE, done.append))
    assert (done, len(rows)) == ([1, 2, 3], 3)


def test_figures_hold_every_check() -> None:
    """One without labels has no numbers."""
    (row,) = figures_of([], CHECKS)
    assert (row.check.id, row.figures.labels) == ("team/strict", 0)


def test_answers_to_one_question_are_one_cluster() -> None:
    """Agreement counts them, and its interval knows that they are alike."""
    row = Judged("a.md", 0, "team/strict", Outcome.PASS, Decision(Outcome.PASS, ""), "", "users")
    rows = [row, replace(row, response="b.md"), replace(row, response="c.md", cluster="orders")]
    (figures,) = figures_of(rows, {"team/strict": Strict()})
    assert (figures.agreement.n, figures.agreement.clusters) == (3, 2)


def test_labels_beyond_pass_and_fail_do_not_enter_agreement() -> None:
    """Whether the rule applies is another question."""
    row = Judged("a.md", 0, "team/strict", Outcome.NOT_APPLICABLE, Decision(Outcome.PASS, ""), "")
    (figures,) = figures_of([row], {"team/strict": Strict()})
    assert figures.agreement.n == 0
