"""How many threads a model may have: cores this process may use and that nobody else is using."""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median

__all__ = ["allowed_cores", "free_cores"]

CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Where Linux says how much processor time a container gets: microseconds per period, or ``max``."""

LOAD = Path("/proc/loadavg")
_LOOKS, _APART_S = 5, 0.04


def allowed_cores() -> int:
    """Return how many cores this process may use, which in a container is fewer than there are."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = CPU_QUOTA.read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return cores  # no control groups here, so no quota
    return cores if quota == "max" else max(1, min(cores, int(quota) // int(period)))


def free_cores() -> int:
    """Return how many of them are free now; at least 1.

    The threads of a model wait for one another at every layer, so one that has to share its core holds up
    all: on a busy machine two threads were measured to be four times slower than one.
    """
    allowed = allowed_cores()
    running = []
    for _ in range(_LOOKS if allowed > 1 else 0):
        time.sleep(_APART_S)
        try:
            now = LOAD.read_text(encoding="ascii").split()[3]
            running.append(int(now.partition("/")[0]) - 1)  # this process is one of those that run
        except (OSError, ValueError, IndexError):
            return allowed  # no such file here: take what is allowed
    return max(1, allowed - round(median(running))) if running else allowed
