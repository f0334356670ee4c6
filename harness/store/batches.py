"""What was handed over in batches: written down before it is sent, so that nothing is paid twice unnoticed.

A file beside the sample store. A batch begins as *intended*, in one commit with the requests it will hold;
once the server has named it, it is *submitted*. A process that dies between the two leaves an intent of
which nobody knows whether the server took it: its requests are in *doubt* and are not sent again before the
server's own list tells, or the user says so. One process at a time works with the file; the operating
system gives it free when that process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from harness.core.errors import IncompleteError, StoreError

__all__ = ["BatchRecord", "BatchState", "OpenBatch", "promised", "record_path"]

_VERSION = 1
_WAIT_S = 2.0
_SHA_DIGITS = 40  # of 64: a custom id has 64 characters at most, and must also name its batch
_CUSTOM_ID = re.compile(r"([0-9a-f]{40})-([0-9a-f]{16})")
_SCHEMA = f"""
CREATE TABLE batches (
  id INTEGER PRIMARY KEY,
  server TEXT NOT NULL,
  token TEXT NOT NULL,
  batch_id TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  requests INTEGER NOT NULL,
  created REAL NOT NULL
);
CREATE TABLE items (
  batch INTEGER NOT NULL REFERENCES batches (id),
  request_sha TEXT NOT NULL,
  PRIMARY KEY (batch, request_sha)
) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
"""
_OPEN = "state IN ('intended', 'submitted')"


class BatchState(StrEnum):
    """How far a batch has come; ``abandoned``: the user chose to ask again instead."""

    INTENDED = "intended"
    SUBMITTED = "submitted"
    DONE = "done"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch of which results are still to come.

    Attributes:
        id: in the file.
        server: where it was sent.
        token: part of the name of each of its requests, and of no other batch's.
        batch_id: as the server calls it; empty: nobody knows whether the server has it.
        requests: how many it was sent with.
        created: when it was intended, in seconds since 1970.
    """

    id: int
    server: str
    token: str
    batch_id: str
    requests: int
    created: float

    def custom_id(self, sha: str) -> str:
        """Return the name that a request has in this batch."""
        return f"{sha[:_SHA_DIGITS]}-{self.token}"

    def owns(self, custom_id: str) -> bool:
        """Tell whether a request with such a name was sent in this batch."""
        found = _CUSTOM_ID.fullmatch(custom_id)
        return found is not None and found[2] == self.token


def record_path(store: Path) -> Path:
    """Return the file that belongs to a sample store."""
    return store.with_name(f"{store.stem}.batches.db")


def promised(store: Path, shas: Collection[str]) -> int:
    """Return how many of some requests are in a batch whose results were not fetched yet.

    Raises:
        IncompleteError: another process works with the batches of this store.
        StoreError: the file cannot be read.
    """
    path = record_path(store)
    if not path.is_file():
        return 0
    with BatchRecord(path) as record:
        return len(record.in_open_batches() & set(shas))


