"""The sample store: one SQLite file per project, one row per answered request.

A sample is keyed by the sha of everything that alters the answer, so that resuming, caching and
replaying are one mechanism: wanted minus stored. ``put`` returns after the commit; a process that is
killed loses no sample that was put. Several processes may share a store; the first answer to a
request stays, and everybody sees that one. Failures are kept as facts beside the samples and never
served in their place.
"""

from __future__ import annotations

import contextlib
import errno
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.core.errors import ConfigurationError, StoreError, StoreSettingError
from harness.core.jsonl import sha_of
from harness.core.types import Request, Sample, SampleFailure
from harness.store.codec import decode_completion, decode_request, encode, request_sha, split_request

__all__ = ["SCHEMA_VERSION", "SampleStore"]

SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 60.0
_APPLICATION_ID = 0x48726E73  # "Hrns": tells our file from any other SQLite file
_WRONG_FILE = ("SQLITE_NOTADB", "SQLITE_CANTOPEN", "SQLITE_READONLY")  # where no waiting and no space helps
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_CHUNK = 500  # bound variables in one query; SQLite's own limit is far higher

_SCHEMA = """
CREATE TABLE contexts (
  sha TEXT PRIMARY KEY,
  body BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE samples (
  request_sha TEXT PRIMARY KEY,
  context_sha TEXT NOT NULL REFERENCES contexts (sha),
  request BLOB NOT NULL,
  completion BLOB NOT NULL,
  case_id TEXT NOT NULL,
  variant TEXT NOT NULL,
  trial INTEGER NOT NULL,
  model_asked TEXT NOT NULL,
  created REAL NOT NULL
);
CREATE TABLE failures (
  id INTEGER PRIMARY KEY,
  request_sha TEXT NOT NULL,
  case_id TEXT NOT NULL,
  variant TEXT NOT NULL,
  trial INTEGER NOT NULL,
  kind TEXT NOT NULL,
  message TEXT NOT NULL,
  transient INTEGER NOT NULL,
  created REAL NOT NULL
);
CREATE INDEX failures_by_request ON failures (request_sha);
"""
_PUT_CONTEXT = "INSERT OR IGNORE INTO contexts VALUES (?, ?)"
_PUT_SAMPLE = "INSERT OR IGNORE INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUT_FAILURE = (
    "INSERT INTO failures (request_sha, case_id, variant, trial, kind, message, transient, created)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_SAMPLE_COLUMNS = "request_sha, completion, case_id, variant, trial, model_asked"
_FAILURE_COLUMNS = "request_sha, case_id, variant, trial, kind, message, transient"


