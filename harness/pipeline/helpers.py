"""Decide on all cores: further processes that take answers while this one decides too.

A helper is a plain subprocess of ours, not one of ``multiprocessing``: nothing is forked while a model's
threads run, and no program that imports this package is started a second time. It proves that it decides by
the very same code before it is given anything; whatever goes wrong with it, this process decides instead.
"""

from __future__ import annotations

import contextlib
import json
import pickle  # between this process and its own children only
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from harness.checks.decide import Table, decide_answer
from harness.core.types import Case, Sample, Verdict
from harness.providers.cores import allowed_cores

__all__ = ["WORTHWHILE", "Deciders", "Helper", "Table", "decide_answer"]

WORTHWHILE = 64
"""Answers at once from which on another process pays: starting one takes as long as deciding a hundred."""

_CHUNK = 8
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from harness.pipeline.helper import main; main(sys.argv[2])"
)
Pair = tuple[Sample, Case]
Verdicts = tuple[Verdict, ...]


class Deciders:
    """This process and its helpers. They are started when there is enough to decide.

    Args:
        table: what decides.
        folder: of the team's declarative checks, for the helpers to load.
        state: identifies the code that decides; a helper with another one is not used.
        cores: processes in all; 0: as many as this process may use.
    """

    def __init__(self, table: Table, folder: Path | None, state: str, cores: int = 0) -> None:
        self._table = table
        self._folder = folder
        self._state = state
        self._wanted = (cores or allowed_cores()) - 1
        self._helpers: list[Helper] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for helper in self._helpers:
            helper.end()

    def decide(self, pairs: Sequence[Pair], progress: Callable[[int], None]) -> list[Verdicts]:
        """Decide answers, in their order; ``progress`` is told of each chunk how many it held."""
        if len(pairs) >= WORTHWHILE and not self._helpers:
            self._helpers = [
                Helper(self._table, self._folder, self._state) for _ in range(max(0, self._wanted))
            ]
        found: list[Verdicts | None] = [None] * len(pairs)
        waiting = deque(range(0, len(pairs), _CHUNK))
        done: deque[int] = deque()

        def help_with(helper: Helper) -> None:
            while (start := _taken(waiting)) is not None:
                chunk = pairs[start : start + _CHUNK]
                verdicts = helper.decide(chunk)
                if verdicts is None:
                    waiting.append(start)
                    return
                found[start : start + _CHUNK] = verdicts
                done.append(len(chunk))

        threads = [
            threading.Thread(target=help_with, args=(helper,), daemon=True) for helper in self._helpers
        ]
        for thread in threads:
            thread.start()
        while waiting or any(thread.is_alive() for thread in threads):
            while (start := _taken(waiting)) is not None:
                chunk = pairs[start : start + _CHUNK]
                found[start : start + _CHUNK] = [decide_answer(self._table, *pair) for pair in chunk]
                done.append(len(chunk))
                _tell(done, progress)
            for thread in threads:
                thread.join(0.05)
        _tell(done, progress)
        return [
            decide_answer(self._table, *pair) if verdicts is None else verdicts
            for pair, verdicts in zip(pairs, found, strict=True)
        ]


def _taken(waiting: deque[int]) -> int | None:
    try:
        return waiting.popleft()
    except IndexError:
        return None


def _tell(done: deque[int], progress: Callable[[int], None]) -> None:
    while done:
        progress(done.popleft())


class Helper:
    """One further process that decides, and the pipe to it.

    Args:
        table: what decides.
        folder: of the team's declarative checks, for the process to load.
        state: identifies the code that decides; a process with another one is not used.
    """

    def __init__(self, table: Table, folder: Path | None, state: str) -> None:
        self._hello = (tuple(table.bindings), table.mode, state)
        self._greeted = False
        self._process: subprocess.Popen[bytes] | None = None
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, json.dumps(sys.path), str(folder or "")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )

    def decide(self, chunk: Sequence[Pair]) -> list[Verdicts] | None:
        """Decide some answers there; ``None``: the helper is of no use (any more)."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return None
        try:
            if not self._greeted:
                _send(process.stdin, self._hello)
                self._greeted = True
                if _receive(process.stdout) is not True:
                    raise EOFError("the helper decides by other code")
            _send(process.stdin, list(chunk))
            verdicts: list[Verdicts] = _receive(process.stdout)
        except (OSError, EOFError, pickle.PickleError, AttributeError, TypeError):
            self.end()
            return None
        return verdicts

    def end(self) -> None:
        """Let the process go; it ends when its input does."""
        process, self._process = self._process, None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            process.terminate()
            process.wait()


def _send(pipe: IO[bytes], value: object) -> None:
    pickle.dump(value, pipe, protocol=5)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> Any:
    return pickle.load(pipe)  # noqa: S301 - written by our own child
