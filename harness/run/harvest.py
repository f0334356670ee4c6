"""What batches bring in: answers, committed before they are counted, failures, and what is sent again."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing

from harness.core.errors import ProviderError, TransientProviderError
from harness.core.types import Completion, Request, Sample, SampleFailure
from harness.providers.base import FailureKind
from harness.providers.batch import BatchResult
from harness.run.batch_desk import Desk
from harness.run.execute import INTERRUPTED, failure_of_call
from harness.run.plan import PlannedCall
from harness.run.progress import Counts
from harness.run.settings import Settings
from harness.store.batches import OpenBatch

__all__ = ["Harvest"]

GROUP = 200
"""Answers that are committed at once."""

_RETRIED = {FailureKind.EXPIRED, FailureKind.OVERLOADED, FailureKind.RATE_LIMIT, FailureKind.SERVER_ERROR}


class Harvest:
    """The answers of one execution, and the requests that have none yet.

    Args:
        wanted: the calls of the plan by the sha of their request, in the order of asking.
        samples: the answers that were stored before.
        desk: where answers come from and where they are kept.
        settings: how often a request is sent again, and what may be spent.

    Attributes:
        pending: requests that are to be sent.
        open: batches that are at the server, with the requests that they owe by their names there.
    """

    def __init__(
        self, wanted: Mapping[str, PlannedCall], samples: dict[str, Sample], desk: Desk, settings: Settings
    ) -> None:
        self.wanted, self.samples = wanted, samples
        self._desk, self._ledger, self._retries = desk, settings.ledger, settings.limits.retries
        self.pending: list[str] = []
        self.open: dict[int, tuple[OpenBatch, dict[str, str]]] = {}
        self._failures: dict[str, SampleFailure] = {}
        self._attempts: Counter[str] = Counter()
        self._reused, self._in, self._out = len(samples), 0, 0
        self.asked = 0

    def follow(self, batch: OpenBatch, shas: Sequence[str]) -> None:
        """Expect answers of a batch; what they may cost is set aside."""
        for sha in shas:
            self._ledger.reserve(self.wanted[sha])
        self.open[batch.id] = (batch, {batch.custom_id(sha): sha for sha in shas})
        self.count()

    def drop(self, batch: OpenBatch) -> list[str]:
        """Expect nothing of a batch any more; return the requests that it owes."""
        _, names = self.open.pop(batch.id)
        for sha in names.values():
            self._ledger.settle(self.wanted[sha], None)
        return list(names.values())

    async def fetch(self, batch: OpenBatch, names: dict[str, str], stopping: Callable[[], bool]) -> None:
        """Commit what a batch gave, in groups; what was fetched before is not looked at again."""
        group: dict[str, BatchResult] = {}
        try:
            async with aclosing(self._desk.service.results(batch.batch_id)) as results:
                async for result in results:
                    sha = names.pop(result.custom_id, "")
                    if sha:
                        group[sha] = result
                    if len(group) >= GROUP:
                        whole, group = group, {}
                        await self._commit(batch, whole)
                        if stopping():
                            return
        except ProviderError:
            await self._commit(batch, group)  # the rest is fetched again
            raise
        await self._commit(batch, group)
        del self.open[batch.id]
        for sha in names.values():
            message = f"{batch.batch_id}: its results say nothing about this request"
            self.fail(self.wanted[sha], TransientProviderError(FailureKind.NO_RESULT, message))
        self._desk.record.settle(batch, list(names.values()))
        self._desk.tell(f"{batch.batch_id}: fetched")

    async def _commit(self, batch: OpenBatch, group: Mapping[str, BatchResult]) -> None:
        answers: list[tuple[Sample, Request]] = []
        for sha, result in group.items():
            call, self.asked = self.wanted[sha], self.asked + 1
            try:
                completion = self._completion(result, call)
            except ProviderError as error:
                self._consider(call, error, answered=result.error is None)
                continue
            self._ledger.settle(call, completion.usage)
            self._in += completion.usage.input_tokens
            self._out += completion.usage.output_tokens
            named = (call.case.id, call.variant, call.request.trial, call.request.model)
            answers.append((Sample(sha, *named, completion), call.request))
        if answers:
            kept = await asyncio.to_thread(self._desk.store.put_many, answers)
            self.samples.update((sample.request_sha, sample) for sample in kept)
        self._desk.record.settle(batch, list(group))
        self.count()

    def _completion(self, result: BatchResult, call: PlannedCall) -> Completion:
        if result.error is not None:
            raise result.error
        return self._desk.service.completion(result, call.request)

    def _consider(self, call: PlannedCall, error: ProviderError, *, answered: bool) -> None:
        """Send a request again where the server could not answer it; nobody has paid for that."""
        self._attempts[call.sha] += 1
        again = error.kind in _RETRIED and self._attempts[call.sha] <= self._retries
        if again and not answered:
            self._ledger.settle(call, None)
            self.pending.append(call.sha)
            return
        self.fail(call, error, lost=answered)

    def fail(self, call: PlannedCall, error: ProviderError, *, lost: bool = False) -> None:
        """Write down that a call has no answer; ``lost``: it was paid for all the same."""
        self._ledger.settle(call, None, lost=lost)
        failure = failure_of_call(call, error.kind, str(error), transient=error.transient)
        self._failures[call.sha] = failure
        self._desk.store.put_failure(failure)
        self.count()

    def failure_of(self, call: PlannedCall) -> SampleFailure:
        """Why a planned call has no answer, under the name of that call."""
        known = self._failures.get(call.sha)
        if known is not None:
            return dataclasses.replace(known, case=call.case.id, variant=call.variant)
        return failure_of_call(call, *self._reason(call.sha), transient=True)

    def _reason(self, sha: str) -> tuple[str, str]:
        for batch, names in self.open.values():
            if sha in names.values():
                return INTERRUPTED, f"{batch.batch_id} was not fetched: run again with --batch"
        if sha in self.pending:
            return INTERRUPTED, "the run was stopped before this call"
        return FailureKind.IN_DOUBT, "nobody knows whether the server has the batch of this request"

    def count(self, *, stopping: bool = False) -> None:
        """Tell where the execution stands."""
        answered, failed = len(self.samples) - self._reused, len(self._failures)
        flying = sum(len(names) for _, names in self.open.values())
        total, used = len(self.wanted), (self._in, self._out)
        self._desk.progress(Counts(total, self._reused, answered, failed, flying, *used, stopping))
