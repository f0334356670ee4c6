"""Paths that tools were called with, as the files of a project are called."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property

__all__ = ["MAX_PATH", "ToolPaths"]

MAX_PATH = 1_000
_DRIVE = re.compile(r"[A-Za-z]:(?=/)")
# Folders that projects keep their files in: where nothing says where a project begins, the last of them
# does, so that `/home/me/test-project/src/a.js` is no test.
_TOP = frozenset("src lib app test tests __tests__ spec migrations".split())


class ToolPaths:
    """Turns absolute paths into those of the project.

    Where the project begins is learnt from the files that the user supplied; without any, from what all
    paths of the answer have in common.

    Args:
        said: every path in the answer's tool calls, as said.
        supplied: paths of the user's files.
    """

    def __init__(self, said: Iterable[str], supplied: Collection[str]) -> None:
        self._said = tuple(dict.fromkeys(_slashed(one) for one in said))
        self._supplied = {posixpath.normpath(one): one for one in map(_slashed, supplied) if one}

    def path_of(self, said: str) -> str:
        """Return the path in the project; empty where nothing was said that could be one."""
        path = _slashed(said)
        if not path or len(path) > MAX_PATH:
            return ""
        path = posixpath.normpath(path)
        if path in self._supplied:
            return self._supplied[path]
        if not path.startswith("/"):
            return "" if path == "." else path
        root = self._root
        inside = path[len(root) :] if path.startswith(root) else path[1:]
        return self._supplied.get(inside, inside)

    @cached_property
    def _root(self) -> str:
        """Return the folder that the project is in, with the last slash."""
        absolute = [posixpath.normpath(one) for one in self._said if one.startswith("/")]
        votes: Counter[str] = Counter()
        for one in absolute:
            for own in self._supplied:
                if one.endswith(f"/{own}"):
                    votes[one[: -len(own)]] += 1
        if votes:
            # Of two as frequent, the shorter: `/p/src/a.js` is `src/a.js` before it is `a.js`.
            return min(votes, key=lambda root: (-votes[root], len(root)))
        return _common(absolute)


def _common(paths: Sequence[str]) -> str:
    folders = [posixpath.dirname(one) for one in paths]
    parts = posixpath.commonpath(folders).split("/") if folders else [""]
    tops = [place for place, part in enumerate(parts) if part in _TOP]
    if tops:
        parts = parts[: tops[-1]]
    return "/".join(parts).rstrip("/") + "/"


def _slashed(path: str) -> str:
    return _DRIVE.sub("", path.replace("\\", "/").strip(), count=1)
