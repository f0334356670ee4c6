"""The sidecar of an agent file: what its owner knows about the rules and does not write into the prompt."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from harness.agentfile.overrides import RuleOverride, apply_entries, with_included
from harness.agentfile.parse import parse_agent
from harness.agentfile.sidecar_file import load_sidecar, sidecar_path
from harness.agentfile.source import read_bytes

__all__ = ["RuleOverride", "Sidecar", "read_sidecar", "sidecar_path"]


@dataclass(frozen=True, slots=True)
class Sidecar:
    """Overrides by rule id, after matching; ``includes`` are the shared rule files, as written."""

    path: str = ""
    overrides: dict[str, RuleOverride] = field(default_factory=dict)
    includes: tuple[str, ...] = ()


def read_sidecar(path_of_agent: Path) -> Sidecar:
    """Read the sidecar of an agent file; it is empty where there is none.

    Raises:
        ConfigurationError: the sidecar is wrong, or names a rule that the agent does not have.
        AgentFileError: the agent file cannot be read.
    """
    file = load_sidecar(sidecar_path(path_of_agent))
    if not file.entries and not file.includes:
        return Sidecar()
    agent = parse_agent(read_bytes(path_of_agent), str(path_of_agent))
    _, overrides = apply_entries(with_included(agent.rules, file), file)
    return Sidecar(str(file.path), overrides, tuple(name for name, _ in file.includes))
