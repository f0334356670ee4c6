"""Deciding again keeps what people and judges decided, as far as they would be asked today."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from harness.core.types import (
    Basis,
    Case,
    CaseKind,
    Completion,
    Decision,
    Message,
    Mode,
    Outcome,
    Polarity,
    Role,
    Rule,
    Sample,
    Severity,
    Span,
    StopReason,
    Usage,
    Verdict,
)
from harness.pipeline.redecide import binding_of, decide_again
from harness.store.decided import DecidedRule, DecidedRun

HANDLED = """```js
app.get('/orders', async (req, res) => {
  try {
    res.json(await orders.all());
  } catch (error) {
    res.status(500).json({ error: 'orders cannot be read' });
  }
});
```
"""
SWALLOWED = "```js\ntry {\n  await orders.save(order);\n} catch (error) {}\n```\n"
RULE = Rule("errors", "Handle errors", Polarity.ALWAYS, "", universal=False, span=Span(1, 1, 1, 9))
CASE = Case(
    "c", CaseKind.COMPLIANCE, "tester", (Message(Role.USER, "Go"),), (), (), (), "", (), "", "t:1", "s"
)


@contextlib.contextmanager
def silent(_: int) -> Iterator[Callable[[int], None]]:
    yield lambda _: None


def again(answer: str, basis: Basis, outcome: Outcome, *, check: str = "errors/handled") -> Verdict:
    """Decide a run of one answer again, of which somebody said an outcome."""
    decision = Decision(outcome, "somebody said so", evidence=(("judge", "anthropic:j"), ("static", "pass")))
    before = Verdict("c", "base", 1, "errors", check, 1, Mode.ANALOGUE, basis, decision)
    run = DecidedRun(
        run="r",
        created="",
        agent="tester",
        agent_path="nowhere.md",
        agent_sha="",
        model="anthropic:m",
        models_served=(),
        seed=0,
        max_tokens=9,
        variants=(("base", "sha"),),
        rules=(
            DecidedRule(rule=RULE, severity=Severity.MAJOR, check=check, parameters={}, rubric="Be strict."),
        ),
        cases=(CASE,),
        missing=(),
        verdicts=(before,),
        answers={},
    )
    completion = Completion(answer, (), Usage(1, 1), StopReason.END, "m", 0.1)
    return decide_again(run, [Sample("sha", "c", "base", 1, "anthropic:m", completion)], silent).run.verdicts[
        0
    ]


def test_a_judge_that_would_be_asked_today_keeps_its_word() -> None:
    """The rubric asks a judge where the check only saw no violation."""
    kept = again(HANDLED, Basis.JUDGE, Outcome.FAIL)
    assert (kept.basis, kept.decision.outcome) == (Basis.JUDGE, Outcome.FAIL)


def test_a_violation_that_the_check_sees_today_overrules_the_judge() -> None:
    found = again(SWALLOWED, Basis.JUDGE, Outcome.PASS)
    assert (found.basis, found.decision.outcome) == (Basis.STATIC, Outcome.FAIL)


def test_a_person_keeps_the_last_word() -> None:
    assert again(SWALLOWED, Basis.HUMAN, Outcome.PASS).basis is Basis.HUMAN


def test_a_judge_of_a_rule_without_a_check_keeps_its_word() -> None:
    assert again(HANDLED, Basis.JUDGE, Outcome.PASS, check="").basis is Basis.JUDGE


def test_what_the_check_says_today_stands_beside_the_judge() -> None:
    assert (
        dict(again("Fine.", Basis.JUDGE, Outcome.PASS, check="").decision.evidence)["static"] == "undecided"
    )


@pytest.mark.parametrize("remark", ["", "Be strict."])
def test_the_remark_of_the_sidecar_is_part_of_the_binding(remark: str) -> None:
    rule = DecidedRule(rule=RULE, severity=Severity.MAJOR, check="", parameters={}, rubric=remark)
    assert binding_of(rule).rubric == remark
