"""What the words of a suite mean: dataset files, or agents whose cases are all wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.config import CONFIG_NAME
from harness.core.errors import ConfigurationError, InputError
from harness.core.types import Agent
from harness.pipeline.options import RunOptions
from harness.suite.catalogue import closest
from harness.suite.load import agent_named_in, compliance_files, find_files
from harness.suite.roster import read_roster

__all__ = ["Located", "locate", "names_roster"]

_NAMED = 12  # agents that a message lists


@dataclass(frozen=True, slots=True)
class Located:
    """What a run is made of.

    Attributes:
        files: dataset files and golden responses.
        agents: the agents that were named, or that the file under test holds.
        dialogues: whether the dialogues of the agent's own file are cases too: in a run of an agent, and
            not in a run of one dataset.
    """

    files: tuple[Path, ...]
    agents: tuple[str, ...]
    dialogues: bool


def locate(options: RunOptions, under_test: Agent | None) -> Located:
    """Find out what the user means.

    Args:
        options: the words, and the project's configuration.
        under_test: the agent of ``--agent``, if it was given.

    Raises:
        InputError: a word means nothing, or there is nothing to run.
    """
    if options.suite:
        return _named(options)
    configured = _configured(options)
    files = find_files(configured) if configured else []
    if under_test is not None:
        return Located(_of_agent(files, under_test, options), (), dialogues=True)
    if not files:
        raise InputError(_nothing_here(options))
    return Located(tuple(files), (), dialogues=True)


def names_roster(options: RunOptions) -> bool:
    """Tell whether somebody wrote down where the agents are; the default folder may be missing."""
    return "agents" in options.config.model_fields_set or options.roster != Path(options.config.agents)


def _configured(options: RunOptions) -> list[Path]:
    """Return the project's datasets; the default folder need not be there, one that was written down must."""
    config = options.config
    paths = [Path(name) for name in config.suite]
    if "suite" not in config.model_fields_set:
        return [path for path in paths if path.is_file() or (path.is_dir() and _holds_datasets(path))]
    for path in paths:
        if not path.exists():
            raise ConfigurationError(f"{CONFIG_NAME}: suite: {path} does not exist; mend or remove it")
    return paths


def _holds_datasets(folder: Path) -> bool:
    try:
        return bool(find_files([folder]))
    except InputError:
        return False


def _named(options: RunOptions) -> Located:
    paths: list[Path] = []
    agents: list[str] = []
    for word in options.suite:
        if word and Path(word).exists():
            paths.append(Path(word))
            continue
        agent = _agent_named(word, options)
        agents.append(agent)
        datasets = _configured(options)
        paths += compliance_files(datasets, agent) if datasets else []
    files = find_files(paths) if paths else []
    return Located(tuple(files), tuple(dict.fromkeys(agents)), dialogues=bool(agents))


def _agent_named(word: str, options: RunOptions) -> str:
    agents = _colleagues(options)
    for agent in agents:
        if word in {agent.name, Path(agent.path).stem}:
            return agent.name
    hint = closest(word, [agent.name for agent in agents])
    raise InputError(
        f"{word!r}: no such dataset file or folder, and no agent of that name in {options.roster}"
        + (f"; {hint}" if hint else f"; check the spelling (you are in {Path.cwd()})")
    )


def _of_agent(files: Sequence[Path], agent: Agent, options: RunOptions) -> tuple[Path, ...]:
    """Leave the compliance datasets of colleagues out; a file under an unknown name is measured with all."""
    owners = {path: agent_named_in(path) for path in files}
    known = {*owners.values(), *(colleague.name for colleague in _colleagues(options))}
    if agent.name not in known:
        return tuple(files)
    return tuple(path for path, owner in owners.items() if owner in {"", agent.name})


def _colleagues(options: RunOptions) -> tuple[Agent, ...]:
    """Return the project's agents; what is wrong with their folder matters only to those who need them."""
    try:
        return read_roster(options.roster).agents
    except InputError:
        return ()


def _nothing_here(options: RunOptions) -> str:
    where = f"no datasets in {', '.join(options.config.suite)} (you are in {Path.cwd()})"
    agents = _colleagues(options)
    if agents:
        names = ", ".join(agent.name for agent in agents[:_NAMED])
        more = f" and {len(agents) - _NAMED} more" if len(agents) > _NAMED else ""
        return f"{where}; name an agent to run the example dialogues of its own file: {names}{more}"
    return (
        f"{where}, and no agents in {options.roster}; go to your project, or give --agent FILE: the example "
        "dialogues of an agent file are cases"
    )
