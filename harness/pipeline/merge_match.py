"""Whether runs are the shards of one suite: nothing twice, nothing left out, nothing different."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from harness.core.config import Config
from harness.core.errors import InputError
from harness.core.types import Mode
from harness.pipeline.merge_answers import ShardRun
from harness.pipeline.options import RunOptions
from harness.pipeline.shards import Shard, names_of
from harness.store.manifest import Manifest, RunStatus

__all__ = ["demand_one_suite", "options_of"]

# How a machine went about it: neither what is asked nor what is decided depends on these.
_MACHINE = frozenset({"concurrency", "timeout_s", "fresh", "max_cost", "max_tokens_total", "shard"})
_PATHS = frozenset({"roster", "agent"})
_MOST_TOLD = 5


def demand_one_suite(runs: Sequence[ShardRun]) -> None:
    """Refuse runs that are not all the shards of one suite.

    Raises:
        InputError: with what is given twice, what is not there, or what differs.
    """
    if not runs:
        raise InputError("no runs to merge; name the folders of all shards")
    by_shard: dict[Shard, list[ShardRun]] = defaultdict(list)
    for run in runs:
        if run.manifest.status is RunStatus.RUNNING:
            raise InputError(f"{run.folder}: this shard is still going on, or was killed; run it again")
        by_shard[run.shard].append(run)
    first = runs[0]
    for run in runs[1:]:
        found = _difference(first.manifest, run.manifest)
        if run.shard.count != first.shard.count:
            found = f"shard {first.shard} and shard {run.shard} are parts of different wholes"
        if found:
            raise InputError(f"{first.folder} and {run.folder} do not belong together: {found}")
    for shard, twice in by_shard.items():
        if len(twice) > 1:
            named = ", ".join(str(run.folder) for run in twice)
            raise InputError(f"shard {shard} is given {len(twice)} times ({named}); name one of them")
    wanted = {Shard(number, first.shard.count) for number in range(1, first.shard.count + 1)}
    gaps = wanted - set(by_shard)
    if gaps:
        raise InputError(
            f"not all cases are there: shard {names_of(list(gaps))} is missing; name its run too"
        )


def options_of(manifest: Manifest, config: Config) -> RunOptions:
    """Return the options with which one machine would have made the run that a shard is a part of."""
    defaults = RunOptions.of(config)
    known = {field.name for field in fields(RunOptions)} - _MACHINE - {"config", "ledger"}
    told = {name: _value(name, value) for name, value in manifest.settings.items() if name in known}
    return replace(
        defaults, **told, model=manifest.model_asked, seed=manifest.seed, max_cost=None, max_tokens_total=None
    )


def _value(name: str, value: Any) -> Any:
    if name in _PATHS:
        return None if value is None else Path(value)
    if name == "variants":
        return tuple(Path(one) for one in value)
    if name == "mode":
        return Mode(value)
    if name == "parameters":
        return {key: tuple(values) for key, values in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _difference(one: Manifest, other: Manifest) -> str:
    """Say in what two manifests differ; empty: in nothing that answers or verdicts depend on."""
    pairs: list[tuple[str, Mapping[str, Any], Mapping[str, Any]]] = [
        ("specification", {one.agent.path: one.agent.sha}, {other.agent.path: other.agent.sha}),
        ("suite", {x.path: x.sha for x in one.suite}, {x.path: x.sha for x in other.suite}),
        (
            "variant",
            {x.name: x.agent.sha for x in one.variants},
            {x.name: x.agent.sha for x in other.variants},
        ),
        ("model", {"model": one.model_asked}, {"model": other.model_asked}),
        ("seed", {"seed": one.seed}, {"seed": other.seed}),
        ("setting", _settings(one), _settings(other)),
        ("version of check", one.checks, other.checks),
        ("version of package", one.packages, other.packages),
    ]
    for what, before, after in pairs:
        names = sorted(
            name for name in {*before, *after} if before.get(name, _ABSENT) != after.get(name, _ABSENT)
        )
        if names:
            shown = ", ".join(names[:_MOST_TOLD]) + (" and others" if len(names) > _MOST_TOLD else "")
            values = f" ({_shown(before, names[0])} and {_shown(after, names[0])})"
            return f"another {what}: {shown}{values}"
    return ""


_ABSENT = object()


def _shown(values: Mapping[str, Any], name: str) -> str:
    return str(values[name])[:60] if name in values else "none"


def _settings(manifest: Manifest) -> dict[str, Any]:
    return {name: value for name, value in manifest.settings.items() if name not in _MACHINE}
