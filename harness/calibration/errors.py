"""How often what decides is wrong, measured on labelled answers, and looked up by what decided a verdict.

An instrument is a check or a judge. A check is known by its id and version; a judge by its models and
rubric, and by the shas of what it is told. Figures of another version say nothing about
this one: then there is no correction, and the report says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, NonNegativeInt

from harness.core.documents import parse_document
from harness.core.errors import InputError
from harness.core.jsonl import canonical_json, write_atomic
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
    "read_errors",
    "shipped_errors",
    "write_errors",
]

SHIPPED = Path(__file__).parent / "data" / "check_errors.jsonl"
HELD_BACK = "labels held back from the authors of the checks"
DEVELOPMENT = "labels that the authors of the checks looked at"
_REMEDY = "run `harness calibrate --checks` again"


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
    """All error rates that are known, one row for each instrument (a name in a version)."""

    rows: Mapping[Instrument, MeasuredErrors]

    def find(self, instrument: Instrument) -> MeasuredErrors | Unmeasured:
        """Return the error rates of an instrument, or why there are none."""
        row = self.rows.get(instrument)
        if row is not None:
            return row
        known = any(one.name == instrument.name for one in self.rows)
        return Unmeasured.STALE if known else Unmeasured.NEVER

    def with_rows(self, rows: Iterable[MeasuredErrors]) -> ErrorTable:
        """Return a table with more rows; a row of the same instrument takes the place of the old one."""
        return ErrorTable({**self.rows, **{row.instrument: row for row in rows}})


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
    rows = []
    for name in sorted(held_back.keys() | development.keys()):
        for source, figures in ((HELD_BACK, held_back), (DEVELOPMENT, development)):
            row = figures.get(name, {})
            if "confusion" in row:
                instrument = Instrument(name, str(row["version"]))
                rows.append(MeasuredErrors(instrument, error_counts(row["confusion"]), source))
                break
    return _text(rows)


def _text(rows: Iterable[MeasuredErrors]) -> str:
    documents = (
        {
            "check": row.instrument.name,
            "version": int(row.instrument.version),
            "source": row.source,
            "passes": [row.counts.passes_seen, row.counts.passes],
            "fails": [row.counts.fails_seen, row.counts.fails],
        }
        for row in sorted(rows, key=lambda row: row.instrument)
    )
    return "".join(f"{canonical_json(document)}\n" for document in documents)


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    check: str
    version: int
    source: str
    passes: tuple[NonNegativeInt, NonNegativeInt]
    fails: tuple[NonNegativeInt, NonNegativeInt]


def read_errors(path: Path) -> tuple[MeasuredErrors, ...]:
    """Read the rows of a file; none where there is no such file.

    Raises:
        InputError: it cannot be read, or a line is no row.
    """
    if not path.is_file():
        return ()
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    rows = [parse_document(_Row, line, path, "a row of error rates", _REMEDY) for line in lines if line]
    return tuple(
        MeasuredErrors(
            Instrument(row.check, str(row.version)), ErrorCounts(*row.passes, *row.fails), row.source
        )
        for row in rows
    )


def write_errors(path: Path, rows: Iterable[MeasuredErrors]) -> None:
    """Put rows into a file, in the place of those of the same checks; other checks keep theirs.

    Raises:
        InputError: the file is there and is no such file.
        IncompleteError: it cannot be written.
    """
    kept = {row.instrument.name: row for row in read_errors(path)}
    write_atomic(path, _text({**kept, **{row.instrument.name: row for row in rows}}.values()))


@lru_cache(maxsize=1)
def shipped_errors() -> ErrorTable:
    """Return the error rates of the built-in checks, as measured at their release."""
    return ErrorTable({}).with_rows(read_errors(SHIPPED))
