"""The list of runs: what each was and how it went, from the small files of its folder."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.errors import HarnessError
from harness.core.json_text import parse_json
from harness.report.model import HAND_WRITTEN
from harness.stats.interval import NO_NUMBER, Number
from harness.stats.score import AGGREGATE
from harness.store.decided import DECIDED_NAME
from harness.store.manifest import RunStatus, read_manifest

__all__ = ["REPORT", "RunRow", "VariantRate", "number_of", "read_row", "rule_rates"]

REPORT = "report.html"
_RESULTS = "results.json"
_LARGEST = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class VariantRate:
    """A rate in [0, 1] of one rule (``*``: all) in one variant, with its 95 % interval."""

    rule: str
    check: str
    variant: str
    mean: Number
    low: Number
    high: Number
    n: int
    missing: int
    undecided: int


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the list. ``problem`` says why nothing else is known; ``cost`` is ``None`` where unknown."""

    name: str
    agent: str = ""
    model: str = ""
    created: str = ""
    status: str = ""
    rates: tuple[VariantRate, ...] = ()
    accuracy: Number = NO_NUMBER
    cost: float | None = None
    has_report: bool = False
    has_verdicts: bool = False
    problem: str = ""

    @property
    def running(self) -> bool:
        """Whether the manifest says that it still goes on."""
        return self.status == RunStatus.RUNNING.value


def read_row(folder: Path) -> RunRow:
    """Read what the list shows of a run; a damaged folder becomes a row that says so."""
    try:
        manifest = read_manifest(folder)
        results = _results(folder)
    except HarnessError as error:
        return RunRow(folder.name, problem=str(error))
    usage = results.get("usage", {})
    cost = usage.get("cost_usd") if isinstance(usage, dict) else None
    return RunRow(
        name=folder.name,
        agent=str(results.get("agent", Path(manifest.agent.path).stem)),
        model=manifest.model_asked,
        created=manifest.created.isoformat(),
        status=manifest.status.value,
        rates=tuple(one for one in _rates(results) if one.rule == AGGREGATE),
        accuracy=_accuracy(results),
        cost=float(cost) if isinstance(cost, (int, float)) else None,
        has_report=(folder / REPORT).is_file(),
        has_verdicts=(folder / DECIDED_NAME).is_file(),
    )


def rule_rates(folder: Path) -> tuple[VariantRate, ...]:
    """Return the rates of single rules of a run, as it was reported."""
    return tuple(one for one in _rates(_results(folder)) if one.rule != AGGREGATE)


def _results(folder: Path) -> dict[str, Any]:
    """Return ``results.json``, or nothing where it is not there or not what the harness writes."""
    path = folder / _RESULTS
    try:
        if path.stat().st_size > _LARGEST:
            return {}
        value = parse_json(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _rates(results: dict[str, Any]) -> list[VariantRate]:
    listed = results.get("scores", [])
    return [
        VariantRate(
            rule=str(score.get("rule", "")),
            check=str(score.get("check", "")),
            variant=str(score.get("variant", "")),
            mean=number_of(score.get("mean")),
            low=number_of(score.get("low")),
            high=number_of(score.get("high")),
            n=_count(score.get("n")),
            missing=_count(score.get("missing")),
            undecided=_count(score.get("undecided")),
        )
        for score in (listed if isinstance(listed, list) else [])
        if isinstance(score, dict) and score.get("variant") != HAND_WRITTEN
    ]


def _accuracy(results: dict[str, Any]) -> Number:
    """Return the accuracy of the model as a router, for runs that measured nothing else."""
    routing = results.get("routing", {})
    routers = routing.get("routers", []) if isinstance(routing, dict) else []
    for router in routers if isinstance(routers, list) else []:
        if isinstance(router, dict) and router.get("kind") == "model":
            return number_of(router.get("accuracy"))
    return NO_NUMBER


def number_of(value: object) -> Number:
    """Return what a file says as a number; what is none, or none that can be shown, is no number."""
    if not isinstance(value, (int, float)):
        return NO_NUMBER
    try:
        number = float(value)
    except OverflowError:  # a whole number of more digits than a float can hold
        return NO_NUMBER
    return number if math.isfinite(number) else NO_NUMBER


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
