"""A run in batches that is killed again and again: no answer is lost, nothing is paid twice unnoticed.

The whole command is killed (SIGKILL) at moments that chance sets around the sending, the asking after and the
fetching of batches. Each start wants one more answer to every question than the one before it, so that it
finds batches of earlier starts and has something to send besides.
"""

from __future__ import annotations

import json
import os
import random
import re
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
from batches_api import BatchesApi
from messages_api import Fault
from run_project import MODEL, Command, Ran, answer, finish, start, write_project

from harness.store.samples import SampleStore

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")

QUESTIONS = 12
IN_A_BATCH = 5
MOMENTS = {"refused": 3, "submit": 3, "taken": 3, "receipt": 3, "poll": 6, "fetch": 4, "line": 20}
"""What the server sees, and the last of its kind that is meant; what is ``refused`` it never gets."""

SHORT = (("taken", 1), ("line", 2 * IN_A_BATCH), ("refused", 1))
"""In doubt although it arrived; half fetched; in doubt because it never arrived."""

Moment = tuple[str, int]
"""What the server sees, and the how-manieth of its kind."""

CONFIG = f"""[run]
retries = 2
[batch]
first_poll_s = 0.05
longest_poll_s = 0.1
max_requests = {IN_A_BATCH}
"""


NOT_RUN = Ran(-1, "", "")


@dataclass
class Killed:
    """What was seen around the kills.

    Attributes:
        folder: the project.
        moments: what the server saw last before each kill.
        committed: the requests with an answer in the store after each kill.
        open: the states of the batches that were on record after each kill.
        taken: how often the server had taken each request before anything was sent again on demand.
        last: the run that nobody killed.
        settled: the run after it, with everything in doubt sent again.
        again: the requests that were sent in ``settled``.
        trials: answers to each question that the last runs wanted.
    """

    folder: Path
    moments: list[str] = field(default_factory=list)
    committed: list[frozenset[str]] = field(default_factory=list)
    open: list[frozenset[str]] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)
    last: Ran = NOT_RUN
    settled: Ran = NOT_RUN
    again: Counter[str] = field(default_factory=Counter)
    trials: int = 0


def write_questions(folder: Path) -> None:
    write_project(folder)
    cases = "".join(f"  - {{id: c{n}, prompt: Write number {n} for users}}\n" for n in range(QUESTIONS))
    (folder / "many.yaml").write_text(f"agent: tester\ncases:\n{cases}", encoding="utf-8")
    (folder / "harness.toml").write_text(CONFIG, encoding="utf-8")


def command(trials: int, *more: str) -> tuple[str, ...]:
    return ("run", "many.yaml", *MODEL, "--no-routing", "--json", "--batch", "--trials", str(trials), *more)


def stored(folder: Path) -> frozenset[str]:
    """The requests that have an answer; the file is checked on the way."""
    path = folder / ".harness" / "samples.db"
    if not path.exists():
        return frozenset()
    with SampleStore(path) as store:
        shas = [sample.request_sha for sample in store.samples()]
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return frozenset(shas)


def on_record(folder: Path) -> frozenset[str]:
    path = folder / ".harness" / "samples.batches.db"
    if not path.exists():
        return frozenset()
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return frozenset(state for (state,) in raw.execute("SELECT state FROM batches"))


def kill_at(moment: Moment, server: BatchesApi, folder: Path, trials: int, rng: random.Random) -> str:
    """Start the command, kill it some milliseconds after such a moment, return what the server saw last."""
    reached, seen, (meant, count) = threading.Event(), ["start"], moment

    def on_event(event: str) -> None:
        seen.append(event)
        if event == meant and (meant == "refused" or seen.count(meant) >= count):
            reached.set()

    def refuse(_: int) -> Fault | None:
        return Fault(act="hang") if meant == "refused" and seen.count("submit") >= count else None

    server.on_event, server.refuse = on_event, refuse
    process = start(folder, *command(trials), url=server.url)
    while not reached.wait(0.02) and process.poll() is None:
        pass
    time.sleep(rng.uniform(0.0, 0.04))
    process.send_signal(signal.SIGKILL)
    last = seen[-1]
    finish(process)
    server.on_event, server.refuse = lambda event: None, lambda number: None
    return last


