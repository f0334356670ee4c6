"""The shards of one suite put together to the run that one machine would have written.

Nothing is asked. The answers of the shards come into the project's store, are decided and scored as those of
a single run are; what judges decided in the shards stands.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.calibration.known import known_errors
from harness.core.config import Config
from harness.core.errors import HarnessError, InputError
from harness.core.json_text import parse_json
from harness.core.types import Basis, SampleFailure, Verdict
from harness.pipeline.decided import decided_run
from harness.pipeline.judging import Judged, rescored
from harness.pipeline.merge_answers import ShardRun, answers_of, sampled_of
from harness.pipeline.merge_match import demand_one_suite, options_of
from harness.pipeline.options import RunOptions
from harness.pipeline.place import begin_manifest, create_folder, discard, finished, keep_texts
from harness.pipeline.prepare import Prepared, prepare
from harness.pipeline.results import answers_to_decide, results_of
from harness.pipeline.sampling import Sampled, Watcher
from harness.pipeline.shards import Selection
from harness.report.model import JudgeSummary, RunResults
from harness.report.write import write_reports
from harness.store.decided import read_decided, write_decided
from harness.store.manifest import RunStatus, read_manifest, write_manifest

__all__ = ["Merged", "merge_runs"]

_SUMS = (
    "questions",
    "decided",
    "asked",
    "reused",
    "failed",
    "input_tokens",
    "output_tokens",
    "cached_tokens",
)


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of merging: the run, its page, and how many answers of it are missing."""

    results: RunResults
    report: Path
    missing: int


def merge_runs(folders: Sequence[Path], config: Config, watcher: Watcher) -> Merged:
    """Put shards together.

    Args:
        folders: the folders of the runs, in any order.
        config: of the project; the merged run's folder and answers go where it says.
        watcher: told of the progress.

    Raises:
        InputError: they overlap, leave a gap, or are not of one suite and one state of everything.
        IncompleteError: the run cannot be written.
    """
    runs = [ShardRun(folder, read_manifest(folder), _usage_of(folder)) for folder in folders]
    demand_one_suite(runs)
    options, prepared = _prepared(runs, config)
    whole = Selection(prepared.compliance, prepared.routing, prepared.golden)
    answers = answers_of(runs, whole, options)
    sampled = sampled_of(answers, prepared, options)
    folder = create_folder(Path(config.reports), prepared, options)
    try:
        with _no_halves(folder):
            prepared = keep_texts(folder, prepared)
            return _written(folder, prepared, options, sampled, (runs, watcher))
    except HarnessError:
        discard(folder)
        raise


@contextlib.contextmanager
def _no_halves(folder: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        for name in ("decided.json", "results.json", "verdicts.csv", "report.html"):
            (folder / name).unlink(missing_ok=True)
        raise


def _prepared(runs: Sequence[ShardRun], config: Config) -> tuple[RunOptions, Prepared]:
    """Load what the shards were made of, and make sure that it is still that."""
    manifest = runs[0].manifest
    options = options_of(manifest, config)
    try:
        prepared = prepare(options)
        same = prepared.specification.agent.path == manifest.agent.path
    except InputError:
        same = False
    if not same:  # the agent file was named beside the suite, which the manifest does not tell apart
        options = replace(options, agent=Path(manifest.agent.path))
        prepared = prepare(options)
    if prepared.specification.agent.sha != manifest.agent.sha:
        raise InputError(
            f"{manifest.agent.path}: is not what the shards were made with; check out their commit"
        )
    then = {one.name: one.agent.sha for one in manifest.variants}
    if {one.name: one.agent.sha for one in prepared.variants} != then:
        raise InputError(
            f"the variants ({', '.join(then)}) are not what the shards were made with; check out their commit"
        )
    return options.inheriting(prepared.specification.agent), prepared


def _written(
    folder: Path,
    prepared: Prepared,
    options: RunOptions,
    sampled: Sampled,
    made: tuple[Sequence[ShardRun], Watcher],
) -> Merged:
    runs, watcher = made
    execution = sampled.execution
    samples = () if execution is None else tuple(execution.samples.values())
    failures: Sequence[SampleFailure] = () if execution is None else execution.failures
    whole = all(run.manifest.status is RunStatus.COMPLETE for run in runs) and not failures
    begun = begin_manifest(folder, prepared, options, None)
    begun = begun.model_copy(update={"samples": sampled.calls.records()})
    _demand_same_suite(begun.suite, runs)
    status = RunStatus.COMPLETE if whole else RunStatus.INCOMPLETE
    manifest = finished(begun, status, samples, sampled.given)
    with watcher.deciding(answers_to_decide(prepared, sampled)) as progress:
        results = results_of(prepared, options, (folder, manifest), sampled, progress)
    results = _judged(results, runs, options.config)
    spent = [run.usage.get("spent_usd") for run in runs]
    usage = replace(
        results.usage,
        seconds=math.fsum(float(run.usage.get("seconds") or 0.0) for run in runs),
        spent_usd=None if None in spent else math.fsum(one for one in spent if one is not None),
    )
    results = replace(results, usage=usage)
    write_decided(folder, decided_run(results))
    report = write_reports(results)
    write_manifest(folder, manifest)
    return Merged(results, report, len(failures))


def _demand_same_suite(now: Sequence[Any], runs: Sequence[ShardRun]) -> None:
    then = {one.path: one.sha for one in runs[0].manifest.suite}
    for one in now:
        if then.get(one.path) != one.sha:
            raise InputError(
                f"{one.path}: is not what the shards were made with; check out their commit and merge there"
            )


# --- what judges said ----------------------------------------------------------------------------


def _judged(results: RunResults, runs: Sequence[ShardRun], config: Config) -> RunResults:
    summaries = [run.judge for run in runs if run.judge]
    if not summaries:
        return results
    said: dict[tuple[str, str, int, str], Verdict] = {}
    for run in runs:
        for verdict in read_decided(run.folder).verdicts:
            # What a judge was asked in vain is kept too: its evidence says so.
            if verdict.basis is Basis.JUDGE or verdict.check.startswith("judge/"):
                said[_key(verdict)] = verdict
    verdicts = tuple(said.get(_key(one), one) for one in results.verdicts)
    judged = sum(one.basis is Basis.JUDGE for one in verdicts)
    summary = _summed(summaries, judged / len(verdicts) if verdicts else 0.0)
    return rescored(results, Judged(verdicts, summary), known_errors(Path(config.judge.calibrations)))


def _summed(summaries: Sequence[Mapping[str, Any]], share: float) -> JudgeSummary:
    spent = [one.get("spent_usd") for one in summaries]
    return JudgeSummary(
        models=tuple(summaries[0]["models"]),
        share=share,
        spent_usd=None if None in spent else math.fsum(one for one in spent if one is not None),
        **{name: sum(int(one.get(name, 0)) for one in summaries) for name in _SUMS},
    )


def _key(verdict: Verdict) -> tuple[str, str, int, str]:
    return verdict.case, verdict.variant, verdict.trial, verdict.rule


def _usage_of(folder: Path) -> dict[str, Any]:
    """Read what a run says of its use; a shard always has it beside its verdicts."""
    path = folder / "results.json"
    try:
        document = parse_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}); name the folder of a run that ended") from error
    return dict(document) if isinstance(document, dict) else {}
