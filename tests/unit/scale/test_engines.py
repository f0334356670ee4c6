"""Every engine gives what one process gives, whatever becomes of its workers."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stored import (
    AGENT,
    ALL,
    FRAGILE,
    decided_by,
    decided_here,
    exported,
    jobs_of,
    plan_of,
    response,
    rules_of,
    verdicts_of,
)

from harness.core.types import Outcome, Verdict
from harness.scale.cluster import DaskEngine
from harness.scale.engine import Engine, Job
from harness.scale.guard import Guard
from harness.scale.local import LocalEngine
from harness.scale.plan import Bounds, DecidingPlan


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    """Forty answers in five partitions."""
    return jobs_of(tmp_path, exported(tmp_path, (response(number) for number in range(40))))


def test_engines_make_the_bytes_that_one_process_makes(tmp_path: Path) -> None:
    """With every rule of a large agent, bit for bit: where 5,000 answers were decided does not matter."""
    jobs = jobs_of(tmp_path, exported(tmp_path, (response(number) for number in range(5_000)), 256))
    plan = plan_of(rules_of(ALL))
    found = [decided_by(engine, plan, jobs) for engine in (LocalEngine(2), DaskEngine(workers=2))]
    assert found == [decided_here(plan, jobs)] * 2


def test_all_answers_are_told(jobs: list[Job]) -> None:
    """Progress comes to its end, and not beyond."""
    told: list[int] = []
    for _ in LocalEngine(2).decide(plan_of(rules_of()), jobs, told.append):
        pass
    assert sum(told) == 40


# --- what answers do -------------------------------------------------------------------------------

WORDS = ("", "CRASH", "GREEDY", "DEEP", "PRINT", "HANG", "", "")


@pytest.fixture(scope="module")
def decided(fragile: None, tmp_path_factory: pytest.TempPathFactory) -> list[list[Verdict]]:
    """The verdicts on eight answers in one partition; a check is broken by the words of some of them."""
    folder = tmp_path_factory.mktemp("partitions")
    responses = [response(number, word) for number, word in enumerate(WORDS)]
    plan = plan_of(rules_of(AGENT + FRAGILE), Bounds(seconds=2))
    jobs = jobs_of(folder, exported(folder, responses))
    verdicts = verdicts_of(jobs, decided_by(LocalEngine(1), plan, jobs))
    width = len(verdicts) // len(WORDS)
    return [verdicts[start : start + width] for start in range(0, len(verdicts), width)]


def errors(verdicts: list[Verdict]) -> list[Verdict]:
    return [one for one in verdicts if one.decision.outcome is Outcome.ERROR]


@pytest.mark.parametrize(("word", "reason"), [("CRASH", "signal SIGSEGV"), ("HANG", "longer than 2 seconds")])
def test_an_answer_that_ends_its_worker_is_given_up(
    word: str, reason: str, decided: list[list[Verdict]]
) -> None:
    """The rules that checks would decide are errors that say why."""
    verdicts = decided[WORDS.index(word)]
    bound = [one for one in verdicts if one.check]
    assert [reason in one.decision.reason for one in errors(verdicts)] == [True] * len(bound)


def test_every_other_answer_is_decided(decided: list[list[Verdict]]) -> None:
    """The partition of an answer that ends its worker is not lost."""
    assert [len(errors(decided[place])) for place in (0, 6, 7)] == [0, 0, 0]


@pytest.mark.parametrize(("word", "error"), [("GREEDY", "MemoryError"), ("DEEP", "RecursionError")])
def test_an_answer_that_breaks_one_check_costs_one_verdict(
    word: str, error: str, decided: list[list[Verdict]]
) -> None:
    """The worker survives it, and the other checks decide the answer."""
    found = errors(decided[WORDS.index(word)])
    assert [(one.check, error in one.decision.reason) for one in found] == [("team/fragile", True)]


def test_a_check_that_prints_does_not_garble_the_replies(decided: list[list[Verdict]]) -> None:
    """Replies have a channel of their own."""
    assert errors(decided[WORDS.index("PRINT")]) == []


# --- what happens to workers -----------------------------------------------------------------------


@pytest.fixture
def slow(fragile: None, tmp_path: Path) -> tuple[DecidingPlan, list[Job]]:
    """Work of a few seconds, which leaves time to kill."""
    responses = (response(number, f"SLOW {number}") for number in range(48))
    return plan_of(rules_of(AGENT + FRAGILE)), jobs_of(tmp_path, exported(tmp_path, responses))


def _killing(pids: Callable[[], list[int]], times: int) -> threading.Thread:
    """Kill one worker after another, some moments after it began."""

    def kill() -> None:
        for turn in range(times):
            deadline = time.monotonic() + 60
            while not any(pids()) and time.monotonic() < deadline:
                time.sleep(0.05)
            time.sleep(1.6)
            found = [pid for pid in pids() if pid]
            if found:
                os.kill(found[turn % len(found)], signal.SIGKILL)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    return thread


@pytest.fixture
def guards(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Guard]]:
    """Every guard that is made."""
    made: list[Guard] = []
    before = Guard.__init__

    def noted(self: Guard, plan: DecidingPlan) -> None:
        before(self, plan)
        made.append(self)

    monkeypatch.setattr(Guard, "__init__", noted)
    return iter([made])


@pytest.mark.parametrize("engine", [LocalEngine(2), DaskEngine(workers=2)], ids=["local", "dask"])
def test_workers_may_be_killed_at_any_time(
    engine: Engine, slow: tuple[DecidingPlan, list[Job]], guards: Iterator[list[Guard]]
) -> None:
    """What comes out is complete and the same."""
    plan, jobs = slow
    made = next(guards)
    thread = _killing(lambda: [guard.pid for guard in made], 2)
    found = decided_by(engine, plan, jobs)
    thread.join(60)
    died = sum(guard.tally.died for guard in made)
    assert (died >= 1, found == decided_here(plan, jobs)) == (True, True)


def test_a_worker_is_replaced_after_its_share(jobs: list[Job]) -> None:
    """So that what it leaks does not add up."""
    engine = LocalEngine(1)
    decided_by(engine, plan_of(rules_of(), Bounds(worker_partitions=3)), jobs)
    assert engine.guards[0].tally.started == 2


def test_other_code_is_not_let_decide(jobs: list[Job]) -> None:
    """A worker proves that it decides as we do before it is given anything."""
    plan = plan_of(rules_of()).model_copy(update={"state": "another"})
    (first, *_) = LocalEngine(1).decide(plan, jobs[:1], lambda _: None)
    assert "decides by other code" in str(first.error)


def test_two_clusters_run_beside_one_another_and_serve_nobody_else(jobs: list[Job]) -> None:
    """A fixed port would be taken by the first, and open to the network."""
    plan = plan_of(rules_of())
    engines = [DaskEngine(workers=1).decide(plan, jobs, lambda _: None) for _ in range(2)]
    first = [next(engine) for engine in engines]
    mine = {entry for task in Path("/proc/self/fd").iterdir() if (entry := _socket_of(task))}
    listening = {
        fields[1].partition(":")[0]
        for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        if (fields := line.split())[3] == "0A" and fields[9] in mine
    }
    for engine in engines:
        assert list(engine)
    assert (len(first), listening) == (2, {"0100007F"})


def _socket_of(file: Path) -> str:
    """Return the number of the socket that an open file is, or an empty text."""
    try:
        target = str(file.readlink())
    except OSError:
        return ""
    return target[8:-1] if target.startswith("socket:[") else ""
