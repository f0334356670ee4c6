"""Batches of which nobody knows whether the server took them: what its own list can tell.

The list names neither requests nor who made a batch: only when it was made and how many requests it has.
What it holds besides is known from the results alone, whose names carry the token of their batch. So a
candidate is followed until it has ended, and taken for ours when the first name says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import aclosing
from datetime import datetime

from harness.core.errors import ProviderError
from harness.providers.base import FailureKind
from harness.providers.batch import BatchService
from harness.store.batches import BatchRecord, OpenBatch

__all__ = ["Doubts"]

CLOCK_S = 300.0
"""How far the clocks of two machines may be apart."""


class Doubts:
    """The batches in doubt, and the server's batches that each of them may be.

    Args:
        service: who is asked.
        record: where the answer is written down.
        window_s: how long after its intent a batch may have reached the server.
    """

    def __init__(self, service: BatchService, record: BatchRecord, window_s: float) -> None:
        self._service = service
        self._record = record
        self._window_s = window_s
        self._candidates: dict[int, list[str]] = {}
        self.batches: dict[int, OpenBatch] = {}
        self._unread: dict[int, str] = {}  # why the list could not be searched for a batch

    @property
    def hopeful(self) -> bool:
        """Whether waiting may still tell something."""
        return any(self._candidates.values())

    def names(self, batch: OpenBatch) -> tuple[str, ...]:
        """Return the server's batches that a batch may be."""
        return tuple(self._candidates.get(batch.id, ()))

    async def look(self, batches: Iterable[OpenBatch]) -> None:
        """Take up batches in doubt, and search the server's list for them."""
        added = {batch.id: batch for batch in batches}
        self.batches |= added
        if not added:
            return
        first = min(batch.created for batch in added.values())
        try:
            listed = await self._service.since(first - CLOCK_S)
        except ProviderError as error:
            if error.kind == FailureKind.AUTHENTICATION:
                raise
            self._unread |= dict.fromkeys(added, str(error))  # known batches can be fetched all the same
            return
        known = self._record.batch_ids()
        for batch in added.values():
            last = batch.created + self._window_s + CLOCK_S
            self._candidates[batch.id] = [
                one.id
                for one in listed
                if one.id not in known
                and one.requests == batch.requests
                and batch.created - CLOCK_S <= one.created <= last
            ]

    async def resolved(self) -> list[OpenBatch]:
        """Return the batches that are found to be at the server; they are written down as submitted.

        Raises:
            ProviderError: the server cannot be asked.
        """
        found = []
        for batch in list(self.batches.values()):
            for name in list(self._candidates.get(batch.id, ())):
                verdict = await self._is(batch, name)
                if verdict is None:
                    continue
                self._candidates[batch.id].remove(name)
                if verdict:
                    found.append(self._record.submitted(batch, name))
                    del self.batches[batch.id], self._candidates[batch.id]
                    break
        return found

    async def _is(self, batch: OpenBatch, name: str) -> bool | None:
        """Tell whether a batch of the server is ours; ``None``: not before it has ended."""
        status = await self._service.status(name)
        if not status.ended:
            return None
        if not status.available:
            return False
        try:
            async with aclosing(self._service.results(name)) as results:
                async for result in results:
                    return batch.owns(result.custom_id)
        except ProviderError as error:
            if error.transient:
                raise
        return False

    def words(self, batch: OpenBatch) -> str:
        """Say which batch is in doubt, what the server tells, and what can be done."""
        at = datetime.fromtimestamp(batch.created).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        seen = self.names(batch)
        if batch.batch_id:
            found = f"its results ({batch.batch_id}) are gone"
        elif seen:
            found = f"it may be {', '.join(seen)}, which has not ended: run again with --batch later"
        elif batch.id in self._unread:
            found = f"the server's list could not be read ({self._unread[batch.id]}): run again with --batch"
        else:
            found = "the server lists no such batch"
        ask = "--resubmit-doubtful asks again, and may pay twice"
        return f"a batch of {batch.requests:,} requests of {at} is in doubt: {found}; {ask}"
