"""A judge held against labels: how far it can be trusted, rule by rule, and what that allows it to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from harness.calibration.corrected import instrument_of
from harness.calibration.errors import ErrorTable, Instrument, MeasuredErrors, error_counts
from harness.calibration.judge_items import VARIANT, JudgeItem
from harness.core.documents import parse_document
from harness.core.errors import InputError
from harness.core.jsonl import canonical_json, write_atomic
from harness.core.types import Outcome, Verdict
from harness.stats.agreement import Agreement, Measure, agreement_of
from harness.stats.interval import NO_NUMBER

__all__ = [
    "FORMAT",
    "JudgeFile",
    "RuleFigures",
    "Trust",
    "calibration_path",
    "figures_by_rule",
    "judge_errors",
    "read_judge_files",
    "trust_in",
    "trust_of",
    "with_judges",
    "write_judge_file",
]

FORMAT = 1
LEAST_LABELS = 20
"""Fewer labelled answers than this say too little of a judge, whatever its figures."""
BELOW = 0.2
"""How far the lower end of κ's interval may lie below what is demanded: luck on few answers is no trust."""


class Trust(StrEnum):
    """Whether a judge may turn a gate red for a rule; everything but ``current`` means that it only warns."""

    CURRENT = "calibrated"
    WEAK = "agrees too little with labels"
    THIN = "held against too few labels"
    STALE = "calibrated with another model, rubric or wording"
    NEVER = "never calibrated"


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """One rule of a calibration.

    Attributes:
        rule: its id.
        rubric: id of the rubric.
        instrument: what was measured: the judge and the shas of all that it is told.
        labels: labelled answers; ``undecided`` of those labelled pass or fail, the judge left open.
        agreement: over the answers that label and judge both call pass or fail.
        cells: (label, outcome) and how often it occurred, sorted.
    """

    rule: str
    rubric: str
    instrument: Instrument
    labels: int
    undecided: int
    agreement: Agreement
    cells: tuple[tuple[Outcome, Outcome, int], ...]


def figures_by_rule(items: Sequence[JudgeItem], verdicts: Sequence[Verdict]) -> tuple[RuleFigures, ...]:
    """Sum up what a judge said of labelled answers, per rule in order of first appearance."""
    decided = {(one.case, one.rule): one for one in verdicts if one.variant == VARIANT}
    grouped: dict[str, list[tuple[JudgeItem, Verdict]]] = {}
    for item in items:
        verdict = decided[(item.golden.id, item.rule)]
        grouped.setdefault(item.rule, []).append((item, verdict))
    return tuple(_figures(rule, rows) for rule, rows in grouped.items())


def _figures(rule: str, rows: Sequence[tuple[JudgeItem, Verdict]]) -> RuleFigures:
    told = (Outcome.PASS, Outcome.FAIL)
    cells = Counter((item.label, verdict.decision.outcome) for item, verdict in rows)
    both = [
        (item, verdict) for item, verdict in rows if item.label in told and verdict.decision.outcome in told
    ]
    return RuleFigures(
        rule=rule,
        rubric=dict(rows[0][1].decision.evidence).get("rubric", "").partition(" ")[0],
        instrument=instrument_of(rows[0][1]),
        labels=len(rows),
        undecided=sum(
            item.label in told and verdict.decision.outcome is Outcome.UNDECIDED for item, verdict in rows
        ),
        agreement=agreement_of(
            [item.label is Outcome.PASS for item, _ in both],
            [verdict.decision.outcome is Outcome.PASS for _, verdict in both],
            [item.golden.case.cluster or item.golden.case.id for item, _ in both],
        ),
        cells=tuple((label, outcome, count) for (label, outcome), count in sorted(cells.items())),
    )


# --- kept for later runs -----------------------------------------------------------------------


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class JudgeRow(_Record):
    """One rule in a calibration file; ``confusion`` is label -> outcome -> number."""

    rule: str
    instrument: str
    version: str
    kappa: float | None
    kappa_low: float | None
    decided: int
    confusion: dict[str, dict[str, int]]


class JudgeFile(_Record):
    """A calibration as it is kept: small, deterministic, fit to be reviewed and committed."""

    models: tuple[str, ...]
    created: str
    responses: int
    rules: tuple[JudgeRow, ...]
    format: int = FORMAT


def calibration_path(folder: Path, models: Sequence[str]) -> Path:
    """Return where the calibration of some judges is kept."""
    name = "-".join("".join(c if c.isalnum() or c in "._-" else "-" for c in model) for model in models)
    return folder / f"judge-{name[:120]}.json"


def write_judge_file(
    path: Path, models: Sequence[str], created: str, responses: int, figures: Sequence[RuleFigures]
) -> None:
    """Keep a calibration.

    Raises:
        IncompleteError: the folder cannot be written to.
    """
    rows = []
    for one in figures:
        confusion: dict[str, dict[str, int]] = {}
        for label, outcome, count in one.cells:
            confusion.setdefault(label.value, {})[outcome.value] = count
        kappa = one.agreement.kappa
        rows.append(
            JudgeRow(
                rule=one.rule,
                instrument=one.instrument.name,
                version=one.instrument.version,
                kappa=None if kappa.value is NO_NUMBER else round(kappa.value, 4),
                kappa_low=None if kappa.low is NO_NUMBER else round(kappa.low, 4),
                decided=one.agreement.n,
                confusion=confusion,
            )
        )
    kept = JudgeFile(models=tuple(models), created=created, responses=responses, rules=tuple(rows))
    write_atomic(path, canonical_json(kept.model_dump(mode="json")) + "\n")


def read_judge_files(folder: Path) -> tuple[JudgeFile, ...]:
    """Read every calibration in a folder; none where the folder is not there.

    Raises:
        InputError: a file is damaged or of another release.
    """
    found = []
    for path in sorted(folder.glob("judge-*.json")) if folder.is_dir() else []:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
        found.append(
            parse_document(
                JudgeFile, data, path, "a calibration of a judge", "run `harness calibrate --judge` again"
            )
        )
    return tuple(found)


def judge_errors(files: Sequence[JudgeFile]) -> Mapping[str, MeasuredErrors]:
    """Return the error rates of judges by the name of the instrument, for corrected scores."""
    rows: dict[str, MeasuredErrors] = {}
    for file in files:
        for row in file.rules:
            rows[row.instrument] = MeasuredErrors(
                Instrument(row.instrument, row.version),
                error_counts(row.confusion),
                f"{file.responses} labelled responses, {file.created[:10]}",
            )
    return rows


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
    row = own[-1]
    return _trust(row.kappa, row.kappa_low, row.decided, least_kappa)


def trust_of(kappa: Measure, decided: int, least_kappa: float) -> Trust:
    """Say what a measured κ allows."""
    value = None if kappa.value is NO_NUMBER else kappa.value
    low = None if kappa.low is NO_NUMBER else kappa.low
    return _trust(value, low, decided, least_kappa)


def _trust(kappa: float | None, low: float | None, decided: int, least: float) -> Trust:
    if decided < LEAST_LABELS:
        return Trust.THIN
    if kappa is None or kappa < least:
        return Trust.WEAK
    return Trust.CURRENT if low is not None and low >= least - BELOW else Trust.THIN
