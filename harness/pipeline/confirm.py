"""Ask suspected cells again, with both prompts, and decide the fresh answers."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.checks.registry import all_checks
from harness.compare.suspects import Suspect
from harness.core.types import Agent, Case, Outcome, Sample, Variant
from harness.pipeline.options import RunOptions
from harness.pipeline.redecide import binding_of
from harness.pipeline.sampling import Watcher
from harness.pipeline.verdicts import decide_samples
from harness.providers.base import ProviderOptions
from harness.providers.registry import open_provider
from harness.run.execute import Execution, execute
from harness.run.plan import plan_compliance
from harness.run.progress import Progress
from harness.stats.confirm import FreshTrials
from harness.store.samples import SampleStore

__all__ = ["Prompts", "ask_again"]

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


def ask_again(
    suspects: Sequence[Suspect],
    cases: Mapping[str, Case],
    prompts: Prompts,
    trials: int,
    options: RunOptions,
    watcher: Watcher,
) -> dict[tuple[str, str], FreshTrials]:
    """Return the fresh trials of each suspected cell.

    Every case is asked anew with both prompts, in turns; the store's answers are not used, the new ones are
    stored like any other. Where the earlier prompt is not known, its side stays empty.

    Raises:
        HarnessError: the model cannot be asked.
    """
    sides = [(_BEFORE, prompts.before), (_AFTER, prompts.after)]
    variants = [
        Variant(name, replace(prompts.agent, prompt=prompt)) for name, prompt in sides if prompt is not None
    ]
    settings = replace(
        options.settings(),
        trials=trials,
        first_trial=_FIRST_FRESH + secrets.randbelow(_FRESH_NUMBERS),
        interleaved=True,
    )
    wanted = list(dict.fromkeys(suspect.case for suspect in suspects))
    calls = plan_compliance([cases[name] for name in wanted], variants, settings)
    watcher.say(
        f"{len(suspects)} cells always passed and now fail: asking {len(wanted)} cases afresh, "
        f"{trials} times with {'both prompts' if len(variants) > 1 else 'the new prompt'}"
    )

    async def work(progress: Progress) -> Execution:
        provider = open_provider(options.model, ProviderOptions(timeout_s=options.timeout_s))
        try:
            with SampleStore(Path(options.config.store)) as store:
                return await execute(calls, provider, store, settings, progress)
        finally:
            await provider.close()

    with watcher.sampling(len(calls)) as progress:
        execution = asyncio.run(work(progress))
    return _counted(suspects, cases, execution.samples_of(calls), options)


def _counted(
    suspects: Sequence[Suspect], cases: Mapping[str, Case], samples: Sequence[Sample], options: RunOptions
) -> dict[tuple[str, str], FreshTrials]:
    rules = {suspect.rule.id: suspect.rule for suspect in suspects}
    verdicts = decide_samples(
        [binding_of(rule) for rule in rules.values()],
        all_checks(options.config.checks_folder),
        samples,
        cases,
        options.mode,
        lambda _: None,
    )
    counts = {suspect.cell: [[0, 0], [0, 0]] for suspect in suspects}
    for verdict in verdicts:
        cell = counts.get((verdict.case, verdict.rule))
        if cell is not None and verdict.decision.outcome in {Outcome.PASS, Outcome.FAIL}:
            cell[verdict.variant == _AFTER][verdict.decision.outcome is Outcome.FAIL] += 1
    return {name: FreshTrials(*before, *after) for name, (before, after) in counts.items()}
