"""A run that is killed, interrupted or loses its server keeps what is stored and asks only for the rest."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from messages_api import Answer, Fault, MessagesApi, Seen, echo

from harness.store.samples import SampleStore

DRIVER = Path(__file__).parent / "run_driver.py"
CALLS = 40
WIDTH = 4

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


@pytest.fixture
def server() -> Iterator[MessagesApi]:
    with MessagesApi(delay_s=0.01) as running:
        yield running


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a run prints that nothing disturbs."""
    with MessagesApi() as running:
        return finish(start(running.url, tmp_path_factory.mktemp("unbroken") / "samples.db"))[0]


def start(url: str, store: Path, count: int = CALLS) -> subprocess.Popen[str]:
    hidden = {"ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    return subprocess.Popen(
        [sys.executable, str(DRIVER), str(store), str(count), str(WIDTH)],
        env=environment | {"ANTHROPIC_BASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> tuple[str, str, int]:
    out, err = process.communicate(timeout=120)
    return out, err, process.returncode


def questions_in(store: Path) -> set[str]:
    if not store.exists():
        return set()
    with SampleStore(store) as opened:
        return {opened.request(sample.request_sha).messages[-1].text for sample in opened.samples()}


@pytest.mark.parametrize("moment", [1, 7, 20, 33, CALLS - 1])
def test_a_killed_run_goes_on_where_it_was(
    server: MessagesApi, tmp_path: Path, moment: int, unbroken: str
) -> None:
    """The run is killed when the server gets its ``moment``-th request, then started again."""
    reached = threading.Event()

    def script(seen: Seen) -> Answer:
        if seen.number >= moment:
            reached.set()
        return echo(seen)

    server.script = script
    store = tmp_path / "samples.db"
    process = start(server.url, store)
    assert reached.wait(60)
    process.send_signal(signal.SIGKILL)
    finish(process)
    committed, asked_before = questions_in(store), len(server.seen)

    resumed, _, code = finish(start(server.url, store))
    asked_again = [seen.question for seen in server.seen[asked_before:]]

    assert code == 0
    assert len(committed) >= moment - WIDTH  # a call is only begun after an earlier one is committed
    assert committed.isdisjoint(asked_again)
    assert Counter(asked_again) == Counter({f"Question {n}" for n in range(CALLS)} - committed)
    assert resumed == unbroken


def wait_for(process: subprocess.Popen[str], answered: int) -> None:
    """Read the driver's progress until so many calls are answered."""
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("counts") and int(line.split()[1]) >= answered:
            return
    raise AssertionError("the driver ended too early")


def test_the_first_interrupt_finishes_what_is_in_flight(server: MessagesApi, tmp_path: Path) -> None:
    store = tmp_path / "samples.db"
    process = start(server.url, store, 2_000)
    wait_for(process, 5)
    process.send_signal(signal.SIGINT)
    out, err, code = finish(process)
    asked, kept = len(server.seen), len(questions_in(store))
    assert (code, asked == kept == len(out.splitlines()), asked < 2_000) == (0, True, True)
    assert f"interrupted True failures {2_000 - asked}" in err


def test_the_second_interrupt_ends_at_once_and_keeps_what_is_stored(tmp_path: Path) -> None:
    hang = Fault(act="hang")
    with MessagesApi(lambda seen: hang if seen.number > 10 else echo(seen)) as server:
        store = tmp_path / "samples.db"
        process = start(server.url, store)
        wait_for(process, 8)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        while "True" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, err, code = finish(process)
    assert (code, "Traceback" in err, len(questions_in(store)) >= 8) == (130, False, True)


def test_two_processes_share_a_store_and_end_with_the_same_answers(
    server: MessagesApi, tmp_path: Path
) -> None:
    store = tmp_path / "samples.db"
    one, two = start(server.url, store), start(server.url, store)
    (first, _, code_one), (second, _, code_two) = finish(one), finish(two)
    assert (code_one, code_two, first == second, len(questions_in(store))) == (0, 0, True, CALLS)


def test_a_dead_port_is_one_line_and_exit_code_3(tmp_path: Path) -> None:
    out, err, code = finish(start("http://127.0.0.1:9", tmp_path / "samples.db", 1_000))
    last = err.strip().splitlines()[-1]
    assert (out, code, last.startswith("error: anthropic:test-model at http://127.0.0.1:9")) == ("", 3, True)


def test_a_server_that_dies_leaves_what_it_answered(tmp_path: Path) -> None:
    store = tmp_path / "samples.db"
    with MessagesApi(lambda seen: Fault(act="reset") if seen.number >= 12 else echo(seen)) as server:
        _, err, code = finish(start(server.url, store))
    assert (code, len(questions_in(store)), "12 of 40 answers are stored" in err) == (3, 12, True)


def test_a_refused_key_ends_the_run_with_exit_code_2(tmp_path: Path) -> None:
    with MessagesApi(Fault(401, "authentication_error", "invalid key")) as server:
        _, err, code = finish(start(server.url, tmp_path / "samples.db"))
        asked = len(server.seen)
    assert (code, asked <= 4, "check ANTHROPIC_API_KEY" in err) == (2, True, True)
