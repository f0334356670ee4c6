"""Routing in a run: the model's choices beside those of the lexical baseline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.core.jsonl import sha_of, to_jsonable
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
    answers: dict[str, str] = {}
    for variant, agents in prepared.rosters.items():
        own = [call for call in calls if call.variant == variant]
        if execution is None or not own:
            continue
        found = tuple(routed(own, execution, [agent.name for agent in agents]))
        result, _ = router_result(model, RouterKind.MODEL, variant, [one.row for one in found], messages)
        results.append(replace(result, choices=found))
        answers[variant] = _answers(own, execution)
    words = route_by_words(LexicalRouter(prepared.rosters[BASE]), prepared.routing)
    rows = [one.row for one in words]
    baseline, chance = router_result(LEXICAL, RouterKind.BASELINE, BASE, rows, messages)
    baseline = replace(baseline, choices=words)
    return RoutingSummary((*results, baseline), chance, prepared.rosters, answers)


def _answers(calls: Iterable[PlannedCall], execution: Execution) -> str:
    """Two rosters with equal answers do not differ, whatever chance did."""
    return sha_of(
        sorted(
            (one.case, one.trial, one.request_sha, sha_of(to_jsonable((given.text, given.tool_calls))))
            for one in execution.samples_of(calls)
            for given in (one.completion,)
        )
    )
