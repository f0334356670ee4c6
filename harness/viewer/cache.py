"""What was read from files, kept until they change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

__all__ = ["Cache", "stamp_of_files"]

_KEPT = 6  # decided runs and golden folders are large
_Value = TypeVar("_Value")


@dataclass
class Cache:
    """What was read from files, until they change. The one that was used least recently is let go."""

    size: int = _KEPT
    _kept: dict[Hashable, tuple[object, object]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Hashable, stamp: object, make: Callable[[], _Value]) -> _Value:
        """Return what was made for a key where the stamp is still the same; make it otherwise."""
        with self._lock:  # two tabs that ask for one large run read it once
            found = self._kept.pop(key, None)
            value = found[1] if found is not None and found[0] == stamp else make()
            self._kept[key] = (stamp, value)
            while len(self._kept) > self.size:
                del self._kept[next(iter(self._kept))]
            return cast("_Value", value)


def stamp_of_files(files: Sequence[Path]) -> tuple[tuple[str, int, int, int], ...]:
    """Return what changes when one of some files does; a file that is replaced is another one."""
    found = []
    for path in files:
        try:
            status = path.stat()
        except OSError:
            continue
        found.append((path.as_posix(), status.st_ino, status.st_mtime_ns, status.st_size))
    return tuple(found)
