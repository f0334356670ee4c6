"""A judge held against labels: how far it can be trusted, rule by rule, and what that allows it to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from harness.calibration.corrected import instrument_of
from harness.calibration.errors import ErrorTable, Instrument, MeasuredErrors, error_counts
from harness.calibration.judge_items import VARIANT, JudgeItem
from harness.core.documents import parse_document
from harness.core.errors import InputError
from harness.core.jsonl import canonical_json, sha_of, write_atomic
from harness.core.types import Outcome, Verdict
from harness.stats.agreement import Agreement, Measure, agreement_of
from harness.stats.interval import NO_NUMBER

__all__ = [
    "FORMAT",
    "LEAST_LABELS",
    "JudgeFile",
    "RuleFigures",
    "Trust",
    "asked_otherwise",
    "calibration_path",
    "figures_by_rule",
    "judge_errors",
    "read_judge_files",
    "trust_in",
    "trust_of",
    "with_judges",
    "write_judge_file",
]

FORMAT = 2
LEAST_LABELS = 20
"""Fewer labelled answers than this say too little of a judge, whatever its figures."""
BELOW = 0.2
"""How far the lower end of κ's interval may lie below what is demanded: luck on few answers is no trust."""


_WAY = " repeats "  # where in a version the way of asking begins
_TOLD = frozenset({Outcome.PASS, Outcome.FAIL})
_NOTHING = agreement_of((), (), ())


class Trust(StrEnum):
    """Whether a judge may turn a gate red for a rule; everything but ``current`` means that it only warns."""

    CURRENT = "calibrated"
    WEAK = "agrees too little with labels"
    THIN = "held against too few labels"
    STALE = "calibrated with another model, rubric, wording or way of asking"
    NEVER = "never calibrated"


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """One rule of a calibration.

    Attributes:
        rule: its id.
        rubric: id of the rubric.
        instrument: what was measured: the judge, the shas of all that it is told, and how it is asked.
        labels: labelled answers that the judge was asked about; ``unasked``: those it could not be.
        undecided: of those labelled pass or fail, what the judge left open; ``escaped``: that, and what it
            calls not applicable.
        decided: over the answers that label and judge both call pass or fail.
        agreement: over all that are labelled pass or fail; an escape is an answer that is wrong, for a judge
            that leaves what is hard would look perfect otherwise. PPV and NPV are those of ``decided``.
        cells: (label, outcome) and how often it occurred, sorted.
    """

    rule: str
    rubric: str
    instrument: Instrument
    labels: int
    undecided: int
    agreement: Agreement
    cells: tuple[tuple[Outcome, Outcome, int], ...]
    decided: Agreement = _NOTHING
    escaped: int = 0
    unasked: int = 0


def figures_by_rule(items: Sequence[JudgeItem], verdicts: Sequence[Verdict]) -> tuple[RuleFigures, ...]:
    """Sum up what a judge said of labelled answers, per rule in order of first appearance."""
    said = {(one.case, one.rule): one for one in verdicts if one.variant == VARIANT}
    grouped: dict[str, list[tuple[JudgeItem, Verdict]]] = {}
    for item in items:
        verdict = said[(item.golden.path, item.rule)]
        grouped.setdefault(item.rule, []).append((item, verdict))
    return tuple(_figures(rule, rows) for rule, rows in grouped.items())