def kill_again_and_again(folder: Path, moments: list[Moment], seed: int) -> Killed:
    """Kill the command at such moments, then let it come to its end."""
    write_questions(folder)
    rng, came = random.Random(seed), Killed(folder, trials=len(moments))
    with BatchesApi(answer, batch_s=0.1) as server:
        server.delay_s = 0.03
        for number, moment in enumerate(moments, 1):
            came.moments.append(kill_at(moment, server, folder, number, rng))
            came.committed.append(stored(folder))
            came.open.append(on_record(folder))
        server.delay_s = 0.0
        came.last = finish(start(folder, *command(came.trials), url=server.url))
        came.taken = server.taken
        came.settled = finish(start(folder, *command(came.trials, "--resubmit-doubtful"), url=server.url))
        came.again = server.taken - came.taken
    return came


def the_moments(count: int) -> list[Moment]:
    if count == len(SHORT):
        return list(SHORT)
    rng = random.Random(count)
    kinds = [*MOMENTS, *rng.choices(list(MOMENTS), k=count - len(MOMENTS))]
    rng.shuffle(kinds)
    return [(kind, rng.randint(1, MOMENTS[kind])) for kind in kinds]


@pytest.fixture(scope="module", params=[len(SHORT), pytest.param(20, marks=pytest.mark.full)])
def killed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Killed:
    folder = tmp_path_factory.mktemp("killed")
    return kill_again_and_again(folder, the_moments(request.param), seed=request.param)


def test_a_kill_loses_nothing_that_was_committed(killed: Killed) -> None:
    lost = [earlier - later for earlier, later in zip(killed.committed, killed.committed[1:], strict=False)]
    assert not any(lost)


def test_nothing_that_the_server_has_is_sent_again(killed: Killed) -> None:
    assert set(killed.taken.values()) == {1}


def test_whatever_the_server_took_is_answered_in_the_end(killed: Killed) -> None:
    """No result is lost: a batch whose sender died is found, and fetched."""
    taken = set(killed.taken)
    assert taken <= {sha[:40] for sha in stored(killed.folder)}


def in_doubt(ran: Ran) -> int:
    """The requests that a command says to be in doubt."""
    return sum(
        int(number) for number in re.findall(r"a batch of (\d+) requests of [-: 0-9]+ is in doubt", ran.err)
    )


def test_what_the_server_never_got_is_told_and_not_sent(killed: Killed) -> None:
    absent = QUESTIONS * killed.trials - len(killed.taken)
    assert (killed.last.code, in_doubt(killed.last)) == (3, absent)


def test_what_is_sent_again_was_told_to_be_in_doubt(killed: Killed) -> None:
    assert sum(killed.again.values()) == in_doubt(killed.last)


def test_whoever_sends_it_again_has_every_answer(killed: Killed) -> None:
    assert (killed.settled.code, len(stored(killed.folder))) == (0, QUESTIONS * killed.trials)


def test_the_kills_left_batches_in_every_state(killed: Killed) -> None:
    """Otherwise the tests above would say nothing: in doubt, at the server, fetched, and never arrived."""
    states = frozenset().union(*killed.open)
    assert {"intended", "submitted", "done"} <= states
    assert len(killed.taken) < QUESTIONS * killed.trials


def verdicts(folder: Path) -> Any:
    return json.loads((folder / "decided.json").read_text(encoding="utf-8"))["verdicts"]


def test_the_verdicts_are_those_of_a_run_that_nobody_killed(
    killed: Killed, tmp_path: Path, harness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_questions(tmp_path)
    monkeypatch.chdir(tmp_path)
    with BatchesApi(answer) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        unbroken = harness(*command(killed.trials))
    assert verdicts(killed.folder / killed.settled.folder) == verdicts(tmp_path / unbroken.folder)
