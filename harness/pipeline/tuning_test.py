"""The one test of a candidate: on cases that the search never saw, with answers that nobody saw before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from harness.compare.comparison import compare
from harness.compare.model import Comparison, Policy
from harness.compare.pairing import side_of
from harness.core.jsonl import sha_of
from harness.core.types import Case, Variant, Verdict
from harness.pipeline.asking import OpenModel
from harness.pipeline.decided import bounded
from harness.pipeline.prepare import BASE, Prepared
from harness.pipeline.tuning_ask import CANDIDATE, Asking
from harness.run.execute import Execution
from harness.run.plan import PlannedCall, plan_compliance
from harness.store.decided import DecidedRule, DecidedRun, MissingAnswer
from harness.tune.candidate import Candidate

__all__ = ["LEVEL", "put_to_the_test"]

LEVEL = 0.05
"""One-sided level of the claim "improvement"."""

_MARGIN = 0.02  # a smaller rise is not worth another prompt


def put_to_the_test(
    prepared: Prepared,
    candidate: Candidate,
    cases: Sequence[Case],
    fresh: int,
    asking: Asking,
    model: OpenModel,
) -> Comparison:
    """Ask base and candidate afresh, in turns, and compare them.

    A claim needs more passes on something, by the paired sign-flip test at the one-sided level
    :data:`LEVEL`; no rule may have fallen and no evasion may have risen.

    Args:
        prepared: the specification.
        candidate: what the search took.
        cases: the test part.
        fresh: number of the first trial.
        asking: asks and decides.
        model: the subject.

    Raises:
        StoppedError: the asking ended early.
        InputError: neither side decides anything.
    """
    variants = (Variant(BASE, prepared.specification.agent), Variant(CANDIDATE, candidate.agent))
    settings = replace(model.settings, first_trial=fresh, interleaved=True)
    calls = plan_compliance(cases, variants, settings)
    execution = asking.answers(calls)
    run = _decided(prepared, variants, calls, execution, asking.verdicts(calls, execution), model)
    # The policy's level is two-sided.
    policy = Policy(margin=_MARGIN, alpha=2 * LEVEL, seed=model.options.seed)
    return compare(side_of(run, BASE), side_of(run, CANDIDATE), policy)


def _decided(
    prepared: Prepared,
    variants: Sequence[Variant],
    calls: Sequence[PlannedCall],
    execution: Execution,
    verdicts: Sequence[Verdict],
    model: OpenModel,
) -> DecidedRun:
    agent = prepared.specification.agent
    return DecidedRun(
        run="the test part",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        agent=agent.name,
        agent_path=agent.path,
        agent_sha=agent.sha,
        model=model.options.model,
        models_served=tuple(sorted({one.completion.model_served for one in execution.samples.values()})),
        seed=model.options.seed,
        max_tokens=model.options.max_tokens,
        variants=tuple((one.name, one.agent.sha) for one in variants),
        rules=tuple(
            DecidedRule(rule=one.rule, severity=one.severity, check=one.check, parameters=one.parameters)
            for one in prepared.specification.bindings
            if not one.waived
        ),
        cases=tuple(dict.fromkeys(call.case for call in calls)),
        missing=tuple(
            MissingAnswer(case=one.case, variant=one.variant, trial=one.trial, kind=one.kind)
            for one in execution.failures
        ),
        verdicts=bounded(verdicts),
        answers={
            one.name: sha_of(sorted((call.case.id, call.sha) for call in calls if call.variant == one.name))
            for one in variants
        },
    )
