"""What a worker must know to decide: the rules, how they are read, what an answer may cost, by which code."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

import harness
from harness.checks.base import Check
from harness.checks.bind import Binding
from harness.checks.decide import Table
from harness.checks.own_code import own_files, parser_versions
from harness.core.jsonl import sha_of
from harness.core.types import Mode
from harness.store.decided import DecidedRule

__all__ = ["Bounds", "DecidingPlan", "binding_of", "code_state", "table_of"]

_FOLDERS = ("agentfile", "checks", "core", "response")
_KINDS = frozenset({".py", ".yaml", ".json"})


class Bounds(BaseModel):
    """What one answer may cost, and when a worker is replaced by a fresh one.

    Attributes:
        seconds: longest time that deciding one answer may take; a hundred times what a long one takes.
        memory_mb: memory that it may take beside what a worker needs for itself; 0: not bounded.
        worker_mb: a worker that has grown to this size is replaced after the partition it is at.
        worker_partitions: a worker is replaced after so many partitions in any case.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: float = Field(default=60.0, gt=0)
    memory_mb: int = Field(default=2_048, ge=0)
    worker_mb: int = Field(default=1_024, ge=1)
    worker_partitions: int = Field(default=500, ge=1)


class DecidingPlan(BaseModel):
    """Everything but the answers. It goes to every worker once.

    Attributes:
        rules: the rules that are demanded, with their checks and parameters.
        mode: how rules are read in other languages.
        checks_folder: of the team's declarative checks; empty: there is none.
        state: identifies the code that decides, see :func:`code_state`.
        bounds: what an answer may cost.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[DecidedRule, ...]
    mode: Mode
    checks_folder: str
    state: str
    bounds: Bounds = Bounds()

    @property
    def sha(self) -> str:
        """Identifies what verdicts follow from beside the answers; the bounds alter none that is decided."""
        return sha_of(self.model_dump(mode="json", exclude={"bounds", "checks_folder"}))


def binding_of(rule: DecidedRule) -> Binding:
    """Return the binding with which a run decided a rule."""
    return Binding(
        rule=rule.rule,
        check=rule.check,
        parameters=rule.parameters,
        why="",
        severity=rule.severity,
        waived="",
        rubric=rule.rubric,
    )


def table_of(plan: DecidingPlan, checks: Mapping[str, Check]) -> Table:
    """Return what decides, given the checks that are here."""
    return Table([binding_of(rule) for rule in plan.rules], checks, plan.mode)


def code_state(checks: Mapping[str, Check]) -> str:
    """Identify the code that decides by what it says, so that it is equal on every machine that has it.

    Two machines with different parsers or another Python would not give the same verdicts for certain.
    """
    own = sorted(_digest(path) for path in own_files(checks.values()))
    return sha_of((_code_of_ours(), own))


@cache
def _code_of_ours() -> str:
    root = Path(harness.__file__).parent
    files = [line for name in _FOLDERS for line in _digests(root / name, root)]
    python = (platform.python_implementation(), *sys.version_info[:2])
    return sha_of((harness.__version__, python, parser_versions(), files))


def _digests(folder: Path, root: Path) -> list[str]:
    files = sorted(path for path in folder.rglob("*") if path.suffix in _KINDS)
    return [f"{path.relative_to(root).as_posix()} {_digest(path)}" for path in files]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
