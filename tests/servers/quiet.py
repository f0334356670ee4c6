"""One who watches a run and says nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from harness.run.progress import Counts, silent

__all__ = ["Quiet"]


class Quiet:
    """A watcher for tests that run many times."""

    def say(self, message: str) -> None:
        """Say nothing."""

    @contextlib.contextmanager
    def fetching(self) -> Iterator[Callable[[int, int], None]]:
        yield lambda done, total: None

    @contextlib.contextmanager
    def sampling(self, calls: int) -> Iterator[Callable[[Counts], None]]:
        yield silent

    @contextlib.contextmanager
    def deciding(self, answers: int) -> Iterator[Callable[[int], None]]:
        yield lambda done: None
