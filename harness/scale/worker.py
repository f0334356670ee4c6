"""The program of a worker: a process that decides partitions until its input ends.

It may die of any answer: the process that watches it (:mod:`harness.scale.guard`) knows at which answer it
was, and starts another.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from pathlib import Path
from typing import IO

from pydantic import BaseModel

from harness.checks.decide import Table
from harness.checks.registry import all_checks
from harness.core.errors import HarnessError
from harness.core.garbage import collect_rarely
from harness.scale.decide import decide_partition
from harness.scale.frames import Kind, receive, send
from harness.scale.plan import Bounds, DecidingPlan, code_state, table_of

__all__ = ["Task", "main", "memory_in_use"]


class Task(BaseModel):
    """How a partition is to be decided: see :func:`harness.scale.decide.decide_partition`."""

    refused: dict[int, str] = {}
    first: tuple[int, ...] = ()


def main() -> None:
    """Decide what comes on standard input until it ends."""
    collect_rarely()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a check that prints must not write between the replies
    requests = sys.stdin.buffer
    try:
        _, data = receive(requests)
        plan = DecidingPlan.model_validate_json(data)
        checks = all_checks(Path(plan.checks_folder) if plan.checks_folder else None)
        state = code_state(checks)
        table = table_of(plan, checks)
        decide_partition(table, _nothing(), {}, (), lambda _: None)  # what is imported late is here now
        _bound_memory(plan.bounds)
        send(replies, Kind.READY, state.encode())
        while True:
            _answer(requests, replies, table, plan.bounds)
    except (EOFError, BrokenPipeError):
        os._exit(0)  # whoever watched is gone; what is still buffered has no reader
    except HarnessError as error:
        send(replies, Kind.FAULT, str(error).encode("utf-8", "backslashreplace"))


def _answer(requests: IO[bytes], replies: IO[bytes], table: Table, bounds: Bounds) -> None:
    _, told = receive(requests)
    task = Task.model_validate_json(told)
    _, data = receive(requests)

    def starting(place: int) -> None:
        # Whoever watches has ended us long before; this is for a worker that nobody watches any more.
        faulthandler.dump_traceback_later(3 * bounds.seconds, exit=True)
        send(replies, Kind.STARTING, place.to_bytes(4, "big"))

    try:
        decided = decide_partition(table, data, task.refused, task.first, starting)
    except HarnessError as error:
        send(replies, Kind.FAULT, str(error).encode("utf-8", "backslashreplace"))
        return
    finally:
        faulthandler.cancel_dump_traceback_later()
    send(replies, Kind.SIZE, memory_in_use().to_bytes(8, "big"))
    send(replies, Kind.DONE, decided)


def memory_in_use() -> int:
    """Return the bytes of memory that this process holds now; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return _most_memory()
    return pages * os.sysconf("SC_PAGE_SIZE")


def _most_memory() -> int:
    try:
        import resource
    except ImportError:  # Windows
        return 0
    most: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _bound_memory(bounds: Bounds) -> None:
    """Let an answer that takes too much memory fail here, before the machine is short of it."""
    if not bounds.memory_mb or sys.platform != "linux":
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])  # data and stack
    most = pages * os.sysconf("SC_PAGE_SIZE") + (bounds.memory_mb + bounds.worker_mb) * 1024 * 1024
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard in {resource.RLIM_INFINITY, -1} or most < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def _nothing() -> bytes:
    from harness.scale.partition import responses_bytes

    return responses_bytes(())
