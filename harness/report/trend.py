"""Earlier runs of the same agent on the same model, as their folders tell: how its score moved.

Only what a run wrote when it was made is read (``manifest.json`` and ``results.json``), so an earlier score
is the one of the checks and the cases of then; where these changed, the point says so. ``harness log``
decides old answers again by the checks of today.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.json_text import parse_json
from harness.report.escape import clip
from harness.report.model import RunResults
from harness.report.words import count
from harness.stats.interval import NO_NUMBER
from harness.stats.score import AGGREGATE

__all__ = ["TrendPoint", "trend_of"]

RUNS = 20  # points that are shown
_LOOKED_AT = 300  # folders, the latest first
_LARGEST = 20_000_000  # bytes of a file that is read
_NAMED = 3


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One run. ``changes`` say what was another than in the run before it; rates lie in [0, 1]."""

    run: str
    created: str
    mean: float
    low: float
    high: float
    n: int
    changes: tuple[str, ...]
    current: bool


@dataclass(frozen=True, slots=True)
class _Run:
    """A run as its two files tell it."""

    name: str
    created: str
    rates: tuple[float, float, float]
    n: int
    prompt: str
    checks: Mapping[str, int]
    cases: frozenset[tuple[str, str]]


def trend_of(results: RunResults) -> tuple[TrendPoint, ...]:
    """Return this run and those before it, oldest first; nothing where there is no other, or no rate.

    Runs are comparable that tested the same agent file on the same model. Folders that cannot be read are
    left out: they are not this run's business.
    """
    here = _current(results)
    if here is None:
        return ()
    found = [here]
    own = results.folder.absolute()
    folders = sorted(own.parent.glob("*/results.json"), reverse=True)
    others = (_read(file.parent, results) for file in folders[:_LOOKED_AT] if file.parent != own)
    found += [one for one in others if one and one.created < here.created]
    found.sort(key=lambda one: one.created)
    shown = found[-RUNS - 1 :]
    points = [_point(one, before, here) for before, one in zip([None, *shown], shown, strict=False)]
    return tuple(points[-RUNS:]) if len(points) > 1 else ()


def _point(one: _Run, before: _Run | None, here: _Run) -> TrendPoint:
    changes = () if before is None else tuple(_changes(before, one))
    return TrendPoint(one.name, one.created, *one.rates, one.n, changes, current=one is here)


def _changes(before: _Run, after: _Run) -> list[str]:
    said = []
    if before.prompt != after.prompt:
        said.append("prompt edited")
    if before.cases != after.cases:
        files = len({path for path, _ in before.cases ^ after.cases})
        said.append(f"cases changed ({count(files, 'dataset file')})")
    both = before.checks.keys() & after.checks.keys()
    newer = [
        f"{name} {before.checks[name]} → {after.checks[name]}"
        for name in sorted(both)
        if before.checks[name] != after.checks[name]
    ]
    came = len(after.checks.keys() ^ before.checks.keys())
    if newer:
        more_named = f" and {len(newer) - _NAMED} more" if len(newer) > _NAMED else ""
        said.append(f"checks changed: {', '.join(newer[:_NAMED])}{more_named}")
    if came:
        said.append(f"{count(came, 'check')} added or gone")
    return said


def _current(results: RunResults) -> _Run | None:
    if not results.variants:
        return None
    score = results.aggregate_of(results.variants[0].name)
    if score is None or score.mean is NO_NUMBER or score.low is NO_NUMBER or score.high is NO_NUMBER:
        return None
    return _Run(
        results.run,
        results.created,
        (score.mean, score.low, score.high),
        score.n,
        results.variants[0].agent.sha,
        dict(results.manifest.get("checks", {})),
        _suite(results.manifest),
    )


def _read(folder: Path, results: RunResults) -> _Run | None:
    """Read an earlier run; nothing where it is another agent's or model's, or not to be read."""
    try:
        manifest, document = (_json(folder / name) for name in ("manifest.json", "results.json"))
        variant = manifest["variants"][0]
        if document["model"] != results.model or document["agent"] != results.agent.name:
            return None
        score = next(
            one
            for one in document["scores"]
            if one["rule"] == AGGREGATE and one["variant"] == variant["name"] and one["mean"] is not None
        )
        return _Run(
            clip(str(manifest["id"]), 120),
            str(manifest["created"]).replace("Z", "+00:00"),
            (float(score["mean"]), float(score["low"]), float(score["high"])),
            int(score["n"]),
            str(variant["agent"]["sha"]),
            {str(name): int(version) for name, version in manifest["checks"].items()},
            _suite(manifest),
        )
    except (
        OSError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        StopIteration,
    ):
        return None  # a folder of another release, or one that somebody is writing


def _suite(manifest: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Return path and sha of each dataset file."""
    return frozenset((str(one["path"]), str(one["sha"])) for one in manifest.get("suite", ()))


def _json(path: Path) -> Any:
    if path.stat().st_size > _LARGEST:
        raise ValueError(f"{path} is too large for a trend")
    return parse_json(path.read_bytes())
