"""From the figures of the routing folder to what a report shows of a router."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.report.model import (
    AgentRouting,
    Confusion,
    Misrouted,
    RouterKind,
    RouterResult,
    TagAccuracy,
)
from harness.routing.metrics import MISSING, RoutingRow, routing_metrics
from harness.stats.interval import NO_NUMBER, Number, estimate

__all__ = ["router_result"]


def router_result(
    router: str, kind: RouterKind, variant: str, rows: Sequence[RoutingRow], messages: Mapping[str, str]
) -> tuple[RouterResult, Number]:
    """Measure a router's choices for a report.

    Args:
        router: the model or ``lexical``, as it is to be shown.
        kind: whether it is the model under test or the baseline.
        variant: whose roster it chose from.
        rows: one per choice that was wanted.
        messages: the user's message of each case, for the list of wrong choices.

    Returns:
        The result, and the accuracy of always naming the most frequent agent (for
        :attr:`harness.report.model.RoutingSummary.chance`).
    """
    metrics = routing_metrics(rows, estimate)
    result = RouterResult(
        router=router,
        kind=kind,
        variant=variant,
        accuracy=_number(metrics.accuracy.mean),
        low=_number(metrics.accuracy.low),
        high=_number(metrics.accuracy.high),
        n=metrics.n,
        missing=metrics.missing,
        unknown=metrics.unknown,
        agents=tuple(
            AgentRouting(
                agent=agent.agent,
                precision=_number(agent.precision),
                recall=_number(agent.recall),
                f1=_number(agent.f1),
                expected=agent.expected,
                predicted=agent.predicted,
            )
            for agent in metrics.agents
        ),
        confusion=tuple(Confusion(cell.expected, cell.predicted, cell.count) for cell in metrics.cells),
        misrouted=tuple(
            Misrouted(row.case, messages.get(row.case, ""), row.expected, row.predicted)
            for row in rows
            if row.predicted != MISSING and not row.correct
        ),
        top3=_number(metrics.top3),
        macro_f1=_number(metrics.macro_f1),
        by_tag=tuple(
            TagAccuracy(tag, _number(share.mean), _number(share.low), _number(share.high), share.n)
            for tag, share in metrics.by_tag
        ),
    )
    return result, _number(metrics.chance)


def _number(value: Number | None) -> Number:
    return NO_NUMBER if value is None else value
