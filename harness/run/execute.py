"""Execute a plan: take what is stored, ask for the rest, commit each answer before it is reported.

A fixed number of workers takes calls from one queue, so that memory does not grow with the length of
the plan beyond the answers themselves. Every way to end early keeps what is stored; running the same
plan again asks only for what is missing.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.core.errors import HarnessError, IncompleteError, ProviderError, StoreError
from harness.core.types import Sample, SampleFailure
from harness.providers.base import Provider
from harness.run.admission import Admission
from harness.run.asking import Asker
from harness.run.limits import Timing
from harness.run.plan import PlannedCall
from harness.run.progress import Counts, Progress, silent
from harness.run.recorder import Recorder
from harness.run.settings import Settings
from harness.store.samples import SampleStore

__all__ = ["INTERRUPTED", "Execution", "Stoppable", "execute", "failure_of_call", "interrupts"]

INTERRUPTED = "interrupted"
"""Kind of the failure of a call that was never made because the user stopped the run."""


class Stoppable(Protocol):
    """Work that can be asked to end in good order."""

    stopping: bool

    def stop(self) -> None:
        """Begin nothing further."""


@dataclass(frozen=True, slots=True, repr=False)
class Execution:
    """What came of a plan.

    Attributes:
        samples: the answer to each request, by sha. Calls that share a request share the sample,
            whose ``case`` and ``variant`` are those of the call that asked first.
        failures: one for each planned call without an answer, under its own case and variant.
        asked: requests that were sent in this execution.
        reused: requests whose answer was in the store.
        interrupted: the user stopped the run; calls that were not made count as failures.
    """

    samples: dict[str, Sample]
    failures: tuple[SampleFailure, ...]
    asked: int
    reused: int
    interrupted: bool = False

    def __repr__(self) -> str:
        # asyncio writes out what a task returned when it gives Ctrl-C back; that must not be every answer.
        return f"<Execution: {len(self.samples)} answers, {len(self.failures)} missing>"

    def samples_of(self, calls: Iterable[PlannedCall]) -> tuple[Sample, ...]:
        """Return the answered calls as samples, each under the case and variant of its own call."""
        return tuple(
            dataclasses.replace(self.samples[call.sha], case=call.case.id, variant=call.variant)
            for call in calls
            if call.sha in self.samples
        )


async def execute(
    calls: Sequence[PlannedCall],
    provider: Provider,
    store: SampleStore,
    settings: Settings,
    progress: Progress = silent,
    timing: Timing | None = None,
) -> Execution:
    """Bring a plan to its end.

    The first Ctrl-C lets the calls in flight finish, the second ends the run at once.

    Raises:
        PermanentProviderError: an error that every call would meet (no key, unknown model).
        IncompleteError: the server cannot be reached, or lets nothing through.
        BudgetError: what may be spent is spent.
        StoreError: an answer could not be committed.
    """
    wanted: dict[str, PlannedCall] = {}
    for call in calls:
        wanted.setdefault(call.sha, call)
    samples = await asyncio.to_thread(store.get_many, wanted)
    reused = len(samples)
    run = _Run(wanted, samples, store, progress)
    with interrupts(run):
        await run.work(provider, settings, timing or Timing())
    if run.error is not None:
        raise run.error
    return Execution(
        samples=samples,
        failures=tuple(run.failure_of(call) for call in calls if call.sha not in samples),
        asked=run.asked,
        reused=reused,
        interrupted=run.stopping,
    )


class _Run:
    """The state that the workers of one execution share. Everything happens on one event loop."""

    def __init__(
        self,
        wanted: dict[str, PlannedCall],
        samples: dict[str, Sample],
        store: SampleStore,
        progress: Progress,
    ) -> None:
        self._pending = deque(call for sha, call in wanted.items() if sha not in samples)
        self._samples = samples
        self._failures: dict[str, SampleFailure] = {}
        self._recorder = Recorder(store)
        self._counts = Counts(total=len(wanted), reused=len(samples))
        self._progress = progress
        self._admission: Admission | None = None
        self.stopping = False
        self.asked = 0
        self.error: HarnessError | None = None

    def stop(self, error: HarnessError | None = None) -> None:
        """Make no further calls. The first error is the one that ends the run."""
        if self.error is None and error is not None:
            self.error = self._with_rest(error)
        self.stopping = True
        if self._admission is not None:
            self._admission.close()
        self._count(stopping=True)

    async def work(self, provider: Provider, settings: Settings, timing: Timing) -> None:
        """Make every call that is pending."""
        width = max(1, min(settings.concurrency, provider.max_concurrency))
        self._admission = Admission(width, settings.limits, settings.ledger, timing)
        if self.stopping:
            self._admission.close()
        asker = Asker(provider, settings, self._admission, timing, self.stop)
        self._count()
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(width, len(self._pending))):
                    group.create_task(self._worker(asker))
        finally:
            await self._recorder.flush()

    def failure_of(self, call: PlannedCall) -> SampleFailure:
        """Why a planned call has no answer, under the name of that call."""
        known = self._failures.get(call.sha)
        if known is None:
            return failure_of_call(call, INTERRUPTED, "the run was stopped before this call", transient=True)
        return dataclasses.replace(known, case=call.case.id, variant=call.variant)

    async def _worker(self, asker: Asker) -> None:
        while self._pending and not self.stopping:
            call = self._pending.popleft()
            self._count(in_flight=1)
            try:
                await self._settle(call, asker)
            except HarnessError as error:  # the store, the budget, or a provider that cannot be started
                self.stop(error)
            finally:
                self._count(in_flight=-1)

    async def _settle(self, call: PlannedCall, asker: Asker) -> None:
        """Ask, and commit what came of it."""
        try:
            completion = await asker.ask(call)
        except ProviderError as error:
            self.asked += 1
            failure = failure_of_call(call, error.kind, str(error), transient=error.transient)
            await self._recorder.note(failure)
            self._failures[call.sha] = failure
            self._count(failed=1)
            return
        if completion is None:
            return
        self.asked += 1
        sample = Sample(
            call.sha, call.case.id, call.variant, call.request.trial, call.request.model, completion
        )
        self._samples[call.sha] = await self._recorder.keep(sample, call.request)
        usage = completion.usage
        self._count(answered=1, input_tokens=usage.input_tokens, output_tokens=usage.output_tokens)

    def _with_rest(self, error: HarnessError) -> HarnessError:
        """Say in a message that ends a run early how much there is."""
        if not isinstance(error, IncompleteError) or isinstance(error, StoreError):
            return error
        stored, total = len(self._samples), self._counts.total
        return type(error)(f"{error}; {stored} of {total} answers are stored: run again to go on from there")

    def _count(self, *, stopping: bool = False, **more: int) -> None:
        changed = {name: getattr(self._counts, name) + value for name, value in more.items()}
        self._counts = dataclasses.replace(
            self._counts, stopping=self._counts.stopping or stopping, **changed
        )
        self._progress(self._counts)


def failure_of_call(call: PlannedCall, kind: str, message: str, *, transient: bool) -> SampleFailure:
    """Return the failure of a planned call."""
    return SampleFailure(
        request_sha=call.sha,
        case=call.case.id,
        variant=call.variant,
        trial=call.request.trial,
        kind=str(kind),
        message=message,
        transient=transient,
    )


@contextlib.contextmanager
def interrupts(run: Stoppable) -> Iterator[None]:
    """First Ctrl-C: finish what is in flight. Second: what the surrounding program does with it."""
    loop = asyncio.get_running_loop()
    before: Callable[..., object] | int | None = signal.getsignal(signal.SIGINT)

    def on_interrupt() -> None:
        if not run.stopping:
            run.stop()
        elif callable(before):
            before(signal.SIGINT, None)

    try:
        loop.add_signal_handler(signal.SIGINT, on_interrupt)
    except (NotImplementedError, RuntimeError, ValueError):
        # Windows, or not the main thread: Ctrl-C keeps its usual meaning and loses what is in flight.
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)
