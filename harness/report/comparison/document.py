"""A comparison as JSON; a stable interface, see docs/comparing.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.compare.model import (
    CaseFlip,
    Comparison,
    EvasionChange,
    RateChange,
    RoutingComparison,
    RoutingFlip,
    RuleChange,
)
from harness.compare.pairing import Side
from harness.compare.routing import agent_of
from harness.core.escape import reveal
from harness.core.jsonl import to_jsonable
from harness.core.types import Verdict
from harness.store.decided import DecidedRule

__all__ = ["comparison_document"]

_LONGEST = 200


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """Return the document as JSON values; what is no number is ``null``."""
    matched = comparison.matched
    return {
        "decision": comparison.decision.value,
        "reasons": list(comparison.reasons),
        "caveats": list(comparison.caveats),
        **_change(comparison.aggregate),
        "margin": comparison.policy.margin,
        "alpha": comparison.policy.alpha,
        "seed": comparison.policy.seed,
        "before": _side(comparison.before),
        "after": _side(comparison.after),
        "rules": [_rule(change) for change in comparison.rules],
        "tags": [{"tag": tag.tag, **_change(tag.change)} for tag in comparison.tags],
        "flips": [_flip(flip) for flip in comparison.flips],
        "evasions": [_evasion(change) for change in comparison.evasions],
        "reworded": list(matched.reworded),
        "removed": [_named(rule) for rule in matched.removed],
        "added": [_named(rule) for rule in matched.added],
        "doubtful": [{"before": _named(old), "after": _named(new)} for old, new in matched.doubtful],
        "routing": None if comparison.routing is None else _routing(comparison.routing),
    }


def _routing(routing: RoutingComparison) -> dict[str, Any]:
    return {
        "decision": routing.decision.value,
        "same_answers": routing.same_answers,
        **_change(routing.accuracy),
        "agents": [{"agent": agent_of(change.rule), **_rule(change)} for change in routing.agents],
        "tags": [{"tag": tag.tag, **_change(tag.change)} for tag in routing.tags],
        "flips": [_routed(one) for one in routing.flips],
        "confusions": [
            {
                "expected": one.expected,
                "predicted": reveal(one.predicted),
                "before": one.before,
                "after": one.after,
            }
            for one in routing.confusions
        ],
        "evasions": [_evasion(one) for one in routing.evasions],
        "roster": to_jsonable(routing.roster),
    }


def _routed(one: RoutingFlip) -> dict[str, Any]:
    return {
        "case": one.flip.case.id,
        "message": " ".join(one.message.split())[:_LONGEST],
        "expected": one.expected,
        "rule": one.flip.rule.id,
        "delta": one.flip.delta,
        "before": _chosen(one.before, one.flip.passed_before, one.flip.decided_before),
        "after": _chosen(one.after, one.flip.passed_after, one.flip.decided_after),
    }


def _chosen(chosen: Sequence[tuple[str, int]], right: int, decided: int) -> dict[str, Any]:
    return {"right": right, "decided": decided, "chosen": {reveal(name): times for name, times in chosen}}


def _evasion(change: EvasionChange) -> dict[str, Any]:
    return {
        "kind": change.kind.value,
        "before": to_jsonable(change.before),
        "after": to_jsonable(change.after),
        "p_rise": to_jsonable(change.p_rise),
        "rose": change.rose,
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "run": side.run.run,
        "variant": side.variant,
        "model": side.run.model,
        "models_served": list(side.run.models_served),
        "max_tokens": side.run.max_tokens,
        "created": side.run.created,
        "agent_sha": dict(side.run.variants)[side.variant],
    }


def _change(change: RateChange) -> dict[str, Any]:
    difference = change.difference
    return {
        "rate_before": to_jsonable(change.before),
        "rate_after": to_jsonable(change.after),
        "delta": to_jsonable(difference.delta),
        "low": to_jsonable(difference.low),
        "high": to_jsonable(difference.high),
        "p": to_jsonable(difference.p),
        "p_drop": to_jsonable(difference.p_drop),
        "minimum_detectable": to_jsonable(difference.minimum_detectable),
        "cases": difference.cases,
        "clusters": difference.clusters,
    }


def _rule(change: RuleChange) -> dict[str, Any]:
    return {
        "rule": change.rule.id,
        "check": change.rule.check,
        "text": change.rule.rule.text,
        "line": change.rule.line or None,
        "severity": change.rule.severity.value,
        **_change(change.change),
        "q": to_jsonable(change.q),
        "q_drop": to_jsonable(change.q_drop),
        "decision": change.decision.value,
        "n_before": change.trials[0],
        "n_after": change.trials[1],
        "evasions_before": {kind.value: number for kind, number in change.evasions_before.items() if number},
        "evasions_after": {kind.value: number for kind, number in change.evasions_after.items() if number},
    }


def _flip(flip: CaseFlip) -> dict[str, Any]:
    return {
        "case": flip.case.id,
        "question": " ".join(flip.case.messages[-1].text.split())[:_LONGEST],
        "rule": flip.rule.id,
        "delta": flip.delta,
        "before": _evidence(flip.verdict_before, flip.passed_before, flip.decided_before),
        "after": _evidence(flip.verdict_after, flip.passed_after, flip.decided_after),
    }


def _evidence(verdict: Verdict, passed: int, decided: int) -> dict[str, Any]:
    return {
        "passed": passed,
        "decided": decided,
        "trial": verdict.trial,
        "outcome": verdict.decision.outcome.value,
        "reason": verdict.decision.reason,
        "findings": [
            {"file": one.file, "line": one.line, "message": one.message, "quote": one.quote}
            for one in verdict.decision.findings
        ],
    }


def _named(rule: DecidedRule) -> dict[str, Any]:
    return {"rule": rule.id, "text": rule.rule.text, "line": rule.line, "check": rule.check}
