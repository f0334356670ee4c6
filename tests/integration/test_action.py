"""The composite GitHub Action: its script, run by bash with a command that tells what it was given."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ACTION = Path(__file__).parents[2] / "action.yml"
COMMAND = f"""#!{sys.executable}
import json, os, sys
json.dump(sys.argv[1:], open("given.json", "w"))
print(json.dumps({{"light": "red"}}))
sys.exit(int(os.environ.get("CODE", "0")))
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A checkout with files whose names hold spaces, and the command on the path."""
    (tmp_path / "agents").mkdir()
    for name in ("agents/one agent.md", "agents/two.md", "agents/three.md"):
        (tmp_path / name).write_text("")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/harness").write_text(COMMAND)
    (tmp_path / "bin/harness").chmod(0o755)
    (tmp_path / "bin/python").symlink_to(sys.executable)
    return tmp_path


def run(place: Path, **inputs: str) -> tuple[int, list[str]]:
    """Run the script of the step; return its exit code and what the command was given."""
    (step,) = (one for one in yaml.safe_load(ACTION.read_text())["runs"]["steps"] if one.get("id") == "gate")
    environment = dict.fromkeys(step["env"], "") | {"AGAINST": "main"} | inputs
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],  # as GitHub calls it
        cwd=place,
        env=environment | {"PATH": f"{place}/bin:{os.environ['PATH']}", "GITHUB_OUTPUT": f"{place}/output"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.returncode, json.loads((place / "given.json").read_text())


@pytest.mark.parametrize(
    ("written", "files"),
    [
        ("agents/two.md agents/three.md", ["agents/two.md", "agents/three.md"]),
        ("agents/one agent.md", ["agents/one agent.md"]),
        ("agents/one agent.md\nagents/two.md\n", ["agents/one agent.md", "agents/two.md"]),
        ("agents/two.md\r\nagents/three.md", ["agents/two.md", "agents/three.md"]),
    ],
    ids=["on one line", "with a space", "one per line", "carriage returns"],
)
def test_agents_are_given_as_they_are_named(place: Path, written: str, files: list[str]) -> None:
    """A name with a space is one name."""
    _, given = run(place, AGENTS=written)
    assert given[-len(files) :] == files


def test_without_agents_those_that_changed_are_gated(place: Path) -> None:
    """Since the commit that is compared with."""
    _, given = run(place)
    assert given[-2:] == ["--changed-since", "main"]


def test_a_name_is_not_run_as_a_command(place: Path) -> None:
    """Whoever names a branch or a file runs nothing with it."""
    run(place, AGENTS="$(touch broken) `touch broken`", MODEL="$(touch broken)", AGAINST="$(touch broken)")
    assert not (place / "broken").exists()


def test_options_are_passed_on(place: Path) -> None:
    """Budget, datasets and whatever else the command takes."""
    _, given = run(place, SUITE="datasets/a b\ndatasets/c", MAX_COST="4.50", OPTIONS="--fresh")
    assert {"--max-cost", "4.50", "--fresh", "datasets/c"} <= set(given)


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_exit_code_is_that_of_the_gate(place: Path, code: int) -> None:
    """And the outputs are written, whatever it is."""
    returned, _ = run(place, CODE=str(code))
    assert (returned, "light=red\n" in (place / "output").read_text()) == (code, True)
