"""Stored answers decided again with the checks of today: no model is asked.

A better check makes other verdicts of the same answers. To compare an old run with a new one, both must be
decided by the same checks; this brings the old one up to date.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
from harness.judge.rubric import rubric_for
from harness.pipeline.decided import bounded
from harness.pipeline.verdicts import decide_samples
from harness.scale.plan import binding_of
from harness.store.decided import DecidedRule, DecidedRun, read_decided, write_decided
from harness.store.manifest import RunStatus, read_manifest
from harness.store.samples import SampleStore
from harness.suite.catalogue import specification_of

__all__ = [
    "ChangedVerdict",
    "Deciding",
    "Redecided",
    "binding_of",
    "bound_today",
    "checks_of",
    "decide_again",
    "demand_ended",
    "differs",
    "judge_asks",
    "kept",
    "mode_of",
    "newer",
    "outdated",
    "redecide",
    "renewed",
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

    Only checks are asked again. What a person decided stays; so does what a judge decided, where the check
    of today leaves open what that judge was asked.
    """
    checks = all_checks(load_config(Path.cwd()).checks_folder)
    rules = bound_today(old.rules, old.agent_path, checks)
    with deciding(len(samples)) as progress:
        verdicts = decide_samples(
            [binding_of(rule) for rule in rules],
            checks,
            samples,
            {case.id: case for case in old.cases},
            mode_of(old),
            progress,
        )
    return renewed(old, rules, verdicts)


def mode_of(run: DecidedRun) -> Mode:
    """Return how the rules of a run were read in other languages."""
    return next((verdict.mode for verdict in run.verdicts), Mode.ANALOGUE)


def renewed(old: DecidedRun, rules: tuple[DecidedRule, ...], decided: Iterable[Verdict]) -> Redecided:
    """Return a run with what the checks of today decided, as far as it stands.

    Args:
        old: the run.
        rules: its rules, bound as today.
        decided: what the checks say of each answer, in the order of the answers and rules.
    """
    verdicts = bounded(decided)
    before = {_key(verdict): verdict for verdict in old.verdicts}
    asks = judge_asks(rules)
    verdicts = tuple(
        kept(before.get(_key(verdict), verdict), verdict, asks[verdict.rule]) for verdict in verdicts
    )
    unbound = {rule.id for rule in old.rules if not rule.check}
    return Redecided(
        run=old.model_copy(update={"rules": rules, "verdicts": verdicts}),
        changed=tuple(
            ChangedVerdict(before[_key(verdict)], verdict)
            for verdict in verdicts
            if _key(verdict) in before and differs(before[_key(verdict)], verdict)
        ),
        newly_bound=tuple(rule.id for rule in rules if rule.check and rule.id in unbound),
        versions=outdated(old),
    )


def judge_asks(rules: Iterable[DecidedRule]) -> dict[str, tuple[Outcome, ...]]:
    """Return by rule the outcomes of a check after which a judge is asked."""
    return {rule.id: rubric_for(binding_of(rule)).asks for rule in rules}


def kept(before: Verdict, today: Verdict, asks: Collection[Outcome]) -> Verdict:
    """Return what stands of a verdict: a person's always, a judge's where a judge would be asked today."""
    if before.basis is Basis.HUMAN:
        return before
    if before.basis is not Basis.JUDGE or today.flag or today.decision.outcome not in asks:
        return today
    evidence = dict(before.decision.evidence) | {"static": today.decision.outcome.value}
    decision = replace(before.decision, evidence=tuple(sorted(evidence.items())))
    return replace(before, check=today.check or before.check, version=today.version, decision=decision)


def outdated(run: DecidedRun) -> dict[str, tuple[int, int]]:
    """Return the checks that decided a run in another version than today's: (then, now)."""
    checks = all_checks(load_config(Path.cwd()).checks_folder)
    return newer(checks_of(run), checks)


def checks_of(run: DecidedRun) -> dict[str, int]:
    """Return the version of each check that decided a run."""
    return {verdict.check: verdict.version for verdict in run.verdicts if verdict.check}


def newer(then: Mapping[str, int], checks: Mapping[str, Check]) -> dict[str, tuple[int, int]]:
    """Return the checks that are there in another version than then: (then, now)."""
    return {
        name: (version, checks[name].version)
        for name, version in sorted(then.items())
        if name in checks and checks[name].version != version
    }


def bound_today(
    rules: Iterable[DecidedRule], agent_path: str, checks: Mapping[str, Check]
) -> tuple[DecidedRule, ...]:
    """Return rules with their checks; one that had none gets what binds it now, if the file still has it."""
    fresh: dict[str, Binding] = {}
    path = Path(agent_path)
    if path.is_file():
        bindings = specification_of(read_agent(path), checks).bindings
        fresh = {binding.rule.id: binding for binding in bindings if binding.check}
    return tuple(_bound(rule, fresh.get(rule.id)) for rule in rules)


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


def _key(verdict: Verdict) -> tuple[str, str, int, str]:
    return verdict.case, verdict.variant, verdict.trial, verdict.rule


def differs(before: Verdict, after: Verdict) -> bool:
    """Tell whether two verdicts come to something else; reasons and findings are not compared."""
    same: tuple[Outcome, str] = (before.decision.outcome, before.flag)
    return same != (after.decision.outcome, after.flag)
