"""Hold a command line against the real command: its name, its options, what they take."""

from __future__ import annotations

import re
import shlex
import tomllib
from functools import cache
from typing import Any

import typer
from documents import ROOT

from harness.cli.app import COMMANDS, build_app

# Commands of the system that the pages use; what they do is not ours to test.
SYSTEM = {"cat", "cd", "export", "git", "mkdir", "printf", "python", "python3", "gh", "jq", "less", "."}


@cache
def application(name: str) -> Any:
    """Return one command, or a group."""
    whole: Any = typer.main.get_command(build_app(name))
    return whole.commands[name]


def simple_commands(line: str) -> list[list[str]]:
    """Return the words of each command of a line of a shell, without comments, assignments, redirections."""
    lexer = shlex.shlex(line.split("\n", maxsplit=1)[0], posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    found: list[list[str]] = [[]]
    skipped = False
    for word in lexer:
        if set(word) <= set("|&;"):
            found.append([])
        elif set(word) <= set("<>"):
            skipped = True
        elif skipped:
            skipped = False
        elif found[-1] or not re.fullmatch(r"\w+=.*", word):
            found[-1].append(word)
    return [words for words in found if words]


def problem_of(line: str) -> str:
    """Return what is wrong with a command line, or nothing."""
    return "; ".join(filter(None, map(_problem, simple_commands(line))))


def _problem(words: list[str]) -> str:
    if words[0] in SYSTEM:
        return ""
    known = {"harness": _harness, "make": _make, "pip": _pip, "pytest": _pytest}
    return known[words[0]](words[1:]) if words[0] in known else f"{words[0]} is no command that is known here"


def _harness(words: list[str]) -> str:
    if not words or words[0] in {"--help", "--version"}:
        return ""
    if words[0] not in COMMANDS:
        return f"there is no command {words[0]}"
    command = application(words[0])
    rest = words[1:]
    if hasattr(command, "commands"):
        if not rest or rest[0] not in command.commands:
            return f"harness {words[0]} has no command {rest[:1]}"
        command, rest = command.commands[rest[0]], rest[1:]
    if "--help" in rest:
        return ""
    try:
        command.make_context("harness", rest)
    except Exception as error:  # noqa: BLE001 - typer keeps its errors' classes to itself
        return f"harness {' '.join(words)}: {error}"
    return ""


def _make(words: list[str]) -> str:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    return ", ".join(f"no target {word}" for word in words if "=" not in word and word not in targets)


def _pip(words: list[str]) -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for word in words[1:]:
        named = re.match(r"agentfile-harness\[([\w,-]+)\]", word)
        missing = set(named[1].split(",")) - set(project["optional-dependencies"]) if named else set()
        if missing:
            return f"no extra {', '.join(sorted(missing))}"
    return "" if words[:1] == ["install"] else f"pip {words[:1]}"


def _pytest(words: list[str]) -> str:
    plugin = (ROOT / "harness" / "pytest_plugin.py").read_text(encoding="utf-8")
    own = {"-k", "-n", "-m", "-x", "-q", "--junitxml", "-p"}
    given = [word.split("=")[0] for word in words if word.startswith("-")]
    return ", ".join(
        f"pytest has no {word}" for word in given if word not in own and f'"{word}"' not in plugin
    )
