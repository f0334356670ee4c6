"""Calibrations of judges as they are kept, and what they allow a judge to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from harness.calibration.corrected import instrument_of
from harness.calibration.errors import ErrorTable, Instrument, MeasuredErrors, error_counts
from harness.core.documents import parse_document
from harness.core.errors import InputError
from harness.core.jsonl import sha_of
from harness.core.types import Verdict
from harness.stats.interval import NO_NUMBER

if TYPE_CHECKING:
    from harness.stats.agreement import Measure

__all__ = [
    "FORMAT",
    "LEAST_LABELS",
    "WAY",
    "JudgeFile",
    "JudgeRow",
    "Trust",
    "calibration_path",
    "judge_errors",
    "read_judge_file",
    "read_judge_files",
    "trust_in",
    "trust_of",
    "with_judges",
]

FORMAT = 2
LEAST_LABELS = 20
"""Fewer labelled answers than this say too little of a judge, whatever its figures."""
BELOW = 0.2
"""How far the lower end of κ's interval may lie below what is demanded: luck on few answers is no trust."""


WAY = " repeats "
"""Where in the version of an instrument the way of asking begins."""


class Trust(StrEnum):
    """Whether a judge may turn a gate red for a rule; everything but ``current`` means that it only warns."""

    CURRENT = "calibrated"
    WEAK = "agrees too little with labels"
    THIN = "held against too few labels"
    STALE = "calibrated with another model, rubric, wording or way of asking"
    NEVER = "never calibrated"


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
        _, found, rest = self.version.partition(WAY)
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


def read_judge_file(path: Path) -> JudgeFile:
    """Read one calibration.

    Raises:
        InputError: it is damaged or of another release.
    """
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
    return tuple(
        read_judge_file(path) for path in (sorted(folder.glob("judge-*.json")) if folder.is_dir() else [])
    )


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
