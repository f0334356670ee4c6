"""Several agents in one gate: what happens to one is told, and keeps no other from its verdict."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.compare.gate import Light, Trouble
from harness.core.config import Config
from harness.core.errors import InputError, StoreError
from harness.pipeline import gates
from harness.pipeline.gates import GateRequest, confirmable, gate_all
from harness.pipeline.options import RunOptions

PATHS = tuple(Path(f"agents/{name}.md") for name in ("first", "second", "third"))


class Silent:
    """A watcher that shows nothing."""

    def say(self, message: str) -> None:
        """Say nothing."""

    @contextlib.contextmanager
    def _nothing(self, *_: object) -> Iterator[Callable[..., None]]:
        yield lambda *_: None

    fetching = sampling = deciding = _nothing


@pytest.fixture
def request_of_three() -> GateRequest:
    """A gate of three agents against a commit."""
    return GateRequest(PATHS, "main", Path(), RunOptions.of(Config()), Config().gate)


def told(light: Light, troubles: tuple[Trouble, ...] = (), *, stopped: bool = False) -> Any:
    """What the gate of one agent gives, as far as the others are concerned."""
    gate = SimpleNamespace(result=SimpleNamespace(light=light))
    return SimpleNamespace(gate=gate, troubles=troubles, stopped=stopped)


def test_what_goes_wrong_with_one_keeps_no_other_from_its_verdict(
    request_of_three: GateRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is wrong input, the third cannot be stored: both are told, wrong input wins."""

    def gate_against(path: Path, *_: object) -> Any:
        if path == PATHS[1]:
            raise InputError("second: broken")
        if path == PATHS[2]:
            raise StoreError("third: the disk is full")
        return told(Light.RED)

    monkeypatch.setattr(gates, "gate_against", gate_against)
    report = gate_all(request_of_three, Silent())
    codes = [(one.path, one.code) for one in report.troubles]
    assert (codes, report.light, report.exit_code) == (
        [("agents/second.md", 2), ("agents/third.md", 3)],
        Light.RED,
        2,
    )


def test_who_stops_stops_all(request_of_three: GateRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in the first agent: the others are not asked, and are told as that."""
    asked: list[Path] = []

    def gate_against(path: Path, *_: object) -> Any:
        asked.append(path)
        return told(Light.NONE, (Trouble("agents/first.md", "stopped", 3),), stopped=True)

    monkeypatch.setattr(gates, "gate_against", gate_against)
    report = gate_all(request_of_three, Silent())
    assert (asked, [one.message for one in report.troubles], report.exit_code) == (
        [PATHS[0]],
        ["stopped", "not asked: stopped", "not asked: stopped"],
        3,
    )


def test_every_agent_has_its_part_of_the_error_budget(
    request_of_three: GateRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A third of .05 each."""
    parts: list[float] = []

    def gate_against(path: Path, ref: str, options: RunOptions, policy: Any, watcher: object) -> Any:
        parts.append(policy.alpha)
        return told(Light.GREEN)

    monkeypatch.setattr(gates, "gate_against", gate_against)
    gate_all(request_of_three, Silent())
    assert parts == pytest.approx([0.05 / 3] * 3)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, ""),
        ({"confirm_cells": 0}, "no suspicion is followed"),
        ({"confirm_trials": 3}, "can never confirm a failure within this budget: that takes 4 fresh trials"),
        (
            {"confirm_trials": 5},
            "4 suspicions at once can be confirmed; following 10 suspicions at once takes 6",
        ),
    ],
    ids=["default", "none", "never", "few"],
)
def test_a_policy_that_cannot_work_is_told(keys: dict[str, int], said: str) -> None:
    """Before anything is paid for."""
    warnings = confirmable(Config().gate.model_copy(update=keys))
    assert (said in "".join(warnings), bool(warnings)) == (True, bool(said))


def test_a_budget_without_a_price_is_wrong_input(request_of_three: GateRequest) -> None:
    """Nobody could know when it is used up."""
    limited = replace(request_of_three, options=replace(request_of_three.options, model="x:y", max_cost=1.0))
    with pytest.raises(InputError, match="price is not known"):
        gate_all(limited, Silent())


@pytest.fixture
def folder(tmp_path: Path, request_of_three: GateRequest) -> GateRequest:
    """A gate of an agent against a folder of baselines."""
    (tmp_path / "reviewer.md").write_text("---\nname: careful\ndescription: d\n---\n- NEVER use eval\n")
    (tmp_path / "baselines").mkdir()
    agents = (tmp_path / "reviewer.md",)
    return replace(request_of_three, agents=agents, ref="", baseline=tmp_path / "baselines")


def test_of_a_folder_of_baselines_that_of_the_agents_name_is_taken(folder: GateRequest) -> None:
    """Its name, not that of its file."""
    (folder.baseline / "careful.json").write_text("{}")
    assert folder.baseline_of(folder.agents[0]) == folder.baseline / "careful.json"


def test_an_agent_without_a_baseline_is_told(folder: GateRequest) -> None:
    """One line with what to do."""
    with pytest.raises(InputError, match=r"careful\.json: no such baseline"):
        folder.baseline_of(folder.agents[0])


@pytest.mark.parametrize("name", ["decided.json", "manifest.json"])
def test_the_folder_of_a_run_is_that_run(folder: GateRequest, name: str) -> None:
    """A run can be held against as it is, or refused because it goes on."""
    (folder.baseline / name).write_text("{}")
    assert folder.baseline_of(folder.agents[0]) == folder.baseline
