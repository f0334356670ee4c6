"""From answers to results: every rule decided, scored, and put together for the report."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from harness.agentfile.encoding import decode
from harness.agentfile.source import read_bytes
from harness.calibration.corrected import corrected_scores
from harness.calibration.known import known_errors
from harness.core.jsonl import to_jsonable
from harness.core.types import Case, Sample, SampleFailure
from harness.pipeline.choices import routing_summary
from harness.pipeline.options import RunOptions
from harness.pipeline.prepare import Prepared
from harness.pipeline.remembered import Rules, decide_remembered
from harness.pipeline.sampling import Sampled
from harness.pipeline.verdicts import (
    agreement_of,
    golden_case,
    golden_samples,
    uncovered_rules,
)
from harness.report.model import RunResults, UsageTotals
from harness.run.prices import cost_of, saving_of
from harness.stats.score import score_verdicts
from harness.store.manifest import Manifest
from harness.store.verdicts import cache_path

__all__ = ["ROUTING_PREFIX", "answers_to_decide", "results_of", "routing_cases", "rules_of"]

ROUTING_PREFIX = "routing/"


def results_of(
    prepared: Prepared,
    options: RunOptions,
    place: tuple[Path, Manifest],
    sampled: Sampled,
    deciding: Callable[[int], None],
) -> RunResults:
    """Decide all answers and score them.

    Args:
        prepared: what was asked.
        options: how.
        place: the run's folder and its manifest.
        sampled: what was answered.
        deciding: told how many answers are decided.
    """
    folder, manifest = place
    answers, failures, cases = _answers(sampled), _failures(sampled), _cases(prepared)
    decided = (*answers, *golden_samples(prepared.golden))
    rules = rules_of(prepared, options)
    verdicts = decide_remembered(rules, decided, cases, cache_path(Path(options.config.store)), deciding)
    bindings = [binding for binding in prepared.specification.bindings if not binding.waived]
    return RunResults(
        run=folder.name,
        folder=folder,
        created=manifest.created.isoformat(),
        agent=prepared.specification.agent,
        rules=prepared.specification.bindings,
        variants=prepared.variants,
        model=options.model,
        models_served=manifest.models_served,
        cases=tuple(cases.values()),
        samples=decided,
        failures=failures,
        verdicts=verdicts,
        scores=score_verdicts(
            verdicts,
            _missing(prepared, failures),
            {case.id: case.cluster for case in cases.values()},
            [(binding.rule.id, binding.check) for binding in bindings],
        ),
        routing=routing_summary(prepared, options.model, sampled.calls.routing, sampled.execution),
        uncovered=uncovered_rules(prepared, verdicts),
        agreement=agreement_of(prepared, prepared.golden, verdicts),
        usage=_usage(sampled),
        warnings=_warnings(prepared),
        manifest=to_jsonable(manifest.model_dump(mode="json", exclude={"samples"})),
        agent_source=_source(prepared),
        corrected=corrected_scores(
            verdicts,
            {case.id: case.cluster for case in cases.values()},
            known_errors(Path(options.config.judge.calibrations)),
        ),
    )


def rules_of(prepared: Prepared, options: RunOptions) -> Rules:
    """Return what decides the answers of a run."""
    bindings, folder = prepared.specification.bindings, options.config.checks_folder
    return Rules(bindings, prepared.checks, options.mode, folder)


def answers_to_decide(prepared: Prepared, sampled: Sampled) -> int:
    """Return how many answers :func:`results_of` will decide."""
    return len(_answers(sampled)) + len(prepared.golden)


def _answers(sampled: Sampled) -> tuple[Sample, ...]:
    return () if sampled.execution is None else sampled.execution.samples_of(sampled.calls.compliance)


def _cases(prepared: Prepared) -> dict[str, Case]:
    """Return all cases by the id they have in the results.

    An id is unique among cases of one kind only: a dialogue gives a compliance case and a routing case.
    """
    cases = {case.id: case for case in prepared.compliance}
    cases |= {case.id: case for case in routing_cases(prepared.routing)}
    return cases | {f"golden/{one.id}": golden_case(one) for one in prepared.golden}


def routing_cases(cases: Sequence[Case]) -> tuple[Case, ...]:
    """Return routing cases under the ids that they have in the results."""
    return tuple(replace(case, id=f"{ROUTING_PREFIX}{case.id}") for case in cases)


def _failures(sampled: Sampled) -> tuple[SampleFailure, ...]:
    routing = {call.sha for call in sampled.calls.routing}
    failures = () if sampled.execution is None else sampled.execution.failures
    return tuple(
        replace(failure, case=f"{ROUTING_PREFIX}{failure.case}")
        if failure.request_sha in routing
        else failure
        for failure in failures
    )


def _missing(prepared: Prepared, failures: Sequence[SampleFailure]) -> dict[str, int]:
    """Return per variant how many compliance answers are wanted and do not exist."""
    if not prepared.compliance:
        return {}
    compliance = {case.id for case in prepared.compliance}
    missing = {variant.name: 0 for variant in prepared.variants}
    for failure in failures:
        if failure.case in compliance:
            missing[failure.variant] += 1
    return missing


def _usage(sampled: Sampled) -> UsageTotals:
    execution, price = sampled.execution, sampled.ledger.price
    if execution is None:
        return UsageTotals(cost_usd=0.0, spent_usd=0.0)
    usages = [sample.completion.usage for sample in execution.samples.values()]
    return UsageTotals(
        asked=execution.asked,
        reused=execution.reused,
        input_tokens=sum(usage.input_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        cached_tokens=sum(usage.cached_tokens for usage in usages),
        cache_written_tokens=sum(usage.cache_written_tokens for usage in usages),
        cost_usd=None if price is None else math.fsum(cost_of(usage, price) for usage in usages),
        spent_usd=sampled.ledger.spent.dollars,
        saved_usd=None if price is None else math.fsum(saving_of(usage, price) for usage in usages),
    )


def _warnings(prepared: Prepared) -> tuple[str, ...]:
    agent = prepared.specification.agent
    repairs = [f"{agent.path}:{repair.line}: {repair.message}" for repair in agent.repairs]
    return (*prepared.warnings, *repairs)


def _source(prepared: Prepared) -> str:
    path = Path(prepared.specification.agent.path)
    return decode(read_bytes(path), str(path)).text if path.is_file() else ""