class BatchRecord:
    """The file. It is held by this process until it is closed.

    Raises:
        IncompleteError: another process holds it.
        StoreError: it cannot be opened, or was written by a later release.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._guard():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False
            )
        try:
            with self._guard():
                self._open()
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def intend(self, server: str, shas: Sequence[str]) -> OpenBatch:
        """Write down what is about to be sent, before it is.

        Raises:
            StoreError: it could not be committed; then nothing may be sent.
        """
        token, now = secrets.token_hex(8), time.time()
        with self._transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO batches (server, token, state, requests, created) VALUES (?, ?, ?, ?, ?)",
                (server, token, BatchState.INTENDED, len(shas), now),
            )
            number = int(cursor.lastrowid or 0)
            connection.executemany("INSERT INTO items VALUES (?, ?)", ((number, sha) for sha in shas))
        return OpenBatch(number, server, token, "", len(shas), now)

    def submitted(self, batch: OpenBatch, batch_id: str) -> OpenBatch:
        """Write down that the server has a batch, and what it calls it."""
        self._update(batch, BatchState.SUBMITTED, batch_id)
        return OpenBatch(batch.id, batch.server, batch.token, batch_id, batch.requests, batch.created)

    def withdraw(self, batch: OpenBatch) -> None:
        """Forget a batch that the server has refused: nothing of it will be answered or paid."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM items WHERE batch = ?", (batch.id,))
            connection.execute("DELETE FROM batches WHERE id = ?", (batch.id,))

    def abandon(self, batch: OpenBatch) -> None:
        """Give up a batch: its requests may be sent again, and may be paid twice."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM items WHERE batch = ?", (batch.id,))
            connection.execute("UPDATE batches SET state = ? WHERE id = ?", (BatchState.ABANDONED, batch.id))

    def settle(self, batch: OpenBatch, shas: Sequence[str]) -> None:
        """Write down that results were dealt with; the last one ends the batch.

        Call it after the answers were committed: what is fetched twice does no harm, what is lost does.
        """
        with self._transaction() as connection:
            connection.executemany(
                "DELETE FROM items WHERE batch = ? AND request_sha = ?", ((batch.id, sha) for sha in shas)
            )
            (left,) = connection.execute("SELECT count(*) FROM items WHERE batch = ?", (batch.id,)).fetchone()
            if not left:
                connection.execute("UPDATE batches SET state = ? WHERE id = ?", (BatchState.DONE, batch.id))

    def open_batches(self, server: str) -> list[OpenBatch]:
        """Return the batches of a server whose results are still to come, oldest first."""
        columns = "id, server, token, batch_id, requests, created"
        query = f"SELECT {columns} FROM batches WHERE {_OPEN} AND server = ? ORDER BY id"  # noqa: S608 - fixed
        return [OpenBatch(*row) for row in self._read(query, (server,))]

    def waiting(self, batch: OpenBatch) -> list[str]:
        """Return the requests of a batch that were not dealt with yet."""
        return [row[0] for row in self._read("SELECT request_sha FROM items WHERE batch = ?", (batch.id,))]

    def batch_ids(self) -> frozenset[str]:
        """Return the name of every batch that was ever submitted from here."""
        return frozenset(row[0] for row in self._read("SELECT batch_id FROM batches WHERE batch_id != ''"))

    def in_open_batches(self) -> frozenset[str]:
        """Return all requests that some batch still owes an answer, whatever its server."""
        return frozenset(row[0] for row in self._read("SELECT DISTINCT request_sha FROM items"))

    # --- inside ----------------------------------------------------------------------------------

    def _open(self) -> None:
        execute = self._connection.execute
        execute("PRAGMA locking_mode = EXCLUSIVE")
        execute("PRAGMA synchronous = FULL")  # money is spent on what is written here
        execute("BEGIN EXCLUSIVE")
        version = execute("PRAGMA user_version").fetchone()[0]
        if version == 0 and not execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            for statement in _SCHEMA.split(";\n"):
                execute(statement)
        elif version != _VERSION:
            raise StoreError(
                f"{self.path}: not a record of batches that this release reads; use the release that wrote it"
            )
        execute("COMMIT")

    def _update(self, batch: OpenBatch, state: BatchState, batch_id: str) -> None:
        with self._transaction() as connection:
            connection.execute(
                "UPDATE batches SET state = ?, batch_id = ? WHERE id = ?", (state, batch_id, batch.id)
            )

    def _read(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        with self._guard():
            return self._connection.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._guard():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
                raise IncompleteError(
                    f"{self.path}: another process works with these batches; wait for it, or end it"
                ) from error
            raise StoreError(
                f"{self.path}: {error}; nothing is sent without this record: check the disk"
            ) from error
        except UnicodeDecodeError as error:  # SQLite quotes a damaged schema, and what it quotes is no text
            raise StoreError(
                f"{self.path}: the file is damaged; nothing is sent without this record: check the disk"
            ) from error
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be opened ({error.strerror or error})") from error