def _figures(rule: str, every: Sequence[tuple[JudgeItem, Verdict]]) -> RuleFigures:
    rows = [row for row in every if ("unasked", "true") not in row[1].decision.evidence]
    pairs = [
        (item.label, verdict.decision.outcome, item.golden.case.cluster or item.golden.case.id)
        for item, verdict in rows
    ]
    told = [(label, outcome, cluster) for label, outcome, cluster in pairs if label in _TOLD]
    both = [(label, outcome, cluster) for label, outcome, cluster in told if outcome in _TOLD]
    decided = _agreement(both)
    wrong = {Outcome.PASS: Outcome.FAIL, Outcome.FAIL: Outcome.PASS}
    held = _agreement(
        [(label, outcome if outcome in _TOLD else wrong[label], where) for label, outcome, where in told]
    )
    return RuleFigures(
        rule=rule,
        rubric=dict(every[0][1].decision.evidence).get("rubric", "").partition(" ")[0],
        instrument=instrument_of(every[0][1]),
        labels=len(rows),
        undecided=sum(outcome is Outcome.UNDECIDED for _, outcome, _ in told),
        agreement=replace(held, ppv=decided.ppv, npv=decided.npv),
        cells=tuple((*cell, count) for cell, count in sorted(Counter(pair[:2] for pair in pairs).items())),
        decided=decided,
        escaped=len(told) - len(both),
        unasked=len(every) - len(rows),
    )


def _agreement(rows: Sequence[tuple[Outcome, Outcome, str]]) -> Agreement:
    return agreement_of(
        [label is Outcome.PASS for label, _, _ in rows],
        [outcome is Outcome.PASS for _, outcome, _ in rows],
        [cluster for _, _, cluster in rows],
    )


# --- kept for later runs -----------------------------------------------------------------------


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class JudgeRow(_Record):
    """One rule in a calibration file; ``confusion`` is label -> outcome -> number.

    ``labelled`` answers are those labelled pass or fail, on which κ rests.
    """

    rule: str
    instrument: str
    version: str
    kappa: float | None
    kappa_low: float | None
    labelled: int
    confusion: dict[str, dict[str, int]]
    responses: int
    created: str

    @property
    def way(self) -> str:
        """How the judges were asked: repeats, rules per call, tokens."""
        _, found, rest = self.version.partition(_WAY)
        return f"repeats {rest}" if found else ""


class JudgeFile(_Record):
    """The calibrations of some judges as they are kept: small, deterministic, fit to be committed."""

    models: tuple[str, ...]
    rules: tuple[JudgeRow, ...]
    format: int = FORMAT


def calibration_path(folder: Path, models: Sequence[str]) -> Path:
    """Return where the calibration of some judges is kept; other judges never share the file."""
    name = "-".join("".join(c if c.isalnum() or c in "._-" else "-" for c in model) for model in models)
    return folder / f"judge-{name[:80]}-{sha_of(list(models))[:8]}.json"


def write_judge_file(
    path: Path, models: Sequence[str], created: str, responses: int, figures: Sequence[RuleFigures]
) -> tuple[str, ...]:
    """Keep a calibration beside what was measured before; return the rules whose older figures stay.

    A rule's figures give way to newer ones of the same instrument, unless those rest on fewer labels.
    Figures of rules that were not measured now stay; those of another wording of rule, rubric or
    instructions go, for nothing is decided by it any more.

    Raises:
        IncompleteError: the folder cannot be written to.
    """
    rows = [_row(one, created, responses) for one in figures if one.labels]
    kept, better = [], []
    for old in _rows_before(path):
        rivals = [row for row in rows if row.rule == old.rule]
        same = next((row for row in rivals if _identity(row) == _identity(old)), None)
        if same is not None and same.labelled < old.labelled:
            rows.remove(same)
            better.append(old.rule)
            kept.append(old)
        elif same is None and all(_wording(row) == _wording(old) for row in rivals):
            kept.append(old)
    every = sorted((*kept, *rows), key=lambda row: (row.rule, row.version))
    file = JudgeFile(models=tuple(models), rules=tuple(every))
    write_atomic(path, canonical_json(file.model_dump(mode="json")) + "\n")
    return tuple(better)


def asked_otherwise(path: Path, figures: Sequence[RuleFigures]) -> tuple[JudgeRow, ...]:
    """Return what the same judges came to on these rules when they were asked in another way."""
    now = {(one.rule, one.instrument.version) for one in figures}
    rules = {rule for rule, _ in now}
    rows = _rows_before(path)
    return tuple(row for row in rows if row.rule in rules and (row.rule, row.version) not in now)


