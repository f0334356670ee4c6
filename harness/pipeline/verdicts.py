"""Decide every rule of the specification for every answer, and compare with labels where there are any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from harness.checks.base import Check
from harness.checks.bind import Binding
from harness.core.types import (
    Case,
    Completion,
    Mode,
    Outcome,
    Sample,
    StopReason,
    Usage,
    Verdict,
)
from harness.pipeline.helpers import Table, decide_answer
from harness.pipeline.prepare import Prepared
from harness.report.model import HAND_WRITTEN, LabelAgreement
from harness.suite.golden import GoldenResponse

__all__ = ["agreement_of", "decide_samples", "golden_case", "golden_samples", "uncovered_rules"]

GOLDEN_MODEL = "hand-written"


def golden_case(golden: GoldenResponse) -> Case:
    """Return the case under which a golden response is decided: several may answer one question."""
    return replace(golden.case, id=f"golden/{golden.id}", applies=(), not_applicable=())


def golden_samples(responses: Sequence[GoldenResponse]) -> tuple[Sample, ...]:
    """Return stored responses as samples of the variant ``hand-written``."""
    return tuple(
        Sample(
            request_sha="",
            case=f"golden/{golden.id}",
            variant=HAND_WRITTEN,
            trial=1,
            model_asked=GOLDEN_MODEL,
            completion=Completion(
                text=golden.response,
                tool_calls=(),
                usage=Usage(0, 0),
                stop=StopReason.MAX_TOKENS if golden.truncated else StopReason.END,
                model_served=GOLDEN_MODEL,
                latency_s=None,
            ),
        )
        for golden in responses
    )


def decide_samples(
    bindings: Sequence[Binding],
    checks: Mapping[str, Check],
    samples: Sequence[Sample],
    cases: Mapping[str, Case],
    mode: Mode,
    progress: Callable[[int], None],
) -> tuple[Verdict, ...]:
    """Decide all rules that are not waived; an answer is parsed once and shared by all checks."""
    table = Table([binding for binding in bindings if not binding.waived], checks, mode)
    verdicts: list[Verdict] = []
    for done, sample in enumerate(samples, start=1):
        verdicts += decide_answer(table, sample, cases[sample.case])
        progress(done)
    return tuple(verdicts)


def agreement_of(
    prepared: Prepared, responses: Sequence[GoldenResponse], verdicts: Sequence[Verdict]
) -> tuple[LabelAgreement, ...]:
    """Count, per rule, what was decided against what the label says."""
    decided = {(v.case, v.rule): v.decision.outcome for v in verdicts if v.variant == HAND_WRITTEN}
    checks = {binding.rule.id: binding.check for binding in prepared.specification.bindings}
    counts: Counter[tuple[str, Outcome, Outcome]] = Counter()
    for golden in responses:
        for reference, label in golden.labels.items():
            for rule in prepared.specification.rules_of(reference):
                outcome = decided.get((f"golden/{golden.id}", rule))
                if outcome is not None and checks.get(rule):
                    counts[(rule, label, outcome)] += 1
    return tuple(
        LabelAgreement(rule, checks[rule], label, outcome, count)
        for (rule, label, outcome), count in sorted(counts.items())
    )


def uncovered_rules(prepared: Prepared, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """Return the rules that no case of the run names and that no answer of a model exercised."""
    exercised = {rule for case in prepared.compliance for rule in case.applies}
    exercised |= {
        verdict.rule
        for verdict in verdicts
        if verdict.variant != HAND_WRITTEN and verdict.decision.outcome in {Outcome.PASS, Outcome.FAIL}
    }
    return tuple(
        binding.rule.id
        for binding in prepared.specification.bindings
        if not binding.waived and binding.rule.id not in exercised
    )
