"""All error rates that a project knows: those shipped with the checks, and those it measured itself."""

from __future__ import annotations

from pathlib import Path

from harness.calibration.errors import (
    ErrorTable,
    Instrument,
    MeasuredErrors,
    error_counts,
    read_errors,
    shipped_errors,
    write_errors,
)
from harness.calibration.judge_files import read_judge_files, with_judges
from harness.calibration.labelled import Split
from harness.calibration.result import Calibration, confusion_of

__all__ = ["keep_errors", "known_errors"]

_FILES = {Split.DEVELOPMENT: "checks.jsonl", Split.HELD_BACK: "checks-held-back.jsonl"}
_SAID = {
    Split.DEVELOPMENT: "labels of this project",
    Split.HELD_BACK: "labels of this project that were held back",
}


def known_errors(folder: Path) -> ErrorTable:
    """Return what is known, the most telling row of each instrument.

    The project's own labels that were held back go first: they are of its own kind of answers, and nobody
    fitted a check to them. Then what the checks were shipped with; then labels that authors could look at,
    which serve for a team's own checks. Calibrated judges are beside them.

    Args:
        folder: where the project keeps its calibrations (``[judge] calibrations``).

    Raises:
        InputError: a file in it is damaged or of another release.
    """
    looked_at, held_back = (read_errors(folder / name) for name in _FILES.values())
    table = ErrorTable({}).with_rows(looked_at).with_rows(shipped_errors().rows.values())
    return with_judges(table.with_rows(held_back), read_judge_files(folder))


def keep_errors(folder: Path, result: Calibration) -> Path | None:
    """Keep the error rates of a measurement of checks for later runs; return the file, if one was written.

    Of labels that authors could look at, only those of checks that were not shipped with others are kept.

    Raises:
        InputError: the file is there and is damaged.
        IncompleteError: the folder cannot be written to.
    """
    path, shipped = folder / _FILES[result.split], shipped_errors().rows
    rows = [
        MeasuredErrors(
            Instrument(row.check.id, str(row.check.version)),
            error_counts(confusion_of(row.figures.cells)),
            _SAID[result.split],
        )
        for row in result.measured
    ]
    if result.split is Split.DEVELOPMENT:
        rows = [row for row in rows if row.instrument not in shipped]
    if not rows:
        return None
    write_errors(path, rows)
    return path
