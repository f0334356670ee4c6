"""Stored answers decided again with the checks of today: no model is asked.

A better check makes other verdicts of the same answers. To compare an old run with a new one, both must be
decided by the same checks; this brings the old one up to date.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from harness.agentfile.parse import read_agent
from harness.checks.base import Check
from harness.checks.bind import Binding
from harness.checks.registry import all_checks
from harness.core.config import load_config
from harness.core.errors import InputError
from harness.core.types import Basis, Mode, Outcome, Sample, Verdict
from harness.pipeline.decided import bounded
from harness.pipeline.verdicts import decide_samples
from harness.store.decided import DecidedRule, DecidedRun, read_decided, write_decided
from harness.store.manifest import RunStatus, read_manifest
from harness.store.samples import SampleStore
from harness.suite.catalogue import specification_of

__all__ = [
    "ChangedVerdict",
    "Deciding",
    "Redecided",
    "binding_of",
    "decide_again",
    "demand_ended",
    "outdated",
    "redecide",
    "stored_answers",
]


Deciding = Callable[[int], AbstractContextManager[Callable[[int], None]]]


@dataclass(frozen=True, slots=True)
class ChangedVerdict:
    """One verdict that is another today."""

    before: Verdict
    after: Verdict


@dataclass(frozen=True, slots=True)
class Redecided:
    """A run decided again.

    Attributes:
        run: with the verdicts of today.
        changed: verdicts that differ, in the order of the run.
        newly_bound: ids of rules that no check decided then and one decides now.
        versions: check -> (version then, version now), where they differ.
    """

    run: DecidedRun
    changed: tuple[ChangedVerdict, ...]
    newly_bound: tuple[str, ...]
    versions: Mapping[str, tuple[int, int]]


def redecide(folder: Path, *, write: bool, deciding: Deciding) -> Redecided:
    """Decide the stored answers of a run again.

    Args:
        folder: the run's folder.
        write: put the new verdicts in the place of the old ones (``decided.json``).
        deciding: opens the progress of so many answers.

    Raises:
        InputError: there is no decided run, it is still going on, or its answers are no longer stored.
    """
    demand_ended(folder)
    old = read_decided(folder)
    redecided = decide_again(old, stored_answers(folder, old), deciding)
    if write:
        write_decided(folder, redecided.run)
    return redecided


def demand_ended(folder: Path) -> None:
    """Refuse a run that has not come to its end.

    Raises:
        InputError: it is going on, or was killed.
    """
    if (folder / "manifest.json").is_file() and read_manifest(folder).status is RunStatus.RUNNING:
        raise InputError(
            f"{folder}: this run is still going on, or was killed; wait for its end, or run again"
        )


def decide_again(old: DecidedRun, samples: Sequence[Sample], deciding: Deciding) -> Redecided:
    """Decide the answers of a run with the checks of today.

    What a judge or a person decided stays: only checks are asked again.
    """
    checks = all_checks(load_config(Path.cwd()).checks_folder)
    rules = _bound_today(old, checks)
    modes = {verdict.mode for verdict in old.verdicts}
    with deciding(len(samples)) as progress:
        verdicts = bounded(
            decide_samples(
                [binding_of(rule) for rule in rules],
                checks,
                samples,
                {case.id: case for case in old.cases},
                next(iter(modes), Mode.ANALOGUE),
                progress,
            )
        )
    before = {_key(verdict): verdict for verdict in old.verdicts}
    verdicts = tuple(_kept(before.get(_key(verdict), verdict), verdict) for verdict in verdicts)
    unbound = {rule.id for rule in old.rules if not rule.check}
    return Redecided(
        run=old.model_copy(update={"rules": rules, "verdicts": verdicts}),
        changed=tuple(
            ChangedVerdict(before[_key(verdict)], verdict)
            for verdict in verdicts
            if _key(verdict) in before and _differs(before[_key(verdict)], verdict)
        ),
        newly_bound=tuple(rule.id for rule in rules if rule.check and rule.id in unbound),
        versions=outdated(old),
    )


def _kept(before: Verdict, today: Verdict) -> Verdict:
    return before if before.basis is not Basis.STATIC and not today.check else today


def outdated(run: DecidedRun) -> dict[str, tuple[int, int]]:
    """Return the checks that decided a run in another version than today's: (then, now)."""
    checks = all_checks(load_config(Path.cwd()).checks_folder)
    then = {verdict.check: verdict.version for verdict in run.verdicts if verdict.check}
    return {
        name: (version, checks[name].version)
        for name, version in sorted(then.items())
        if name in checks and checks[name].version != version
    }


def _bound_today(run: DecidedRun, checks: Mapping[str, Check]) -> tuple[DecidedRule, ...]:
    """A rule keeps its check; one that had none gets the one that binds it now, if the file still has it."""
    fresh: dict[str, Binding] = {}
    path = Path(run.agent_path)
    if path.is_file():
        bindings = specification_of(read_agent(path), checks).bindings
        fresh = {binding.rule.id: binding for binding in bindings if binding.check}
    return tuple(_bound(rule, fresh.get(rule.id)) for rule in run.rules)


def _bound(rule: DecidedRule, today: Binding | None) -> DecidedRule:
    if rule.check or today is None or today.rule.text != rule.rule.text:
        return rule
    return rule.model_copy(update={"check": today.check, "parameters": today.parameters})


def stored_answers(folder: Path, run: DecidedRun) -> Sequence[Sample]:
    """Return the answers of a run from the store that its manifest names.

    Raises:
        InputError: the store or an answer is no longer there.
    """
    manifest = read_manifest(folder)
    kept = {case.id for case in run.cases}
    wanted = [record for record in manifest.samples if record.case in kept]
    path = (folder / manifest.store).resolve()
    if wanted and not path.is_file():
        raise InputError(f"{path}: the store with the answers of {run.run} is not there; restore it")
    with SampleStore(path, read_only=True) as store:
        stored = store.recorded({record.request_sha: record.answer for record in wanted})
    absent = {(one.case, one.variant, one.trial) for one in run.missing}
    gone = [
        record
        for record in wanted
        if record.request_sha not in stored and (record.case, record.variant, record.trial) not in absent
    ]
    if gone:
        raise InputError(
            f"{path}: {len(gone)} of {len(wanted)} answers of {run.run} are no longer stored, the first "
            f"for the case {gone[0].case!r}; restore the store, or run again"
        )
    return [
        replace(stored[record.request_sha], case=record.case, variant=record.variant, trial=record.trial)
        for record in wanted
        if record.request_sha in stored
    ]


def binding_of(rule: DecidedRule) -> Binding:
    """Return the binding with which a run decided a rule."""
    return Binding(rule.rule, rule.check, rule.parameters, why="", severity=rule.severity, waived="")


def _key(verdict: Verdict) -> tuple[str, str, int, str]:
    return verdict.case, verdict.variant, verdict.trial, verdict.rule


def _differs(before: Verdict, after: Verdict) -> bool:
    same: tuple[Outcome, str] = (before.decision.outcome, before.flag)
    return same != (after.decision.outcome, after.flag)
