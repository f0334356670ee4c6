"""One routing measurement: cases and a roster in, rows out, by words alone or by a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from harness.core.types import Case, SampleFailure
from harness.providers.base import Provider
from harness.routing.lexical import LexicalRouter
from harness.routing.metrics import MISSING, RoutingRow
from harness.routing.route import Choice, last_message, read_choice
from harness.run.execute import Execution, execute
from harness.run.plan import PlannedCall
from harness.run.progress import Progress
from harness.run.settings import Settings
from harness.store.samples import SampleStore

__all__ = ["RANKED", "Routed", "route_by_model", "route_by_words", "routed"]

RANKED = 20
"""Names that a row keeps of a ranking."""

_BATCH = 128


@dataclass(frozen=True, slots=True)
class Routed:
    """One choice with what a reader wants to know about it.

    ``trial`` counts from 1. ``problem`` says why there is no choice, or what is odd about it; mostly empty.
    """

    case: Case
    row: RoutingRow
    trial: int = 1
    problem: str = ""


def route_by_words(
    router: LexicalRouter, cases: Sequence[Case], progress: Callable[[int], None] | None = None
) -> tuple[Routed, ...]:
    """Rank the agents for the last user message of each case; ``progress`` is told how many are done."""
    found: list[Routed] = []
    for start in range(0, len(cases), _BATCH):
        batch = cases[start : start + _BATCH]
        for case, ranking in zip(batch, router.rank_all([last_message(case) for case in batch]), strict=True):
            row = _row(case, Choice(ranking.choice, known=True), ranking.names(RANKED), ranking.confidence)
            found.append(Routed(case, row))
        if progress is not None:
            progress(len(found))
    return tuple(found)


async def route_by_model(
    calls: Sequence[PlannedCall],
    names: Sequence[str],
    asking: tuple[Provider, SampleStore, Settings],
    progress: Progress,
) -> tuple[tuple[Routed, ...], Execution]:
    """Ask a model what is not stored yet, and read its choices.

    Args:
        calls: from :func:`harness.routing.route.plan_routing`, of one variant.
        names: the roster.
        asking: who is asked, where answers are kept, how hard to try.
        progress: told after every answer.

    Raises:
        PermanentProviderError, IncompleteError, StoreError: as :func:`harness.run.execute.execute`.
    """
    provider, store, settings = asking
    execution = await execute(calls, provider, store, settings, progress)
    return tuple(routed(calls, execution, names)), execution


def routed(calls: Sequence[PlannedCall], execution: Execution, names: Sequence[str]) -> Iterator[Routed]:
    """Yield one row per planned call, in the order of the plan; a call without an answer is missing."""
    failures: dict[tuple[str, int], SampleFailure] = {
        (failure.case, failure.trial): failure for failure in execution.failures
    }
    for call in calls:
        case, trial = call.case, call.request.trial
        sample = execution.samples.get(call.sha)
        if sample is None:
            failure = failures.get((case.id, trial))
            problem = f"{failure.kind}: {failure.message}" if failure else "no answer"
            yield Routed(case, _row(case, Choice(MISSING, known=True), ()), trial, problem)
        else:
            choice = read_choice(sample, names)
            yield Routed(case, _row(case, choice, ()), trial, choice.note)


def _row(case: Case, choice: Choice, ranked: tuple[str, ...], confidence: float | None = None) -> RoutingRow:
    return RoutingRow(
        case=case.id,
        expected=case.expected_agent,
        predicted=choice.agent,
        ranked=ranked,
        known=choice.known,
        tags=case.tags,
        cluster=case.cluster,
        confidence=confidence,
    )
