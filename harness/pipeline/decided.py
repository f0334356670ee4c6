"""The results of a run in the form that comparisons read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from harness.core.jsonl import sha_of, to_jsonable
from harness.core.types import Verdict
from harness.pipeline.results import ROUTING_PREFIX
from harness.report.model import HAND_WRITTEN, RouterKind, RunResults
from harness.store.decided import (
    DecidedRouting,
    DecidedRule,
    DecidedRun,
    MissingAnswer,
    RosterLine,
    RoutingChoice,
)

__all__ = ["bounded", "decided_run"]

_MOST_FINDINGS = 5  # kept of a verdict; the report and verdicts.csv have all


def decided_run(results: RunResults) -> DecidedRun:
    """Return rules, cases and verdicts of a run, without what hand-written responses gave.

    Rules that are waived are not demanded of anyone and stay out.
    """
    compliance = {verdict.case for verdict in results.verdicts if verdict.variant != HAND_WRITTEN}
    compliance |= {failure.case for failure in results.failures}
    kept = {case.id for case in results.cases if case.id in compliance and not case.expected_agent}
    return DecidedRun(
        run=results.run,
        created=results.created,
        agent=results.agent.name,
        agent_path=results.agent.path,
        agent_sha=results.agent.sha,
        model=results.model,
        models_served=results.models_served,
        seed=int(results.manifest["seed"]),
        max_tokens=int(results.manifest["settings"]["max_tokens"]),
        variants=tuple((variant.name, variant.agent.sha) for variant in results.variants),
        rules=_rules(results),
        cases=tuple(case for case in results.cases if case.id in kept),
        missing=tuple(
            MissingAnswer(case=one.case, variant=one.variant, trial=one.trial, kind=one.kind)
            for one in results.failures
            if one.case in kept
        ),
        answers={variant.name: _answers(results, variant.name) for variant in results.variants},
        verdicts=bounded(verdict for verdict in results.verdicts if verdict.variant != HAND_WRITTEN),
        routing=_routing(results),
    )


def _routing(results: RunResults) -> DecidedRouting:
    """Return what the model chose; the lexical router is no part of what is tested."""
    routers = [one for one in results.routing.routers if one.kind is RouterKind.MODEL]
    chosen = {f"{ROUTING_PREFIX}{each.case.id}" for router in routers for each in router.choices}
    failed = {(one.case, one.variant, one.trial): one.kind for one in results.failures if one.case in chosen}
    choices: list[RoutingChoice] = []
    missing: list[MissingAnswer] = []
    for router in routers:
        for each in router.choices:
            case, variant, trial = f"{ROUTING_PREFIX}{each.case.id}", router.variant, each.trial
            kind = failed.get((case, variant, trial))
            if kind is not None:
                missing.append(MissingAnswer(case=case, variant=variant, trial=trial, kind=kind))
                continue
            name, note = each.row.predicted, each.problem
            choices.append(RoutingChoice(case=case, variant=variant, trial=trial, predicted=name, note=note))
    rosters = {
        variant: [RosterLine(name=one.name, listing=one.listing, tools=one.tools) for one in agents]
        for variant, agents in results.routing.rosters.items()
        if chosen
    }
    return DecidedRouting(
        cases=tuple(case for case in results.cases if case.id in chosen),
        choices=tuple(choices),
        missing=tuple(missing),
        lines={line.sha: line for lines in rosters.values() for line in lines},
        rosters={variant: {line.name: line.sha for line in lines} for variant, lines in rosters.items()},
        answers=dict(results.routing.answers),
    )


def _answers(results: RunResults, variant: str) -> str:
    """Two sides with equal answers do not differ, whatever chance did."""
    return sha_of(
        sorted(
            (
                one.case,
                one.trial,
                one.request_sha,
                sha_of(to_jsonable((one.completion.text, one.completion.tool_calls))),
            )
            for one in results.samples
            if one.variant == variant
        )
    )


def _rules(results: RunResults) -> tuple[DecidedRule, ...]:
    return tuple(
        DecidedRule(
            rule=binding.rule,
            severity=binding.severity,
            check=binding.check,
            parameters=binding.parameters,
            rubric=binding.rubric,
        )
        for binding in results.rules
        if not binding.waived
    )


def bounded(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Return verdicts with the first findings of each."""
    return tuple(
        verdict
        if len(verdict.decision.findings) <= _MOST_FINDINGS
        else replace(
            verdict, decision=replace(verdict.decision, findings=verdict.decision.findings[:_MOST_FINDINGS])
        )
        for verdict in verdicts
    )
