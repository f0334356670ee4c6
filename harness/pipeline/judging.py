"""Put to a judge model what static checks left open: the calls of a judge, and what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.calibration.corrected import corrected_scores
from harness.calibration.errors import ErrorTable
from harness.calibration.known import known_errors
from harness.checks.bind import Binding
from harness.checks.decide import exchange_of
from harness.core.config import Config, JudgeConfig
from harness.core.errors import ConfigurationError, HarnessError
from harness.core.types import Basis, Case, Mode, Outcome, Sample, Verdict
from harness.judge.grade import JudgeSettings, Subject, grade, left_open
from harness.judge.rubric import rubric_for
from harness.pipeline.judge_calls import JudgeCalls
from harness.pipeline.options import RunOptions
from harness.pipeline.sampling import Watcher
from harness.providers.base import ProviderOptions
from harness.providers.registry import default_parameters, open_provider
from harness.report.model import JudgeSummary, RunResults
from harness.run.prices import price_of
from harness.stats.score import AGGREGATE, score_verdicts

__all__ = [
    "Judged",
    "JudgedRun",
    "judge_left_open",
    "judge_settings",
    "judged_results",
    "judged_verdicts",
    "open_judges",
    "rescored",
    "subjects_left_open",
]

RUBRIC_PREFIX = "judge/"
"""In the place of a check's id: ``judge/<rubric>`` decides a rule that has no check."""


@dataclass(frozen=True, slots=True)
class Judged:
    """All verdicts, those of the judge in place of what was open, and what that took."""

    verdicts: tuple[Verdict, ...]
    summary: JudgeSummary


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """The results of a run with what its judges decided.

    Attributes:
        results: scored anew.
        trouble: what kept judges from deciding all they were to; what they did decide stands.
        stopped: the user wants no further calls.
    """

    results: RunResults
    trouble: HarnessError | None = None
    stopped: bool = False


def judge_settings(judge: JudgeConfig, seed: int = 0) -> JudgeSettings:
    """Return how the judges of a configuration are asked.

    Raises:
        ConfigurationError: no judge is named, or one is not known.
    """
    return JudgeSettings(
        models=judge.models,
        repeats=judge.repeats,
        rules_per_call=judge.rules_per_call,
        max_tokens=judge.max_tokens,
        parameters={model: default_parameters(model, seed) for model in judge.models},
    )


def open_judges(config: Config, watcher: Watcher, max_cost: float | None) -> None:
    """Find out before anything is asked whether the judges can be.

    Args:
        config: names the judges and knows prices.
        watcher: told what is fetched.
        max_cost: what may be spent, in US dollars; ``None``: no limit.

    Raises:
        ConfigurationError: an unknown model, no key, a wrong address; the cost is limited and the price of
            a judge not known.
        IncompleteError: weights could not be fetched.
    """
    for model in config.judge.models:
        if max_cost is not None and price_of(model, config.prices) is None:
            raise ConfigurationError(
                f"max_cost is set and the price of the judge {model} is not known: tell it in harness.toml "
                f'([prices."{model}"], input and output in dollars per million tokens), or limit '
                "max_tokens_total"
            )
        with watcher.fetching() as on_fetch:
            provider = open_provider(model, ProviderOptions(on_fetch=on_fetch))
        asyncio.run(provider.close())


def judged_verdicts(
    bindings: Sequence[Binding],
    verdicts: Sequence[Verdict],
    samples: Sequence[Sample],
    cases: Mapping[str, Case],
    options: RunOptions,
    calls: JudgeCalls,
) -> tuple[Verdict, ...]:
    """Return verdicts in which the judges of a project, if it has any, have decided what was open.

    ``calls`` knows afterwards what kept them from deciding all of it.
    """
    if not options.config.judge.models:
        return tuple(verdicts)
    subjects = subjects_left_open(bindings, verdicts, samples, cases, options.mode)
    settings = judge_settings(options.config.judge, options.seed)
    return judge_left_open(subjects, verdicts, settings, calls).verdicts


def judged_results(results: RunResults, options: RunOptions, calls: JudgeCalls) -> JudgedRun:
    """Have the judges of a project decide what is open in the results of a run, and score anew.

    What ends the judging early is told beside results in which the rest of those rules stays undecided.
    """
    config = options.config
    if not config.judge.models:
        return JudgedRun(results)
    settings = judge_settings(config.judge, options.seed)
    cases = {case.id: case for case in results.cases}
    subjects = subjects_left_open(results.rules, results.verdicts, results.samples, cases, options.mode)
    judged = judge_left_open(subjects, results.verdicts, settings, calls)
    scored = rescored(results, judged, known_errors(Path(config.judge.calibrations)))
    return JudgedRun(scored, calls.trouble(config.run.missing_limit), calls.stopped)


