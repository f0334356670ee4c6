"""The sample store: one SQLite file per project, one row per answered request.

A sample is keyed by the sha of everything that alters the answer, so that resuming, caching and
replaying are one mechanism: wanted minus stored. ``put`` returns after the commit; a process that is
killed loses no sample that was put. Several processes may share a store; the first answer to a
request stays, and everybody sees that one.

What may be served in place of a call is a whole answer. Failures, refusals and answers that were cut
off are kept as facts: the run in which they were given rests on them, and the next one asks again. An
answer whose place another one took is kept for the runs that rest on it.
"""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from harness.core.errors import StoreError
from harness.core.jsonl import sha_of
from harness.core.types import Completion, Request, Sample, SampleFailure, StopReason
from harness.store.codec import (
    answer_digest,
    decode_completion,
    decode_request,
    encode,
    is_seeded,
    request_sha,
    split_request,
)
from harness.store.database import SCHEMA_VERSION, Database

__all__ = ["SCHEMA_VERSION", "UNSERVED", "SampleStore"]

UNSERVED = frozenset({StopReason.REFUSAL, StopReason.MAX_TOKENS})
"""How an answer ends that is a fact of its run, and not served to another."""

_CONTEXTS = 8  # remembered: a run asks for few prompts at a time
_CHUNK = 500  # bound variables in one query; SQLite's own limit is far higher
_PUT_CONTEXT = "INSERT OR IGNORE INTO contexts VALUES (?, ?)"
_PUT_SAMPLE = "INSERT OR IGNORE INTO samples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUT_FAILURE = (
    "INSERT INTO failures (request_sha, case_id, variant, trial, kind, message, transient, created)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_SAMPLE_COLUMNS = "request_sha, completion, case_id, variant, trial, model_asked"
_FAILURE_COLUMNS = "request_sha, case_id, variant, trial, kind, message, transient"
_SET_ASIDE = (
    "INSERT OR IGNORE INTO superseded SELECT request_sha, ?, context_sha, request, completion, case_id,"
    " variant, trial, model_asked, created FROM samples WHERE request_sha = ?"
)


def _ignore(_: Sequence[Sample]) -> None:
    """Nobody wants to know."""


