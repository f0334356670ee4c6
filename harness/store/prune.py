"""What a sample store holds, and making it smaller.

Answers cost money, so nothing is removed but what the user named: by age, by size, or because another
answer took its place. What a run rests on can be kept whatever its age.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.core.errors import StoreError
from harness.store.database import Database
from harness.store.samples import SampleStore

__all__ = ["Holding", "Pruning", "holdings", "plan_pruning", "prune", "used_bytes"]

_ROW_OVERHEAD = 400  # bytes of shas, labels and indexes beside the request and the answer
_MARGIN = 1.1  # more than is asked for: indexes shrink less than rows
_SIZE = f"length(request) + length(completion) + {_ROW_OVERHEAD}"


@dataclass(frozen=True, slots=True)
class Holding:
    """What a store holds of one model. Times are seconds since the epoch.

    Attributes:
        model: as it was asked for.
        answers: requests with an answer.
        superseded: answers that another one took the place of.
        failures: calls that gave no answer.
        oldest: when the first of the answers was committed.
        newest: when the last was.
        bytes: about what the answers and their requests take in the file.
    """

    model: str
    answers: int
    superseded: int
    failures: int
    oldest: float
    newest: float
    bytes: int


@dataclass(frozen=True, slots=True)
class Pruning:
    """What would go: answers that count, superseded ones, failures; and about how many bytes that is."""

    answers: tuple[tuple[str, float], ...]
    superseded: tuple[tuple[str, float], ...]
    failures_before: float
    failures: int
    bytes: int

    @property
    def count(self) -> int:
        """How many answers would go."""
        return len(self.answers) + len(self.superseded)

    @property
    def oldest(self) -> float:
        """When the first of them was committed; now, when nothing would go."""
        return min((when for _, when in (*self.answers, *self.superseded)), default=time.time())

    @property
    def newest(self) -> float:
        """When the last of them was committed; now, when nothing would go."""
        return max((when for _, when in (*self.answers, *self.superseded)), default=time.time())


def holdings(store: SampleStore) -> tuple[Holding, ...]:
    """Return what a store holds, model by model.

    Raises:
        StoreError: the file cannot be read or is damaged.
    """
    database = store.database
    answers = _by_model(database, "samples")
    superseded = _by_model(database, "superseded") if database.version >= 2 else {}
    query = (
        "SELECT coalesce(samples.model_asked, ''), count(*) FROM failures"
        " LEFT JOIN samples ON samples.request_sha = failures.request_sha GROUP BY 1"
    )
    failures: dict[str, int] = dict(_read(database, query))
    models = sorted({*answers, *superseded, *failures})
    none = (0, 0, float("inf"), 0.0)
    return tuple(
        Holding(
            model=model,
            answers=answers.get(model, none)[0],
            superseded=superseded.get(model, none)[0],
            failures=failures.get(model, 0),
            oldest=min(answers.get(model, none)[2], superseded.get(model, none)[2]),
            newest=max(answers.get(model, none)[3], superseded.get(model, none)[3]),
            bytes=answers.get(model, none)[1] + superseded.get(model, none)[1],
        )
        for model in models
    )


def used_bytes(store: SampleStore) -> int:
    """Return what the store's pages take, those that are free for reuse left out."""
    number = store.database.number
    pages = number("PRAGMA page_count") - number("PRAGMA freelist_count")
    return pages * number("PRAGMA page_size")


def plan_pruning(
    store: SampleStore,
    *,
    before: float = 0.0,
    max_bytes: int | None = None,
    superseded: bool = False,
    keep: Collection[str] = (),
) -> Pruning:
    """Say what would go, and remove nothing.

    Args:
        store: where.
        before: what was committed earlier (seconds since the epoch) goes.
        max_bytes: the oldest go until about so many bytes are used; superseded ones first.
        superseded: what another answer took the place of goes, whatever its age.
        keep: requests whose answers stay.

    Raises:
        StoreError: the file cannot be read or is damaged.
    """
    kept = frozenset(keep)
    chosen: dict[str, list[tuple[str, float]]] = {"superseded": [], "samples": []}
    freed = 0.0
    rows = list(_all_rows(store.database))
    used = used_bytes(store)
    # What an answer takes in the file is known on average only: pages are never quite full.
    share = used / max(1, sum(size for _, _, _, size in rows))
    rows = [(table, sha, created, share * size) for table, sha, created, size in rows if sha not in kept]
    to_free = 0 if max_bytes is None else max(0.0, _MARGIN * (used - max_bytes))
    for table, sha, created, size in rows:
        too_old = created < before
        gone = too_old or (superseded and table == "superseded")
        if gone:
            chosen[table].append((sha, created))
            freed += size
    # By size go the oldest of what is left, superseded ones first.
    taken = {table: set(pairs) for table, pairs in chosen.items()}
    for table, sha, created, size in rows:
        if freed >= to_free:
            break
        if (sha, created) not in taken[table]:
            chosen[table].append((sha, created))
            freed += size
    failures = store.database.number("SELECT count(*) FROM failures WHERE created < ?", (before,))
    return Pruning(tuple(chosen["samples"]), tuple(chosen["superseded"]), before, failures, int(freed))


def prune(store: SampleStore, pruning: Pruning) -> None:
    """Remove what was planned, all or nothing, and give its space back to the file system.

    An answer that was replaced since the plan stays: it is another one.

    Raises:
        StoreError: it could not be committed, or another process holds the file for long.
    """
    with store.database.transaction() as connection:
        connection.executemany("DELETE FROM samples WHERE request_sha = ? AND created = ?", pruning.answers)
        connection.executemany(
            "DELETE FROM superseded WHERE request_sha = ? AND created = ?", pruning.superseded
        )
        connection.execute("DELETE FROM failures WHERE created < ?", (pruning.failures_before,))
        connection.execute(
            "DELETE FROM contexts WHERE sha NOT IN (SELECT context_sha FROM samples)"
            " AND sha NOT IN (SELECT context_sha FROM superseded)"
        )
    store.database.give_back_space()


def _all_rows(database: Database) -> Iterable[tuple[str, str, float, float]]:
    """Return table, request, time and size of every answer: superseded first, from the oldest on."""
    for table in ("superseded", "samples")[0 if database.version >= 2 else 1 :]:
        columns = f"request_sha, created, {_SIZE}"
        query = f"SELECT {columns} FROM {table} ORDER BY created, rowid"  # noqa: S608 - our names
        for sha, created, size in _read(database, query):
            yield table, sha, created, size


def _by_model(database: Database, table: str) -> Mapping[str, tuple[int, int, float, float]]:
    columns = f"model_asked, count(*), sum({_SIZE}), min(created), max(created)"
    query = f"SELECT {columns} FROM {table} GROUP BY model_asked"  # noqa: S608 - our names
    rows = _read(database, query)
    for model, *numbers in rows:
        if not isinstance(model, str) or not all(isinstance(one, (int, float)) for one in numbers):
            raise StoreError(
                f"{database.path}: {table}: a row holds {model!r} as its model or no numbers; "
                "restore the file from a backup"
            )
    return {row[0]: tuple(row[1:]) for row in rows}


def _read(database: Database, query: str) -> list[Any]:
    return database.read(query)
