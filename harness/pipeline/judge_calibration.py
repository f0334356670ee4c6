"""Hold a judge against labelled responses, and see what leads it astray."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.calibration.judge import RuleFigures, figures_by_rule
from harness.calibration.judge_items import Disputed, JudgeItem, judge_items, subjects_of, unknown_labels
from harness.checks.base import Check
from harness.core.config import Config
from harness.core.errors import InputError
from harness.core.types import Mode
from harness.judge.grade import Subject, grade
from harness.judge.probes import PROBES, Probe, ProbeFigures, probe_judge
from harness.pipeline.judge_calls import JudgeCalls
from harness.pipeline.judging import judge_settings, open_judges
from harness.pipeline.sampling import Watcher
from harness.run.budget import Ledger
from harness.run.prices import FREE
from harness.stats.agreement import Measure, krippendorff_alpha
from harness.suite.annotations import AGREED, Annotation, annotations_of
from harness.suite.catalogue import AgentFolder
from harness.suite.load import load_suite

__all__ = ["JudgeCalibration", "Wanted", "calibrate_judge"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a judge is held against.

    Attributes:
        folders: labelled responses.
        agents: the folder of their agents.
        rules: only these rules; empty for all that a judge decides.
        limit: at most so many labelled answers of each rule, spread over all; 0: all.
        probes: names of probes to run; empty: none.
        max_cost: US dollars that may be spent; ``None``: no limit.
    """

    folders: tuple[Path, ...]
    agents: Path
    rules: tuple[str, ...] = ()
    limit: int = 0
    probes: tuple[str, ...] = ()
    max_cost: float | None = None


@dataclass(frozen=True, slots=True)
class JudgeCalibration:
    """What was measured.

    Attributes:
        models: the judges.
        responses: labelled responses with at least one label for a judge.
        rules: figures per rule.
        disputed: what people label differently, which is held against nobody.
        human: Krippendorff's α of the annotators among themselves.
        probes: flip rates, where probes were asked for.
        calls: what it took.
        warnings: labels that mean nothing, calls that failed.
    """

    models: tuple[str, ...]
    responses: int
    rules: tuple[RuleFigures, ...]
    disputed: tuple[Disputed, ...]
    human: Measure
    probes: tuple[ProbeFigures, ...]
    calls: JudgeCalls
    warnings: tuple[str, ...]


def calibrate_judge(
    wanted: Wanted, config: Config, checks: Mapping[str, Check], mode: Mode, watcher: Watcher
) -> JudgeCalibration:
    """Ask the judges of a configuration about labelled responses, and compare.

    Raises:
        InputError: a folder or rule is unknown, or no label is for a judge.
        HarnessError: a judge cannot be asked.
    """
    settings = judge_settings(config.judge)
    max_cost = config.run.max_cost if wanted.max_cost is None else wanted.max_cost
    open_judges(config, watcher, max_cost)
    catalogue = AgentFolder(wanted.agents, checks)
    suite = load_suite(wanted.folders, catalogue, strict=False)
    annotations = annotations_of(suite.golden)
    items, disputed = judge_items(suite.golden, annotations, catalogue, wanted.rules)
    items = _limited(items, wanted.limit)
    if not items:
        raise InputError(_nothing(wanted))
    subjects = subjects_of(items, checks, mode)
    probes = _probes(wanted.probes)
    calls = JudgeCalls(config, 0, watcher, Ledger(FREE, max_cost, config.run.max_tokens_total))
    watcher.say(
        f"{len(items):,} labels of {len(subjects):,} responses are put to {', '.join(settings.models)}"
    )
    verdicts = grade(subjects, settings, calls)
    if calls.error is not None and not calls.samples:
        raise calls.error
    decided = {(one.case, one.trial, one.rule): one.decision for one in verdicts}
    return JudgeCalibration(
        models=settings.models,
        responses=len(subjects),
        rules=figures_by_rule(items, verdicts),
        disputed=disputed,
        human=_human(annotations, subjects),
        probes=probe_judge(subjects, decided, settings, calls, probes),
        calls=calls,
        warnings=(
            *suite.warnings,
            *unknown_labels(suite.golden, annotations, catalogue),
            *_failed(calls),
        ),
    )


def _limited(items: Sequence[JudgeItem], limit: int) -> tuple[JudgeItem, ...]:
    """Take so many of each rule, at even distances: a prefix would be the responses of one author."""
    if not limit:
        return tuple(items)
    by_rule: dict[str, list[JudgeItem]] = {}
    for item in items:
        by_rule.setdefault(item.rule, []).append(item)
    kept: set[int] = set()
    for group in by_rule.values():
        step = max(1.0, len(group) / limit)
        kept |= {id(group[int(number * step)]) for number in range(min(limit, len(group)))}
    return tuple(item for item in items if id(item) in kept)


def _nothing(wanted: Wanted) -> str:
    where = ", ".join(str(folder) for folder in wanted.folders)
    which = f" of the rules {', '.join(wanted.rules)}" if wanted.rules else ""
    return (
        f"{where}: no label{which} is for a judge; label rules that have no check (`harness rules AGENT` "
        "shows them), docs/judge.md shows how"
    )


def _probes(names: Collection[str]) -> tuple[Probe, ...]:
    known = {probe.name: probe for probe in PROBES}
    if not names:
        return ()
    if "all" in names:
        return PROBES
    unknown = next((name for name in names if name not in known), "")
    if unknown:
        raise InputError(f"--probe {unknown}: no such probe; there are all, {', '.join(known)}")
    return tuple(known[name] for name in names)


def _human(annotations: Sequence[Annotation], subjects: Sequence[Subject]) -> Measure:
    judged = {subject.case.id for subject in subjects}
    said: dict[tuple[str, str], dict[str, str]] = {}
    for one in annotations:
        if one.path in judged and one.annotator != AGREED:
            said.setdefault((one.path, one.reference), {})[one.annotator] = one.label.value
    return krippendorff_alpha(list(said.values()), [response for response, _ in said])


def _failed(calls: JudgeCalls) -> list[str]:
    trouble = calls.trouble(0.0)
    return [] if trouble is None else [f"the measurement is incomplete: {trouble}"]
