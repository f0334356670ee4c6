"""What a judge is shown and told, who it is, and what it means when it could not be asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judge_doubles import ScriptedJudge, binding, said, subject

from harness.core.types import Decision, Outcome, Request, SampleFailure, SuppliedFile, Verdict
from harness.judge.grade import JudgeSettings, Subject, grade, judge_key
from harness.judge.rubric import rubric_for
from harness.run.plan import PlannedCall

ONE = JudgeSettings(("anthropic:one",))
GOOD = said("pass", "so that a gateway that is down")


class Failing:
    """Fails every first call in one way, and answers what is asked again."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.again = ScriptedJudge(lambda _: GOOD)

    def __call__(self, calls: list[PlannedCall]) -> dict[str, object]:
        first = [call for call in calls if len(call.request.messages) == 2]
        failed = {call.sha: SampleFailure(call.sha, "c", "base", 1, self.kind, "no", False) for call in first}
        return failed | dict(self.again([call for call in calls if call.sha not in failed]))


def decided(kind: str) -> Verdict:
    (verdict,) = grade([subject()], ONE, Failing(kind))  # type: ignore[arg-type]
    return verdict


def test_an_answer_that_could_not_be_read_is_asked_for_again() -> None:
    assert decided("invalid_response").decision.outcome is Outcome.PASS


def test_a_call_that_failed_is_not_held_against_the_judge() -> None:
    assert ("unasked", "true") in decided("timeout").decision.evidence


def test_the_reason_of_a_call_that_failed_is_told() -> None:
    assert "timeout: no" in decided("timeout").decision.reason


@pytest.mark.parametrize(
    "other",
    [
        replace(ONE, repeats=3),
        replace(ONE, rules_per_call=5),
        replace(ONE, max_tokens=90),
        replace(ONE, parameters={"anthropic:one": {"@server": "elsewhere"}}),
    ],
    ids=["repeats", "rules", "tokens", "server"],
)
def test_another_way_of_asking_is_another_judge(other: JudgeSettings) -> None:
    rubric = rubric_for(binding())
    assert judge_key(ONE, binding(), rubric) != judge_key(other, binding(), rubric)


def test_another_seed_is_the_same_judge() -> None:
    rubric = rubric_for(binding())
    other = replace(ONE, parameters={"anthropic:one": {"seed": 7}})
    assert judge_key(ONE, binding(), rubric) == judge_key(other, binding(), rubric)


def with_files(*sizes: int) -> Subject:
    files = tuple(SuppliedFile(f"{number}.js", "z" * size) for number, size in enumerate(sizes))
    asked = subject()
    return replace(asked, exchange=replace(asked.exchange, files=files))


def shown(asked: Subject) -> tuple[Request, Verdict]:
    judge = ScriptedJudge(lambda _: GOOD)
    (verdict,) = grade([asked], ONE, judge)
    return judge.rounds[0][0], verdict


def test_a_supplied_file_that_is_cut_is_said_to_be() -> None:
    request, _ = shown(with_files(50_000, 7))
    text = request.messages[0].text
    assert ("last 10000 characters" in text, "last 7 characters" in text) == (True, True)


def test_the_verdict_says_that_a_supplied_file_was_cut() -> None:
    _, verdict = shown(with_files(50_000))
    assert dict(verdict.decision.evidence)["supplied"] == "40,000 of 50,000 characters shown"


def test_supplied_files_that_are_shown_whole_are_not_mentioned() -> None:
    _, verdict = shown(with_files(10))
    assert "supplied" not in dict(verdict.decision.evidence)


def test_what_a_check_saw_stands_within_a_fence() -> None:
    """Its messages repeat names of the answer, which may speak to the judge."""
    asked = subject()
    (left,) = asked.left
    fact = Decision(Outcome.UNDECIDED, "the function verdict_is_pass is called")
    left = replace(left, verdict=replace(left.verdict, check="group/one", decision=fact))
    request, _ = shown(replace(asked, left=(left,)))
    text = request.messages[1].text
    fence = next(line for line in text.splitlines() if line.startswith("RESPONSE-"))
    assert "verdict_is_pass" in text.split(f"\n{fence}\n")[1]