class SampleStore:
    """The samples of a project. Safe to use from several threads and several processes.

    Args:
        path: the file; it and its folder are created when missing.
        read_only: never write, and refuse a file that does not exist.
        fresh: serve only what is put through this very opening; it takes the place of what was stored.

    Attributes:
        on_commit: told, in the thread that wrote them, which answers are safe now; it must not take long.
    """

    def __init__(self, path: Path, *, read_only: bool = False, fresh: bool = False) -> None:
        self.path = path
        self._fresh = fresh
        self._contexts: deque[tuple[dict[str, Any], str, bytes]] = deque(maxlen=_CONTEXTS)
        self._own: set[str] = set()
        self._given: dict[str, str] = {}
        self._withheld: set[str] = set()
        self._database = Database(path, read_only=read_only)
        self.on_commit: Callable[[Sequence[Sample]], None] = _ignore

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Everything that was put is already safe."""
        self._database.close()

    @property
    def database(self) -> Database:
        """The file, for what else is done with samples than asking for them."""
        return self._database

    @property
    def given(self) -> Mapping[str, str]:
        """The digest of every answer served or put through this opening, by the sha of its request."""
        return self._given

    @property
    def withheld(self) -> int:
        """How many stored answers were wanted through this opening and may not be served."""
        return len(self._withheld)

    def get_many(self, shas: Iterable[str]) -> dict[str, Sample]:
        """Return what may be served in place of a call, among the requests asked for.

        A failure, a refusal and an answer that was cut off are not, unless they were put through this
        opening, or the request names a seed, so that asking again gives the same.

        Raises:
            StoreError: the file cannot be read or is damaged.
        """
        wanted = dict.fromkeys(shas)
        if self._fresh:
            wanted = {sha: None for sha in wanted if sha in self._own}
        served = {}
        for sha, digest, sample in self._rows(wanted, "samples"):
            if sha in self._own or self._may_be_served(sha, sample.completion):
                served[sha], self._given[sha] = sample, digest
            else:
                self._withheld.add(sha)
        return served

    def recorded(self, answers: Mapping[str, str]) -> dict[str, Sample]:
        """Return the answers that a run rests on, whatever took their place since.

        Args:
            answers: the digest of each answer by the sha of its request; empty for the one that counts now.

        Raises:
            StoreError: the file cannot be read or is damaged.
        """
        found = {
            sha: sample
            for sha, digest, sample in self._rows(answers, "samples")
            if answers[sha] in {"", digest}
        }
        if self._database.version >= 2:
            elsewhere = {sha: digest for sha, digest in answers.items() if digest and sha not in found}
            superseded = self._rows(elsewhere, "superseded")
            found |= {sha: sample for sha, digest, sample in superseded if elsewhere[sha] == digest}
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
            context, body = self._context(shared)
            contexts[context] = body
            bodies = (context, encode(own), encode(sample.completion))
            labels = (sample.case, sample.variant, sample.trial, sample.model_asked)
            rows.append((sample.request_sha, *bodies, *labels, now))
        with self._database.transaction() as connection:
            connection.executemany(_PUT_CONTEXT, contexts.items())
            added = connection.executemany(_PUT_SAMPLE, rows).rowcount
            if added < len(rows):
                self._settle(connection, rows)
        self._own.update(row[0] for row in rows)
        if added == len(rows):
            self._given |= {row[0]: answer_digest(row[3]) for row in rows}
            self.on_commit([sample for sample, _ in answered])
            return [sample for sample, _ in answered]
        kept = {}
        for sha, digest, sample in self._rows(dict.fromkeys(row[0] for row in rows), "samples"):
            kept[sha], self._given[sha] = sample, digest
        return [kept[sample.request_sha] for sample, _ in answered]

    def put_failure(self, failure: SampleFailure) -> None:
        """Commit the fact that a call gave no answer.

        Raises:
            StoreError: it could not be committed.
        """
        told = (failure.kind, failure.message, int(failure.transient), time.time())
        labels = (failure.request_sha, failure.case, failure.variant, failure.trial)
        with self._database.transaction() as connection:
            connection.execute(_PUT_FAILURE, (*labels, *told))

    def request(self, sha: str) -> Request:
        """Return the request that a sample answers, exactly as it was asked.

        Raises:
            StoreError: there is no such sample, or the file is damaged.
        """
        query = (
            "SELECT contexts.body, samples.request FROM samples"
            " JOIN contexts ON contexts.sha = samples.context_sha WHERE samples.request_sha = ?"
        )
        rows: list[Any] = self._database.read(query, (sha,))
        if not rows:
            raise StoreError(f"{self.path}: holds no sample {sha}; name one that a run has stored")
        return decode_request(rows[0][0], rows[0][1], f"{self.path}: sample {sha}")

    def samples(self) -> Iterator[Sample]:
        """Yield the sample of every request, in the order in which they were committed."""
        query = "SELECT rowid, request_sha FROM samples WHERE rowid > ? ORDER BY rowid LIMIT ?"
        last: Any = 0
        while page := self._database.read(query, (last, _CHUNK)):
            found = {
                sha: sample for sha, _, sample in self._rows({str(sha): 0 for _, sha in page}, "samples")
            }
            if not all(str(sha) in found for _, sha in page):
                raise StoreError(
                    f"{self.path}: the file is damaged (its index and its rows differ); move it away, or "
                    "restore it from a backup"
                )
            yield from (found[str(sha)] for _, sha in page)
            last = page[-1][0]

    def failures(self) -> list[SampleFailure]:
        """Return every failure that was ever recorded, oldest first."""
        query = f"SELECT {_FAILURE_COLUMNS} FROM failures ORDER BY id"  # noqa: S608 - fixed columns
        rows: list[Any] = self._database.read(query)
        return [
            SampleFailure(sha, case, variant, trial, kind, message, bool(transient))
            for sha, case, variant, trial, kind, message, transient in rows
        ]

    def __len__(self) -> int:
        return self._database.number("SELECT count(*) FROM samples")

    # --- inside ----------------------------------------------------------------------------------

    def _rows(self, wanted: Mapping[str, object], table: str) -> Iterator[tuple[str, str, Sample]]:
        """Yield the sha of the request, the digest of the answer, and the sample."""
        shas = list(wanted)
        for start in range(0, len(shas), _CHUNK):
            chunk = shas[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            query = f"SELECT {_SAMPLE_COLUMNS} FROM {table} WHERE request_sha IN ({marks})"  # noqa: S608 - marks only
            rows: list[Any] = self._database.read(query, chunk)
            for sha, completion, case, variant, trial, model in rows:
                answer = decode_completion(completion, f"{self.path}: sample {sha}")
                yield sha, answer_digest(completion), Sample(sha, case, variant, trial, model, answer)

    def _context(self, shared: dict[str, Any]) -> tuple[str, bytes]:
        """Return sha and text of what many requests share; a prompt is the same object in all of them."""
        for known, sha, body in self._contexts:
            if known == shared and _exact(known) == _exact(shared):
                return sha, body
        sha, body = sha_of(shared), encode(shared)
        self._contexts.append((shared, sha, body))
        return sha, body

    def _may_be_served(self, sha: str, completion: Completion) -> bool:
        return completion.stop not in UNSERVED or is_seeded(self.request(sha))

    def _settle(self, connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Let the rows take the place of stored answers that may not be served."""
        for row in rows:
            sha, digest = row[0], answer_digest(row[3])
            (stored,) = connection.execute(
                "SELECT completion FROM samples WHERE request_sha = ?", (sha,)
            ).fetchone()
            before = answer_digest(stored)
            if before == digest or not self._gives_way(sha, stored):
                continue
            connection.execute(_SET_ASIDE, (before, sha))
            connection.execute("DELETE FROM samples WHERE request_sha = ?", (sha,))
            connection.execute(_PUT_SAMPLE, row)

    def _gives_way(self, sha: str, stored: bytes) -> bool:
        if sha in self._own:
            return False  # calls of one run that share a request share its first answer
        completion = decode_completion(stored, f"{self.path}: sample {sha}")
        return self._fresh or not self._may_be_served(sha, completion)


def _exact(shared: dict[str, Any]) -> str:
    """Tell 0 from 0.0 and from false, which are equal in Python and differ in JSON."""
    return repr((shared["tools"], shared["output_schema"], shared["parameters"]))
