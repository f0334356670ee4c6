"""Cases, answers and verdicts as JSON texts that any Parquet reader can hold, and back without a loss.

The texts are ASCII: a lone surrogate that a model wrote is an escape in them, so that the column is valid
UTF-8 and the answer that is decided is the one that was given.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from harness.core.errors import InputError
from harness.core.json_text import parse_json
from harness.core.jsonl import to_jsonable
from harness.core.types import (
    Basis,
    Case,
    CaseKind,
    Completion,
    Decision,
    Finding,
    Message,
    Mode,
    Outcome,
    Role,
    Sample,
    StopReason,
    SuppliedFile,
    ToolCall,
    Usage,
    Verdict,
)

__all__ = [
    "ascii_json",
    "case_of",
    "decision_of_rows",
    "finding_rows",
    "plain",
    "sample_of",
    "verdict_of",
    "verdict_row",
]


def ascii_json(value: Any) -> str:
    """Return canonical JSON (keys sorted, no spaces) in ASCII."""
    return json.dumps(to_jsonable(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def plain(text: str) -> str:
    """Return a text for a column that people read: what is no character is shown as its escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def case_of(text: str, where: str) -> Case:
    """Read a case as :func:`ascii_json` wrote it.

    Raises:
        InputError: the text is damaged.
    """
    value = _loaded(text, where)
    try:
        return Case(
            **{
                **value,
                "kind": CaseKind(value["kind"]),
                "messages": tuple(Message(Role(one["role"]), one["text"]) for one in value["messages"]),
                "files": tuple(SuppliedFile(one["path"], one["text"]) for one in value["files"]),
                "applies": tuple(value["applies"]),
                "not_applicable": tuple(value["not_applicable"]),
                "tags": tuple(value["tags"]),
            }
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{where}: not a case ({error!r}); export again") from error


def sample_of(text: str, where: str) -> Sample:
    """Read an answer as :func:`ascii_json` wrote it.

    Raises:
        InputError: the text is damaged.
    """
    value = _loaded(text, where)
    try:
        told = value["completion"]
        completion = Completion(
            text=told["text"],
            tool_calls=tuple(ToolCall(call["name"], call["input"]) for call in told["tool_calls"]),
            usage=Usage(**told["usage"]),
            stop=StopReason(told["stop"]),
            model_served=told["model_served"],
            latency_s=told["latency_s"],
        )
        return Sample(**{**value, "completion": completion})
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{where}: not an answer ({error!r}); export again") from error


def verdict_row(verdict: Verdict) -> list[Any]:
    """Return what a verdict says beside whose it is: the answer's and the rule's names stand elsewhere.

    Of a check's decision the findings are left out: they are for the report of the run that made it.
    """
    decision = verdict.decision
    kept = verdict.basis is not Basis.STATIC
    return [
        verdict.check,
        verdict.version,
        verdict.mode.value,
        verdict.basis.value,
        verdict.flag,
        decision.outcome.value,
        decision.reason,
        finding_rows(decision.findings) if kept else [],
        [list(pair) for pair in decision.evidence],
    ]


def verdict_of(sample: Sample, rule: str, row: Sequence[Any], where: str) -> Verdict:
    """Read a verdict as :func:`verdict_row` wrote it.

    Raises:
        InputError: the row is damaged.
    """
    try:
        check, version, mode, basis, flag, outcome, reason, findings, evidence = row
        return Verdict(
            case=sample.case,
            variant=sample.variant,
            trial=sample.trial,
            rule=rule,
            check=check,
            version=version,
            mode=Mode(mode),
            basis=Basis(basis),
            decision=decision_of_rows(outcome, reason, findings, evidence),
            flag=flag,
        )
    except (TypeError, ValueError) as error:
        raise InputError(f"{where}: not a verdict ({error}); export again") from error


def finding_rows(findings: Sequence[Finding]) -> list[list[Any]]:
    """Return findings as lists, in the order of their fields."""
    return [
        [one.block, one.line, one.column, one.end_line, one.end_column, one.message, one.quote, one.file]
        for one in findings
    ]


def decision_of_rows(
    outcome: str, reason: str, findings: Sequence[Sequence[Any]], evidence: Sequence[Sequence[str]]
) -> Decision:
    """Return a decision from plain values."""
    return Decision(
        outcome=Outcome(outcome),
        reason=reason,
        findings=tuple(Finding(*row) for row in findings),
        evidence=tuple((name, value) for name, value in evidence),
    )


def _loaded(text: str, where: str) -> dict[str, Any]:
    try:
        value = parse_json(text)
    except ValueError as error:
        raise InputError(f"{where}: no JSON ({error}); export again") from error
    if not isinstance(value, dict):
        raise InputError(f"{where}: no JSON object; export again")
    return value
