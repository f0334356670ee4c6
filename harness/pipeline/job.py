"""One run from options to results on disk.

The manifest is written before the first call, so that a run that is killed can be told from one that ended.
Whatever ends a run early, what was answered is stored, decided and reported; only then is the error raised.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from harness.agentfile.encoding import decode
from harness.agentfile.source import read_bytes
from harness.core.errors import HarnessError
from harness.core.jsonl import to_jsonable
from harness.core.types import Case, Sample, SampleFailure
from harness.pipeline.choices import routing_summary
from harness.pipeline.options import RunOptions
from harness.pipeline.place import begin_manifest, create_folder
from harness.pipeline.prepare import Prepared, prepare
from harness.pipeline.verdicts import (
    agreement_of,
    decide_samples,
    golden_case,
    golden_samples,
    uncovered_rules,
)
from harness.providers.base import Provider, ProviderOptions
from harness.providers.registry import open_provider
from harness.report.model import RunResults, UsageTotals
from harness.routing.route import plan_routing
from harness.run.execute import Execution, execute
from harness.run.plan import PlannedCall, plan_compliance
from harness.run.progress import Progress
from harness.run.settings import Settings
from harness.stats.score import score_verdicts
from harness.store.manifest import (
    Manifest,
    RunStatus,
    SampleRecord,
    write_manifest,
)
from harness.store.samples import SampleStore

__all__ = ["Outcome", "Watcher", "run_job"]


class Watcher(Protocol):
    """What a run tells about its progress; the command line draws it."""

    def say(self, message: str) -> None:
        """Tell one fact, such as what is planned."""

    def fetching(self) -> AbstractContextManager[Callable[[int, int], None]]:
        """Watch a download: (bytes so far, bytes in all)."""

    def sampling(self, calls: int) -> AbstractContextManager[Progress]:
        """Watch the calls."""

    def deciding(self, answers: int) -> AbstractContextManager[Callable[[int], None]]:
        """Watch the decisions: number of answers done."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run: its results, and the error that ended it early, if one did."""

    results: RunResults
    error: HarnessError | None


@dataclass(frozen=True, slots=True)
class _Calls:
    """The plan: calls for compliance, calls for routing."""

    compliance: tuple[PlannedCall, ...] = ()
    routing: tuple[PlannedCall, ...] = ()

    @property
    def all(self) -> tuple[PlannedCall, ...]:
        return (*self.compliance, *self.routing)


def run_job(options: RunOptions, watcher: Watcher) -> Outcome:
    """Do the main job.

    Raises:
        InputError: the input is wrong; nothing was asked.
        IncompleteError: nothing at all could be answered.
    """
    started = time.monotonic()
    prepared = prepare(options)
    folder = create_folder(Path(options.config.reports), prepared, options)
    manifest = begin_manifest(folder, prepared, options)
    calls, execution, error = _Calls(), None, None
    if prepared.compliance or prepared.routing:
        calls, execution, error = _sample(prepared, options, watcher, (folder, manifest))
    results = _results(prepared, options, (folder, manifest), (calls, execution), watcher)
    results = replace(results, usage=replace(results.usage, seconds=time.monotonic() - started))
    return Outcome(results, error)


def _sample(
    prepared: Prepared, options: RunOptions, watcher: Watcher, place: tuple[Path, Manifest]
) -> tuple[_Calls, Execution, HarnessError | None]:
    """Ask for what is wanted and not stored."""
    folder, manifest = place
    with watcher.fetching() as on_fetch:
        provider = open_provider(
            options.model, ProviderOptions(timeout_s=options.timeout_s, on_fetch=on_fetch)
        )
    settings = Settings(
        model=options.model,
        trials=options.trials,
        max_tokens=options.max_tokens,
        concurrency=options.concurrency,
        timeout_s=options.timeout_s,
        seed=options.seed,
    )
    calls = _Calls(
        plan_compliance(prepared.compliance, prepared.variants, settings),
        plan_routing(
            prepared.routing,
            prepared.rosters,
            provider,
            replace(settings, max_tokens=options.routing_max_tokens),
        )
        if prepared.routing
        else (),
    )
    write_manifest(folder, manifest.model_copy(update={"samples": _records(calls)}))
    watcher.say(_plan_in_words(prepared, options, calls))
    return _ask(calls, provider, settings, options, watcher)


def _ask(
    calls: _Calls, provider: Provider, settings: Settings, options: RunOptions, watcher: Watcher
) -> tuple[_Calls, Execution, HarnessError | None]:
    with SampleStore(Path(options.config.store)) as store:
        before = len(store.get_many({call.sha for call in calls.all}))

        async def work(progress: Progress) -> Execution:
            try:
                return await execute(calls.all, provider, store, settings, progress)
            finally:
                await provider.close()

        try:
            with watcher.sampling(len(calls.all)) as progress:
                return calls, asyncio.run(work(progress)), None
        except HarnessError as error:
            # What was answered before the end is in the store; without any of it there is nothing to report.
            samples = store.get_many({call.sha for call in calls.all})
            if not samples:
                raise
            failures = tuple(_not_asked(call, error) for call in calls.all if call.sha not in samples)
            asked = len(samples) - before
            return calls, Execution(samples, failures, asked=asked, reused=before), error


