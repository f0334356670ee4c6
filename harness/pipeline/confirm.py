"""Ask suspected cells again, with both prompts, and decide the fresh answers."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.checks.registry import all_checks
from harness.compare.suspects import Suspect
from harness.core.errors import HarnessError, IncompleteError
from harness.core.types import Agent, Case, Outcome, Sample, Variant
from harness.pipeline.asking import OpenModel
from harness.pipeline.judge_calls import JudgeCalls
from harness.pipeline.judge_trust import trusted_verdicts
from harness.pipeline.judging import judged_verdicts
from harness.pipeline.options import RunOptions
from harness.pipeline.redecide import binding_of
from harness.pipeline.sampling import Watcher
from harness.pipeline.verdicts import decide_samples
from harness.run.execute import Execution
from harness.run.plan import PlannedCall, plan_compliance
from harness.run.settings import Settings
from harness.stats.confirm import FreshTrials
from harness.store.samples import SampleStore

__all__ = ["Fresh", "Prompts", "ask_again", "fresh_settings", "stored_of"]

_BEFORE, _AFTER = "before", "after"
# Beyond any number of trials that a run asks for; the store has no answer with such a number.
_FIRST_FRESH = 1_000_000
_FRESH_NUMBERS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Prompts:
    """The system prompts of both sides; ``before`` is ``None`` where the earlier one is not known."""

    before: str | None
    after: str
    agent: Agent


@dataclass(frozen=True, slots=True)
class Fresh:
    """What came of asking again.

    Attributes:
        trials: the fresh trials of each suspected cell.
        wanted: how many answers were wanted.
        missing: how many of them there are not.
        trouble: why they are missing; empty when none is.
        code: the exit code that an end before time means.
        interrupted: the user wants no further calls.
    """

    trials: Mapping[tuple[str, str], FreshTrials]
    wanted: int
    missing: int
    trouble: str
    code: int
    interrupted: bool


def ask_again(
    suspects: Sequence[Suspect],
    cases: Mapping[str, Case],
    prompts: Prompts,
    trials: int,
    options: RunOptions,
    watcher: Watcher,
) -> Fresh:
    """Return the fresh trials of each suspected cell.

    Every case is asked anew with both prompts, in turns; the store's answers are not used, the new ones are
    stored like any other. Where the earlier prompt is not known, its side stays empty. What ends the asking
    early is told beside the answers that came.
    """
    sides = [(_BEFORE, prompts.before), (_AFTER, prompts.after)]
    variants = [
        Variant(name, replace(prompts.agent, prompt=prompt)) for name, prompt in sides if prompt is not None
    ]
    settings = fresh_settings(options, trials)
    wanted = list(dict.fromkeys(suspect.case for suspect in suspects))
    calls = plan_compliance([cases[name] for name in wanted], variants, settings)
    watcher.say(
        f"{len(suspects)} cells always passed and now fail: asking {len(wanted)} cases afresh, "
        f"{trials} times with {'both prompts' if len(variants) > 1 else 'the new prompt'}"
    )

    execution, error = _asked(calls, options, watcher)
    samples = execution.samples_of(calls)
    judge = JudgeCalls(
        options.config,
        options.seed,
        watcher,
        options.ledger or options.new_ledger(),
        stopped=execution.interrupted,
    )
    counted, unjudged = _counted(suspects, cases, samples, options, judge)
    error = error or judge.error
    failures = (*execution.failures, *judge.failures)
    said = str(error) if error is not None else failures[0].message if failures else ""
    return Fresh(
        trials=counted,
        wanted=len(calls),
        missing=len(calls) - len(samples) + unjudged,
        trouble="stopped" if judge.stopped else said,
        code=IncompleteError.exit_code if error is None else error.exit_code,
        interrupted=judge.stopped,
    )


def _asked(
    calls: Sequence[PlannedCall], options: RunOptions, watcher: Watcher
) -> tuple[Execution, HarnessError | None]:
    """Return the answers that came, and the error that kept the others from coming."""
    try:
        with OpenModel(options, watcher) as model:
            return model.ask(calls), None
    except HarnessError as error:
        return stored_of(calls, options), error


def fresh_settings(options: RunOptions, trials: int) -> Settings:
    """Return settings whose trials no run has asked for, both sides in turns."""
    return replace(
        options.settings(),
        trials=trials,
        first_trial=_FIRST_FRESH + secrets.randbelow(_FRESH_NUMBERS),
        interleaved=True,
    )


def stored_of(calls: Sequence[PlannedCall], options: RunOptions) -> Execution:
    """Return the answers that are stored, where an error ended the asking."""
    with SampleStore(Path(options.config.store)) as store:
        came = store.get_many(call.sha for call in calls)
    return Execution(came, (), asked=len(came), reused=0)


def _counted(
    suspects: Sequence[Suspect],
    cases: Mapping[str, Case],
    samples: Sequence[Sample],
    options: RunOptions,
    judge: JudgeCalls,
) -> tuple[dict[tuple[str, str], FreshTrials], int]:
    """Count the fresh trials of each cell, and the answers that a judge could not be asked about."""
    rules = {suspect.rule.id: suspect.rule for suspect in suspects}
    bindings = [binding_of(rule) for rule in rules.values()]
    verdicts = decide_samples(
        bindings, all_checks(options.config.checks_folder), samples, cases, options.mode, lambda _: None
    )
    verdicts = judged_verdicts(bindings, verdicts, samples, cases, options, judge)
    unjudged = {
        (one.case, one.variant, one.trial) for one in verdicts if ("unasked", "true") in one.decision.evidence
    }
    verdicts = trusted_verdicts(verdicts, options.config.judge)
    counts = {suspect.cell: [[0, 0], [0, 0]] for suspect in suspects}
    for verdict in verdicts:
        cell = counts.get((verdict.case, verdict.rule))
        if cell is not None and verdict.decision.outcome in {Outcome.PASS, Outcome.FAIL}:
            cell[verdict.variant == _AFTER][verdict.decision.outcome is Outcome.FAIL] += 1
    trials = {name: FreshTrials(*before, *after) for name, (before, after) in counts.items()}
    return trials, len(unjudged)
