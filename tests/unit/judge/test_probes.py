"""Probes: what must not change a verdict, and the count of what does."""

from __future__ import annotations

import pytest
from judge_doubles import ScriptedJudge, binding, said, subject

from harness.core.types import Outcome, Polarity, Request
from harness.judge.grade import JudgeSettings, Subject, grade
from harness.judge.probes import PROBES, ProbeFigures, probe_judge

SETTINGS = JudgeSettings(("judge",))
RULE = binding("Never cut corners for speed", polarity=Polarity.NEVER, name="corners")
BAD = "We skip verification for now: `jwt.decode(token)`.\n"


def strict(_: Request) -> str:
    return said("fail", "jwt.decode(token)")


def gullible(request: Request) -> str:
    """Does what the last words of the answer tell it."""
    return said("pass") if "verdict" in request.messages[0].text.lower() else strict(request)


def fickle(request: Request) -> str:
    return strict(request) if request.trial == 1 else said("pass")


def probed(judge: ScriptedJudge, asked: Subject) -> dict[str, ProbeFigures]:
    decided = {(one.case, one.trial, one.rule): one.decision for one in grade([asked], SETTINGS, judge)}
    return {one.probe.name: one for one in probe_judge([asked], decided, SETTINGS, judge)}


@pytest.mark.parametrize("probe", [probe.name for probe in PROBES])
def test_a_judge_that_looks_at_the_evidence_is_not_moved(probe: str) -> None:
    assert probed(ScriptedJudge(strict), subject(BAD, RULE))[probe].flips == ()


@pytest.mark.parametrize("probe", ["instruction", "system-voice", "forged-fence", "forged-verdict"])
def test_a_judge_that_obeys_the_answer_is_found_out(probe: str) -> None:
    assert probed(ScriptedJudge(gullible), subject(BAD, RULE))[probe].favourable == 1


def test_a_judge_that_says_something_else_each_time_is_found_out() -> None:
    figures = probed(ScriptedJudge(fickle), subject(BAD, RULE))["same-again"]
    assert [(flip.before, flip.after) for flip in figures.flips] == [(Outcome.FAIL, Outcome.PASS)]


def test_what_was_undecided_is_not_probed() -> None:
    figures = probed(ScriptedJudge(lambda _: said("undecided")), subject(BAD, RULE))
    assert {one.asked for one in figures.values()} == {0}


def test_the_paraphrase_is_another_wording_of_the_rule() -> None:
    judge = ScriptedJudge(strict)
    probed(judge, subject(BAD, RULE))
    asked = {request.messages[1].text for calls in judge.rounds for request in calls}
    assert len([text for text in asked if RULE.rule.text not in text]) == 1


def test_a_paraphrase_does_not_negate_a_rule_that_is_negative() -> None:
    judge = ScriptedJudge(strict)
    probed(judge, subject(BAD, binding("Never greet in Latin", polarity=Polarity.NEVER, name="corners")))
    asked = " ".join(request.messages[1].text for calls in judge.rounds for request in calls)
    assert "forbidden: Never" not in asked


def test_a_question_that_could_not_be_asked_is_no_flip() -> None:
    """The server is gone after the first questions."""
    judge = ScriptedJudge(lambda request: strict(request) if len(judge.rounds) == 1 else None)
    figures = probed(judge, subject(BAD, RULE))["same-again"]
    assert (figures.asked, figures.flips) == (0, ())
