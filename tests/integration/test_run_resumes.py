"""A run that ends early loses nothing that was answered, says so, and goes on where it was."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from messages_api import Answer, Fault, MessagesApi, Seen
from run_project import MODEL, Command, answer, finish, manifest, runs, start, write_project

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")

CALLS = 20  # compliance questions of the many-questions project
WIDTH = 3
MANY = ("run", "many.yaml", "datasets/routing.yaml", *MODEL, "--json", "--max-tokens", "500")
ROUTED = 5
PLAIN = (*MANY, "--no-routing")  # saves the seconds that loading the routing figures takes


def write_many(folder: Path) -> None:
    """A project with enough questions to be in the middle of."""
    write_project(folder)
    kinds = ("users", "orders", "plans")
    cases = "".join(
        f"  - {{id: c{number}, prompt: Write {kinds[number % 3]} number {number}}}\n"
        for number in range(CALLS)
    )
    (folder / "many.yaml").write_text(f"agent: tester\ncases:\n{cases}", encoding="utf-8")
    (folder / "harness.toml").write_text(f"[run]\nconcurrency = {WIDTH}\n", encoding="utf-8")


@pytest.fixture
def many(tmp_path: Path) -> Path:
    write_many(tmp_path)
    return tmp_path


def results(folder: Path, run: Path) -> dict[str, Any]:
    """What a run found, without what says when and how it came about."""
    document = json.loads((folder / run / "results.json").read_text(encoding="utf-8"))
    for name in ("asked", "reused", "seconds"):
        del document["usage"][name]
    return {name: value for name, value in document.items() if name != "run"}


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("unbroken")
    write_many(folder)
    with MessagesApi(answer) as server:
        return results(folder, finish(start(folder, *MANY, url=server.url)).folder)


def keys(server: MessagesApi) -> list[str]:
    return [json.dumps(seen.body, sort_keys=True) for seen in server.seen]


class Gate:
    """A model that lets so many calls through and keeps the others waiting until it is opened."""

    def __init__(self, calls: int) -> None:
        self.calls = calls
        self.reached = threading.Event()

    def __call__(self, seen: Seen) -> Answer | Fault:
        if seen.number < self.calls:
            return answer(seen)
        self.reached.set()
        return Fault(act="hang")


@pytest.mark.parametrize("moment", [11, CALLS + 2])
def test_a_killed_run_is_completed_and_equals_an_unbroken_one(
    many: Path, unbroken: dict[str, Any], moment: int
) -> None:
    """It is killed with ``moment`` answers given, then run again: only what is missing is asked."""
    gate = Gate(moment)
    with MessagesApi(gate) as server:
        process = start(many, *MANY, url=server.url)
        assert gate.reached.wait(60)
        wait_for_samples(many, moment)
        process.kill()
        finish(process)
        answered = set(keys(server)[:moment])
        (killed,) = runs(many)
        assert manifest(killed)["status"] == "running"
        asked, server.script = len(server.seen), answer
        again = finish(start(many, *MANY, url=server.url))
        assert answered.isdisjoint(keys(server)[asked:])
    assert (again.code, results(many, again.folder)) == (0, unbroken)
    usage = again.document["usage"]
    assert (usage["reused"], usage["asked"]) == (moment, CALLS + ROUTED - moment)


def wait_for_samples(folder: Path, count: int) -> None:
    """Wait until the answers given are committed."""
    from harness.store.samples import SampleStore

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        path = folder / ".harness" / "samples.db"
        if path.exists():
            with SampleStore(path) as store:
                if len(store) >= count:
                    return
        time.sleep(0.02)
    raise AssertionError(f"fewer than {count} samples were committed")


def test_a_second_run_asks_nothing(small_project: Path, model_server: MessagesApi, harness: Command) -> None:
    first = harness("run", *MODEL, "--json")
    asked = len(model_server.seen)
    second = harness("run", *MODEL, "--json")
    assert (len(model_server.seen), second.document["usage"]["asked"]) == (asked, 0)
    assert results(small_project, second.folder) == results(small_project, first.folder)
    assert second.err == (
        "4 compliance cases, 6 routing cases: 10 answers wanted from anthropic:m, 10 of them stored\n"
    )


def test_two_runs_at_once_share_a_store_and_find_the_same(many: Path, unbroken: dict[str, Any]) -> None:
    with MessagesApi(answer, delay_s=0.02) as server:
        both = [start(many, *MANY, url=server.url) for _ in range(2)]
        first, second = (finish(process) for process in both)
        counts = Counter(keys(server))
    assert (first.code, second.code, first.folder != second.folder) == (0, 0, True)
    assert results(many, first.folder) == results(many, second.folder) == unbroken
    assert max(counts.values()) <= 2


def interrupt(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)


def test_one_interrupt_reports_what_is_there_and_the_next_run_completes_it(
    many: Path, unbroken: dict[str, Any]
) -> None:
    """Calls in flight are finished; the exit code says that the run is incomplete."""
    reached, go_on = threading.Event(), threading.Event()

    def script(seen: Seen) -> Answer:
        if seen.number == 8:
            reached.set()
            go_on.wait(60)  # holds the server's loop: nobody is answered until the signal is out
        return answer(seen)

    with MessagesApi(script) as server:
        process = start(many, *MANY, url=server.url)
        assert reached.wait(60)
        interrupt(process)
        time.sleep(0.3)
        go_on.set()
        stopped = finish(process)
        asked = len(server.seen)
        document = stopped.document
        assert (stopped.code, manifest(many / stopped.folder)["status"]) == (3, "incomplete")
        assert (document["usage"]["asked"], asked < CALLS) == (asked, True)
        assert "stopped: " in stopped.err
        assert (many / stopped.folder / "report.html").is_file()
        again = finish(start(many, *MANY, url=server.url))
        assert (again.code, len(server.seen)) == (0, CALLS + ROUTED)
    assert results(many, again.folder) == unbroken


def test_a_second_interrupt_ends_at_once(many: Path) -> None:
    """Nothing is reported, the manifest says incomplete, what was answered is stored."""
    gate = Gate(5)
    with MessagesApi(gate) as server:
        process = start(many, *PLAIN, url=server.url)
        assert gate.reached.wait(60)
        wait_for_samples(many, 5)
        interrupt(process)
        time.sleep(0.5)
        interrupt(process)
        ended = finish(process)
    (folder,) = runs(many)
    assert (ended.code, ended.out, manifest(folder)["status"]) == (130, "", "incomplete")
    assert ended.err.splitlines()[-1] == "harness: stopped"


def test_a_server_that_dies_leaves_a_report_of_what_it_answered(many: Path) -> None:
    with MessagesApi(lambda seen: Fault(act="reset") if seen.number >= 9 else answer(seen)) as server:
        ran = finish(start(many, *PLAIN, url=server.url))
    aggregate = ran.scores("*")["base"]
    assert (ran.code, manifest(many / ran.folder)["status"]) == (3, "incomplete")
    assert (ran.document["usage"]["asked"], aggregate["missing"]) == (9, (CALLS - 9) * 3)
    assert "9 of 20 answers are stored: run again to go on from there" in ran.err


REFUSED = Fault(400, "invalid_request_error", "not this one")


@pytest.mark.parametrize(("limit", "code"), [(0.1, 0), (0.05, 3)])
def test_the_exit_code_follows_the_share_of_missing_answers(
    small_project: Path, model_server: MessagesApi, harness: Command, limit: float, code: int
) -> None:
    """One of ten answers is missing; routing choices count like all others."""
    (small_project / "harness.toml").write_text(f"[run]\nmissing_limit = {limit}\n", encoding="utf-8")
    model_server.script = lambda seen: REFUSED if "weather" in seen.question else answer(seen)
    ran = harness("run", *MODEL, "--json")
    assert (ran.code, manifest(ran.folder)["status"]) == (code, "incomplete")
    assert "1 of 10 answers are missing (bad_request), such as: anthropic:m at " in ran.err


def test_a_missing_routing_choice_is_no_missing_answer_of_a_rule(
    model_server: MessagesApi, small_project: Path, harness: Command
) -> None:
    """The dialogue is a case of both kinds under one id; only its routing call fails."""
    model_server.script = lambda seen: REFUSED if seen.body.get("tools") else answer(seen)
    ran = harness("run", "tester", *MODEL, "--json")
    assert ran.routers()["model", "base"]["missing"] == 1
    assert {row["missing"] for row in ran.document["scores"]} == {0}


def test_a_refused_key_after_paid_answers_still_reports_them(
    model_server: MessagesApi, small_project: Path, harness: Command
) -> None:
    refused = Fault(401, "authentication_error", "invalid x-api-key")
    harness("run", *MODEL, "--case", "users", "--json")
    model_server.script = refused
    ran = harness("run", *MODEL, "--json")
    assert (ran.code, ran.scores()["base"]["n"], ran.document["usage"]["reused"]) == (2, 1, 1)
    assert "check ANTHROPIC_API_KEY" in ran.err


def test_raising_the_limit_asks_only_for_what_is_new(
    model_server: MessagesApi, small_project: Path, harness: Command
) -> None:
    harness("run", "tester", *MODEL, "--limit", "2", "--no-routing")
    harness("run", "tester", *MODEL, "--limit", "3", "--no-routing")
    assert len(model_server.seen) == 3


def test_a_store_that_cannot_grow_ends_the_run_and_keeps_what_fits(many: Path) -> None:
    """As on a full disk, for any user: no file may exceed 300 kB. With room, the run is completed."""
    with MessagesApi(
        lambda seen: Answer("word " * 4_000) if "number" in seen.question else answer(seen)
    ) as server:
        limited = 'ulimit -f 300; exec "$@"'
        process = subprocess.Popen(
            ["bash", "-c", limited, "bash", sys.executable, "-m", "harness", *PLAIN],
            cwd=many,
            env={**os.environ, "ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "dummy"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        stopped = finish(process)
        asked = len(server.seen)
        again = finish(start(many, *PLAIN, url=server.url))
    assert (stopped.code, "Traceback" in stopped.err, 0 < asked < CALLS) == (3, False, True)
    assert (again.code, again.document["usage"]["reused"] > 0) == (0, True)