class SampleStore:
    """The samples of a project. Safe to use from several threads and several processes.

    Args:
        path: the file; it and its folder are created when missing.
        read_only: never write, and refuse a file that does not exist.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._known_contexts: set[str] = set()
        with self._guard():
            self._connection = self._connect(read_only=read_only)
        try:
            self._check_schema(read_only=read_only)
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Everything that was put is already safe."""
        with self._lock:
            self._connection.close()

    def get_many(self, shas: Iterable[str]) -> dict[str, Sample]:
        """Return the stored samples among the requests asked for; a failure is never among them.

        Raises:
            StoreError: the file cannot be read or is damaged.
        """
        found: dict[str, Sample] = {}
        wanted = list(dict.fromkeys(shas))
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            query = f"SELECT {_SAMPLE_COLUMNS} FROM samples WHERE request_sha IN ({marks})"  # noqa: S608 - marks only
            with self._lock, self._guard():
                rows = self._connection.execute(query, chunk).fetchall()
            for sha, completion, case, variant, trial, model in rows:
                answer = decode_completion(completion, f"{self.path}: sample {sha}")
                found[sha] = Sample(sha, case, variant, trial, model, answer)
        return found

    def put(self, sample: Sample, request: Request) -> Sample:
        """Commit one sample and return the one the store now holds for its request.

        They differ when another process answered the same request first.

        Raises:
            StoreError: it could not be committed: disk full, folder not writable, file damaged.
        """
        return self.put_many([(sample, request)])[0]

    def put_many(self, answered: Sequence[tuple[Sample, Request]]) -> list[Sample]:
        """Commit several samples at once, all or none; see ``put``."""
        now = time.time()
        rows, contexts = [], {}
        for sample, request in answered:
            if request_sha(request) != sample.request_sha:
                raise ValueError(
                    f"{sample.request_sha}: the sample does not belong to the request it came with"
                )
            shared, own = split_request(request)
            context = sha_of(shared)
            if context not in self._known_contexts:
                contexts[context] = encode(shared)
            bodies = (context, encode(own), encode(sample.completion))
            labels = (sample.case, sample.variant, sample.trial, sample.model_asked)
            rows.append((sample.request_sha, *bodies, *labels, now))
        with self._transaction() as connection:
            connection.executemany(_PUT_CONTEXT, contexts.items())
            added = connection.executemany(_PUT_SAMPLE, rows).rowcount
        self._known_contexts.update(contexts)
        if added == len(rows):
            return [sample for sample, _ in answered]
        stored = self.get_many(sample.request_sha for sample, _ in answered)
        return [stored[sample.request_sha] for sample, _ in answered]

    def put_failure(self, failure: SampleFailure) -> None:
        """Commit the fact that a call gave no answer.

        Raises:
            StoreError: it could not be committed.
        """
        row = (
            failure.request_sha,
            failure.case,
            failure.variant,
            failure.trial,
            failure.kind,
            failure.message,
        )
        with self._transaction() as connection:
            connection.execute(_PUT_FAILURE, (*row, int(failure.transient), time.time()))

    def request(self, sha: str) -> Request:
        """Return the request that a sample answers, exactly as it was asked.

        Raises:
            StoreError: there is no such sample, or the file is damaged.
        """
        query = (
            "SELECT contexts.body, samples.request FROM samples"
            " JOIN contexts ON contexts.sha = samples.context_sha WHERE samples.request_sha = ?"
        )
        with self._lock, self._guard():
            row = self._connection.execute(query, (sha,)).fetchone()
        if row is None:
            raise StoreError(f"{self.path}: holds no sample {sha}; name one that a run has stored")
        return decode_request(row[0], row[1], f"{self.path}: sample {sha}")

    def samples(self) -> Iterator[Sample]:
        """Yield every sample in the order in which they were committed."""
        query = "SELECT rowid, request_sha FROM samples WHERE rowid > ? ORDER BY rowid LIMIT ?"
        last = 0
        while True:
            with self._lock, self._guard():
                page = self._connection.execute(query, (last, _CHUNK)).fetchall()
            if not page:
                return
            found = self.get_many(sha for _, sha in page)
            yield from (found[sha] for _, sha in page)
            last = page[-1][0]

    def failures(self) -> list[SampleFailure]:
        """Return every failure that was ever recorded, oldest first."""
        query = f"SELECT {_FAILURE_COLUMNS} FROM failures ORDER BY id"  # noqa: S608 - fixed columns
        with self._lock, self._guard():
            rows = self._connection.execute(query).fetchall()
        return [
            SampleFailure(sha, case, variant, trial, kind, message, bool(transient))
            for sha, case, variant, trial, kind, message, transient in rows
        ]

    def __len__(self) -> int:
        with self._lock, self._guard():
            return int(self._connection.execute("SELECT count(*) FROM samples").fetchone()[0])

    # --- inside ----------------------------------------------------------------------------------

    def _connect(self, *, read_only: bool) -> sqlite3.Connection:
        if not read_only:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        elif not self.path.is_file():
            raise ConfigurationError(f"{self.path}: there is no such sample store; run a suite first")
        address = f"{self.path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        connection = sqlite3.connect(
            address, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        # Each commit reaches the disk before put returns: answers cost money, also after a power cut.
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _check_schema(self, *, read_only: bool) -> None:
        with self._guard():
            if not read_only and self._is_empty():
                self._create()
            application, version = self._version()
        if application != _APPLICATION_ID:
            raise ConfigurationError(
                f"{self.path}: an SQLite file, but not a sample store; name another file"
            )
        if version != SCHEMA_VERSION:
            raise ConfigurationError(
                f"{self.path}: the sample store has version {version}, this release reads version"
                f" {SCHEMA_VERSION}; use the release that wrote it, or name another file"
            )

    def _is_empty(self) -> bool:
        return not self._connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]

    def _version(self) -> tuple[int, int]:
        read = self._connection.execute
        return read("PRAGMA application_id").fetchone()[0], read("PRAGMA user_version").fetchone()[0]

    def _create(self) -> None:
        # WAL lets one process write while others read.
        self._connection.execute("PRAGMA journal_mode = WAL")
        with self._begin() as connection:
            if self._is_empty():  # another process may have been faster
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    @contextlib.contextmanager
    def _begin(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException:
            # SQLite has rolled back by itself after some errors (a full disk); then this is a no-op.
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._guard(), self._begin() as connection:
            yield connection

    @contextlib.contextmanager
    def _guard(self) -> Iterator[None]:
        """Turn what SQLite and the file system say into one line with a remedy."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            name = getattr(error, "sqlite_errorname", "")
            kind = StoreSettingError if name.startswith(_WRONG_FILE) else StoreError
            raise kind(f"{self.path}: {_remedy(error)}") from error
        except OSError as error:
            kind = StoreError if error.errno in _DISK_FULL else StoreSettingError
            reason = error.strerror or error
            raise kind(f"{self.path}: cannot be opened ({reason}); name another file") from error


def _remedy(error: sqlite3.DatabaseError) -> str:
    words = str(error)
    remedies = {
        "SQLITE_FULL": "the disk is full; free some space and run again: what is stored stays stored",
        "SQLITE_IOERR": "the disk cannot be written; check it and run again: what is stored stays stored",
        "SQLITE_READONLY": "the file or its folder cannot be written to; change that or name another",
        "SQLITE_CANTOPEN": "the file cannot be opened or created; check the folder or name another file",
        "SQLITE_BUSY": f"another process has held the file for {BUSY_TIMEOUT_S:.0f} s; end it and run again",
        "SQLITE_NOTADB": "not a sample store; name another file",
        "SQLITE_CORRUPT": "the file is damaged; move it away, or restore it from a backup",
    }
    name = getattr(error, "sqlite_errorname", "")
    for code, remedy in remedies.items():
        if name.startswith(code):
            return f"{remedy} ({words})"
    return f"{words}; move the file away, or name another one"
