"""All agents of a folder."""

from __future__ import annotations

from pathlib import Path

from harness.agentfile.parse import parse_agent, read_agent
from harness.agentfile.source import read_bytes
from harness.core.discover import walk_files
from harness.core.errors import AgentFileError, InputError
from harness.core.types import Agent

__all__ = ["is_agent_file", "read_folder"]


def is_agent_file(agent: Agent) -> bool:
    """Tell an agent from other markdown: it has front matter with a name or a description."""
    named = not any(repair.kind in {"missing-name", "missing-front-matter"} for repair in agent.repairs)
    return named or bool(agent.listing)


def read_folder(folder: Path) -> tuple[Agent, ...]:
    """Read the agents below a folder, sorted by name; other markdown (a README) is left out.

    Raises:
        InputError: the folder does not exist.
        AgentFileError: an agent cannot be read, or two share a name.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; name the folder that holds the agent files")
    found: dict[str, Agent] = {}
    for path in walk_files(folder, {".md"}, linked=True):
        if not is_agent_file(parse_agent(read_bytes(path), str(path))):
            continue
        agent = read_agent(path)
        other = found.get(agent.name)
        if other is not None:
            raise AgentFileError(
                f"{agent.path}: the name {agent.name!r} is already that of {other.path}; rename one of them"
            )
        found[agent.name] = agent
    return tuple(found[name] for name in sorted(found))
