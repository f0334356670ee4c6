"""How often what decides is wrong, measured on labelled answers, and looked up by what decided a verdict.

An instrument is a check or a judge. A check is known by its id and version; a judge by its models and
rubric, and by the shas of what it is told. Figures of another version say nothing about
this one: then there is no correction, and the report says why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.core.jsonl import canonical_json
from harness.core.types import Outcome
from harness.stats.misclassification import ErrorCounts

__all__ = [
    "SHIPPED",
    "ErrorTable",
    "Instrument",
    "MeasuredErrors",
    "Unmeasured",
    "error_counts",
    "error_table_text",
    "shipped_errors",
]

SHIPPED = Path(__file__).parent / "data" / "check_errors.jsonl"
HELD_BACK = "labels held back from the authors of the checks"
DEVELOPMENT = "labels that the authors of the checks looked at"


@dataclass(frozen=True, slots=True, order=True)
class Instrument:
    """What decides: (check id, version), or (a judge's models and rubric, the shas of both)."""

    name: str
    version: str


class Unmeasured(StrEnum):
    """Why there are no error rates."""

    NEVER = "what decides it was never measured"
    STALE = "what decides it was measured in another version"


@dataclass(frozen=True, slots=True)
class MeasuredErrors:
    """The error rates of one instrument; ``source`` says on what they were measured."""

    instrument: Instrument
    counts: ErrorCounts
    source: str


@dataclass(frozen=True, slots=True)
class ErrorTable:
    """All error rates that are known, by the instrument's name."""

    rows: Mapping[str, MeasuredErrors]

    def find(self, instrument: Instrument) -> MeasuredErrors | Unmeasured:
        """Return the error rates of an instrument, or why there are none."""
        row = self.rows.get(instrument.name)
        if row is None:
            return Unmeasured.NEVER
        return row if row.instrument == instrument else Unmeasured.STALE

    def with_rows(self, rows: Mapping[str, MeasuredErrors]) -> ErrorTable:
        """Return a table with more rows; a row of the same name takes the place of the old one."""
        return ErrorTable({**self.rows, **rows})


def error_counts(confusion: Mapping[str, Mapping[str, int]]) -> ErrorCounts:
    """Return the counts of a confusion table, label -> outcome -> number.

    Only answers labelled pass or fail and decided pass or fail count: a rate has no others. What was left
    undecided is told beside a rate and is no error of it.
    """
    passing, failing = (
        [int(confusion.get(label, {}).get(outcome, 0)) for outcome in (Outcome.PASS, Outcome.FAIL)]
        for label in (Outcome.PASS, Outcome.FAIL)
    )
    return ErrorCounts(passes_seen=passing[0], passes=sum(passing), fails_seen=failing[1], fails=sum(failing))


def error_table_text(held_back: Mapping[str, Any], development: Mapping[str, Any]) -> str:
    """Return the shipped file, a line per check: the part held back where it was measured, else the other.

    Args:
        held_back: per check the figures of ``harness calibrate --held-back`` (``version``, ``confusion``).
        development: the same of the part that authors looked at, whose errors are too few.
    """
    lines = []
    for name in sorted(held_back.keys() | development.keys()):
        for source, figures in ((HELD_BACK, held_back), (DEVELOPMENT, development)):
            row = figures.get(name, {})
            if "confusion" not in row:
                continue
            counts = error_counts(row["confusion"])
            lines.append(
                canonical_json(
                    {
                        "check": name,
                        "version": row["version"],
                        "source": source,
                        "passes": [counts.passes_seen, counts.passes],
                        "fails": [counts.fails_seen, counts.fails],
                    }
                )
            )
            break
    return "\n".join(lines) + "\n"


@lru_cache(maxsize=1)
def shipped_errors() -> ErrorTable:
    """Return the error rates of the built-in checks, as measured at their release."""
    rows = [json.loads(line) for line in SHIPPED.read_text(encoding="utf-8").splitlines()]
    return ErrorTable(
        {
            row["check"]: MeasuredErrors(
                Instrument(row["check"], str(row["version"])),
                ErrorCounts(*row["passes"], *row["fails"]),
                row["source"],
            )
            for row in rows
        }
    )
