"""A run that is killed again and again: nothing that was committed is lost, or asked for a second time.

The whole command is killed (SIGKILL), at moments that chance sets: before its first call, between two
commits, in the middle of a commit, while it decides and writes. Each start goes on with the same store.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from messages_api import Answer, MessagesApi, Seen
from run_project import MODEL, answer, finish, manifest, start, write_project

from harness.store.samples import SampleStore

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")

WIDTH = 4
COMMAND = ("run", "many.yaml", *MODEL, "--no-routing", "--json")
EARLY = 3  # of ten kills, this one comes before the first call
KINDS = ("users", "orders", "plans")


@dataclass
class Killed:
    """What was seen around the kills.

    Attributes:
        folder: the project.
        committed: the questions in the store after each kill.
        asked: the questions that reached the server in each start, the last one among them.
        last: the run that nobody killed.
    """

    folder: Path
    committed: list[frozenset[str]] = field(default_factory=list)
    asked: list[Counter[str]] = field(default_factory=list)
    last: Path = Path()


def write_questions(folder: Path, count: int) -> None:
    write_project(folder)
    cases = "".join(f"  - {{id: c{n}, prompt: Write {KINDS[n % 3]} number {n}}}\n" for n in range(count))
    (folder / "many.yaml").write_text(f"agent: tester\ncases:\n{cases}", encoding="utf-8")
    (folder / "harness.toml").write_text(f"[run]\nconcurrency = {WIDTH}\n", encoding="utf-8")


def stored(folder: Path) -> frozenset[str]:
    """The questions that have an answer; the file is checked on the way."""
    path = folder / ".harness" / "samples.db"
    if not path.exists():
        return frozenset()
    with SampleStore(path) as store:
        questions = [store.request(one.request_sha).messages[-1].text for one in store.samples()]
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert len(questions) == len(set(questions))
    return frozenset(questions)


def kill_at_a_random_moment(server: MessagesApi, folder: Path, rng: random.Random, *, early: bool) -> None:
    """Start the command and kill it some requests after its first, and some milliseconds later."""
    reached = threading.Event()
    wanted = len(server.seen) + rng.randint(1, 4 * WIDTH)

    def script(seen: Seen) -> Answer:
        if seen.number + 1 >= wanted:
            reached.set()
        return answer(seen)

    server.script = script
    process = start(folder, *COMMAND, url=server.url)
    if early:
        time.sleep(rng.uniform(0.0, 0.5))  # before it asks anything
    else:
        while not reached.wait(0.05) and process.poll() is None:
            pass
        time.sleep(rng.uniform(0.0, 0.03))
    process.send_signal(signal.SIGKILL)
    finish(process)


def kill_again_and_again(folder: Path, times: int, seed: int) -> Killed:
    """Kill the command so many times, then let it come to its end."""
    write_questions(folder, 7 * times + 20)
    rng = random.Random(seed)
    came = Killed(folder)
    with MessagesApi(answer, delay_s=0.01) as server:
        for number in range(times):
            before = len(server.seen)
            kill_at_a_random_moment(server, folder, rng, early=number % 10 == EARLY)
            came.asked.append(Counter(seen.question for seen in server.seen[before:]))
            came.committed.append(stored(folder))
        before = len(server.seen)
        server.script = answer
        came.last = folder / finish(start(folder, *COMMAND, url=server.url)).folder
        came.asked.append(Counter(seen.question for seen in server.seen[before:]))
    return came


@pytest.fixture(scope="module", params=[5, pytest.param(50, marks=pytest.mark.full)])
def killed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Killed:
    return kill_again_and_again(tmp_path_factory.mktemp("killed"), request.param, seed=request.param)


@pytest.fixture(scope="module")
def unbroken(killed: Killed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same project, run once from end to end."""
    folder = tmp_path_factory.mktemp("unbroken")
    write_questions(folder, 7 * len(killed.committed) + 20)
    with MessagesApi(answer) as server:
        return folder / finish(start(folder, *COMMAND, url=server.url)).folder


def test_a_kill_loses_nothing_that_was_committed(killed: Killed) -> None:
    lost = [earlier - later for earlier, later in zip(killed.committed, killed.committed[1:], strict=False)]
    assert not any(lost)


def test_nothing_that_was_committed_is_asked_again(killed: Killed) -> None:
    again = [
        sorted(set(asked) & known) for known, asked in zip(killed.committed, killed.asked[1:], strict=True)
    ]
    assert not any(again)


def test_no_start_asks_anything_twice(killed: Killed) -> None:
    twice = [[question for question, times in asked.items() if times > 1] for asked in killed.asked]
    assert not any(twice)


def test_a_kill_loses_at_most_the_calls_in_flight(killed: Killed) -> None:
    """A call is begun only after an earlier one is committed."""
    lost = [len(set(asked) - known) for asked, known in zip(killed.asked, killed.committed, strict=False)]
    assert max(lost) <= WIDTH


def test_kills_come_while_something_is_committed(killed: Killed) -> None:
    """Otherwise the tests above would say nothing."""
    assert len({len(known) for known in killed.committed}) > len(killed.committed) // 2


def test_the_last_start_completes_the_run(killed: Killed) -> None:
    assert manifest(killed.last)["status"] == "complete"


def verdicts(folder: Path) -> Any:
    return json.loads((folder / "decided.json").read_text(encoding="utf-8"))["verdicts"]


def test_the_verdicts_are_those_of_a_run_that_nobody_killed(killed: Killed, unbroken: Path) -> None:
    assert verdicts(killed.last) == verdicts(unbroken)


def test_two_runs_at_once_ask_nothing_that_the_other_has_stored(tmp_path: Path) -> None:
    """They share one store from its creation on, and come to the same verdicts."""
    write_questions(tmp_path, 40)
    with MessagesApi(answer, delay_s=0.01) as server:
        both = [start(tmp_path, *COMMAND, url=server.url) for _ in range(2)]
        one, two = (finish(process) for process in both)
    assert verdicts(tmp_path / one.folder) == verdicts(tmp_path / two.folder)
