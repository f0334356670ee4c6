"""``harness run --judge`` when judging does not go well: limits, failures, interrupts, prose."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from messages_api import Answer, Fault, MessagesApi, Seen
from run_project import MODEL, Command, Ran, answer, finish, manifest, runs, start

REASONS = "always-explain-your-reasoning-for-each-decision-in"
RUN = ("run", *MODEL, "--no-routing", "--judge", "anthropic:judge", "--json")
VERDICT = {"evidence": [], "reason": "no reason is given", "verdict": "fail"}

Script = Callable[[Seen], Answer | Fault]
Serving = Callable[[Script], MessagesApi]


def is_judge(seen: Seen) -> bool:
    return seen.body["model"] == "judge"


def failing(seen: Seen) -> Answer:
    return Answer("", "tool_use", (seen.body["tools"][0]["name"], VERDICT))


def after(number: int, then: Fault, server: list[MessagesApi]) -> Script:
    """Judge so many questions, and fail from then on."""

    def script(seen: Seen) -> Answer | Fault:
        return failing(seen) if sum(map(is_judge, server[0].seen)) <= number else then

    return script


@pytest.fixture
def serving(small_project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    servers: list[MessagesApi] = []

    def serve(script: Script) -> MessagesApi:
        servers.append(MessagesApi(lambda seen: script(seen) if is_judge(seen) else answer(seen)).__enter__())
        monkeypatch.setenv("ANTHROPIC_BASE_URL", servers[-1].url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        return servers[-1]

    yield serve
    for server in servers:
        server.__exit__(None, None, None)


def broken_midway(serving: Serving, harness: Command) -> Ran:
    """The key of the judge is refused after two of four questions; one call at a time."""
    held: list[MessagesApi] = []
    held.append(serving(after(2, Fault(401, "authentication_error"), held)))
    return harness(*RUN, "--concurrency", "1")


def test_a_judge_that_fails_makes_the_run_incomplete(serving: Serving, harness: Command) -> None:
    serving(lambda _: Fault(status=400))
    ran = harness(*RUN)
    assert (ran.code, manifest(ran.folder)["status"]) == (3, "incomplete")


def test_an_error_midway_does_not_lose_what_the_judge_took(serving: Serving, harness: Command) -> None:
    Path("harness.toml").write_text("[run]\nconcurrency = 1\n")
    ran = broken_midway(serving, harness)
    assert (ran.code, ran.document["judge"]["asked"]) == (2, 2)


def test_an_error_midway_does_not_lose_what_was_judged(serving: Serving, harness: Command) -> None:
    Path("harness.toml").write_text("[run]\nconcurrency = 1\n")
    score = broken_midway(serving, harness).scores(REASONS)["base"]
    assert (score["n"], score["undecided"]) == (2, 2)


def test_ctrl_c_while_judging_is_incomplete(serving: Serving, small_project: Path) -> None:
    """The judge hangs on to its first answer until the run was told to stop."""
    process = []

    def script(seen: Seen) -> Answer:
        os.kill(process[0].pid, signal.SIGINT)
        return failing(seen)

    server = serving(script)
    (small_project / "harness.toml").write_text("[run]\nconcurrency = 1\n")
    process.append(start(small_project, *RUN, url=server.url))
    ran = finish(process[0])
    (folder,) = runs(small_project)
    asked = sum(map(is_judge, server.seen))
    assert (ran.code, manifest(folder)["status"], asked < 4) == (3, "incomplete", True)


def test_an_unpriced_judge_is_found_before_anything_is_asked(serving: Serving, harness: Command) -> None:
    server = serving(failing)
    Path("harness.toml").write_text('[prices."anthropic:m"]\ninput = 1\noutput = 1\n')
    ran = harness(*RUN, "--max-cost", "1")
    assert (ran.code, len(server.seen), "price of the judge" in ran.err) == (2, 0, True)


def test_the_limit_of_tokens_holds_for_the_judge_too(serving: Serving, harness: Command) -> None:
    server = serving(failing)
    ran = harness(*RUN, "--max-tokens", "100", "--max-tokens-total", "2000")
    judged = sum(is_judge(seen) for seen in server.seen)
    assert (ran.code, judged < 4, "max_tokens_total" in ran.err) == (3, True, True)


@pytest.mark.parametrize("said", ["It obeys, I would say.", ""])
def test_prose_in_place_of_a_verdict_is_asked_for_again(
    serving: Serving, harness: Command, said: str
) -> None:
    def script(seen: Seen) -> Answer:
        return failing(seen) if "could not be used" in json.dumps(seen.body["messages"]) else Answer(said)

    serving(script)
    score = harness(*RUN).scores(REASONS)["base"]
    assert (score["n"], score["undecided"]) == (4, 0)


def test_prose_is_stored_like_any_answer(serving: Serving, harness: Command) -> None:
    server = serving(lambda _: Answer("It obeys, I would say."))
    harness(*RUN)
    before = len(server.seen)
    harness(*RUN)
    assert len(server.seen) == before
