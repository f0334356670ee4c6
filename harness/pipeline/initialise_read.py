"""What ``harness init`` finds in a repository: its agents, its configuration, the datasets it has already."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.agentfile.folder import is_agent_file
from harness.agentfile.parse import parse_agent, read_agent
from harness.agentfile.source import read_bytes
from harness.checks.base import Check
from harness.checks.registry import all_checks
from harness.core.config import CONFIG_NAME, Config, load_config
from harness.core.discover import walk_files
from harness.core.errors import HarnessError, InputError
from harness.core.types import Agent
from harness.suite.catalogue import AgentFolder, Specification, specification_of
from harness.suite.load import NO_AGENT, Suite, find_files, load_suite

__all__ = ["Found", "look_around"]

USUAL_FOLDERS = ("agents", ".claude/agents")
_SHOWN = 3
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A repository with agents; paths are relative to the current folder.

    Attributes:
        config: its configuration; the default one where it has none, or where that is to be replaced.
        folder: of the agent files.
        colleagues: the names of all agents of the folder.
        wanted: the agents that datasets are made for, with their rules and what decides them.
        existing: the cases that it has already.
        left_out: markdown files that are no agents.
    """

    config: Config
    folder: Path
    colleagues: tuple[str, ...]
    wanted: tuple[Specification, ...]
    existing: Suite
    left_out: tuple[Path, ...]


def look_around(named: Path | None, *, force: bool) -> Found:
    """Read the agents of the repository that the current folder is.

    Args:
        named: an agent file or a folder of them; without one, where they usually are.
        force: ``harness.toml`` is to be replaced, so what it says about the folder does not count.

    Raises:
        InputError: there are no agents, they lie outside, or one of them cannot be used as it is.
        ConfigurationError: ``harness.toml`` or a sidecar is wrong.
        DatasetError: a dataset that is there already is wrong.
    """
    has_config = Path(CONFIG_NAME).is_file()
    config = load_config(Path())
    path = _relative(named if named is not None else _usual(config))
    folder = path if path.is_dir() else path.parent
    if has_config and not force and _relative(Path(config.agents)) != folder:
        raise InputError(
            f"{CONFIG_NAME} says that the agents are in {config.agents}, and you named {path}; name that "
            "folder or one of its agents, change `agents` there, or replace the file with --force"
        )
    agents, left_out = _agents_of(folder, only=path if path.is_file() else None)
    checks = all_checks(config.checks_folder)
    wanted = [agent for agent in agents if folder == path or Path(agent.path) == path]
    return Found(
        config=config,
        folder=folder,
        colleagues=tuple(agent.name for agent in agents),
        wanted=_specified(wanted, checks),
        existing=_existing(config, AgentFolder(folder, checks)),
        left_out=left_out,
    )


def _usual(config: Config) -> Path:
    """Return the folder that nobody had to name.

    Raises:
        InputError: there is none, or there are two.
    """
    names = (config.agents,) if "agents" in config.model_fields_set else USUAL_FOLDERS
    there = [Path(name) for name in names if Path(name).is_dir()]
    if len(there) == 1:
        return there[0]
    if there:
        raise InputError(f"there are {' and '.join(map(str, there))}; name the folder that you mean")
    raise InputError(
        f"there is no folder {' or '.join(names)} here (you are in {Path.cwd()}); name your agent file, "
        "or the folder of your agent files: harness init path/to/agents"
    )


def _relative(path: Path) -> Path:
    """Return a path relative to the current folder.

    Raises:
        InputError: it does not exist, or lies outside.
    """
    if not path.exists():
        raise InputError(
            f"{path}: no such file or folder; name an agent file (.md) or the folder of your agents "
            f"(you are in {Path.cwd()})"
        )
    relative = Path(os.path.relpath(path.resolve(), Path.cwd().resolve()))
    if relative.parts[:1] == ("..",) or relative.is_absolute():
        raise InputError(
            f"{path} lies outside of {Path.cwd()}, where CI would not see it; go to the repository that "
            "holds it and run `harness init` there"
        )
    return relative


def _agents_of(folder: Path, only: Path | None) -> tuple[tuple[Agent, ...], tuple[Path, ...]]:
    """Return the agents of a folder, sorted by name, and the markdown files that are none.

    Every later command reads the whole folder, so whatever would stop one of them is said now, all at once.

    Raises:
        InputError: there is no agent, one cannot be read, or two share a name.
    """
    agents: list[Agent] = []
    left_out: list[Path] = []
    problems: list[str] = []
    for path in walk_files(folder, {".md"}, linked=True):
        try:
            if is_agent_file(parse_agent(read_bytes(path), str(path))):
                agents.append(read_agent(path))
            else:
                left_out.append(path)
        except HarnessError as error:
            problems.append(str(error))
    if only is not None and only in left_out:
        raise InputError(
            f"{only}: that is no agent file yet; begin it with front matter: a line ---, a line `name: …`, "
            "a line `description: when to call it`, and a line ---"
        )
    problems += _names_wrong(agents)
    if problems:
        raise InputError(_all_of(problems))
    if not agents:
        raise InputError(
            f"{folder}: no agent file there: no .md file whose front matter has a name or a description"
            + (f" ({len(left_out)} other .md files)" if left_out else "")
            + "; name the folder of your agents"
        )
    if only is not None and not any(Path(agent.path) == only for agent in agents):
        raise InputError(f"{only}: an agent file is markdown and ends in .md; rename it")
    return tuple(sorted(agents, key=lambda agent: agent.name)), tuple(left_out)


def _names_wrong(agents: Sequence[Agent]) -> list[str]:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for agent in agents:
        places[agent.name].append(agent.path)
    problems = [
        f"the name {name[:80]!r} stands in {' and '.join(found[:_SHOWN])}: rename one"
        for name, found in places.items()
        if len(found) > 1
    ]
    for name, found in places.items():
        if len(name) > _LONGEST_NAME or not name.isprintable() or name != name.strip():
            problems.append(
                f"{found[0]}: the name {name[:40]!r} cannot be used: take at most {_LONGEST_NAME} letters"
            )
        elif name == NO_AGENT:
            problems.append(f"{found[0]}: {name!r} means no agent at all in datasets: rename it")
    return problems


def _all_of(problems: Sequence[str]) -> str:
    shown = "; ".join(problems[:_SHOWN])
    more = len(problems) - _SHOWN
    return f"{shown}; and {more} more like these" if more > 0 else shown


def _specified(agents: Sequence[Agent], checks: Mapping[str, Check]) -> tuple[Specification, ...]:
    """Bind the rules of each agent.

    Raises:
        InputError: sidecars are wrong; all of them are named.
    """
    specifications: list[Specification] = []
    problems: list[str] = []
    for agent in agents:
        try:
            specifications.append(specification_of(agent, checks))
        except HarnessError as error:
            problems.append(str(error))
    if problems:
        raise InputError(_all_of(problems))
    return tuple(specifications)


def _existing(config: Config, catalogue: AgentFolder) -> Suite:
    """Load the cases that the project has; references that mean nothing are not this command's business."""
    paths = [path for path in map(Path, config.suite) if path.exists()]
    try:
        files = find_files(paths)
    except InputError:  # a folder without a dataset: that is what this command is for
        files = []
    return load_suite(files, catalogue, strict=False) if files else Suite((), (), {}, ())
