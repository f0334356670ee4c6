"""The file of a sample store: how it is opened, its schema, and what its errors mean.

WAL lets one process write while others read. A store of an earlier schema is brought up to date in one
transaction when it is opened for writing; opened for reading only, it is read as it is.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from harness.core.errors import ConfigurationError, StoreError, StoreSettingError

__all__ = ["BUSY_TIMEOUT_S", "SCHEMA_VERSION", "Database"]

SCHEMA_VERSION = 2
BUSY_TIMEOUT_S = 60.0
_PAGE_BYTES = 16_384
_LOG_BYTES = 4 * 1024 * 1024  # how long the log grows before it is brought into the file
_APPLICATION_ID = 0x48726E73  # "Hrns": tells our file from any other SQLite file
_WRONG_FILE = ("SQLITE_NOTADB", "SQLITE_CANTOPEN", "SQLITE_READONLY")  # where no waiting and no space helps
_DAMAGED = "the file is damaged; move it away, or restore it from a backup"
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}

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
# Answers that another one has taken the place of: earlier runs rest on them.
_SUPERSEDED = """
CREATE TABLE superseded (
  request_sha TEXT NOT NULL,
  answer TEXT NOT NULL,
  context_sha TEXT NOT NULL REFERENCES contexts (sha),
  request BLOB NOT NULL,
  completion BLOB NOT NULL,
  case_id TEXT NOT NULL,
  variant TEXT NOT NULL,
  trial INTEGER NOT NULL,
  model_asked TEXT NOT NULL,
  created REAL NOT NULL,
  PRIMARY KEY (request_sha, answer)
);
"""
# What brings a store of a version to the next one.
_STEPS = {0: _SCHEMA, 1: _SUPERSEDED}


class Database:
    """A connection that several threads may use, to a file that several processes may use.

    Args:
        path: the file; it and its folder are created when missing.
        read_only: never write, and refuse a file that does not exist.

    Attributes:
        version: the schema that the file has, at most ``SCHEMA_VERSION``.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.path = path
        self._lock = threading.RLock()
        with self.guard():
            self._connection = self._connect(read_only=read_only)
        try:
            self.version = self._brought_up_to_date(read_only=read_only)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Close the file. Everything that was committed is already safe."""
        with self._lock:
            self._connection.close()

    def read(self, query: str, values: tuple[object, ...] | list[str] = ()) -> list[tuple[object, ...]]:
        """Return all rows of a query.

        Raises:
            StoreError: the file cannot be read or is damaged.
        """
        with self._lock, self.guard():
            return self._connection.execute(query, values).fetchall()

    def number(self, query: str, values: tuple[object, ...] = ()) -> int:
        """Return the one number that a query gives, 0 for none."""
        value = self.read(query, values)[0][0]
        return int(value) if isinstance(value, (int, float)) else 0

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that is committed at the end of the block, all or nothing.

        Raises:
            StoreError: it could not be committed: disk full, folder not writable, file damaged.
        """
        with self._lock, self.guard(), self._begin() as connection:
            yield connection

    def give_back_space(self) -> None:
        """Give the pages of deleted rows back to the file system.

        Raises:
            StoreError: another process holds the file, or there is no room to rewrite an older file.
        """
        with self._lock, self.guard():
            execute = self._connection.execute
            if execute("PRAGMA auto_vacuum").fetchone()[0]:
                self._connection.executescript("PRAGMA incremental_vacuum")  # execute() would free one page
            else:  # a file of the first release: rewritten as a whole
                execute("PRAGMA auto_vacuum = INCREMENTAL")
                execute("VACUUM")
            execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextlib.contextmanager
    def guard(self) -> Iterator[None]:
        """Turn what SQLite and the file system say into one line with a remedy."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            name = getattr(error, "sqlite_errorname", "")
            kind = StoreSettingError if name.startswith(_WRONG_FILE) else StoreError
            raise kind(f"{self.path}: {_remedy(error)}") from error
        except UnicodeDecodeError as error:  # SQLite quotes a damaged schema, and what it quotes is no text
            raise StoreError(f"{self.path}: {_DAMAGED}") from error
        except OSError as error:
            kind = StoreError if error.errno in _DISK_FULL else StoreSettingError
            reason = error.strerror or error
            raise kind(f"{self.path}: cannot be opened ({reason}); name another file") from error

    # --- inside ----------------------------------------------------------------------------------

    def _connect(self, *, read_only: bool) -> sqlite3.Connection:
        if not read_only:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not os.access(self.path.parent, os.W_OK):  # SQLite would only say that it cannot open the file
                raise StoreSettingError(
                    f"{self.path}: its folder cannot be written to; change that or name another (store in "
                    "harness.toml)"
                )
        elif not self.path.is_file():
            raise ConfigurationError(f"{self.path}: there is no such sample store; run a suite first")
        mode = "rwc" if not read_only else "ro&immutable=1" if self._cannot_change() else "ro"
        return sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )

    def _cannot_change(self) -> bool:
        """Tell whether the folder is of a kind (an archive, an image) where SQLite could not lock a file."""
        log = self.path.with_name(f"{self.path.name}-wal")
        return not os.access(self.path.parent, os.W_OK) and not log.exists()

    def _brought_up_to_date(self, *, read_only: bool) -> int:
        with self.guard():
            # Each commit reaches the disk before it is reported: answers cost money, also after a power cut.
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_BYTES // _PAGE_BYTES}")
            if not read_only and self._is_empty():
                # All must come before the first table. An answer of average length fills two thirds of a
                # page of the default size, and the rest would be lost.
                self._connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
                self._connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._upgrade()
            application, version = self._identity()
            self._demand_known(application, version)
            if version < SCHEMA_VERSION and not read_only:
                self._upgrade()
                version = SCHEMA_VERSION
        return version

    def _demand_known(self, application: int, version: int) -> None:
        if application != _APPLICATION_ID:
            raise ConfigurationError(
                f"{self.path}: an SQLite file, but not a sample store; name another file"
            )
        if not 1 <= version <= SCHEMA_VERSION:
            raise ConfigurationError(
                f"{self.path}: the sample store has version {version}, this release reads up to version"
                f" {SCHEMA_VERSION}; use the release that wrote it, or name another file"
            )

    def _is_empty(self) -> bool:
        return not self._connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]

    def _identity(self) -> tuple[int, int]:
        read = self._connection.execute
        return read("PRAGMA application_id").fetchone()[0], read("PRAGMA user_version").fetchone()[0]

    def _upgrade(self) -> None:
        with self._begin() as connection:
            # Another process may have been faster, with a store or with a file of its own.
            application, version = self._identity()
            if application != _APPLICATION_ID and not self._is_empty():
                return
            for step in range(version, SCHEMA_VERSION):
                for statement in _STEPS[step].split(";\n"):
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


def _remedy(error: sqlite3.DatabaseError) -> str:
    words = str(error)
    remedies = {
        "SQLITE_FULL": "the disk is full; free some space and run again: what is stored stays stored",
        "SQLITE_IOERR": "the disk cannot be written; check it and run again: what is stored stays stored",
        "SQLITE_READONLY": "the file or its folder cannot be written to; change that or name another",
        "SQLITE_CANTOPEN": "the file cannot be opened or created; check the folder or name another file",
        "SQLITE_BUSY": f"another process has held the file for {BUSY_TIMEOUT_S:.0f} s; end it and run again",
        "SQLITE_NOTADB": "not a sample store; name another file",
        "SQLITE_CORRUPT": _DAMAGED,
    }
    name = getattr(error, "sqlite_errorname", "")
    for code, remedy in remedies.items():
        if name.startswith(code):
            return f"{remedy} ({words})"
    return f"{words}; move the file away, or name another one"
