"""Where the harness keeps what it can make or fetch again."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["cache_folder"]


def cache_folder() -> Path:
    """Return ``HARNESS_CACHE``, else the folder of the harness in the user's cache."""
    named = os.environ.get("HARNESS_CACHE", "").strip()
    if named:
        return Path(named).expanduser()
    base = os.environ.get("XDG_CACHE_HOME", "").strip()
    return (Path(base) if base else Path.home() / ".cache") / "agentfile-harness"
