"""One worker and the one who watches it: what kills a worker costs the answer at which it died, no more.

A worker says which answer it starts. When it dies or takes too long, another one gets the partition, and
decides that answer first, in a process that has done nothing else. When that dies too, the answer is given
up: its verdicts are errors that say why, and the rest of the partition is decided. A worker that was killed
from outside is no proof against the answer, so there it takes more deaths.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

from harness.core.errors import IncompleteError, InputError
from harness.scale.frames import Kind, receive, send
from harness.scale.plan import DecidingPlan
from harness.scale.worker import Task

__all__ = ["Guard", "Tally"]

_DEATHS = 2
_KILLS = 5  # deaths by a signal that others send: the system that is short of memory, an administrator
_VAIN_STARTS = 5
_START_S = 180.0
_END_S = 5.0
_LOOK_S = 0.25
_FROM_OUTSIDE = {-int(signal.SIGTERM), -int(getattr(signal, "SIGKILL", 9))}
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from harness.scale.worker import main; main()"
)


@dataclass(slots=True)
class Tally:
    """What happened to workers: how many were started, how many died, and how large the largest was."""

    started: int = 0
    died: int = 0
    largest: int = 0
    sizes: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Death:
    """How a worker ended, and at which answer; -1: at none."""

    place: int
    reason: str
    outside: bool


class _Died(Exception):  # noqa: N818 - an event, told to the caller one level up
    def __init__(self, death: _Death) -> None:
        super().__init__(death.reason)
        self.death = death


class Guard:
    """Starts a worker when there is something to decide, and another one whenever it is needed.

    Args:
        plan: what decides.

    Attributes:
        tally: what happened so far.
    """

    def __init__(self, plan: DecidingPlan) -> None:
        self.plan = plan
        self.tally = Tally()
        self._process: subprocess.Popen[bytes] | None = None
        self._partitions = 0
        self._deadline = 0.0  # by the monotonic clock; 0: nothing is awaited
        self._overdue = False
        self._closed = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def pid(self) -> int:
        """The number of the worker's process; 0: none is there."""
        process = self._process
        return 0 if process is None else process.pid

    def decide(self, data: bytes, told: Callable[[int], None]) -> bytes:
        """Decide a partition.

        Args:
            data: the partition.
            told: told how many of its answers were started.

        Raises:
            InputError: the partition is damaged, or the worker decides by other code.
            IncompleteError: no worker can be started, or the guard was closed.
        """
        strikes: Counter[int] = Counter()
        refused: dict[int, str] = {}
        first: tuple[int, ...] = ()
        vain = 0
        while True:
            try:
                return self._attempt(data, Task(refused=refused, first=first), told)
            except _Died as died:
                self._drop()
                death = died.death
                self.tally.died += 1
                if self._closed.is_set():
                    raise IncompleteError("stopped; run again, what is decided stays") from None
                if death.place < 0:
                    vain += 1
                    if vain >= _VAIN_STARTS:
                        raise IncompleteError(f"workers end before they decide: {death.reason}") from None
                    continue
                strikes[death.place] += 1
                first = (death.place,)
                if strikes[death.place] >= (_KILLS if death.outside else _DEATHS):
                    refused[death.place] = f"given up: {death.reason}"
                    first = ()

    def close(self) -> None:
        """Let the worker go."""
        self._closed.set()
        self._drop()

    # --- inside ----------------------------------------------------------------------------------

    def _attempt(self, data: bytes, task: Task, told: Callable[[int], None]) -> bytes:
        place, started = -1, 0
        process = self._ready()
        try:
            requests, replies = _pipes(process)
            self._await(self.plan.bounds.seconds)
            send(requests, Kind.TASK, task.model_dump_json().encode())
            send(requests, Kind.PARTITION, data)
            while True:
                kind, body = receive(replies)
                self._await(self.plan.bounds.seconds)
                if kind is Kind.STARTING:
                    place, started = int.from_bytes(body, "big"), started + 1
                    told(started)
                elif kind is Kind.SIZE:
                    self._measured(int.from_bytes(body, "big"))
                elif kind is Kind.FAULT:
                    raise InputError(body.decode("utf-8"))
                else:
                    self._partitions += 1
                    return body
        except (OSError, EOFError, ValueError) as error:
            raise _Died(self._death(process, place)) from error
        finally:
            self._deadline = 0.0

    def _ready(self) -> subprocess.Popen[bytes]:
        """Return a worker that has proved to decide by our code."""
        bounds = self.plan.bounds
        grown = self.tally.sizes and self.tally.sizes[-1] > bounds.worker_mb * 1024 * 1024
        if self._process is not None and (grown or self._partitions >= bounds.worker_partitions):
            self._drop()
        if self._process is not None:
            return self._process
        process = self._started()
        try:
            requests, replies = _pipes(process)
            self._await(_START_S)
            send(requests, Kind.PLAN, self.plan.model_dump_json().encode())
            kind, body = receive(replies)
        except (OSError, EOFError, ValueError) as error:
            raise _Died(self._death(process, -1)) from error
        finally:
            self._deadline = 0.0
        if kind is Kind.FAULT:
            raise InputError(body.decode("utf-8"))
        if body.decode() != self.plan.state:
            raise InputError(
                "a worker decides by other code (another release, parser, Python, or other checks of your "
                "own); install the same everywhere, and do not change it while it is used"
            )
        return process

    def _started(self) -> subprocess.Popen[bytes]:
        if self._closed.is_set():
            raise IncompleteError("stopped; run again, what is decided stays")
        try:
            process = subprocess.Popen(
                [sys.executable, "-c", _START, json.dumps(sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        except OSError as error:
            raise IncompleteError(f"a worker cannot be started ({error}); free some memory") from error
        self._process, self._partitions, self._overdue = process, 0, False
        self.tally.started += 1
        self.tally.sizes.clear()
        return process

    def _measured(self, size: int) -> None:
        self.tally.sizes.append(size)
        self.tally.largest = max(self.tally.largest, size)

    def _death(self, process: subprocess.Popen[bytes], place: int) -> _Death:
        try:
            code = process.wait(_END_S)  # its pipes close before its exit code is known
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        if self._overdue:
            reason = f"it took longer than {self.plan.bounds.seconds:g} seconds"
            return _Death(place, reason, outside=False)
        outside = code in _FROM_OUTSIDE
        return _Death(place, f"the worker that decided it ended with {_named(code)}", outside)

    def _await(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds

    def _watch(self) -> None:
        while not self._closed.wait(_LOOK_S):
            deadline, process = self._deadline, self._process
            if deadline and process is not None and time.monotonic() > deadline:
                self._overdue = True
                with contextlib.suppress(OSError):
                    process.kill()

    def _drop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        process.kill()
        process.wait()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise EOFError("the worker has no pipes")
    return process.stdin, process.stdout


def _named(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
