"""The workflow of the project itself: what it calls is there, and each promised Python is tested."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
COMMANDS = [step["run"] for job in WORKFLOW["jobs"].values() for step in job["steps"] if "run" in step]
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_called_is_there(command: str) -> None:
    """A script of the project, or a target of the Makefile."""
    program, argument = command.split()[:2]
    assert argument in TARGETS if program == "make" else (ROOT / argument).is_file()


def test_the_pythons_that_are_promised_are_tested() -> None:
    """Each classifier has its row of the matrix."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = [one.rpartition(" ")[2] for one in project["classifiers"] if re.search(r":: 3\.\d+$", one)]
    assert WORKFLOW["jobs"]["test"]["strategy"]["matrix"]["python"] == promised


def test_no_job_may_write_to_the_repository() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
