"""``harness run --judge``: what static checks leave open is decided by a second model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from messages_api import Answer, Fault, MessagesApi, Seen
from run_project import MODEL, NO_CONSOLE, Command, answer, manifest

from harness.store.decided import read_decided

REASONS = "always-explain-your-reasoning-for-each-decision-in"
JUDGE = ("--judge", "anthropic:judge")
RUN = ("run", *MODEL, "--no-routing", "--json")


def is_judge(seen: Seen) -> bool:
    return seen.body["model"] == "judge"


def judged(seen: Seen) -> Answer:
    """Find reasons where the answer speaks of what comes first, as a judge that quotes would."""
    said = json.dumps(seen.body["messages"])
    reasons = "First the model, then the endpoint." in said
    verdict: dict[str, Any] = {
        "evidence": ["First the model, then the endpoint."] if reasons else [],
        "reason": "an order is given" if reasons else "no reason is given",
        "verdict": "pass" if reasons else "fail",
    }
    return Answer("", "tool_use", (seen.body["tools"][0]["name"], verdict))


Script = Callable[[Seen], Answer | Fault]
Serving = Callable[[Script], MessagesApi]


@pytest.fixture
def serving(small_project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    """A server whose judge follows a script."""
    servers = []

    def serve(script: Script) -> MessagesApi:
        server = MessagesApi(lambda seen: script(seen) if is_judge(seen) else answer(seen))
        servers.append(server.__enter__())
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        return server

    yield serve
    for server in servers:
        server.__exit__(None, None, None)


def test_a_rule_without_a_check_gets_a_score(serving: Serving, harness: Command) -> None:
    serving(judged)
    assert harness(*RUN, *JUDGE).scores(REASONS)["base"]["n"] == 4


def test_its_score_names_the_rubric(serving: Serving, harness: Command) -> None:
    serving(judged)
    assert harness(*RUN, *JUDGE).scores(REASONS)["base"]["check"] == "judge/explains-reasoning"


def test_a_verdict_of_the_judge_says_whose_it_is(serving: Serving, harness: Command) -> None:
    serving(judged)
    run = read_decided(harness(*RUN, *JUDGE).folder)
    (verdict,) = (one for one in run.verdicts if one.rule == REASONS and one.case == "prose")
    assert (verdict.basis.value, dict(verdict.decision.evidence)["judge"]) == ("judge", "anthropic:judge")


def test_what_a_sound_check_decides_is_not_put_to_the_judge(serving: Serving, harness: Command) -> None:
    server = serving(judged)
    harness(*RUN, *JUDGE)
    assert not any(
        "NEVER use console" in json.dumps(s.body)
        for s in server.seen
        if is_judge(s) and "users" in str(s.body)
    )


def test_the_share_and_the_calls_of_the_judge_are_told(serving: Serving, harness: Command) -> None:
    server = serving(judged)
    told = harness(*RUN, *JUDGE).document["judge"]
    assert told["asked"] == sum(is_judge(seen) for seen in server.seen)


def test_a_second_run_asks_the_judge_nothing(serving: Serving, harness: Command) -> None:
    serving(judged)
    harness(*RUN, *JUDGE)
    assert harness(*RUN, *JUDGE).document["judge"]["asked"] == 0


def test_without_a_judge_the_rule_stays_open_and_the_report_says_what_would_decide_it(
    serving: Serving, harness: Command
) -> None:
    serving(judged)
    ran = harness("run", *MODEL, "--no-routing")
    assert "--judge MODEL" in " ".join(ran.out.split())


def test_a_model_that_judges_itself_is_named(serving: Serving, harness: Command) -> None:
    serving(judged)
    ran = harness(*RUN, "--judge", "anthropic:m")
    assert "judges its own answers" in " ".join(ran.document["warnings"])


GOOD = {"evidence": [], "reason": "no reason is given", "verdict": "fail"}
BROKEN: dict[str, Script] = {
    "no JSON": lambda _: Answer("The verdict is pass."),
    "unknown verdict": lambda seen: Answer(
        "", "tool_use", (seen.body["tools"][0]["name"], {"evidence": [], "reason": "r", "verdict": "good"})
    ),
    "invented quote": lambda seen: Answer(
        "",
        "tool_use",
        (seen.body["tools"][0]["name"], {"evidence": ["never written"], "reason": "r", "verdict": "pass"}),
    ),
    "bad JSON": lambda _: Answer('{"evidence": [], "reason": "r", "verdict": "pass"'),
    "two verdicts": lambda _: Answer(f"{json.dumps(GOOD)}\n{json.dumps(GOOD)}"),
    "10 MB": lambda _: Answer(json.dumps(GOOD | {"reason": "r" * 10_000_000})),
    "empty": lambda _: Answer(""),
    "refusal": lambda _: Answer("", "refusal"),
    "cut off": lambda _: Answer('{"evidence": []', "max_tokens"),
    "a fault": lambda _: Fault(status=400),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_of_the_judge_is_never_a_verdict(
    name: str, serving: Serving, harness: Command
) -> None:
    serving(BROKEN[name])
    score = harness(*RUN, *JUDGE).scores(REASONS)["base"]
    assert (score["n"], score["undecided"]) == (0, 4)


def test_a_judge_without_a_key_is_found_before_anything_is_asked(
    serving: Serving, harness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serving(judged)
    ran = harness(*RUN, "--judge", "nowhere:judge")
    assert (ran.code, len(server.seen)) == (2, 0)


def test_the_answers_of_the_judge_are_no_samples_of_the_run(serving: Serving, harness: Command) -> None:
    serving(judged)
    folder = harness(*RUN, *JUDGE).folder
    assert manifest(folder)["models_served"] == ["m-served"]


def test_static_verdicts_are_the_same_with_a_judge(serving: Serving, harness: Command) -> None:
    serving(judged)
    without = harness(*RUN).scores(NO_CONSOLE)
    assert harness(*RUN, *JUDGE).scores(NO_CONSOLE) == without


@pytest.mark.parametrize(("more", "code"), [(JUDGE, 0), ((), 2)])
def test_a_baseline_without_answers_knows_its_judge(
    serving: Serving, harness: Command, more: tuple[str, ...], code: int
) -> None:
    """Its letters are held against a run with the same judge, and not against one without."""
    serving(judged)
    harness("baseline", str(harness(*RUN, *JUDGE).folder), "--no-samples")
    later = harness(*RUN, *more).folder
    ran = harness("compare", "reports/baselines/tester.json", str(later))
    assert (ran.code, "was not asked" in ran.err) == (code, code == 2)
