"""The result of a calibration, and the document that other programs read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.calibration.judged import CheckFigures, Judged
from harness.calibration.labelled import Split
from harness.calibration.tally import MutantFigures
from harness.core.jsonl import to_jsonable
from harness.core.types import Outcome
from harness.stats.classification import Rate

__all__ = ["Calibration", "calibration_document", "confusion_of"]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Everything that was measured.

    Attributes:
        split: which part of the labelled responses.
        folders: where they lie.
        responses: how many were read.
        checks: figures per check, sorted by id; checks without labels included.
        disagreements: the labels that a check decided otherwise.
        mutants: what became of mutants; empty when they were not asked for.
        warnings: labels that mean nothing to the agent, and the like.
    """

    split: Split
    folders: tuple[str, ...]
    responses: int
    checks: tuple[CheckFigures, ...]
    disagreements: tuple[Judged, ...]
    mutants: MutantFigures | None
    warnings: tuple[str, ...]

    @property
    def measured(self) -> tuple[CheckFigures, ...]:
        """The checks that have labels."""
        return tuple(row for row in self.checks if row.figures.labels)

    @property
    def unlabelled(self) -> tuple[str, ...]:
        """The ids of checks without any label: nothing is known about them."""
        return tuple(row.check.id for row in self.checks if not row.figures.labels)

    @property
    def crashed(self) -> int:
        """How many labelled responses made a check crash."""
        return sum(row.figures.errors for row in self.checks)


def calibration_document(result: Calibration, page: str = "", kept: str = "") -> dict[str, Any]:
    """Return the result as the JSON document that ``harness calibrate --json`` writes.

    Args:
        result: what was measured.
        page: path of the picture; empty when none was written.
        kept: path of the error rates that later runs correct by; empty when none were kept.
    """
    return {
        "split": result.split.value,
        "folders": list(result.folders),
        "responses": result.responses,
        "checks": [_check(row) for row in result.measured],
        "unlabelled": list(result.unlabelled),
        "disagreements": [_disagreement(row) for row in result.disagreements],
        "mutants": None if result.mutants is None else to_jsonable(result.mutants),
        "warnings": list(result.warnings),
        "page": page or None,
        "kept": kept or None,
    }


def _check(row: CheckFigures) -> dict[str, Any]:
    figures = row.figures
    return {
        "check": row.check.id,
        "version": row.check.version,
        "soundness": row.check.soundness.value,
        "labels": figures.labels,
        "agreed": _rate(figures.agreed),
        "precision": _rate(figures.precision),
        "recall": _rate(figures.recall),
        "f1": _rate(figures.f1),
        "undecided": _rate(figures.undecided),
        "applicability": _rate(figures.applicability),
        "errors": figures.errors,
        "confusion": confusion_of(figures.cells),
        "agreement": to_jsonable(row.agreement),
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return dict(to_jsonable(rate))


def confusion_of(cells: Sequence[tuple[Outcome, Outcome, int]]) -> dict[str, dict[str, int]]:
    """Return counts as a table: label -> outcome -> number."""
    table: dict[str, dict[str, int]] = {}
    for label, outcome, count in cells:
        table.setdefault(label.value, {})[outcome.value] = count
    return table


def _disagreement(row: Judged) -> dict[str, Any]:
    return {
        "file": row.response,
        "line": row.line,
        "check": row.check,
        "label": row.label.value,
        "outcome": row.decision.outcome.value,
        "reason": row.decision.reason,
        "note": row.note,
    }
