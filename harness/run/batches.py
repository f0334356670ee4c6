"""A plan brought to its end through Message Batches: wanted minus stored, in as few batches as may be.

What is about to be sent is written down first (:mod:`harness.store.batches`), answers are committed before
they are counted, and what nobody can know stays in doubt until the server or the user tells. Whatever ends
this early, batches go on at the server, and the next execution of the plan fetches what they gave.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence

from harness.core.errors import (
    BudgetError,
    HarnessError,
    IncompleteError,
    PermanentProviderError,
    ProviderError,
)
from harness.providers.base import FailureKind
from harness.providers.batch import BatchItem, SubmissionLostError, body_bytes
from harness.run.batch_desk import Desk, latest, standing
from harness.run.doubts import Doubts
from harness.run.execute import Execution, interrupts
from harness.run.harvest import Harvest
from harness.run.limits import backoff_s
from harness.run.plan import PlannedCall
from harness.run.settings import Settings
from harness.store.batches import OpenBatch

__all__ = ["execute_batches"]

_GROWTH = 1.5
_LONGEST_ID = "0" * 57


async def execute_batches(
    calls: Sequence[PlannedCall], desk: Desk, settings: Settings
) -> tuple[Execution, HarnessError | None]:
    """Bring a plan to its end; the error is what ended it early or leaves a part of it in doubt.

    The first Ctrl-C ends the waiting, the second ends everything at once; batches go on in both cases.
    """
    wanted = {call.sha: call for call in reversed(calls)}
    samples = await asyncio.to_thread(desk.store.get_many, wanted)
    reused = len(samples)
    harvest = Harvest({sha: wanted[sha] for sha in reversed(wanted)}, samples, desk, settings)
    run = _Run(harvest, desk, settings)
    error: HarnessError | None = None
    with interrupts(run):
        try:
            await run.work()
        except (ProviderError, IncompleteError) as stopped:
            error = stopped
    failures = tuple(harvest.failure_of(call) for call in calls if call.sha not in samples)
    execution = Execution(samples, failures, harvest.asked, reused, run.stopping)
    return execution, run.told(error)


class _Run:
    """The state of one execution; everything happens in one task."""

    def __init__(self, harvest: Harvest, desk: Desk, settings: Settings) -> None:
        self._harvest, self._desk, self._settings = harvest, desk, settings
        self._service, self._record, self._ledger = desk.service, desk.record, settings.ledger
        self._doubts = Doubts(desk.service, desk.record, settings.timeout_s)
        self._told: dict[str, int] = {}
        self._polls, self._troubles = 0, 0
        self._wake = asyncio.Event()
        self.stopping = False

    def stop(self) -> None:
        """Wait no longer; what is being sent or fetched is brought to a good end."""
        self.stopping = True
        self._wake.set()
        self._harvest.count(stopping=True)

    async def work(self) -> None:
        """Send, wait and fetch until nothing is left to wait for."""
        timing = self._desk.timing
        until = timing.now() + self._desk.rules.deadline_s
        await self._take_up()
        while not self.stopping:
            await self._hand_over()
            if self.stopping or not (self._harvest.open or self._doubts.hopeful):
                return
            left = until - timing.now()
            if left <= 0:
                hours = self._desk.rules.deadline_s / 3_600
                raise IncompleteError(f"the batches have not ended within {hours:g} hours (batch deadline)")
            await self._pause(left)
            if not self.stopping:
                await self._look()

    # --- what earlier executions left ------------------------------------------------------------

    async def _take_up(self) -> None:
        """Go on with batches that are open; what is in doubt is looked for at the server."""
        doubtful, taken = [], set()
        for batch in self._record.open_batches(self._service.server):
            waiting = self._record.waiting(batch)
            self._record.settle(batch, [sha for sha in waiting if sha in self._harvest.samples])
            mine = self._left(waiting)
            if not mine:
                continue
            if not batch.batch_id and self._desk.rules.resubmit_doubtful:
                self._abandon(batch, len(mine))
                continue
            taken.update(mine)
            if batch.batch_id:
                self._harvest.follow(batch, mine)
                self._desk.tell(f"{batch.batch_id}: goes on with {len(mine):,} requests, sent before")
            else:
                doubtful.append(batch)
        self._harvest.pending = [
            sha for sha in self._harvest.wanted if sha not in self._harvest.samples and sha not in taken
        ]
        await self._doubts.look(doubtful)
        await self._resolve()
        self._harvest.count()

    def _left(self, shas: Iterable[str]) -> list[str]:
        """Return the requests that this plan wants and does not have."""
        wanted, samples = self._harvest.wanted, self._harvest.samples
        return [sha for sha in shas if sha in wanted and sha not in samples]

    async def _resolve(self) -> None:
        for batch in await self._doubts.resolved():
            self._desk.tell(f"{batch.batch_id}: is the batch that was in doubt")
            self._harvest.follow(batch, self._left(self._record.waiting(batch)))

    # --- sending ---------------------------------------------------------------------------------

    async def _hand_over(self) -> None:
        """Send what is pending, in batches as large as the server and the budget let them be."""
        refused = 0
        while self._harvest.pending and not self.stopping:
            shas, size = self._next_piece()
            if not shas:
                return
            batch = self._record.intend(self._service.server, shas)
            try:
                status = await self._service.submit(self._items(batch, shas), size)
            except SubmissionLostError as error:
                self._desk.tell(f"{error}; the batch of {len(shas):,} requests is in doubt")
                await self._doubts.look([batch])
                await self._resolve()
                continue
            except ProviderError as error:
                self._record.withdraw(batch)
                for sha in shas:
                    self._ledger.settle(self._harvest.wanted[sha], None)
                self._harvest.pending = shas + self._harvest.pending
                refused += 1
                if not error.transient or refused > self._settings.limits.retries:
                    raise
                wait = max(getattr(error, "retry_after_s", 0.0), backoff_s(refused, self._desk.timing.random))
                await self._rest(wait)
                continue
            batch, self._polls = self._record.submitted(batch, status.id), 0
            self._harvest.follow(batch, shas)
            self._desk.tell(f"{status.id}: {len(shas):,} requests sent, {size:,} bytes{latest(status)}")
            self._harvest.count()

    def _next_piece(self) -> tuple[list[str], int]:
        """Take what goes into one batch from what is pending; reserve what it may cost."""
        shas: list[str] = []
        rules, characters = self._desk.rules, 0
        while self._harvest.pending and len(shas) < rules.max_requests:
            sha = self._harvest.pending[0]
            call = self._harvest.wanted[sha]
            try:
                length = len(self._service.item(_LONGEST_ID, call.request).body)
                if body_bytes(1, length) > rules.max_bytes:
                    said = f"{length:,} bytes; a batch holds {rules.max_bytes:,}: shorten the prompt"
                    raise PermanentProviderError(FailureKind.TOO_LARGE, said)
            except ProviderError as error:
                self._harvest.pending.pop(0)
                self._harvest.fail(call, error)
                continue
            if body_bytes(len(shas) + 1, characters + length) > rules.max_bytes:
                break
            if self._ledger.limited and not self._ledger.admits(call):
                if not (shas or self._harvest.open or self._doubts.hopeful):
                    raise BudgetError(f"the budget is used up: {self._ledger.shown()}")
                break
            self._ledger.reserve(call)
            self._harvest.pending.pop(0)
            shas.append(sha)
            characters += length
        return shas, body_bytes(len(shas), characters)

    def _items(self, batch: OpenBatch, shas: Sequence[str]) -> Iterator[BatchItem]:
        return (self._service.item(batch.custom_id(sha), self._harvest.wanted[sha].request) for sha in shas)

    # --- waiting ---------------------------------------------------------------------------------

    async def _pause(self, left: float) -> None:
        rules = self._desk.rules
        wait = min(rules.longest_poll_s, rules.first_poll_s * _GROWTH ** min(self._polls, 40), left)
        self._polls += 1
        await self._rest(wait)

    async def _rest(self, seconds: float) -> None:
        tasks = [
            asyncio.ensure_future(self._desk.timing.sleep(seconds)),
            asyncio.ensure_future(self._wake.wait()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    async def _look(self) -> None:
        """Ask after every batch, and fetch what has ended."""
        try:
            await self._resolve()
            for batch, names in list(self._harvest.open.values()):
                if not self.stopping:
                    await self._look_at(batch, names)
            self._troubles = 0
        except ProviderError as error:
            self._troubles += 1
            if not error.transient or self._troubles > self._settings.limits.retries:
                raise
            self._desk.tell(f"{error}; asked again later")

    async def _look_at(self, batch: OpenBatch, names: dict[str, str]) -> None:
        status = await self._service.status(batch.batch_id)
        if not status.ended:
            if self._told.get(batch.batch_id) != status.processed:
                self._told[batch.batch_id] = status.processed
                self._desk.tell(standing(status))
            return
        if not status.available:
            self._give_up(batch)
            return
        await self._harvest.fetch(batch, names, lambda: self.stopping)

    def _give_up(self, batch: OpenBatch) -> None:
        """Leave a batch whose results are gone, unless the user wants its requests to be asked again."""
        shas = self._harvest.drop(batch)
        if self._desk.rules.resubmit_doubtful:
            self._abandon(batch, len(shas))
            self._harvest.pending += shas
            return
        self._doubts.batches[batch.id] = batch

    def _abandon(self, batch: OpenBatch, requests: int) -> None:
        self._record.abandon(batch)
        self._desk.tell(f"{requests:,} requests in doubt are asked again, and may be paid twice")

    def told(self, error: HarnessError | None) -> HarnessError | None:
        """Return what ended the run early, with what goes on at the server and what is in doubt."""
        said = [] if error is None else [str(error)]
        said += ["stopped"] if self.stopping else []
        said += [self._doubts.words(batch) for batch in self._doubts.batches.values()]
        waiting = sum(len(names) for _, names in self._harvest.open.values())
        if waiting:
            ids = ", ".join(batch.batch_id for batch, _ in self._harvest.open.values())
            said.append(f"{ids}: {waiting:,} requests go on at the server: run the same again with --batch")
        if not said:
            return None
        if isinstance(error, ProviderError):
            error.args = ("; ".join(said),)
            return error
        return (type(error) if error is not None else IncompleteError)("; ".join(said))
