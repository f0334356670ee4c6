"""Changing a file that others may change at the same moment: one at a time, whole or not at all.

Two tabs, two viewers and a process that was killed in between must not lose a label. Every change reads the
file anew under a lock, and puts the new content in the place of the old one. The lock is one of SQLite: the
operating system lets go of it when its process ends, however it ends, on every system alike.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from harness.core.errors import IncompleteError

__all__ = ["Keeper"]

_PATIENCE_S = 20.0


class Keeper:
    """Lets one change through at a time, among threads and among processes.

    Args:
        lock: a file that serves as the lock; it and its folder are created when missing.
    """

    def __init__(self, lock: Path) -> None:
        self._path = lock
        self._threads = threading.Lock()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only one who changes files while the block runs.

        Raises:
            IncompleteError: another process does not let go, or there can be no lock.
        """
        with self._threads, contextlib.closing(self._connection()) as connection:
            try:
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.Error as error:
                raise IncompleteError(
                    f"{self._path}: another viewer holds it ({error}); end that one, then do this again"
                ) from error
            yield

    def _connection(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return sqlite3.connect(self._path, timeout=_PATIENCE_S, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise IncompleteError(
                f"{self._path}: cannot be opened ({error}); make its folder writable"
            ) from error
