"""Before an optimisation begins: what makes it this one, and what is said in advance."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.errors import ConfigurationError, InputError
from harness.core.jsonl import sha_of
from harness.core.types import Case
from harness.pipeline.options import RunOptions
from harness.pipeline.prepare import Prepared
from harness.pipeline.tuning_test import LEVEL
from harness.report.words import count
from harness.tune.optimise_model import Plan
from harness.tune.split import Split

__all__ = ["TuningOptions", "cautions", "demand_decidable", "folder_name", "identity_of", "plan_sentence"]

SHARES = (0.3, 0.3, 0.4)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class TuningOptions:
    """How a prompt is sought.

    Attributes:
        plan: rounds, batches and seed.
        reflection: the model that proposes; empty: the subject's own.
        shares: of the clusters for training, validation and test.
        max_growth: by how much the body may grow, as a share of its tokens.
        max_calls: at most so many answers, those of the test and stored ones included; 0: no limit.
        name: of the folder; empty: made of the agent and the settings.
    """

    plan: Plan
    reflection: str = ""
    shares: tuple[float, float, float] = SHARES
    max_growth: float = 0.5
    max_calls: int = 0
    name: str = ""


def demand_decidable(prepared: Prepared, options: RunOptions) -> None:
    """Refuse an agent of which nothing can be decided.

    Raises:
        InputError: no rule has a check, and the project has no judge.
    """
    if options.config.judge.models or any(
        one.check for one in prepared.specification.bindings if not one.waived
    ):
        return
    raise InputError(
        f"{prepared.specification.agent.path}: no check decides any of its rules, so no prompt can be shown "
        "to be better; name a judge (docs/judge.md)"
    )


def identity_of(prepared: Prepared, options: RunOptions, tuning: TuningOptions) -> dict[str, Any]:
    """Return what makes an optimisation this one: what is asked, how it is decided, and how it is sought."""
    rules = [
        (one.rule.id, one.rule.text, one.check, sorted(one.parameters.items()), one.waived)
        for one in prepared.specification.bindings
    ]
    plan = tuning.plan
    return {
        "agent": prepared.specification.agent.sha,
        "rules": sha_of(rules),
        "cases": _cases_sha(prepared.compliance),
        "model": options.model,
        "reflection": tuning.reflection or options.model,
        "judges": list(options.config.judge.models),
        "mode": options.mode.value,
        "trials": options.trials,
        "max tokens": options.max_tokens,
        "split": list(tuning.shares),
        "max growth": tuning.max_growth,
        "rounds": plan.rounds,
        "batch": plan.batch,
        "proposals": plan.proposals,
        "seed": plan.seed,
    }


def _cases_sha(cases: Sequence[Case]) -> str:
    return sha_of(sorted((case.id, case.sha, case.cluster) for case in cases))


def folder_name(agent: str, settings: dict[str, Any], wanted: str) -> str:
    """Return the name of the folder: the same settings have the same, so that a run is found again.

    Raises:
        ConfigurationError: the wanted name is no plain name.
    """
    if not wanted:
        slug = _UNSAFE.sub("-", agent).strip("-.")[:40] or "agent"
        return f"{slug}-{sha_of(settings)[:8]}"
    if _UNSAFE.search(wanted) or wanted.startswith("."):
        raise ConfigurationError(f"--name {wanted!r}: use letters, digits, '-', '_' and '.' only")
    return wanted


def plan_sentence(split: Split, folder: Path) -> str:
    """Say how the cases are divided, and where it is kept."""
    sizes = (len(split.training), len(split.validation), len(split.test))
    parts = ", ".join(
        f"{size} {name}" for size, name in zip(sizes, ("training", "validation", "test"), strict=True)
    )
    return f"{sum(sizes)} cases: {parts} (seed {split.seed}); kept in {folder}"


def cautions(options: RunOptions, reflection: str, split: Split, searches: int) -> list[str]:
    """Return what a reader should know before anything is asked.

    Args:
        options: of the subject.
        reflection: the model that proposes.
        split: of the cases.
        searches: how many others on the same cases took a candidate to its test.
    """
    said = []
    if reflection == options.model:
        said.append(
            f"{reflection} is to improve its own prompt: a stronger model proposes better ones "
            "(--reflection PROVIDER:NAME)"
        )
    if not split.can_show(LEVEL):
        said.append(
            f"the test part has {count(split.clusters[2], 'independent case')}: no improvement can be shown "
            "with so few; add cases"
        )
    if searches:
        said.append(
            f"{count(searches, 'other search', 'other searches')} on these cases took a candidate to its "
            "test: of many, one looks good by chance"
        )
    return said
