"""Names of agents, compared as Claude Code compares them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

__all__ = ["name_key", "same_names"]

_SEPARATORS = re.compile(r"[\W_]+")


def name_key(name: str) -> str:
    """Return what is left of a name without case and separators."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", name).casefold())


def same_names(asked: str, names: Collection[str]) -> list[str]:
    """Return the names that ``asked`` may mean, sorted; only itself if it is one of them exactly."""
    if asked in names:
        return [asked]
    key = name_key(asked)
    return sorted(name for name in names if name_key(name) == key) if key else []
