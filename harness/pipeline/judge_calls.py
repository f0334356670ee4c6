"""The calls of a judge: made within the limits of the run, remembered, and never lost with an error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.core.config import Config
from harness.core.errors import HarnessError, IncompleteError
from harness.core.types import Sample, SampleFailure
from harness.pipeline.asking import OpenModel
from harness.pipeline.options import RunOptions
from harness.pipeline.sampling import Watcher
from harness.providers.base import FailureKind
from harness.run.budget import Ledger
from harness.run.plan import PlannedCall
from harness.run.prices import price_of
from harness.store.samples import SampleStore

__all__ = ["JudgeCalls"]


@dataclass(slots=True)
class JudgeCalls:
    """Makes the calls of a judge and remembers what they took; every exchange is kept in the store.

    What ends the calls early does not end the judging: nothing more is asked, the store still answers, and
    ``trouble`` says what happened.

    Attributes:
        config: of the project.
        seed: start of random numbers of judges that take one.
        watcher: told what happens.
        ledger: what a run may spend; the judge's calls are booked there.
        stopped: the user wants no further calls.
        error: what ended the calls.
        spent: US dollars; ``None``: a price is not known.
        asked: calls that were answered anew; ``reused``: by the store.
        samples: all answers, by the sha of the request.
        failures: calls without an answer; an answer that could not be read is none of them.
    """

    config: Config
    seed: int
    watcher: Watcher
    ledger: Ledger = field(default_factory=Ledger)
    stopped: bool = False
    error: HarnessError | None = None
    spent: float | None = 0.0
    asked: int = 0
    reused: int = 0
    samples: dict[str, Sample] = field(default_factory=dict)
    failures: list[SampleFailure] = field(default_factory=list)

    def __call__(self, calls: Sequence[PlannedCall]) -> Mapping[str, Sample | SampleFailure]:
        """Ask, one model after the other; what was not asked any more is left out."""
        answered: dict[str, Sample | SampleFailure] = {}
        for model in dict.fromkeys(call.request.model for call in calls):
            own = [call for call in calls if call.request.model == model]
            if self.stopped or self.error is not None:
                samples: Mapping[str, Sample] = self._stored(own)
                self.reused += len(samples)
            else:
                samples = self._ask(model, own, answered)
            self.samples |= samples
            answered |= samples
        return answered

    def _ask(
        self, model: str, calls: Sequence[PlannedCall], answered: dict[str, Sample | SampleFailure]
    ) -> Mapping[str, Sample]:
        cost, tokens = self.ledger.left
        own = Ledger(price_of(model, self.config.prices), cost, tokens)
        options = replace(RunOptions.of(self.config), model=model, seed=self.seed, ledger=own)
        try:
            with OpenModel(options, self.watcher) as judge:
                execution = judge.ask(calls)
        except HarnessError as error:
            self.error = error
            samples: Mapping[str, Sample] = self._stored(calls)
            self.asked += own.spent.answers
            self.reused += max(0, len(samples) - own.spent.answers)
        else:
            samples = execution.samples
            self.asked += execution.asked
            self.reused += execution.reused
            self.stopped = execution.interrupted
            answered |= {failure.request_sha: failure for failure in execution.failures}
            unread = FailureKind.INVALID_RESPONSE
            self.failures += [failure for failure in execution.failures if failure.kind != unread]
        finally:
            self._book(own)
        return samples

    def _book(self, own: Ledger) -> None:
        self.ledger.book_others(*own.booked)
        dollars = own.spent.dollars
        # What is not known of a part is not known of the whole.
        self.spent = None if self.spent is None or dollars is None else self.spent + dollars

    def _stored(self, calls: Sequence[PlannedCall]) -> dict[str, Sample]:
        try:
            with SampleStore(Path(self.config.store)) as store:
                return store.get_many(call.sha for call in calls)
        except HarnessError as error:
            self.error = self.error or error
            return {}

    def trouble(self, limit: float) -> HarnessError | None:
        """Return what keeps the judging from being complete, if anything does.

        Args:
            limit: share of the calls that may fail.
        """
        if self.error is not None:
            return self.error
        if self.stopped:
            return IncompleteError("stopped before the judge was asked everything; run again to go on")
        wanted = len(self.samples) + len(self.failures)
        if not self.failures or len(self.failures) <= limit * wanted:
            return None
        kinds = ", ".join(sorted({failure.kind for failure in self.failures}))
        return IncompleteError(
            f"{len(self.failures):,} of {wanted:,} questions could not be put to the judge ({kinds}), such "
            f"as: {self.failures[0].message}; run again to ask them"
        )
