"""The calls of a run: the model opened, the calls planned, and what came of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from harness.core.errors import HarnessError
from harness.core.types import SampleFailure
from harness.pipeline.batching import BatchCalls, batch_calls, warn_of_batches
from harness.pipeline.options import RunOptions
from harness.pipeline.prepare import Prepared
from harness.providers.base import Provider
from harness.providers.registry import open_provider
from harness.routing.route import plan_routing
from harness.run.budget import Ledger
from harness.run.estimate import Estimate, estimate
from harness.run.execute import Execution, execute
from harness.run.plan import PlannedCall, plan_compliance
from harness.run.progress import Progress
from harness.run.settings import Settings
from harness.store.manifest import SampleRecord
from harness.store.samples import SampleStore

__all__ = ["Calls", "Sampled", "Session", "Watcher", "open_session", "sample"]


class Watcher(Protocol):
    """What a run tells about its progress; the command line draws it."""

    def say(self, message: str) -> None:
        """Tell one fact, such as what is planned."""

    def fetching(self) -> AbstractContextManager[Callable[[int, int], None]]:
        """Watch a download: (bytes so far, bytes in all)."""

    def sampling(self, calls: int) -> AbstractContextManager[Progress]:
        """Watch the calls."""

    def deciding(self, answers: int) -> AbstractContextManager[Callable[[int], None]]:
        """Watch the decisions: number of answers done."""


@dataclass(frozen=True, slots=True)
class Calls:
    """The plan: calls for compliance, calls for routing."""

    compliance: tuple[PlannedCall, ...] = ()
    routing: tuple[PlannedCall, ...] = ()

    @property
    def all(self) -> tuple[PlannedCall, ...]:
        """Every call, in the order of asking."""
        return (*self.compliance, *self.routing)

    @property
    def shas(self) -> frozenset[str]:
        """The requests; calls that share one are answered by one sample."""
        return frozenset(call.sha for call in self.all)

    def records(self) -> tuple[SampleRecord, ...]:
        """Return the plan as the manifest keeps it."""
        return tuple(
            SampleRecord(case=c.case.id, variant=c.variant, trial=c.request.trial, request_sha=c.sha)
            for c in self.all
        )


@dataclass(slots=True)
class Session:
    """A model that can be asked once, the store that keeps its answers, and the plan.

    ``known`` are the requests that were answered before, ``estimate`` says what the others will use;
    ``used`` says that the model was asked, and closed; ``batches`` asks in batches, where that is wanted.
    """

    provider: Provider
    store: SampleStore
    settings: Settings
    calls: Calls
    known: frozenset[str]
    estimate: Estimate
    used: bool = False
    batches: BatchCalls | None = None

    @property
    def stored(self) -> int:
        """Number of answers that were there before."""
        return len(self.known)


@dataclass(frozen=True, slots=True)
class Sampled:
    """What came of the plan, and the error that ended it early, if one did.

    ``given`` tells each answer from others to the same request, by the request's sha; ``ledger`` holds what
    was spent; ``known`` are the requests that were answered before.
    """

    calls: Calls = Calls()
    execution: Execution | None = None
    error: HarnessError | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    known: frozenset[str] = frozenset()

    @property
    def interrupted(self) -> bool:
        """Whether the user stopped the asking."""
        return self.execution is not None and self.execution.interrupted

    def reused(self) -> dict[str, tuple[int, int]]:
        """Return per variant how many compliance answers were there before, and how many were wanted."""
        wanted = Counter(call.variant for call in self.calls.compliance)
        known = Counter(call.variant for call in self.calls.compliance if call.sha in self.known)
        return {variant: (known[variant], number) for variant, number in wanted.items()}


@contextlib.contextmanager
def open_session(prepared: Prepared, options: RunOptions, watcher: Watcher) -> Iterator[Session]:
    """Open everything that asking needs, so that a wrong setting is found before anything is written.

    Raises:
        ConfigurationError: an unknown model, no key, a wrong address, a file that is no sample store.
        IncompleteError: weights could not be fetched, the store cannot be opened.
    """
    with watcher.fetching() as on_fetch:
        provider = open_provider(options.model, options.provider_options(on_fetch))
    session: Session | None = None
    try:
        settings = options.settings()
        calls = _plan(prepared, options, provider, settings)
        with SampleStore(Path(options.config.store), fresh=options.fresh) as store:
            stored = store.get_many(calls.shas)
            expected = estimate(calls.all, stored, settings.ledger.price)
            session = Session(provider, store, settings, calls, frozenset(stored), expected)
            if not options.batch:
                warn_of_batches(store.path, calls.shas - session.known, watcher.say)
            with batch_calls(options, store, settings, watcher.say) as session.batches:
                yield session
    finally:
        if session is None or not session.used:
            asyncio.run(provider.close())


def sample(session: Session, watcher: Watcher) -> Sampled:
    """Ask for what is wanted and not stored.

    Whatever ends this early, the answers that exist are returned with the reason.
    """
    calls, ledger = session.calls, session.settings.ledger
    if session.batches is not None:
        with watcher.sampling(len(calls.shas)) as progress:
            execution, ended = session.batches(calls.all, progress)
        return Sampled(calls, execution, ended, session.store.given, ledger, session.known)
    session.used = True

    async def work(progress: Progress) -> Execution:
        try:
            return await execute(calls.all, session.provider, session.store, session.settings, progress)
        finally:
            await session.provider.close()  # on the event loop that used it

    try:
        with watcher.sampling(len(calls.shas)) as progress:
            execution = asyncio.run(work(progress))
        return Sampled(calls, execution, None, session.store.given, ledger, session.known)
    except HarnessError as error:
        samples = session.store.get_many(calls.shas)
        failures = tuple(_not_asked(call, error) for call in calls.all if call.sha not in samples)
        asked = len(samples) - session.stored
        execution = Execution(samples, failures, asked=asked, reused=session.stored)
        return Sampled(calls, execution, error, session.store.given, ledger, session.known)


def _plan(prepared: Prepared, options: RunOptions, provider: Provider, settings: Settings) -> Calls:
    routing: tuple[PlannedCall, ...] = ()
    if prepared.routing:
        shorter = replace(settings, max_tokens=options.routing_max_tokens)
        routing = plan_routing(prepared.routing, prepared.rosters, provider, shorter)
    return Calls(plan_compliance(prepared.compliance, prepared.variants, settings), routing)


def _not_asked(call: PlannedCall, error: HarnessError) -> SampleFailure:
    kind = str(getattr(error, "kind", "stopped"))
    transient = bool(getattr(error, "transient", True))
    return SampleFailure(
        call.sha, call.case.id, call.variant, call.request.trial, kind, str(error), transient
    )
