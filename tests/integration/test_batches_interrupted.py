"""Ctrl-C while batches are sent and waited for: nothing that was paid for is lost, and it goes on later."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from batch_project import BATCH, QUESTIONS
from batches_api import BatchesApi
from run_project import Command, Ran, finish, start


def interrupted(folder: Path, server: BatchesApi, *, times: int = 1) -> Ran:
    """Run until a batch was asked after, and interrupt it then."""
    process = start(folder, *BATCH, url=server.url)
    wait_for_polls(process, server, 2)
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        seen = server.polls
        if times > 1:
            wait_for_polls(process, server, seen, most=20)
    return finish(process)


def wait_for_polls(process: subprocess.Popen[str], server: BatchesApi, polls: int, most: int = 1_000) -> None:
    """Wait until the server was asked so often, or the process is gone."""
    for _ in range(most):
        if server.polls >= polls or process.poll() is not None:
            return
        try:
            process.wait(0.02)
        except subprocess.TimeoutExpired:
            continue


@pytest.fixture
def slow(batch_server: BatchesApi) -> Iterator[BatchesApi]:
    """Batches that do not end while anybody waits."""
    batch_server.batch_s = 3_600
    return batch_server


def test_the_first_interrupt_waits_no_longer_and_says_how_it_goes_on(
    slow: BatchesApi, small_project: Path
) -> None:
    ran = interrupted(small_project, slow)
    assert (ran.code, "Traceback" in ran.err, "msgbatch_0" in ran.err) == (3, False, True)


def test_what_was_interrupted_is_fetched_later_and_not_sent_again(
    slow: BatchesApi, small_project: Path, harness: Command
) -> None:
    interrupted(small_project, slow)
    slow.batch_s = 0
    ran = harness(*BATCH)
    assert (ran.code, len(slow.batches), set(slow.taken.values())) == (0, 1, {1})
    assert ran.document["usage"]["asked"] == QUESTIONS


def test_the_second_interrupt_ends_at_once_and_loses_nothing(
    slow: BatchesApi, small_project: Path, harness: Command
) -> None:
    ran = interrupted(small_project, slow, times=2)
    slow.batch_s = 0
    later = harness(*BATCH)
    assert (ran.code in {3, 130}, "Traceback" in ran.err) == (True, False)
    assert (later.code, len(slow.batches)) == (0, 1)
