"""The results of a run in the form that comparisons read."""

from __future__ import annotations

from harness.core.types import Case, Verdict
from harness.report.model import HAND_WRITTEN, RunResults
from harness.store.decided import (
    DecidedCase,
    DecidedRule,
    DecidedRun,
    DecidedVerdict,
    MissingAnswer,
    Place,
)

__all__ = ["decided_run"]

_MOST_PLACES = 5  # findings kept of a verdict; the report and verdicts.csv have all
_LONGEST = 200


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
        seed=int(results.manifest.get("seed", 0)),
        variants=tuple((variant.name, variant.agent.sha) for variant in results.variants),
        rules=_rules(results),
        cases=tuple(_case(case) for case in results.cases if case.id in kept),
        missing=tuple(
            MissingAnswer(case=one.case, variant=one.variant, trial=one.trial, kind=one.kind)
            for one in results.failures
            if one.case in kept
        ),
        verdicts=tuple(_verdict(verdict) for verdict in results.verdicts if verdict.variant != HAND_WRITTEN),
    )


def _rules(results: RunResults) -> tuple[DecidedRule, ...]:
    return tuple(
        DecidedRule(
            id=binding.rule.id,
            text=binding.rule.text,
            polarity=binding.rule.polarity,
            section=binding.rule.section,
            line=binding.rule.span.line,
            source=binding.rule.source,
            severity=binding.severity,
            check=binding.check,
            parameters=binding.parameters,
        )
        for binding in results.rules
        if not binding.waived
    )


def _case(case: Case) -> DecidedCase:
    question = " ".join(case.messages[-1].text.split())
    return DecidedCase(
        id=case.id,
        sha=case.sha,
        cluster=case.cluster,
        tags=case.tags,
        question=question if len(question) <= _LONGEST else f"{question[: _LONGEST - 1]}…",
    )


def _verdict(verdict: Verdict) -> DecidedVerdict:
    decision = verdict.decision
    return DecidedVerdict(
        case=verdict.case,
        variant=verdict.variant,
        trial=verdict.trial,
        rule=verdict.rule,
        check=verdict.check,
        version=verdict.version,
        mode=verdict.mode,
        basis=verdict.basis,
        outcome=decision.outcome,
        reason=decision.reason,
        flag=verdict.flag,
        places=tuple(
            Place(line=one.line, message=one.message, quote=one.quote)
            for one in decision.findings[:_MOST_PLACES]
        ),
    )
