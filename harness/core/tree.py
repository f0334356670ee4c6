"""Plain data with the place of every part: what YAML, JSON and TOML have in common.

Lines and columns count from 0 and are those of the text that was read. Parts may be shared (a YAML alias
is the very node it names), so a walk over all of them has to be bounded: ``leaves`` is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["MAX_LEAVES", "Entry", "Mapping", "Scalar", "Sequence", "Tree", "leaves"]

MAX_LEAVES = 20_000
_MAX_MERGES = 200


@dataclass(frozen=True, slots=True, eq=False)
class Scalar:
    """A text, number, truth value or nothing, as text. ``plain`` says that it stands without quotes."""

    text: str
    line: int
    column: int
    width: int
    plain: bool = False

    @property
    def is_null(self) -> bool:
        """Say whether this is no value at all."""
        return self.plain and self.text in {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A key of a mapping with its value."""

    key: Scalar
    value: Tree


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """A list."""

    items: tuple[Tree, ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True, eq=False)
class Mapping:
    """Keys with values, in order; a key that is given twice stands here twice.

    ``merged`` are the mappings that ``<<:`` brings in: what they say holds where no own key says it.
    """

    entries: tuple[Entry, ...]
    line: int
    column: int
    merged: tuple[Mapping, ...] = ()

    def effective(self) -> dict[str, Entry]:
        """Return the entries by key, merged ones included; of a key given twice the last counts."""
        found = {entry.key.text: entry for entry in self.entries}
        # Merges of merges grow without end, so only so many are looked into.
        stack = list(reversed(self.merged))
        for _ in range(_MAX_MERGES):
            if not stack:
                break
            mapping = stack.pop()
            for key, entry in ((entry.key.text, entry) for entry in mapping.entries):
                found.setdefault(key, entry)
            stack += reversed(mapping.merged)
        return found

    def entry(self, key: str) -> Entry | None:
        """Return the entry of a key, or ``None``."""
        for entry in reversed(self.entries):
            if entry.key.text == key:
                return entry
        return self.effective().get(key) if self.merged else None

    def get(self, *path: str) -> Tree | None:
        """Return the part at a path of keys, or ``None``."""
        part: Tree | None = self
        for key in path:
            entry = part.entry(key) if isinstance(part, Mapping) else None
            part = entry.value if entry is not None else None
        return part

    def text(self, *path: str) -> str:
        """Return the text at a path of keys; empty where there is none."""
        part = self.get(*path)
        return part.text if isinstance(part, Scalar) else ""

    def mapping(self, *path: str) -> Mapping | None:
        """Return the mapping at a path of keys, or ``None``."""
        part = self.get(*path)
        return part if isinstance(part, Mapping) else None


Tree = Scalar | Sequence | Mapping


def leaves(tree: Tree, limit: int = MAX_LEAVES) -> Iterator[tuple[tuple[str, ...], Scalar, Scalar]]:
    """Yield path, key and value of every scalar, in order and at most ``limit`` of them.

    List items count from 0 in the path; their key is the nearest one around them. Merged keys come last.
    """
    stack: list[tuple[tuple[str, ...], Scalar | None, Tree]] = [((), None, tree)]
    visits = 0
    while stack and visits < limit:
        visits += 1
        path, key, part = stack.pop()
        if isinstance(part, Scalar):
            yield path, key or part, part
        elif isinstance(part, Sequence):
            room = min(len(part.items), limit)
            stack += [((*path, str(index)), key, part.items[index]) for index in range(room - 1, -1, -1)]
        else:
            entries = [*part.effective().values()] if part.merged else part.entries
            stack += [
                ((*path, entry.key.text), entry.key, entry.value) for entry in reversed(entries[:limit])
            ]
