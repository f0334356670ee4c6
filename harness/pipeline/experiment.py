"""An experiment from its options to a leaderboard beside the run: one run, all arms in turns, compared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.compare.model import Policy
from harness.core.errors import HarnessError, InputError
from harness.core.jsonl import write_atomic
from harness.core.types import Sample, Variant
from harness.pipeline.decided import decided_run
from harness.pipeline.job import Outcome, run_job
from harness.pipeline.options import RunOptions
from harness.pipeline.sampling import Watcher
from harness.report.experiment import ExperimentReport
from harness.report.experiment_page import render_experiment, render_experiment_json
from harness.run.prices import Price, cost_of, price_of
from harness.run.tokens import TYPICAL, text_tokens
from harness.stats.interval import NO_NUMBER
from harness.stats.score import AGGREGATE
from harness.tune.leaderboard import leaderboard_of
from harness.tune.leaderboard_model import Facts

__all__ = ["PAGE_NAME", "Experimented", "experiment_options", "run_experiment"]

PAGE_NAME = "experiment.html"


@dataclass(frozen=True, slots=True)
class Experimented:
    """What came of an experiment: the run, what it says, and what kept that from being written."""

    outcome: Outcome
    report: ExperimentReport
    unwritten: HarnessError | None


def experiment_options(options: RunOptions) -> RunOptions:
    """Return options as an experiment asks: controls, all arms answer each case in turns, no routing.

    Raises:
        InputError: there is nothing to hold against the base.
    """
    if not options.variants:
        raise InputError(
            "an experiment needs a variant beside the base: give --variant FILE (a prompt, a template that "
            "ends in .j2, or a folder), or `variants` in the experiment file"
        )
    return replace(options, controls=True, interleaved=True, routing=False)


def run_experiment(
    options: RunOptions, question: str, margin: float, alpha: float, watcher: Watcher
) -> Experimented:
    """Ask all arms, hold them against each other, and write ``experiment.html`` and ``experiment.json``.

    Args:
        options: of the run; see :func:`experiment_options`.
        question: what is to be found out, in the user's words; may be empty.
        margin: a smaller difference counts as none.
        alpha: probability of any false claim.
        watcher: told about the progress.

    Raises:
        InputError: the input is wrong; nothing was asked.
        HarnessError: nothing at all could be answered.
    """
    outcome = run_job(options, watcher)
    results = outcome.results
    price = price_of(results.model, options.config.prices)
    scores = {score.variant: score for score in results.scores if score.rule == AGGREGATE}
    if any(variant.name not in scores for variant in results.variants):
        raise InputError(
            f"{results.agent.path}: the suite holds no case that asks the variants anything, so there is "
            "nothing to compare; name a dataset with compliance cases"
        )
    facts = {variant.name: _facts(variant, results.samples, price) for variant in results.variants}
    board = leaderboard_of(decided_run(results), scores, facts, Policy(margin, alpha, options.seed))
    report = ExperimentReport(
        run=results.run,
        folder=results.folder.as_posix(),
        agent=results.agent.name,
        agent_path=results.agent.path,
        model=results.model,
        created=results.created,
        question=question,
        trials=options.trials,
        origins={variant.name: variant.agent.path for variant in results.variants},
        board=board,
        notes=results.warnings,
    )
    unwritten = None
    try:
        write_atomic(results.folder / "experiment.json", render_experiment_json(report))
        write_atomic(results.folder / PAGE_NAME, render_experiment(report))
    except HarnessError as error:
        unwritten = error
    return Experimented(outcome, report, unwritten)


def _facts(variant: Variant, samples: Sequence[Sample], price: Price | None) -> Facts:
    usages = [sample.completion.usage for sample in samples if sample.variant == variant.name]
    tokens = round(text_tokens(variant.agent.prompt) * TYPICAL)
    if not usages:
        return Facts(tokens)
    n = len(usages)
    return Facts(
        prompt_tokens=tokens,
        answers=n,
        input_tokens=sum(usage.input_tokens for usage in usages) / n,
        output_tokens=sum(usage.output_tokens for usage in usages) / n,
        cost_usd=NO_NUMBER if price is None else math.fsum(cost_of(usage, price) for usage in usages) / n,
    )
