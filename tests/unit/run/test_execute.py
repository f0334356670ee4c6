"""Executing: what is stored is reused, what is missing is asked, and every way to end keeps what it has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from calls import completion, planned
from fakes import Scripted, permanent, timing, transient

from harness.core.errors import (
    ConfigurationError,
    HarnessError,
    IncompleteError,
    PermanentProviderError,
    StoreError,
)
from harness.core.types import Completion, Request, SampleFailure
from harness.run.execute import Execution, execute
from harness.run.limits import Limits, backoff_s
from harness.run.plan import PlannedCall
from harness.run.progress import Counts
from harness.run.settings import Settings
from harness.store.samples import SampleStore

Script = Callable[[Request], Completion | Exception]


@dataclass
class Outcome:
    """What a run did: its result or error, the provider, the progress, the waits in seconds."""

    result: Execution | None
    error: HarnessError | None
    provider: Scripted
    counts: list[Counts]
    waited: list[float]

    @property
    def execution(self) -> Execution:
        assert self.error is None, self.error
        assert self.result is not None
        return self.result


def run(
    path: Path,
    calls: Sequence[PlannedCall],
    script: Script,
    settings: Settings | None = None,
    width: int = 100,
) -> Outcome:
    provider, (clock, waited), counts = Scripted(script, max_concurrency=width), timing(), []
    wanted = settings or Settings("replay:x", concurrency=4)
    outcome = Outcome(None, None, provider, counts, waited)
    with SampleStore(path / "samples.db") as store:
        try:
            outcome.result = asyncio.run(execute(calls, provider, store, wanted, counts.append, clock))
        except HarnessError as error:
            outcome.error = error
    return outcome


def stored(path: Path) -> int:
    with SampleStore(path / "samples.db") as store:
        return len(store)


def say(request: Request) -> Completion:
    return completion(f"To {request.messages[-1].text}")


CALLS = [planned(str(number)) for number in range(20)]


def test_every_call_is_answered(tmp_path: Path) -> None:
    execution = run(tmp_path, CALLS, say).execution
    assert [execution.samples[call.sha].completion.text for call in CALLS] == [
        f"To Question {n}" for n in range(20)
    ]


def test_a_second_run_asks_nothing(tmp_path: Path) -> None:
    run(tmp_path, CALLS, say)
    again = run(tmp_path, CALLS, say)
    assert (again.provider.asked, again.execution.asked, again.execution.reused) == ([], 0, 20)


def test_only_what_is_missing_is_asked(tmp_path: Path) -> None:
    run(tmp_path, CALLS[:15], say)
    assert sorted(run(tmp_path, CALLS, say).provider.asked) == [f"Question {n}" for n in range(15, 20)]


def test_calls_with_equal_requests_are_asked_once(tmp_path: Path) -> None:
    calls = [planned("1", "base"), planned("1", "copy")]
    outcome = run(tmp_path, calls, say)
    labels = [sample.variant for sample in outcome.execution.samples_of(calls)]
    assert (len(outcome.provider.asked), labels) == (1, ["base", "copy"])


@pytest.mark.parametrize(("concurrency", "width", "most"), [(4, 100, 4), (50, 3, 3), (1, 1, 1)])
def test_never_more_in_flight_than_settings_and_provider_allow(
    tmp_path: Path, concurrency: int, width: int, most: int
) -> None:
    outcome = run(tmp_path, CALLS, say, Settings("replay:x", concurrency=concurrency), width)
    assert outcome.provider.most_in_flight == most


def test_progress_never_goes_back_and_ends_complete(tmp_path: Path) -> None:
    counts = run(tmp_path, CALLS, say).counts
    answered = [count.answered for count in counts]
    assert (answered == sorted(answered), counts[-1]) == (
        True,
        Counts(total=20, answered=20, input_tokens=200, output_tokens=100),
    )


def test_an_answer_is_stored_before_it_is_reported(tmp_path: Path) -> None:
    """A second opening of the store already finds what the progress has counted."""
    seen: list[bool] = []
    with SampleStore(tmp_path / "samples.db") as store, SampleStore(tmp_path / "samples.db") as witness:

        def watch(counts: Counts) -> None:
            seen.append(len(witness) >= counts.answered)

        asyncio.run(execute(CALLS, Scripted(say), store, Settings("replay:x"), watch))
    assert (len(seen) > 20, all(seen)) == (True, True)


def test_a_transient_failure_is_asked_again_after_a_wait(tmp_path: Path) -> None:
    failures = [transient(), transient("overloaded")]
    outcome = run(tmp_path, CALLS[:1], lambda request: failures.pop() if failures else say(request))
    assert (len(outcome.provider.asked), len(outcome.waited), outcome.execution.failures) == (3, 2, ())


def test_a_transient_failure_that_stays_becomes_a_missing_sample(tmp_path: Path) -> None:
    settings = Settings("replay:x", limits=Limits(retries=2))
    outcome = run(tmp_path, CALLS[:1], lambda _: transient("server_error"), settings)
    kinds = [(failure.kind, failure.transient) for failure in outcome.execution.failures]
    assert (len(outcome.provider.asked), kinds) == (3, [("server_error", True)])


def test_a_permanent_failure_is_asked_once_and_the_rest_goes_on(tmp_path: Path) -> None:
    def script(request: Request) -> Completion | Exception:
        return permanent("too_large") if request.messages[-1].text == "Question 3" else say(request)

    outcome = run(tmp_path, CALLS, script)
    failed = [(failure.case, failure.kind) for failure in outcome.execution.failures]
    assert (len(outcome.provider.asked), len(outcome.execution.samples), failed) == (
        20,
        19,
        [("3", "too_large")],
    )


def test_a_failure_counts_for_every_call_that_wanted_the_request(tmp_path: Path) -> None:
    calls = [planned("1", "base"), planned("1", "copy")]
    failures = run(tmp_path, calls, lambda _: permanent()).execution.failures
    assert [failure.variant for failure in failures] == ["base", "copy"]


def test_a_failed_call_is_asked_again_by_the_next_run(tmp_path: Path) -> None:
    run(tmp_path, CALLS[:1], lambda _: permanent())
    assert len(run(tmp_path, CALLS[:1], say).execution.samples) == 1


def test_failures_are_kept_as_facts(tmp_path: Path) -> None:
    run(tmp_path, CALLS[:1], lambda _: permanent())
    call = CALLS[0]
    fact = SampleFailure(
        call.sha, "0", "base", 1, "bad_request", "bad_request at the server", transient=False
    )
    with SampleStore(tmp_path / "samples.db") as store:
        assert store.failures() == [fact]


def test_a_fatal_failure_ends_the_run_and_keeps_what_is_stored(tmp_path: Path) -> None:
    def script(request: Request) -> Completion | Exception:
        last = request.messages[-1].text
        return permanent("authentication", fatal=True) if last == "Question 5" else say(request)

    outcome = run(tmp_path, CALLS, script)
    assert isinstance(outcome.error, PermanentProviderError)
    assert (outcome.error.exit_code, 5 <= stored(tmp_path) < 12, len(outcome.provider.asked) < 12) == (
        2,
        True,
        True,
    )


def test_a_provider_that_cannot_start_ends_the_run_with_its_own_line(tmp_path: Path) -> None:
    outcome = run(tmp_path, CALLS, lambda _: ConfigurationError("model.gguf cannot be loaded"))
    assert (str(outcome.error), len(outcome.provider.asked) <= 4) == ("model.gguf cannot be loaded", True)


def test_a_server_that_is_gone_is_noticed_after_few_calls(tmp_path: Path) -> None:
    many = [planned(str(number)) for number in range(1_000)]
    outcome = run(tmp_path, many, lambda _: transient("connection"))
    assert isinstance(outcome.error, IncompleteError)
    assert (outcome.error.exit_code, len(outcome.provider.asked) < 20) == (3, True)


def test_a_server_that_drops_every_connection_once_is_not_given_up(tmp_path: Path) -> None:
    dropped: set[str] = set()

    def script(request: Request) -> Completion | Exception:
        text = request.messages[-1].text
        if text in dropped:
            return say(request)
        dropped.add(text)
        return transient("connection")

    assert len(run(tmp_path, CALLS, script, Settings("replay:x", concurrency=1)).execution.samples) == 20


def test_a_call_that_takes_too_long_is_a_missing_sample_and_not_repeated(tmp_path: Path) -> None:
    class Slow(Scripted):
        async def generate(self, request: Request) -> Completion:
            self.asked.append("slow")
            await asyncio.sleep(3600)
            raise AssertionError

    provider = Slow(say)
    with SampleStore(tmp_path / "samples.db") as store:
        settings = Settings("replay:x", timeout_s=0.01)
        execution = asyncio.run(execute(CALLS[:1], provider, store, settings))
    assert ([failure.kind for failure in execution.failures], provider.asked) == (["timeout"], ["slow"])


def test_a_full_disk_ends_the_run_with_one_line(tmp_path: Path) -> None:
    with SampleStore(tmp_path / "samples.db") as store:
        store.database._connection.execute("PRAGMA max_page_count = 12")
        big = completion("x" * 20_000)
        with pytest.raises(StoreError, match="disk is full"):
            asyncio.run(execute(CALLS, Scripted(lambda _: big), store, Settings("replay:x", concurrency=2)))


def test_a_bug_in_a_provider_is_not_swallowed(tmp_path: Path) -> None:
    with pytest.raises(ExceptionGroup) as caught:
        run(tmp_path, CALLS, lambda _: ZeroDivisionError())
    assert caught.group_contains(ZeroDivisionError)


def test_no_calls_are_no_work(tmp_path: Path) -> None:
    assert run(tmp_path, [], say).execution == Execution({}, (), 0, 0)


def test_waits_double_and_are_bounded() -> None:
    clock, _ = timing()
    waits = [backoff_s(attempt, clock.random) for attempt in (1, 2, 3, 10, 100)]
    assert all(low <= wait <= 2 * low for wait, low in zip(waits, (0.5, 1, 2, 15, 15), strict=True))
