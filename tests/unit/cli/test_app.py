"""The command starts fast: what is heavy is loaded by the command that needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "pandas",
    "sklearn",
    "scipy",
    "numpy",
    "anthropic",
    "aiohttp",
    "sqlglot",
    "ast_grep_py",
    "rich",
    "pydantic",
)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys; from harness.cli.app import main; main(sys.argv[1:]);"
        f"sys.stderr.write(' '.join(sorted(set({HEAVY!r}) & set(sys.modules))))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    assert ran.stderr == ""


@pytest.mark.parametrize("command", ["run", "check", "inspect", "rules", "route", "models"])
def test_the_help_of_a_command_loads_no_numbers(command: str) -> None:
    """Nor any SDK."""
    program = (
        "import sys; from harness.cli.app import main; main(sys.argv[1:]);"
        "sys.stderr.write(' '.join({'pandas', 'sklearn', 'scipy', 'anthropic'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, command, "--help"], capture_output=True, text=True, check=True
    )
    assert (ran.stderr, "Usage:" in ran.stdout) == ("", True)
