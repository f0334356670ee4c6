"""How often this process looks for garbage: a setting of the interpreter, for programs of ours only."""

from __future__ import annotations

import gc

__all__ = ["collect_rarely"]

# What reads and decides makes many small objects that live until its end; looking through them for garbage
# again and again costs a tenth of its time.
_COLLECT_AFTER = (50_000, 20, 100)


def collect_rarely() -> None:
    """Look for garbage less often than the interpreter does by itself; for the start of a process of ours."""
    gc.set_threshold(*_COLLECT_AFTER)
