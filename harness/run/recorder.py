"""Commit answers in groups, off the event loop, without weakening the promise of the store."""

from __future__ import annotations

import asyncio

from harness.core.types import Request, Sample, SampleFailure
from harness.store.samples import SampleStore

__all__ = ["Recorder"]


class Recorder:
    """Commits what arrives while the last commit was under way as one transaction.

    ``keep`` returns after the commit, so an answer is never reported before it is safe. With one call
    in flight each answer is a commit of its own; with many, the disk sets the size of the groups.
    """

    def __init__(self, store: SampleStore) -> None:
        self._store = store
        self._waiting: list[tuple[Sample, Request, asyncio.Future[Sample]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def keep(self, sample: Sample, request: Request) -> Sample:
        """Commit a sample; return the one the store holds for its request.

        Raises:
            StoreError: it could not be committed.
        """
        future: asyncio.Future[Sample] = asyncio.get_running_loop().create_future()
        self._waiting.append((sample, request, future))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await future

    async def note(self, failure: SampleFailure) -> None:
        """Commit the fact that a call gave no answer.

        Raises:
            StoreError: it could not be committed.
        """
        await asyncio.to_thread(self._store.put_failure, failure)

    async def flush(self) -> None:
        """Wait until everything handed over is committed or refused."""
        if self._writer is not None:
            await self._writer

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            answered = [(sample, request) for sample, request, _ in group]
            try:
                kept = await asyncio.to_thread(self._store.put_many, answered)
            except Exception as error:  # noqa: BLE001 - raised again in each keep() that waits for it
                for _, _, future in group:
                    if not future.done():
                        future.set_exception(error)
            else:
                for sample, (_, _, future) in zip(kept, group, strict=True):
                    if not future.done():
                        future.set_result(sample)
