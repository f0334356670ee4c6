"""The documented JSON Lines of ``harness route --json``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from harness.core.escape import reveal
from harness.core.jsonl import to_jsonable
from harness.routing.ask import Routed
from harness.routing.metrics import MISSING, NONE, RoutingMetrics
from harness.routing.trust import Trust

__all__ = ["metrics_document", "trust_document", "write_lines"]


def write_lines(
    routed: Sequence[Routed], ids: Mapping[str, str | int], summary: Mapping[str, Any], *, trials: bool
) -> None:
    """Write one line per choice and the summary to standard output, warnings to standard error.

    Args:
        routed: the choices.
        ids: id of the case -> the id that its author gave it.
        summary: the last line; its ``warnings`` and ``notes`` are repeated on standard error.
        trials: whether a message was asked several times.
    """
    for one in routed:
        print(json.dumps(_line(one, ids, trials=trials)))  # noqa: T201 - this is the command line
    print(json.dumps({"summary": summary}))  # noqa: T201
    for warning in (*summary["warnings"], *summary["notes"]):
        print(f"harness: {reveal(warning)}", file=sys.stderr)  # noqa: T201


def _line(one: Routed, ids: Mapping[str, str | int], *, trials: bool) -> dict[str, Any]:
    row = one.row
    made = row.predicted != MISSING
    line: dict[str, Any] = {
        "id": ids[row.case],
        "predicted": row.predicted if made else None,
        "ranked": list(row.ranked) if row.ranked else ([row.predicted] if made else []),
        "expected": row.expected,
        "correct": row.correct if made else None,
    }
    if trials:
        line["trial"] = one.trial
    if one.problem:
        line["note"] = one.problem
    return line


def metrics_document(metrics: RoutingMetrics) -> dict[str, Any]:
    """Return the figures of a measurement for the summary."""
    none = metrics.agent(NONE)
    return {
        "n": metrics.n,
        "missing": metrics.missing,
        "unknown": metrics.unknown,
        "accuracy": metrics.accuracy.mean,
        "low": metrics.accuracy.low,
        "high": metrics.accuracy.high,
        "top3": metrics.top3,
        "macro_f1": metrics.macro_f1,
        "chance": metrics.chance,
        "none": {"recall": none.recall, "precision": none.precision, "expected": none.expected},
        "agents": to_jsonable(metrics.agents),
        "confusions": to_jsonable(metrics.confusions),
        "tags": {tag: to_jsonable(share) for tag, share in metrics.by_tag},
    }


def trust_document(trust: Trust) -> dict[str, Any]:
    """Return calibration, agreement and the hardest cases for the summary."""
    return {
        "calibration": to_jsonable(trust.calibration),
        "agreement": None
        if trust.agreement is None
        else {"router": trust.beside, **to_jsonable(trust.agreement)},
        "hardest": to_jsonable(trust.hardest),
    }
