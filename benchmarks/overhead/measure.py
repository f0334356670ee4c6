"""What a program costs: wall time, processor time, peak memory and disk, its children included."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Cost", "FailedError", "cost_of", "disk_bytes", "serving"]

_PAGE = os.sysconf("SC_PAGE_SIZE")
_LOOK_S = 0.05


class FailedError(Exception):
    """A program did not do its work; the message is the end of what it said."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of wall and processor time, bytes of peak memory (all processes together) and of disk."""

    wall: float
    cpu: float
    memory: int
    disk: int

    def least(self, other: Cost) -> Cost:
        """Return the better of two runs, figure by figure: what a busy machine adds is left out."""
        pairs = zip(
            (self.wall, self.cpu, self.memory, self.disk),
            (other.wall, other.cpu, other.memory, other.disk),
            strict=True,
        )
        wall, cpu, memory, disk = (min(pair) for pair in pairs)
        return Cost(wall, cpu, int(memory), int(disk))


def cost_of(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float = 1_800.0
) -> Cost:
    """Run a program to its end in a folder, and return what it took.

    Raises:
        FailedError: it ended with another exit code than 0, or not in time.
    """
    before = disk_bytes(folder)
    log = folder.parent / f"{folder.name}.log"
    with log.open("wb") as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=_as_users_have_it(environment), stdout=said, stderr=said
        )
        memory = _Memory(process.pid)
        timer = threading.Timer(timeout, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
    peak = max(memory.stop(), usage.ru_maxrss * 1024)
    if process.returncode != 0:
        tail = log.read_text(encoding="utf-8", errors="replace").strip()[-1_500:]
        raise FailedError(f"{' '.join(command[:3])} ended with {process.returncode}: {tail}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak, disk_bytes(folder) - before)


def _as_users_have_it(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program: Python keeps what it compiled, for everyone alike."""
    without = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**without, **variables}


class _Memory:
    """Watches the resident memory of a process and its descendants."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Return the peak in bytes."""
        self._over.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_S):
            self._peak = max(self._peak, sum(_resident(pid) for pid in _tree(self._pid)))


def _tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            tasks = Path(f"/proc/{one}/task").iterdir()
            for task in tasks:
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue  # it has ended
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def disk_bytes(folder: Path) -> int:
    """Return what the files below a folder take on the disk."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


class serving:  # noqa: N801 - used like a function
    """The model of the benchmark, in a process of its own: ``with serving(0.05) as address``."""

    def __init__(self, delay: float) -> None:
        self._command = [sys.executable, str(Path(__file__).with_name("server.py")), "--delay", str(delay)]

    def __enter__(self) -> str:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self._process.stdout.readline().strip() if self._process.stdout is not None else ""

    def __exit__(self, *_: object) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()
