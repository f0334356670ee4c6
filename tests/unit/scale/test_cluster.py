"""An existing Dask scheduler: workers that are killed, and more answers than one machine likes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from stored import (
    AGENT,
    ALL,
    FRAGILE,
    decided_by,
    decided_here,
    digests_by,
    digests_here,
    exported,
    jobs_of,
    plan_of,
    response,
    rules_of,
)

from harness.scale.cluster import DaskEngine
from harness.scale.local import LocalEngine
from harness.scale.plan import Bounds

pytestmark = pytest.mark.full


@dataclass
class Cluster:
    """A scheduler's address and the processes of its workers."""

    address: str
    workers: list[subprocess.Popen[bytes]]


@pytest.fixture
def cluster(fragile: None, tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler and two workers, each a process of its own, on loopback."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    file = tmp_path / "scheduler.json"
    options = ["--host", "127.0.0.1", "--scheduler-file", str(file), "--no-dashboard"]

    def dask(*arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments, *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )

    scheduler = dask("scheduler", "--port", "0")
    deadline = time.monotonic() + 60
    while not file.is_file() and time.monotonic() < deadline:
        time.sleep(0.1)
    place = ("--local-directory", str(tmp_path))
    workers = [dask("worker", "--no-nanny", "--nthreads", "1", *place) for _ in range(2)]
    yield Cluster(json.loads(file.read_text(encoding="utf-8"))["address"], workers)
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


def test_a_dask_worker_may_be_killed(cluster: Cluster, tmp_path: Path) -> None:
    """Others get what it was at; what comes out is complete and the same."""
    folder = tmp_path / "export"
    jobs = jobs_of(folder, exported(folder, (response(number, f"SLOW {number}") for number in range(160))))
    plan = plan_of(rules_of(AGENT + FRAGILE))

    def kill() -> None:
        time.sleep(6)
        cluster.workers[0].send_signal(signal.SIGKILL)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    found = decided_by(DaskEngine(cluster.address), plan, jobs)
    thread.join(60)
    assert (cluster.workers[0].poll(), found == decided_here(plan, jobs)) == (-9, True)


def test_two_hundred_thousand_answers_are_decided_in_flat_memory(tmp_path: Path) -> None:
    """With all rules: both engines make of every partition what one process makes, and no worker grows on."""
    export = exported(tmp_path, (response(number) for number in range(200_000)), size=256)
    jobs = jobs_of(tmp_path, export)
    plan = plan_of(rules_of(ALL), Bounds(worker_partitions=10_000))
    engine = LocalEngine(2)
    local, dask = digests_by(engine, plan, jobs), digests_by(DaskEngine(workers=2), plan, jobs)
    sizes = [guard.tally.sizes for guard in engine.guards]
    assert (len(local), dask == local, local == digests_here(plan, jobs)) == (len(jobs), True, True)
    assert [max(one) < 1.3 * one[len(one) // 4] for one in sizes] == [True, True]
