"""Canonical JSON, shas, and atomic files.

Canonical means: keys sorted, no spaces, UTF-8, no NaN. Two equal values give equal bytes, so a sha
identifies a value on every machine.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from harness.core.errors import IncompleteError

__all__ = [
    "canonical_json",
    "canonical_json_of_plain",
    "sha_of",
    "to_jsonable",
    "write_atomic",
    "write_atomic_bytes",
    "write_jsonl",
]


_PLAIN = frozenset({str, int, float, bool, type(None)})


def to_jsonable(value: Any) -> Any:
    """Turn dataclasses, enums, tuples, sets and paths into what ``json`` can write."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    if kind is dict:
        return {key if type(key) is str else str(key): to_jsonable(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [item if type(item) in _PLAIN else to_jsonable(item) for item in value]
    fields = _fields_of(kind)
    if fields is not None:
        return {name: to_jsonable(getattr(value, name)) for name in fields}
    return _rare(value)


@cache
def _fields_of(kind: Any) -> tuple[str, ...] | None:
    """Return the fields of a dataclass, looked up once for each class; ``None`` for another type."""
    return tuple(field.name for field in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else None


def _rare(value: Any) -> Any:
    """Turn the other types into plain values; what is none of them is left for ``json`` to refuse."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): to_jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_jsonable(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(to_jsonable(item) for item in value)
    if isinstance(value, Path):
        return value.as_posix()
    return value


def canonical_json(value: Any) -> str:
    """Return the one canonical JSON text of a value (sorted keys, no spaces, no NaN)."""
    return canonical_json_of_plain(to_jsonable(value))


def canonical_json_of_plain(value: Any) -> str:
    """Return the same of a value made of what JSON knows: dicts with text keys, lists, plain values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha_of(value: Any) -> str:
    """Return the hexadecimal SHA-256 of the canonical JSON of a value."""
    # Lone surrogates reach us from broken files; they must not stop a hash.
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


def write_atomic(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old content or the new one, never a half.

    Raises:
        IncompleteError: the folder cannot be written to or the disk is full.
    """
    write_atomic_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_atomic_bytes(path: Path, data: bytes) -> None:
    """Write a file of bytes so that a reader sees the old content or the new one, never a half.

    Raises:
        IncompleteError: the folder cannot be written to or the disk is full.
    """
    # Created by name, not by mkstemp: the file gets the permissions that the user's umask gives.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise IncompleteError(
            f"{path}: cannot be written ({error.strerror or error}); free some space or choose another folder"
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_jsonl(path: Path, rows: Iterable[Any]) -> None:
    """Write one canonical JSON document per line, atomically."""
    write_atomic(path, "".join(canonical_json(row) + "\n" for row in rows))
