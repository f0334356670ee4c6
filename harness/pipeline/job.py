"""One run from options to results on disk.

Everything that can be wrong in the input is found before the run's folder is made. The manifest is written
before the first call, so that a run that is killed can be told from one that ended. Whatever ends a run
early, what was answered is stored, decided and reported.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.core.errors import HarnessError, IncompleteError
from harness.pipeline.decided import decided_run
from harness.pipeline.early import EarlyDeciding
from harness.pipeline.judge_calls import JudgeCalls
from harness.pipeline.judging import judged_results, open_judges
from harness.pipeline.options import RunOptions
from harness.pipeline.place import begin_manifest, create_folder, discard, finished, keep_texts
from harness.pipeline.prepare import Prepared, prepare
from harness.pipeline.results import answers_to_decide, results_of, rules_of
from harness.pipeline.sampling import Sampled, Session, Watcher, open_session, sample
from harness.report.model import RunResults
from harness.report.money import expected
from harness.report.words import count
from harness.report.write import write_reports
from harness.run.budget import Ledger
from harness.run.prices import FREE
from harness.store.decided import write_decided
from harness.store.manifest import Manifest, RunStatus, write_manifest
from harness.store.verdicts import cache_path

__all__ = ["Outcome", "plan_in_words", "run_job"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run.

    Attributes:
        results: the run, decided and scored.
        report: the page that was written; ``None`` when it could not be.
        error: what ended the run early or kept the report from being written, if anything did.
        wanted: how many answers were wanted of the model.
        interrupted: the user stopped the run.
        reused: per variant, how many answers were stored before and how many were wanted.
    """

    results: RunResults
    report: Path | None
    error: HarnessError | None
    wanted: int
    interrupted: bool
    reused: Mapping[str, tuple[int, int]]


def run_job(options: RunOptions, watcher: Watcher) -> Outcome:
    """Do the main job.

    Raises:
        InputError: the input is wrong; nothing was asked.
        HarnessError: nothing at all could be answered.
    """
    started = time.monotonic()
    prepared = prepare(options)
    options = options.inheriting(prepared.specification.agent)
    open_judges(options.config, watcher, options.max_cost)
    if not (prepared.compliance or prepared.routing):
        watcher.say(plan_in_words(prepared, options, None))
        return _run(prepared, options, watcher, None, started)
    with open_session(prepared, options, watcher) as session:
        watcher.say(plan_in_words(prepared, options, session))
        return _run(prepared, options, watcher, session, started)


def _run(
    prepared: Prepared, options: RunOptions, watcher: Watcher, session: Session | None, started: float
) -> Outcome:
    folder = create_folder(Path(options.config.reports), prepared, options)
    manifest: Manifest | None = None
    try:
        prepared = keep_texts(folder, prepared)
        manifest = begin_manifest(folder, prepared, options, session)
        sampled = Sampled() if session is None else _sampled(prepared, options, session, watcher)
        if session is not None and not _came_of(prepared, sampled):
            manifest = None
            raise sampled.error or _no_answer(sampled)
        return _report(prepared, options, (folder, manifest), sampled, (watcher, started))
    except BaseException:
        if manifest is None:
            discard(folder)  # there is nothing in it
        else:
            with contextlib.suppress(HarnessError):
                write_manifest(folder, finished(manifest, RunStatus.INCOMPLETE, (), {}))
        raise


def _sampled(prepared: Prepared, options: RunOptions, session: Session, watcher: Watcher) -> Sampled:
    """Ask; what is answered is decided meanwhile."""
    asked = {call.sha: call.case for call in session.calls.compliance if call.sha not in session.known}
    cache = cache_path(Path(options.config.store))
    with EarlyDeciding(rules_of(prepared, options), asked, cache, len(asked)) as early:
        session.store.on_commit = early.take
        return sample(session, watcher)


def _came_of(prepared: Prepared, sampled: Sampled) -> bool:
    """Tell whether there is anything to report."""
    return bool(prepared.golden) or (sampled.execution is not None and bool(sampled.execution.samples))


def _no_answer(sampled: Sampled) -> HarnessError:
    """Say why a run has nothing to report."""
    execution = sampled.execution
    failures = () if execution is None else execution.failures
    if execution is None or execution.interrupted:
        return IncompleteError("stopped before the first answer; run again to ask")
    kinds = ", ".join(sorted({failure.kind for failure in failures}))
    said = f"none of {count(len(failures), 'call')} was answered ({kinds}), such as: {failures[0].message}"
    return IncompleteError(f"{said}; mend that and run again")


def _report(
    prepared: Prepared,
    options: RunOptions,
    place: tuple[Path, Manifest],
    sampled: Sampled,
    watch: tuple[Watcher, float],
) -> Outcome:
    """Decide, score and write; what cannot be written does not keep the results from the user."""
    folder, manifest = place
    watcher, started = watch
    execution = sampled.execution
    samples = () if execution is None else tuple(execution.samples.values())
    failed = sampled.error is not None or (execution is not None and bool(execution.failures))
    status = RunStatus.INCOMPLETE if failed else RunStatus.COMPLETE
    manifest = finished(manifest, status, samples, sampled.given)
    with watcher.deciding(answers_to_decide(prepared, sampled)) as progress:
        results = results_of(prepared, options, (folder, manifest), sampled, progress)
    judged = judged_results(results, options, _judge_calls(options, sampled, watcher))
    trouble = None if judged.stopped and sampled.interrupted else judged.trouble
    if trouble is not None or judged.results.judge.failed:
        manifest = finished(manifest, RunStatus.INCOMPLETE, samples, sampled.given)
    results = replace(
        judged.results,
        usage=replace(results.usage, seconds=time.monotonic() - started),
        manifest={**results.manifest, "status": manifest.status.value},
    )
    report, error = None, sampled.error or trouble
    try:
        write_decided(folder, decided_run(results))
        report = write_reports(results)
        write_manifest(folder, manifest)
    except HarnessError as unwritten:
        error = error or unwritten
    return Outcome(
        results=results,
        report=report,
        error=error,
        wanted=len(sampled.calls.all),
        interrupted=sampled.interrupted or judged.stopped,
        reused=sampled.reused(),
    )


def _judge_calls(options: RunOptions, sampled: Sampled, watcher: Watcher) -> JudgeCalls:
    """Return how judges are asked: within what the answers have left of the run's limits."""
    asked = sampled.execution is not None
    ledger = sampled.ledger if asked else Ledger(FREE, options.max_cost, options.max_tokens_total)
    return JudgeCalls(options.config, options.seed, watcher, ledger, stopped=sampled.interrupted)


def plan_in_words(prepared: Prepared, options: RunOptions, session: Session | None) -> str:
    """Say what is wanted of whom, and what it will use; no session: no model is asked."""
    kinds = (
        (len(prepared.compliance), "compliance case"),
        (len(prepared.routing), "routing case"),
        (len(prepared.golden), "hand-written response"),
    )
    said = ", ".join(count(number, kind) for number, kind in kinds if number)
    if session is None:
        return f"{said}; no model is asked"
    said += f"; {count(len(prepared.variants), 'variant')}" if len(prepared.variants) > 1 else ""
    said += f"; {count(options.trials, 'trial')}" if options.trials > 1 else ""
    stored = f", {session.stored:,} of them stored" if session.stored else ""
    if session.store.withheld:
        stored += f", {session.store.withheld:,} refused or cut off before and asked for again"
    said += f": {count(len(session.calls.shas), 'answer')} wanted from {options.model}{stored}"
    use = expected(session.estimate)
    return f"{said}; {use}" if use else said
