"""The program of a helper that decides; see :mod:`harness.pipeline.helpers`."""

from __future__ import annotations

import os
import pickle  # between a process and the one that started it only
import signal
import sys
from pathlib import Path
from typing import IO

from harness.checks.registry import all_checks
from harness.core.garbage import collect_rarely
from harness.pipeline.helpers import Table, decide_answer
from harness.pipeline.remembered import Rules, state_of

__all__ = ["main"]


def main(folder: str) -> None:
    """Decide what comes on standard input until it ends.

    Args:
        folder: of the team's declarative checks; empty: there is none.
    """
    collect_rarely()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a check that prints must not write between the replies
    requests = sys.stdin.buffer
    checks = all_checks(Path(folder) if folder else None)
    bindings, mode, state = pickle.load(requests)  # noqa: S301 - written by the process that started us
    table = Table(bindings, checks, mode)
    _reply(replies, state_of(Rules(bindings, checks, mode)) == state)
    while True:
        try:
            pairs = pickle.load(requests)  # noqa: S301 - as above
        except EOFError:
            return
        _reply(replies, [decide_answer(table, sample, case) for sample, case in pairs])


def _reply(pipe: IO[bytes], value: object) -> None:
    pickle.dump(value, pipe, protocol=5)
    pipe.flush()
