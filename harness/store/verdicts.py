"""Decisions that were made before: derived data beside the sample store, safe to delete at any time.

One file, one row per answer and set of rules. Everything in it was computed by one state of the code; when
the code that computes changes, all of it is forgotten. Nothing here is worth a failed run: a file that
cannot be read or written is as good as none, and the decisions are made again.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["VerdictCache", "cache_path"]

_LARGEST = 512 * 1024 * 1024
_CHUNK = 500
_SCHEMA = """
CREATE TABLE IF NOT EXISTS code (state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS decisions (key BLOB PRIMARY KEY, body BLOB NOT NULL);
"""


def cache_path(store: Path) -> Path:
    """Return where the decisions on the answers of a store are kept."""
    return store.with_name(f"{store.stem}-verdicts.db")


class VerdictCache:
    """What was decided before, by key. Several processes may use one file.

    Args:
        path: the file; made when missing.
        state: identifies the code that decides; what another state decided is forgotten.

    Attributes:
        fault: why nothing is remembered; empty while all is well.
    """

    def __init__(self, path: Path, state: str) -> None:
        self.path = path
        self.fault = ""
        self._connection: sqlite3.Connection | None = None
        with self._tolerant():
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
            self._connection = connection
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")  # what a power cut takes is computed again
            connection.executescript(_SCHEMA)
            self._forget_other(connection, state)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()

    def get_many(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return what is remembered among the keys."""
        found: dict[bytes, bytes] = {}
        wanted = list(keys)
        if self._connection is None:
            return found
        with self._tolerant():
            for start in range(0, len(wanted), _CHUNK):
                chunk = wanted[start : start + _CHUNK]
                marks = ",".join("?" * len(chunk))
                query = f"SELECT key, body FROM decisions WHERE key IN ({marks})"  # noqa: S608 - marks only
                found.update(self._connection.execute(query, chunk))
        return found

    def put_many(self, decided: Mapping[bytes, bytes]) -> None:
        """Remember decisions; what is known already stays."""
        if self._connection is None or not decided:
            return
        with self._tolerant():
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR IGNORE INTO decisions VALUES (?, ?)", decided.items())
            self._connection.execute("COMMIT")

    def _forget_other(self, connection: sqlite3.Connection, state: str) -> None:
        if connection.execute("SELECT state FROM code").fetchall() == [(state,)] and not self._too_large():
            return
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM decisions")
        connection.execute("DELETE FROM code")
        connection.execute("INSERT INTO code VALUES (?)", (state,))
        connection.execute("COMMIT")
        connection.execute("VACUUM")

    def _too_large(self) -> bool:
        return self.path.stat().st_size > _LARGEST

    @contextlib.contextmanager
    def _tolerant(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, UnicodeDecodeError) as error:  # the last: a damaged schema, quoted
            self.fault = self.fault or f"{self.path}: {error}; decisions are made again, delete the file"
            if self._connection is not None:
                self._connection.close()
            self._connection = None