def _row(one: RuleFigures, created: str, responses: int) -> JudgeRow:
    confusion: dict[str, dict[str, int]] = {}
    for label, outcome, count in one.cells:
        confusion.setdefault(label.value, {})[outcome.value] = count
    kappa = one.agreement.kappa
    return JudgeRow(
        rule=one.rule,
        instrument=one.instrument.name,
        version=one.instrument.version,
        kappa=None if kappa.value is NO_NUMBER else round(kappa.value, 4),
        kappa_low=None if kappa.low is NO_NUMBER else round(kappa.low, 4),
        labelled=one.agreement.n,
        confusion=confusion,
        responses=responses,
        created=created,
    )


def _rows_before(path: Path) -> tuple[JudgeRow, ...]:
    try:
        return _read(path).rules if path.is_file() else ()
    except InputError:
        return ()  # damaged: measuring again is what mends it


def _identity(row: JudgeRow) -> tuple[str, str]:
    return row.instrument, row.version


def _wording(row: JudgeRow) -> tuple[str, str]:
    """Return what a judge is told, without how often and how much of it in one call."""
    return row.instrument, row.version.partition(_WAY)[0]


def _read(path: Path) -> JudgeFile:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    remedy = "remove it and run `harness calibrate --judge` again"
    return parse_document(JudgeFile, data, path, "a calibration of a judge", remedy)


def read_judge_files(folder: Path) -> tuple[JudgeFile, ...]:
    """Read every calibration in a folder; none where the folder is not there.

    Raises:
        InputError: a file is damaged or of another release.
    """
    return tuple(_read(path) for path in (sorted(folder.glob("judge-*.json")) if folder.is_dir() else []))


def judge_errors(files: Sequence[JudgeFile]) -> Mapping[Instrument, MeasuredErrors]:
    """Return the error rates of judges by instrument, for corrected scores."""
    rows = sorted((row for file in files for row in file.rules), key=lambda row: row.labelled)
    return {
        (instrument := Instrument(row.instrument, row.version)): MeasuredErrors(
            instrument,
            error_counts(row.confusion),
            f"{row.responses} labelled responses, {row.created[:10]}",
        )
        for row in rows
    }


def with_judges(table: ErrorTable, files: Sequence[JudgeFile]) -> ErrorTable:
    """Return a table of error rates that also knows calibrated judges."""
    return table.with_rows(judge_errors(files).values())


def trust_in(verdict: Verdict, files: Sequence[JudgeFile], least_kappa: float) -> Trust:
    """Say how far the judge of a verdict was shown to be right on this rule.

    Args:
        verdict: one with the basis ``judge``.
        files: the calibrations that exist.
        least_kappa: Cohen's κ from which on a judge may gate.
    """
    instrument = instrument_of(verdict)
    rows = [row for file in files for row in file.rules if row.rule == verdict.rule]
    own = [row for row in rows if (row.instrument, row.version) == (instrument.name, instrument.version)]
    if not own:
        return Trust.STALE if rows else Trust.NEVER
    row = max(own, key=lambda one: one.labelled)
    return _trust(row.kappa, row.kappa_low, row.labelled, least_kappa)


def trust_of(kappa: Measure, least_kappa: float) -> Trust:
    """Say what a measured κ allows."""
    value = None if kappa.value is NO_NUMBER else kappa.value
    low = None if kappa.low is NO_NUMBER else kappa.low
    return _trust(value, low, kappa.n, least_kappa)


def _trust(kappa: float | None, low: float | None, labelled: int, least: float) -> Trust:
    if labelled < LEAST_LABELS:
        return Trust.THIN
    if kappa is None or kappa < least:
        return Trust.WEAK
    return Trust.CURRENT if low is not None and low >= least - BELOW else Trust.THIN
