"""Routing in a run: the model's choices beside those of the lexical baseline."""

from __future__ import annotations

from collections.abc import Sequence

from harness.pipeline.prepare import BASE, Prepared
from harness.report.model import RouterKind, RouterResult, RoutingSummary
from harness.report.routing import router_result
from harness.routing.ask import route_by_words, routed
from harness.routing.route import last_message
from harness.run.execute import Execution
from harness.run.plan import PlannedCall

__all__ = ["routing_summary"]

LEXICAL = "lexical"


def routing_summary(
    prepared: Prepared, model: str, calls: Sequence[PlannedCall], execution: Execution | None
) -> RoutingSummary:
    """Measure the model on every variant's roster, and the lexical router on the base roster."""
    if not prepared.routing:
        return RoutingSummary()
    from harness.routing.lexical import LexicalRouter

    messages = {case.id: last_message(case) for case in prepared.routing}
    results: list[RouterResult] = []
    for variant, agents in prepared.rosters.items():
        own = [call for call in calls if call.variant == variant]
        if execution is None or not own:
            continue
        rows = [one.row for one in routed(own, execution, [agent.name for agent in agents])]
        results.append(router_result(model, RouterKind.MODEL, variant, rows, messages)[0])
    words = route_by_words(LexicalRouter(prepared.rosters[BASE]), prepared.routing)
    rows = [one.row for one in words]
    baseline, chance = router_result(LEXICAL, RouterKind.BASELINE, BASE, rows, messages)
    return RoutingSummary((*results, baseline), chance)
