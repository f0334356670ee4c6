"""The agents that a suite speaks about: their rules, their bindings, and the rosters of routing."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from harness.agentfile.folder import read_folder
from harness.agentfile.parse import read_agent
from harness.agentfile.sidecar import read_sidecar
from harness.checks.base import Check
from harness.checks.bind import Binding, bind_rules
from harness.checks.reserved import reserved_phrases
from harness.core.discover import is_folder
from harness.core.errors import InputError
from harness.core.types import Agent

__all__ = ["AgentFolder", "Catalogue", "Specification", "specification_of"]


@dataclass(frozen=True, slots=True)
class Specification:
    """What references in a dataset are resolved against: an agent, its bindings, all check ids."""

    agent: Agent
    bindings: tuple[Binding, ...]
    checks: frozenset[str]

    def rules_of(self, reference: str) -> tuple[str, ...]:
        """Return the ids of the rules that a reference means, in the order of the agent file.

        A check id (it holds a slash) means every rule bound to that check; anything else is the id of
        one rule. Empty when the reference means nothing here.
        """
        if "/" in reference:
            return tuple(item.rule.id for item in self.bindings if (item.check or item.topic) == reference)
        return tuple(rule.id for rule in self.agent.rules if rule.id == reference)

    def why_unknown(self, reference: str) -> str:
        """Say why a reference means nothing, and what to do about it."""
        name = self.agent.name
        if "/" not in reference:
            hint = closest(reference, [rule.id for rule in self.agent.rules])
            return f"the agent {name!r} has no rule {reference!r}; {hint or f'see `harness rules {name}`'}"
        if reference not in self.checks:
            hint = closest(reference, self.checks)
            return f"no check has the id {reference!r}; {hint or 'see docs/datasets.md'}"
        return (
            f"no rule of the agent {name!r} is bound to {reference!r}; take the reference out, "
            f"or bind a rule to it in the agent's .harness.yaml"
        )


class Catalogue(Protocol):
    """Where a suite finds agents by name."""

    def specification(self, name: str) -> Specification:
        """Return the specification of an agent; ``InputError`` when there is none of that name."""

    def roster(self, folder: Path | None) -> Collection[str]:
        """Return the names of the agents in a folder; without one, of the project's own agents."""


class AgentFolder:
    """A catalogue over a folder of agent files, read once and only when asked for."""

    def __init__(self, folder: Path, checks: Mapping[str, Check], instead: Path | None = None) -> None:
        """Prepare a catalogue.

        Args:
            folder: the project's agent files.
            checks: all checks, by id.
            instead: an agent file that stands in for whatever agent a dataset names (``--agent FILE``).
        """
        self._folder = folder
        self._checks = checks
        self._instead = instead
        self._agents: dict[Path, dict[str, Agent]] = {}
        self._specifications: dict[str, Specification] = {}

    def specification(self, name: str) -> Specification:
        """Return the specification of an agent.

        Raises:
            InputError: the folder holds no agent of that name.
        """
        if self._instead is not None:
            name = ""
        if name not in self._specifications:
            agent = read_agent(self._instead) if self._instead is not None else self._agent(name)
            self._specifications[name] = specification_of(agent, self._checks)
        return self._specifications[name]

    def roster(self, folder: Path | None) -> Collection[str]:
        """Return the names of the agents in a folder; without one, of the project's own agents.

        Raises:
            InputError: there is no such folder, no agent in it, or two of its agents share a name.
        """
        agents = self._read(folder or self._folder)
        if not agents:
            raise InputError(f"{folder or self._folder}: no agent file there; name a folder of agents")
        return agents.keys()

    def _agent(self, name: str) -> Agent:
        agents = self._read(self._folder)
        if name not in agents:
            hint = closest(name, agents) or f"known: {', '.join(agents) or 'none'}"
            raise InputError(f"{self._folder} has no agent named {name!r}; {hint}")
        return agents[name]

    def _read(self, folder: Path) -> dict[str, Agent]:
        if folder not in self._agents:
            if not is_folder(folder):
                raise InputError(f"{folder}: no such folder of agent files; check the path")
            self._agents[folder] = {agent.name: agent for agent in read_folder(folder)}
        return self._agents[folder]


def specification_of(agent: Agent, checks: Mapping[str, Check]) -> Specification:
    """Bind the rules of an agent, with the sidecar that lies beside its file."""
    bindings = bind_rules(agent, read_sidecar(Path(agent.path)), checks)
    return Specification(agent, bindings, frozenset({*checks, *reserved_phrases()}))


def closest(word: str, known: Collection[str] | Sequence[str]) -> str:
    """Return ``did you mean 'x'?`` for the nearest known word, or an empty text."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else ""
