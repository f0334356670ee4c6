"""Decide answers while others are still being asked for.

Asking takes little of one core and deciding all of another, so a further process decides what has been
committed and leaves it in the cache of decisions, where the run finds it when everything is answered. What it
did not get to, or cannot decide, is decided then; nothing depends on it but the time.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.checks.decide import Table
from harness.core.types import Case, Sample
from harness.pipeline.helpers import WORTHWHILE, Helper
from harness.pipeline.remembered import Rules, identity_of, is_lasting, key_of, packed, state_of
from harness.providers.cores import allowed_cores
from harness.store.verdicts import VerdictCache

__all__ = ["EarlyDeciding"]

_CHUNK = 16


class EarlyDeciding:
    """A process that decides what is handed to it, for as long as this context is open.

    Args:
        rules: what decides.
        wanted: the case that each answer belongs to, by the sha of its request; others are left alone.
        path: the file of the cache of decisions.
        expected: how many answers will come; for few of them no process is started.
    """

    def __init__(self, rules: Rules, wanted: Mapping[str, Case], path: Path, expected: int) -> None:
        self._rules = rules
        self._wanted = wanted
        self._path = path
        self._answers: queue.SimpleQueue[Sample | None] = queue.SimpleQueue()
        self._over = False
        self._thread: threading.Thread | None = None
        if expected >= WORTHWHILE and allowed_cores() > 1:
            self._thread = threading.Thread(target=self._work, name="early-deciding", daemon=True)

    def __enter__(self) -> Self:
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over = True
        self._answers.put(None)
        if self._thread is not None:
            self._thread.join()

    def take(self, samples: Sequence[Sample]) -> None:
        """Hand over answers that are safe in the store; returns at once."""
        if self._thread is None:
            return
        for sample in samples:
            if sample.request_sha in self._wanted:
                self._answers.put(sample)

    def _work(self) -> None:
        rules, state = self._rules, state_of(self._rules)
        prefix = identity_of(rules)
        helper = Helper(Table(rules.demanded, rules.checks, rules.mode), rules.folder, state)
        try:
            with VerdictCache(self._path, state) as known:
                while chunk := self._next():
                    verdicts = helper.decide(chunk)
                    if verdicts is None:
                        return
                    known.put_many(
                        {
                            key_of(prefix, sample, case): packed(own)
                            for (sample, case), own in zip(chunk, verdicts, strict=True)
                            if is_lasting(own)
                        }
                    )
        finally:
            helper.end()

    def _next(self) -> list[tuple[Sample, Case]]:
        """Return some answers with their cases, waiting for the first; empty when it is over."""
        found: list[tuple[Sample, Case]] = []
        while not self._over and len(found) < _CHUNK and not (found and self._answers.empty()):
            sample = self._answers.get()
            if sample is None:
                break
            found.append((sample, self._wanted[sample.request_sha]))
        return [] if self._over else found
