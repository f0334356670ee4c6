"""Routing in a run: the model's choices beside those of the lexical baseline."""

from __future__ import annotations

from collections.abc import Sequence

from harness.pipeline.prepare import BASE, Prepared
from harness.report.model import (
    AgentRouting,
    Confusion,
    Misrouted,
    RouterKind,
    RouterResult,
    RoutingSummary,
)
from harness.routing.ask import Routed, route_by_words, routed
from harness.routing.metrics import MISSING, RoutingMetrics, routing_metrics
from harness.routing.route import last_message
from harness.run.execute import Execution
from harness.run.plan import PlannedCall
from harness.stats.interval import NO_NUMBER, Number, estimate

__all__ = ["routing_summary"]

LEXICAL = "lexical"


def routing_summary(
    prepared: Prepared, model: str, calls: Sequence[PlannedCall], execution: Execution | None
) -> RoutingSummary:
    """Measure the model on every variant's roster, and the lexical router on the base roster."""
    if not prepared.routing:
        return RoutingSummary()
    from harness.routing.lexical import LexicalRouter

    results: list[RouterResult] = []
    chance: float | None = None
    for variant, agents in prepared.rosters.items():
        own = [call for call in calls if call.variant == variant]
        if execution is None or not own:
            continue
        rows = tuple(routed(own, execution, [agent.name for agent in agents]))
        results.append(_result(model, RouterKind.MODEL, variant, rows))
    words = route_by_words(LexicalRouter(prepared.rosters[BASE]), prepared.routing)
    results.append(_result(LEXICAL, RouterKind.BASELINE, BASE, words))
    chance = routing_metrics([one.row for one in words]).chance
    return RoutingSummary(tuple(results), NO_NUMBER if chance is None else chance)


def _result(router: str, kind: RouterKind, variant: str, rows: Sequence[Routed]) -> RouterResult:
    metrics = routing_metrics([one.row for one in rows], estimate)
    return RouterResult(
        router=router,
        kind=kind,
        variant=variant,
        accuracy=_number(metrics.accuracy.mean),
        low=_number(metrics.accuracy.low),
        high=_number(metrics.accuracy.high),
        n=metrics.n,
        missing=metrics.missing,
        unknown=metrics.unknown,
        agents=_agents(metrics),
        confusion=tuple(Confusion(cell.expected, cell.predicted, cell.count) for cell in metrics.cells),
        misrouted=tuple(
            Misrouted(one.case.id, last_message(one.case), one.row.expected, one.row.predicted)
            for one in rows
            if one.row.predicted != MISSING and not one.row.correct
        ),
    )


def _agents(metrics: RoutingMetrics) -> tuple[AgentRouting, ...]:
    return tuple(
        AgentRouting(
            agent=figures.agent,
            precision=_number(figures.precision),
            recall=_number(figures.recall),
            f1=_number(figures.f1),
            expected=figures.expected,
            predicted=figures.predicted,
        )
        for figures in metrics.agents
    )


def _number(value: float | None) -> Number:
    return NO_NUMBER if value is None else value