def rescored(results: RunResults, judged: Judged, errors: ErrorTable) -> RunResults:
    """Return results with the verdicts of judges among them, scored anew."""
    by_rubric = {
        binding.rule.id: f"{RUBRIC_PREFIX}{rubric_for(binding).id}"
        for binding in results.rules
        if not binding.check and not binding.waived
    }
    verdicts = tuple(replace(one, check=by_rubric.get(one.rule, one.check)) for one in judged.verdicts)
    clusters = {case.id: case.cluster for case in results.cases}
    scores = score_verdicts(
        verdicts,
        {one.variant: one.missing for one in results.scores if one.rule != AGGREGATE},
        clusters,
        [
            (binding.rule.id, by_rubric.get(binding.rule.id, binding.check))
            for binding in results.rules
            if not binding.waived
        ],
    )
    exercised = {one.rule for one in verdicts if one.decision.outcome in {Outcome.PASS, Outcome.FAIL}}
    return replace(
        results,
        verdicts=verdicts,
        scores=scores,
        corrected=corrected_scores(verdicts, clusters, errors),
        uncovered=tuple(rule for rule in results.uncovered if rule not in exercised),
        judge=judged.summary,
        warnings=(*results.warnings, *_cautions(results, judged)),
    )


def _cautions(results: RunResults, judged: Judged) -> list[str]:
    """Say what makes the verdicts of a judge doubtful from the start."""
    said = []
    served = set(results.models_served)
    itself = {
        model
        for model in judged.summary.models
        if model == results.model or model.partition(":")[2] in served | {results.model.partition(":")[2]}
    }
    if itself:
        said.append(
            f"{', '.join(sorted(itself))} judges its own answers: models favour what they would write; "
            "name another judge"
        )
    unasked = sum(("unasked", "true") in one.decision.evidence for one in judged.verdicts)
    if unasked:
        said.append(
            f"{unasked:,} questions could not be put to (all) judges: without a majority they stay open"
        )
    return said


def subjects_left_open(
    bindings: Sequence[Binding],
    verdicts: Sequence[Verdict],
    samples: Sequence[Sample],
    cases: Mapping[str, Case],
    mode: Mode,
) -> tuple[Subject, ...]:
    """Return the answers of which a judge has something to decide, with the rules that are open."""
    demanded = [binding for binding in bindings if not binding.waived]
    of_sample: dict[tuple[str, str, int], dict[str, Verdict]] = {}
    for verdict in verdicts:
        of_sample.setdefault((verdict.case, verdict.variant, verdict.trial), {})[verdict.rule] = verdict
    subjects = []
    for sample in samples:
        left = left_open(demanded, of_sample.get((sample.case, sample.variant, sample.trial), {}))
        if left:
            case = cases[sample.case]
            exchange = replace(exchange_of(case, sample.completion), mode=mode)
            subjects.append(Subject(case, sample.variant, sample.trial, exchange, left))
    return tuple(subjects)


def judge_left_open(
    subjects: Sequence[Subject], verdicts: Sequence[Verdict], settings: JudgeSettings, calls: JudgeCalls
) -> Judged:
    """Have a judge decide what is open."""
    questions = sum(len(subject.left) for subject in subjects)
    calls.watcher.say(
        f"{questions:,} of {len(verdicts):,} verdicts are left to the judge ({', '.join(settings.models)})"
    )
    given = {(one.case, one.variant, one.trial, one.rule): one for one in grade(subjects, settings, calls)}
    merged = tuple(given.get((one.case, one.variant, one.trial, one.rule), one) for one in verdicts)
    usages = [sample.completion.usage for sample in calls.samples.values()]
    summary = JudgeSummary(
        models=settings.models,
        questions=questions,
        decided=sum(one.decision.outcome is not Outcome.UNDECIDED for one in given.values()),
        share=sum(one.basis is Basis.JUDGE for one in merged) / len(merged) if merged else 0.0,
        asked=calls.asked,
        reused=calls.reused,
        failed=len(calls.failures),
        spent_usd=calls.spent,
        input_tokens=sum(usage.input_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        cached_tokens=sum(usage.cached_tokens for usage in usages),
    )
    return Judged(merged, summary)
