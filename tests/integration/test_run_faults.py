"""Every way in which a server fails: named rightly, repeated only where that helps, missing, never scored."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from calls import planned
from messages_api import Answer, Fault, MessagesApi, Seen, echo

from harness.core.errors import HarnessError, IncompleteError, PermanentProviderError
from harness.providers.base import ProviderOptions
from harness.providers.registry import open_provider
from harness.run.execute import Execution, execute
from harness.run.limits import Limits, Timing
from harness.run.plan import PlannedCall
from harness.run.settings import Settings
from harness.store.samples import SampleStore

RETRIES = 2
CALLS = [planned(str(number)) for number in range(4)]
Script = Callable[[Seen], Answer | Fault]


@dataclass
class Outcome:
    """What came of a plan, or the error that ended it."""

    execution: Execution | None
    error: HarnessError | None
    kept: int

    @property
    def kinds(self) -> list[tuple[str, bool]]:
        assert self.execution is not None, self.error
        return [(failure.kind, failure.transient) for failure in self.execution.failures]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesApi]:
    with MessagesApi() as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        yield running


def impatient() -> Timing:
    """Make a clock that goes ahead where one would wait."""
    skipped = [0.0]

    async def sleep(seconds: float) -> None:
        skipped[0] += seconds
        await asyncio.sleep(0.001)

    return Timing(sleep, random.Random(1), lambda: time.monotonic() + skipped[0])


def run(
    path: Path, calls: list[PlannedCall], *, timeout_s: float = 20.0, width: int = 1, retries: int = RETRIES
) -> Outcome:
    settings = Settings(
        "anthropic:test-model", concurrency=width, timeout_s=timeout_s, limits=Limits(retries=retries)
    )

    async def work(store: SampleStore) -> Execution:
        provider = open_provider("anthropic:test-model", ProviderOptions(timeout_s=timeout_s))
        try:
            return await execute(calls, provider, store, settings, timing=impatient())
        finally:
            await provider.close()

    with SampleStore(path / "samples.db") as store:
        try:
            return Outcome(asyncio.run(work(store)), None, len(store))
        except HarnessError as error:
            return Outcome(None, error, len(store))


def second(fault: Fault) -> Script:
    """Answer all but the second question, which always meets the fault."""
    return lambda seen: fault if seen.question == "Question 1" else echo(seen)


ONCE = 1
AGAIN = 1 + RETRIES
FAULTS = {
    "400": (Fault(400, "invalid_request_error"), "bad_request", ONCE),
    "413": (Fault(413, "request_too_large"), "too_large", ONCE),
    "500": (Fault(500), "server_error", AGAIN),
    "502 of a proxy": (
        Fault(502, body="<h1>Bad gateway</h1>", content_type="text/html"),
        "server_error",
        AGAIN,
    ),
    "503": (Fault(503), "server_error", AGAIN),
    "reset": (Fault(act="reset"), "connection", AGAIN),
    "reset in the body": (Fault(act="half"), "connection", AGAIN),
    "no JSON": (Fault(200, body="{not json"), "invalid_response", AGAIN),
    "wrong content type": (Fault(200, body="<p>Hi</p>", content_type="text/html"), "invalid_response", AGAIN),
    "no message": (Fault(200, body='{"content": "text"}'), "invalid_response", AGAIN),
    "100 MB": (Fault(act="huge"), "invalid_response", AGAIN),
    "without end": (Fault(act="endless"), "invalid_response", AGAIN),
    "a bomb": (Fault(act="bomb"), "invalid_response", AGAIN),
    "deep nesting": (Fault(200, body="[" * 200_000), "invalid_response", AGAIN),
}


@pytest.mark.parametrize(("fault", "kind", "attempts"), FAULTS.values(), ids=FAULTS)
def test_a_fault_has_its_kind_and_is_repeated_only_where_that_can_help(
    tmp_path: Path, server: MessagesApi, fault: Fault, kind: str, attempts: int
) -> None:
    server.script = second(fault)
    outcome = run(tmp_path, CALLS)
    asked = sum(seen.question == "Question 1" for seen in server.seen)
    assert (outcome.kinds, asked, outcome.kept) == ([(kind, attempts > ONCE)], attempts, 3)


@pytest.mark.parametrize("act", ["hang", "drip"])
def test_an_answer_that_never_comes_is_a_timeout_and_not_asked_for_again(
    tmp_path: Path, server: MessagesApi, act: str
) -> None:
    server.script = second(Fault(act=act))
    outcome = run(tmp_path, CALLS, timeout_s=3.0)  # the others must be answered on a busy machine, too
    asked = sum(seen.question == "Question 1" for seen in server.seen)
    assert (outcome.kinds, asked, outcome.kept) == ([("timeout", True)], 1, 3)


@pytest.mark.parametrize("headers", [{}, {"retry-after": "3"}, {"retry-after-ms": "40"}])
@pytest.mark.parametrize(("status", "kind"), [(429, "rate_limit_error"), (529, "overloaded_error")])
def test_a_server_that_says_slow_down_is_asked_until_it_answers(
    tmp_path: Path, server: MessagesApi, status: int, kind: str, headers: dict[str, str]
) -> None:
    fault = Fault(status, kind, headers=headers)
    server.script = lambda seen: fault if seen.number < RETRIES + 3 else echo(seen)
    outcome = run(tmp_path, CALLS)
    assert (outcome.kinds, outcome.kept) == ([], 4)


def test_a_server_that_wants_more_patience_than_there_is_ends_the_run(
    tmp_path: Path, server: MessagesApi
) -> None:
    server.script = lambda seen: (
        Fault(429, "rate_limit_error", headers={"retry-after": "7200"}) if seen.number > 1 else echo(seen)
    )
    outcome = run(tmp_path, CALLS)
    assert (type(outcome.error), outcome.kept, len(server.seen)) == (IncompleteError, 2, 3)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, "authentication"), (403, "permission"), (404, "not_found")],
)
def test_what_every_call_would_meet_ends_the_run(
    tmp_path: Path, server: MessagesApi, status: int, kind: str
) -> None:
    server.script = lambda seen: Fault(status, "error") if seen.number else echo(seen)
    outcome = run(tmp_path, CALLS)
    assert isinstance(outcome.error, PermanentProviderError)
    assert (outcome.error.kind, outcome.error.exit_code, outcome.kept, len(server.seen)) == (kind, 2, 1, 2)


def test_an_address_where_nobody_listens_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    outcome = run(tmp_path, CALLS)
    assert (type(outcome.error), outcome.kept) == (IncompleteError, 0)


def test_an_address_where_another_service_listens_ends_the_run(tmp_path: Path, server: MessagesApi) -> None:
    server.script = Fault(200, body="<h1>Welcome</h1>", content_type="text/html")
    outcome = run(tmp_path, [planned(str(number)) for number in range(50)])
    assert (type(outcome.error), len(server.seen)) == (IncompleteError, 2 + AGAIN)


def test_an_empty_answer_is_missing_and_not_asked_for_again(tmp_path: Path, server: MessagesApi) -> None:
    server.script = lambda seen: Answer("") if seen.question == "Question 1" else echo(seen)
    outcome = run(tmp_path, CALLS)
    assert (outcome.kinds, len(server.seen), outcome.kept) == ([("invalid_response", False)], 4, 3)


@pytest.mark.parametrize("stop", ["refusal", "max_tokens"])
def test_a_refusal_and_a_cut_answer_are_answers(tmp_path: Path, server: MessagesApi, stop: str) -> None:
    server.script = Answer("I would rather", stop=stop)
    outcome = run(tmp_path, CALLS)
    assert outcome.execution is not None
    stops = {sample.completion.stop.value for sample in outcome.execution.samples.values()}
    assert (outcome.kinds, stops) == ([], {stop})


def test_a_call_of_a_tool_that_nobody_has_is_kept_as_it_is(tmp_path: Path, server: MessagesApi) -> None:
    server.script = Answer("", "tool_use", ("Agent", {"subagent_type": "poltergeist"}))
    outcome = run(tmp_path, CALLS[:1])
    assert outcome.execution is not None
    (sample,) = outcome.execution.samples.values()
    assert sample.completion.tool_calls[0].input == {"subagent_type": "poltergeist"}


PASSING = [
    Fault(429, "rate_limit_error"),
    Fault(429, "rate_limit_error", headers={"retry-after": "1"}),
    Fault(500),
    Fault(502, body="<h1>Bad gateway</h1>", content_type="text/html"),
    Fault(503),
    Fault(529, "overloaded_error"),
    Fault(act="reset"),
    Fault(act="half"),
    Fault(200, body="{not json"),
]


@pytest.mark.parametrize(
    "count", [200, pytest.param(2_000, marks=pytest.mark.full)], ids=["200 calls", "2,000 calls"]
)
def test_a_fifth_of_all_calls_failing_at_random_changes_no_answer(
    tmp_path: Path, server: MessagesApi, count: int
) -> None:
    """Verdicts follow from answers: equal answers, none missing, are equal verdicts."""
    dice = random.Random(7)
    calls = [planned(str(number)) for number in range(count)]
    (tmp_path / "calm").mkdir()
    calm = run(tmp_path / "calm", calls, width=20)
    server.script = lambda seen: dice.choice(PASSING) if dice.random() < 0.2 else echo(seen)
    rough = run(tmp_path, calls, width=20, retries=8)
    assert calm.execution is not None
    assert rough.execution is not None
    texts = [
        {sha: (sample.completion.text, sample.completion.stop) for sha, sample in execution.samples.items()}
        for execution in (calm.execution, rough.execution)
    ]
    assert (texts[0] == texts[1], rough.kinds, rough.kept) == (True, [], count)
