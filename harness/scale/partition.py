"""One partition: some hundred stored answers in a Parquet file, with all that deciding them again needs.

The JSON columns are what is read back; the others repeat a part of them for people and their tools. Equal
answers give equal bytes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.core.errors import InputError
from harness.core.json_text import parse_json
from harness.core.types import Case, Sample, Verdict
from harness.scale.extra import pyarrow
from harness.scale.rows import (
    ascii_json,
    case_of,
    finding_rows,
    plain,
    sample_of,
    verdict_of,
    verdict_row,
)

__all__ = [
    "LARGEST",
    "DecidedRow",
    "StoredResponse",
    "decided_bytes",
    "read_decided_rows",
    "read_responses",
    "responses_bytes",
]

LARGEST = 512 * 1024 * 1024
"""Bytes that a partition may unpack to; ours hold a hundredth of that."""

_LEVEL = 3  # of zstd: more costs more time than the network gains
_TEXTS = ("case", "variant", "request_sha", "model", "question", "sample", "before", "fixed")


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """An answer with its case, and what a run said of it.

    Attributes:
        sample: the answer.
        case: what it answers.
        before: what the run decided, by rule; empty: nothing is known of that.
        fixed: what was decided, by rule, where that rests on a secret that was taken out of the texts.
        redacted: whether a secret was taken out.
    """

    sample: Sample
    case: Case
    before: Mapping[str, Verdict] = field(default_factory=dict)
    fixed: Mapping[str, Verdict] = field(default_factory=dict)
    redacted: bool = False


@dataclass(frozen=True, slots=True)
class DecidedRow:
    """A verdict of today, and the place of its answer in the partition."""

    row: int
    verdict: Verdict


def responses_bytes(responses: Sequence[StoredResponse]) -> bytes:
    """Return answers as a Parquet file.

    Raises:
        ConfigurationError: pyarrow is not installed.
    """
    columns: dict[str, list[Any]] = {name: [] for name in (*_TEXTS, "trial", "redacted")}
    for one in responses:
        sample = one.sample
        values = (
            plain(sample.case),
            plain(sample.variant),
            sample.request_sha,
            plain(sample.completion.model_served),
            ascii_json(one.case),
            ascii_json(sample),
            ascii_json({rule: verdict_row(verdict) for rule, verdict in one.before.items()}),
            ascii_json({rule: verdict_row(verdict) for rule, verdict in one.fixed.items()}),
        )
        for name, value in zip(_TEXTS, values, strict=True):
            columns[name].append(value)
        columns["trial"].append(sample.trial)
        columns["redacted"].append(one.redacted)
    arrow, _ = pyarrow()
    types = dict.fromkeys(_TEXTS, arrow.string()) | {"trial": arrow.int32(), "redacted": arrow.bool_()}
    return _written(columns, types)


def read_responses(data: bytes, where: str) -> list[StoredResponse]:
    """Read a partition.

    Raises:
        InputError: it is damaged, too large, or none of ours.
        ConfigurationError: pyarrow is not installed.
    """
    rows = _read(data, where, (*_TEXTS[4:], "redacted"))
    cases: dict[str, Case] = {}  # an answer of another trial has the same case
    found = []
    for number, row in enumerate(rows, start=1):
        place = f"{where}, row {number}"
        question = row["question"]
        if question not in cases:
            cases[question] = case_of(question, place)
        sample = sample_of(row["sample"], place)
        found.append(
            StoredResponse(
                sample=sample,
                case=cases[question],
                before=_verdicts(sample, row["before"], place),
                fixed=_verdicts(sample, row["fixed"], place),
                redacted=bool(row["redacted"]),
            )
        )
    return found


def decided_bytes(rows: Sequence[DecidedRow]) -> bytes:
    """Return verdicts as a Parquet file: one row each, in their order.

    ``details`` holds the findings and the evidence as JSON, and the reason where the column of that name
    had to escape a part of it.

    Raises:
        ConfigurationError: pyarrow is not installed.
    """
    names = ("case", "variant", "rule", "check", "mode", "outcome", "flag", "reason", "details")
    columns: dict[str, list[Any]] = {name: [] for name in ("row", "trial", "version", *names)}
    for one in rows:
        verdict, decision = one.verdict, one.verdict.decision
        details: dict[str, Any] = {}
        if decision.findings:
            details["findings"] = finding_rows(decision.findings)
        if decision.evidence:
            details["evidence"] = [list(pair) for pair in decision.evidence]
        reason = plain(decision.reason)
        if reason != decision.reason:
            details["reason"] = decision.reason
        values = (
            one.row,
            verdict.trial,
            verdict.version,
            plain(verdict.case),
            plain(verdict.variant),
            plain(verdict.rule),
            verdict.check,
            verdict.mode.value,
            decision.outcome.value,
            verdict.flag,
            reason,
            ascii_json(details) if details else "",
        )
        for name, value in zip(columns, values, strict=True):
            columns[name].append(value)
    arrow, _ = pyarrow()
    types = {name: arrow.int32() for name in ("row", "trial", "version")}
    return _written(columns, types | {name: arrow.string() for name in names})


def read_decided_rows(data: bytes, responses: Sequence[StoredResponse], where: str) -> Iterator[DecidedRow]:
    """Yield the verdicts of a partition, given the answers that they are about.

    Raises:
        InputError: the file is damaged, or of other answers.
        ConfigurationError: pyarrow is not installed.
    """
    columns = ("row", "rule", "check", "version", "mode", "flag", "outcome", "reason", "details")
    for told in _read(data, where, columns):
        if not 0 <= told["row"] < len(responses):
            raise InputError(f"{where}: speaks of answers that its partition does not have; delete it")
        details = _details(told["details"], where)
        sample = responses[told["row"]].sample
        head = [told["check"], told["version"], told["mode"], "static", told["flag"], told["outcome"]]
        tail = [details.get("reason", told["reason"]), details.get("findings", [])]
        row = [*head, *tail, details.get("evidence", [])]
        yield DecidedRow(told["row"], verdict_of(sample, told["rule"], row, where))


def _details(text: str | None, where: str) -> dict[str, Any]:
    try:
        details = parse_json(text) if text else {}
    except ValueError as error:
        raise InputError(f"{where}: details of a verdict are not valid JSON ({error}); delete it") from error
    if not isinstance(details, dict):
        raise InputError(f"{where}: details of a verdict are no object; delete it")
    return details


def _verdicts(sample: Sample, text: str, where: str) -> dict[str, Verdict]:
    try:
        rows = parse_json(text)
        return {rule: verdict_of(sample, rule, row, where) for rule, row in rows.items()}
    except (ValueError, AttributeError) as error:
        raise InputError(f"{where}: no verdicts ({error}); export again") from error


def _written(columns: Mapping[str, Sequence[Any]], types: Mapping[str, Any]) -> bytes:
    arrow, parquet = pyarrow()
    schema = arrow.schema([(name, types[name]) for name in columns])
    table = arrow.table(dict(columns), schema=schema)
    sink = io.BytesIO()
    parquet.write_table(table, sink, compression="zstd", compression_level=_LEVEL)
    return sink.getvalue()


def _read(data: bytes, where: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    arrow, parquet = pyarrow()
    try:
        file = parquet.ParquetFile(io.BytesIO(data))
        told = file.metadata
        size = sum(told.row_group(number).total_byte_size for number in range(told.num_row_groups))
        if size > LARGEST:
            raise InputError(f"{where}: unpacks to {size >> 20} MB, at most {LARGEST >> 20} are read")
        rows: list[dict[str, Any]] = file.read(columns=list(columns)).to_pylist()
    except (arrow.ArrowException, OSError, KeyError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())[:200]
        raise InputError(f"{where}: cannot be read as a partition ({said}); make it again") from error
    if rows and set(rows[0]) != set(columns):
        raise InputError(f"{where}: lacks {sorted(set(columns) - set(rows[0]))}; it is no partition of ours")
    return rows
