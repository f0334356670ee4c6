"""Runs decided again by many processes or machines: exported in partitions, decided, put together."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.checks.base import Check
from harness.checks.decide import Table, decide_answer
from harness.checks.registry import all_checks
from harness.core.config import load_config
from harness.core.errors import InputError
from harness.core.types import Case, Mode, Sample, Verdict
from harness.pipeline.decided import bounded
from harness.pipeline.redecide import (
    ChangedVerdict,
    Deciding,
    Redecided,
    bound_today,
    checks_of,
    demand_ended,
    differs,
    judge_asks,
    kept,
    mode_of,
    newer,
    renewed,
    stored_answers,
)
from harness.scale.cluster import DaskEngine
from harness.scale.engine import Engine
from harness.scale.export import Export, ExportHeader, read_export, write_export
from harness.scale.local import LocalEngine
from harness.scale.partition import StoredResponse
from harness.scale.plan import DecidingPlan, binding_of, code_state
from harness.scale.results import Decided, decide_export
from harness.scale.rows import ascii_json, case_of, sample_of, verdict_of, verdict_row
from harness.store.decided import DecidedRule, DecidedRun, read_decided, write_decided
from harness.store.redact import known_secrets, redacted

__all__ = ["RedecidedExport", "engine_of", "export_run", "redecide_by", "redecide_export"]

_WORK = "redecide"  # a folder in that of the run, while it is decided


def engine_of(name: str, workers: int, scheduler: str) -> Engine:
    """Return an engine by its name: ``local`` or ``dask``.

    Raises:
        InputError: there is no engine of this name, or it has no scheduler.
    """
    if name == "dask":
        return DaskEngine(scheduler, workers)
    if name != "local":
        raise InputError(f"--engine {name}: there is none of this name; give local or dask")
    if scheduler:
        raise InputError(f"--scheduler {scheduler}: only --engine dask has one; add it")
    return LocalEngine(workers)


def export_run(folder: Path, target: Path, deciding: Deciding) -> Export:
    """Write the answers of a run into a folder of partitions that holds no secrets.

    What looks like a secret is taken out of all texts, as in a bundle of samples. Where a verdict of today's
    checks rests on what was taken out, it is in the export as it is now, and is not made again from it.

    Args:
        folder: of the run.
        target: the folder to write.
        deciding: opens the progress of so many answers.

    Raises:
        InputError: there is no decided run, or its answers are no longer stored, or the target is in use.
        ConfigurationError: pyarrow is not installed.
    """
    demand_ended(folder)
    run = read_decided(folder)
    samples = stored_answers(folder, run)
    checks = all_checks(load_config(Path.cwd()).checks_folder)
    rules = bound_today(run.rules, run.agent_path, checks)
    table = Table([binding_of(rule) for rule in rules], checks, mode_of(run))
    secrets = known_secrets()
    with deciding(len(samples)) as progress:
        responses = _counted(_responses(run, samples), progress)
        clean = (_clean(one, table, secrets) for one in responses)
        return write_export(target, _header(run), clean)


def redecide_by(folder: Path, engine: Engine, *, write: bool, deciding: Deciding) -> Redecided:
    """Decide the answers of a run again by an engine; see :func:`harness.pipeline.redecide.redecide`.

    What was decided before it was stopped is not decided again.

    Raises:
        InputError: there is no decided run, it is still going on, or its answers are no longer stored.
        IncompleteError: some answers could not be decided.
    """
    demand_ended(folder)
    old = read_decided(folder)
    samples = stored_answers(folder, old)
    checks = all_checks(load_config(Path.cwd()).checks_folder)
    rules = bound_today(old.rules, old.agent_path, checks)
    work = folder / _WORK
    cases = {case.id: case for case in old.cases}
    export = write_export(work, _header(old), (StoredResponse(one, cases[one.case]) for one in samples))
    plan = _plan(rules, mode_of(old), checks)
    with deciding(export.responses) as progress:
        decided = decide_export(work, export, plan, engine, work / "decided", progress)
    verdicts = (row.verdict for _, rows in decided.partitions() for row in rows)
    redecided = renewed(old, rules, verdicts)
    if write:
        write_decided(folder, redecided.run)
    shutil.rmtree(work)
    return redecided


@dataclass(frozen=True, slots=True)
class RedecidedExport:
    """An export decided again. Its verdicts stay in files: only one partition is in memory at a time.

    Attributes:
        run: name of the run that was exported.
        verdicts: how many there are.
        newly_bound: see :class:`harness.pipeline.redecide.Redecided`, as are ``versions``.
        versions: check -> (version then, version now), where they differ.
        folder: of the files with the verdicts of the checks.
        fixed: how many answers have verdicts that rest on a secret that was taken out.
    """

    run: str
    verdicts: int
    newly_bound: tuple[str, ...]
    versions: Mapping[str, tuple[int, int]]
    folder: Path
    fixed: int
    _decided: Decided
    _rules: tuple[DecidedRule, ...]

    @property
    def changed(self) -> Iterator[ChangedVerdict]:
        """The verdicts that differ from those of the run, in its order; read anew each time."""
        asks = judge_asks(self._rules)
        for responses, rows in self._decided.partitions():
            for row in rows:
                before = responses[row.row].before.get(row.verdict.rule)
                if before is None:
                    continue
                (today,) = bounded([row.verdict])
                after = kept(before, today, asks[today.rule])
                if differs(before, after):
                    yield ChangedVerdict(before, after)


def redecide_export(
    source: Path, engine: Engine, results: Path | None, deciding: Deciding
) -> RedecidedExport:
    """Decide the answers of an export with the checks of today.

    Args:
        source: the folder of the export.
        engine: who decides.
        results: folder for the verdicts; ``None``: one in the export.
        deciding: opens the progress of so many answers.

    Raises:
        InputError: it is no export, or a partition is damaged.
        IncompleteError: some answers could not be decided.
    """
    export = read_export(source)
    header = export.header
    checks = all_checks(load_config(Path.cwd()).checks_folder)
    rules = bound_today(header.rules, header.agent_path, checks)
    plan = _plan(rules, header.mode, checks)
    with deciding(export.responses) as progress:
        decided = decide_export(source, export, plan, engine, results or source / "decided", progress)
    unbound = {rule.id for rule in header.rules if not rule.check}
    return RedecidedExport(
        run=header.run,
        verdicts=export.responses * len(rules),
        newly_bound=tuple(rule.id for rule in rules if rule.check and rule.id in unbound),
        versions=newer(header.checks, checks),
        folder=decided.folder,
        fixed=export.redacted,
        _decided=decided,
        _rules=rules,
    )


def _plan(rules: tuple[DecidedRule, ...], mode: Mode, checks: Mapping[str, Check]) -> DecidingPlan:
    folder = load_config(Path.cwd()).checks_folder
    return DecidingPlan(
        rules=rules,
        mode=mode,
        checks_folder="" if folder is None else str(folder.absolute()),
        state=code_state(checks),
    )


def _header(run: DecidedRun) -> ExportHeader:
    return ExportHeader(**run.identity(), rules=run.rules, mode=mode_of(run), checks=checks_of(run))


def _responses(run: DecidedRun, samples: Sequence[Sample]) -> Iterator[StoredResponse]:
    cases = {case.id: case for case in run.cases}
    before: dict[tuple[str, str, int], dict[str, Verdict]] = {}
    for verdict in run.verdicts:
        before.setdefault((verdict.case, verdict.variant, verdict.trial), {})[verdict.rule] = verdict
    for sample in samples:
        said = before.get((sample.case, sample.variant, sample.trial), {})
        yield StoredResponse(sample, cases[sample.case], said)


def _counted(
    responses: Iterable[StoredResponse], progress: Callable[[int], None]
) -> Iterator[StoredResponse]:
    for number, one in enumerate(responses, start=1):
        yield one
        progress(number)


# --- without secrets -----------------------------------------------------------------------------


def _clean(one: StoredResponse, table: Table, secrets: Sequence[str]) -> StoredResponse:
    """Return an answer without secrets, with the verdicts that they alter."""
    case = _clean_case(one.case, secrets)
    sample = _clean_sample(one.sample, secrets)
    before = {rule: _clean_verdict(sample, verdict, secrets) for rule, verdict in one.before.items()}
    if (case, sample) == (one.case, one.sample):
        return replace(one, before=before)
    whole = decide_answer(table, one.sample, one.case)
    fixed = {
        verdict.rule: _clean_verdict(sample, verdict, secrets)
        for verdict, other in zip(whole, decide_answer(table, sample, case), strict=True)
        if differs(verdict, other)
    }
    return StoredResponse(sample, case, before, fixed, redacted=True)


def _clean_case(case: Case, secrets: Sequence[str]) -> Case:
    return case_of(_clean_text(ascii_json(case), secrets), case.id)


def _clean_sample(sample: Sample, secrets: Sequence[str]) -> Sample:
    return sample_of(_clean_text(ascii_json(sample), secrets), sample.case)


def _clean_verdict(sample: Sample, verdict: Verdict, secrets: Sequence[str]) -> Verdict:
    return verdict_of(sample, verdict.rule, redacted(verdict_row(verdict), secrets), sample.case)


def _clean_text(text: str, secrets: Sequence[str]) -> str:
    return ascii_json(redacted(json.loads(text), secrets))