def _not_asked(call: PlannedCall, error: HarnessError) -> SampleFailure:
    kind = str(getattr(error, "kind", "stopped"))
    return SampleFailure(call.sha, call.case.id, call.variant, call.request.trial, kind, str(error), True)


def _plan_in_words(prepared: Prepared, options: RunOptions, calls: _Calls) -> str:
    wanted = len({call.sha for call in calls.all})
    parts = []
    if calls.compliance:
        parts.append(f"{len(prepared.compliance)} compliance cases")
    if calls.routing:
        parts.append(f"{len(prepared.routing)} routing cases")
    variants = f" x {len(prepared.variants)} variants" if len(prepared.variants) > 1 else ""
    trials = f" x {options.trials} trials" if options.trials > 1 else ""
    return f"{' and '.join(parts)}{variants}{trials}: {wanted} answers wanted from {options.model}"


def _results(
    prepared: Prepared,
    options: RunOptions,
    place: tuple[Path, Manifest],
    sampled: tuple[_Calls, Execution | None],
    watcher: Watcher,
) -> RunResults:
    folder, manifest = place
    calls, execution = sampled
    answers = () if execution is None else execution.samples_of(calls.compliance)
    golden = golden_samples(prepared.golden)
    cases = _cases(prepared)
    with watcher.deciding(len(answers) + len(golden)) as progress:
        verdicts = decide_samples(prepared, [*answers, *golden], cases, options.mode, progress)
    failures = () if execution is None else execution.failures
    bindings = [binding for binding in prepared.specification.bindings if not binding.waived]
    samples = () if execution is None else tuple(execution.samples.values())
    finished = _finish(folder, manifest, calls, (samples, failures))
    return RunResults(
        run=folder.name,
        folder=folder,
        created=manifest.created.isoformat(),
        agent=prepared.specification.agent,
        rules=prepared.specification.bindings,
        variants=prepared.variants,
        model=options.model,
        models_served=finished.models_served,
        cases=tuple(cases.values()),
        samples=(*answers, *golden),
        failures=failures,
        verdicts=verdicts,
        scores=score_verdicts(
            verdicts,
            _missing(prepared, failures),
            {case.id: case.cluster for case in cases.values()},
            [(binding.rule.id, binding.check) for binding in bindings],
        ),
        routing=routing_summary(prepared, options.model, calls.routing, execution),
        uncovered=uncovered_rules(prepared, verdicts),
        agreement=agreement_of(prepared, prepared.golden, verdicts),
        usage=_usage(execution, samples),
        warnings=_warnings(prepared),
        manifest=to_jsonable(finished.model_dump(mode="json", exclude={"samples"})),
        agent_source=_source(prepared),
    )


def _finish(
    folder: Path,
    manifest: Manifest,
    calls: _Calls,
    came: tuple[tuple[Sample, ...], tuple[SampleFailure, ...]],
) -> Manifest:
    """Write the manifest of a run whose calls are over."""
    samples, failures = came
    finished = manifest.model_copy(
        update={
            "status": RunStatus.INCOMPLETE if failures else RunStatus.COMPLETE,
            "models_served": tuple(sorted({sample.completion.model_served for sample in samples})),
            "samples": _records(calls),
        }
    )
    write_manifest(folder, finished)
    return finished


def _missing(prepared: Prepared, failures: tuple[SampleFailure, ...]) -> dict[str, int]:
    """Return per variant how many compliance answers are wanted and do not exist."""
    if not prepared.compliance:
        return {}
    compliance = {case.id for case in prepared.compliance}
    missing = {variant.name: 0 for variant in prepared.variants}
    for failure in failures:
        if failure.case in compliance:
            missing[failure.variant] += 1
    return missing


def _cases(prepared: Prepared) -> dict[str, Case]:
    cases = {case.id: case for case in (*prepared.compliance, *prepared.routing)}
    cases.update({f"golden/{one.id}": golden_case(one) for one in prepared.golden})
    return cases


def _records(calls: _Calls) -> tuple[SampleRecord, ...]:
    return tuple(
        SampleRecord(case=c.case.id, variant=c.variant, trial=c.request.trial, request_sha=c.sha)
        for c in calls.all
    )


def _usage(execution: Execution | None, samples: tuple[Sample, ...]) -> UsageTotals:
    if execution is None:
        return UsageTotals()
    usages = [sample.completion.usage for sample in samples]
    return UsageTotals(
        asked=execution.asked,
        reused=execution.reused,
        input_tokens=sum(usage.input_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        cached_tokens=sum(usage.cached_tokens for usage in usages),
    )


def _warnings(prepared: Prepared) -> tuple[str, ...]:
    agent = prepared.specification.agent
    repairs = [f"{agent.path}:{repair.line}: {repair.message}" for repair in agent.repairs]
    return (*prepared.warnings, *repairs)


def _source(prepared: Prepared) -> str:
    path = Path(prepared.specification.agent.path)
    return decode(read_bytes(path), str(path)).text if path.is_file() else ""
