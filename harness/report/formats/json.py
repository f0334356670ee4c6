"""``results.json``: the scores of a run for other programs; a stable interface, see docs/reports.md."""

from __future__ import annotations

import json
from typing import Any

from harness.calibration.corrected import CorrectedScore, Uncorrected
from harness.core.escape import reveal
from harness.core.jsonl import to_jsonable
from harness.report.model import RouterResult, RunResults
from harness.stats.score import Score

__all__ = ["render_json", "results_document"]

SCORE_KEYS = (
    "rule",
    "check",
    "variant",
    "mean",
    "low",
    "high",
    "n",
    "missing",
    "omitted",
    "vacuous",
    "not_applicable",
    "undecided",
    "error",
)


def results_document(results: RunResults) -> dict[str, Any]:
    """Return the document as JSON values; rates lie in [0, 1] and are ``null`` where nothing was decided."""
    return {
        "run": results.folder.as_posix(),
        "agent": results.agent.name,
        "model": results.model,
        "scores": [
            {**_score(score), "corrected": _corrected(results.corrected_of(score.rule, score.variant))}
            for score in results.scores
        ],
        "routing": {
            "chance": to_jsonable(results.routing.chance),
            "routers": [_router(router) for router in results.routing.routers],
        }
        if results.routing.routers
        else {},
        "uncovered": list(results.uncovered),
        "usage": to_jsonable(results.usage),
        "judge": to_jsonable(results.judge) if results.judge.models else {},
        "warnings": list(results.warnings),
    }


def render_json(results: RunResults) -> str:
    """Return the document as text that ends in a newline.

    Lone surrogates and the like are written as JSON escapes, so the file is valid UTF-8 whatever a
    model wrote; NaN cannot occur.
    """
    return json.dumps(results_document(results), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _score(score: Score) -> dict[str, Any]:
    values = to_jsonable(score)
    return {key: values[key] for key in SCORE_KEYS}


def _corrected(found: CorrectedScore | Uncorrected | None) -> dict[str, Any] | None:
    """Return the corrected rate with what it was corrected for, or why there is none."""
    if found is None:
        return None
    if isinstance(found, Uncorrected):
        return {"mean": None, "low": None, "high": None, "why": found.why}
    errors = found.errors
    return {
        "mean": to_jsonable(found.rate.mean),
        "low": to_jsonable(found.rate.low),
        "high": to_jsonable(found.rate.high),
        "clipped": found.rate.clipped,
        "false_fail": {"hits": errors.passes - errors.passes_seen, "n": errors.passes},
        "false_pass": {"hits": errors.fails - errors.fails_seen, "n": errors.fails},
        "source": found.source,
    }


def _router(router: RouterResult) -> dict[str, Any]:
    return {
        "router": router.router,
        "kind": router.kind.value,
        "variant": router.variant,
        "accuracy": to_jsonable(router.accuracy),
        "low": to_jsonable(router.low),
        "high": to_jsonable(router.high),
        "n": router.n,
        "missing": router.missing,
        "unknown": router.unknown,
        "top3": to_jsonable(router.top3),
        "macro_f1": to_jsonable(router.macro_f1),
        "agents": to_jsonable(router.agents),
        "by_tag": to_jsonable(router.by_tag),
        "confusion": [
            {"expected": cell.expected, "predicted": reveal(cell.predicted), "count": cell.count}
            for cell in router.confusion
        ],
    }
