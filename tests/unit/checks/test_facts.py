"""Built-in checks are known without being imported, and are the same checks."""

from __future__ import annotations

import json
import subprocess
import sys
from operator import attrgetter
from pathlib import Path

import pytest

import harness.checks
from harness.agentfile.parse import read_agent
from harness.agentfile.sidecar import Sidecar
from harness.checks.base import Check
from harness.checks.bind import bind_rules
from harness.checks.facts import class_of, keep_facts, kept_checks
from harness.checks.registry import discover
from harness.core.types import Mode
from harness.pipeline.remembered import Rules, state_of

AGENT = Path(__file__).parents[3] / "agents" / "backend-architect.md"
FOUND = discover(harness.checks)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def kept() -> dict[str, harness.checks.base.Check]:
    keep_facts(FOUND)
    checks = kept_checks()
    assert checks is not None
    return checks


def test_the_code_that_decides_is_the_same() -> None:
    """Processes that found the checks and processes that knew them may share what they decided."""
    states = [state_of(Rules((), checks, Mode.ANALOGUE)) for checks in (kept(), FOUND)]
    assert states[0] == states[1]


def test_nothing_is_known_before_anything_was_kept() -> None:
    assert kept_checks() is None


def test_the_same_checks_are_known() -> None:
    assert list(kept()) == list(FOUND)


def test_rules_are_bound_alike() -> None:
    agent = read_agent(AGENT)
    assert bind_rules(agent, Sidecar(), kept()) == bind_rules(agent, Sidecar(), FOUND)


@pytest.mark.parametrize("name", FOUND)
def test_what_is_known_of_a_check_is_true(name: str) -> None:
    facts = attrgetter(*Check.__annotations__)
    assert facts(kept()[name]) == facts(FOUND[name])


@pytest.mark.parametrize("name", FOUND)
def test_the_class_of_a_known_check_is_the_real_one(name: str) -> None:
    assert class_of(kept()[name]) is type(FOUND[name])


@pytest.mark.parametrize("name", FOUND)
def test_a_check_reads_its_own_phrases_alike(name: str) -> None:
    check, real = kept()[name], FOUND[name]
    assert [check.parameters_of(one) for one in check.phrases] == [
        real.parameters_of(one) for one in real.phrases
    ]


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"a/b": {}}', '{"a/b": {"place": ["os", "system"]}}'])
def test_a_damaged_file_is_as_good_as_none(cache: Path, damage: str) -> None:
    keep_facts(FOUND)
    next(cache.glob("checks-*.json")).write_text(damage, encoding="utf-8")
    assert kept_checks() is None


def test_no_module_outside_the_checks_is_ever_imported(cache: Path) -> None:
    keep_facts(FOUND)
    path = next(cache.glob("checks-*.json"))
    rows = json.loads(path.read_text(encoding="utf-8"))
    next(iter(rows.values()))["place"] = ["antigravity", "Check"]
    path.write_text(json.dumps(rows), encoding="utf-8")
    assert kept_checks() is None


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "file" / "cache"))
    keep_facts(FOUND)
    assert kept_checks() is None


def test_a_second_start_does_not_import_the_checks(cache: Path) -> None:
    program = (
        "import sys; from harness.checks.registry import all_checks; all_checks(); "
        "print('harness.checks.logging.no_console' in sys.modules)"
    )
    said = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert said == ["True\n", "False\n"]
