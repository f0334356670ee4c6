"""How far the calls of a run have come, seen from outside: what the store holds of them by now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from harness.core.types import StopReason, Usage
from harness.store.codec import decode_completion
from harness.store.database import Database

__all__ = ["Arrived", "arrived_of", "failed_since"]

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Arrived:
    """An answer that the store holds; ``created`` is when it was put there, in seconds since 1970."""

    request_sha: str
    created: float
    stop: StopReason
    usage: Usage


def arrived_of(database: Database, shas: Collection[str]) -> list[Arrived]:
    """Return those of some requests that are answered.

    Raises:
        StoreError: the file cannot be read or is damaged.
    """
    found = []
    for chunk in _chunks(list(shas)):
        marks = ",".join("?" * len(chunk))
        query = f"SELECT request_sha, created, completion FROM samples WHERE request_sha IN ({marks})"  # noqa: S608 - marks only
        for sha, created, body in database.read(query, chunk):
            if isinstance(sha, str) and isinstance(created, float) and isinstance(body, bytes):
                completion = decode_completion(body, f"{database.path}: sample {sha}")
                found.append(Arrived(sha, created, completion.stop, completion.usage))
    return found


def failed_since(database: Database, shas: Collection[str], since: float) -> dict[str, str]:
    """Return the requests of which a failure was noted since a moment, with its kind.

    Args:
        database: the store's file.
        shas: the requests asked about.
        since: seconds since 1970.

    Raises:
        StoreError: the file cannot be read or is damaged.
    """
    found: dict[str, str] = {}
    for chunk in _chunks(list(shas)):
        marks = ",".join("?" * len(chunk))
        query = f"SELECT request_sha, kind, created FROM failures WHERE request_sha IN ({marks})"  # noqa: S608 - marks only
        for sha, kind, created in database.read(query, chunk):
            if isinstance(created, float) and created >= since:
                found[str(sha)] = str(kind)
    return found


def _chunks(shas: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(shas), _CHUNK):
        yield list(shas[start : start + _CHUNK])
