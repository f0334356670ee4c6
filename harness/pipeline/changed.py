"""Which agents a change touches, and which model may judge them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from harness.agentfile.folder import is_agent_file
from harness.agentfile.parse import parse_agent
from harness.agentfile.sidecar_file import load_sidecar, sidecar_path
from harness.agentfile.source import read_bytes
from harness.core.config import GateConfig
from harness.core.discover import walk_files
from harness.core.errors import ConfigurationError, HarnessError, InputError
from harness.pipeline.git import changed_among, was_there

__all__ = ["DEMONSTRATION", "agents_changed", "demand_model"]

DEMONSTRATION = "local:smollm2"


def demand_model(model: str, policy: GateConfig) -> None:
    """Refuse a model that the policy does not let gate.

    Raises:
        ConfigurationError: it is not on the list, or is the demonstration model and there is no list.
    """
    if policy.models and model not in policy.models:
        raise ConfigurationError(
            f"harness.toml: gate.models lets {', '.join(policy.models)} gate, not {model}; "
            "name one of them with --model"
        )
    if not policy.models and model == DEMONSTRATION:
        raise ConfigurationError(
            f"{model} is a demonstration model: its answers say nothing about your prompt; name a real one "
            f'with --model, or allow it with gate.models = ["{model}"] in harness.toml'
        )


def agents_changed(ref: str, folder: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Return the agent files below a folder that differ from a commit, and those that were not there then.

    An agent differs when its file, its sidecar, a file that the sidecar includes, or what one of them is
    a link to does.

    Raises:
        InputError: there is no such commit or folder.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; name the folder of your agents (agents in harness.toml)")
    files = {
        path: _files_of(path)
        for path in walk_files(folder, {".md"}, linked=True)
        if path.name.lower() != "readme.md"
    }
    for path in [path for path in files if _is_only_shared(path, files)]:
        del files[path]
    changed = changed_among(ref, {file for own in files.values() for file in own}, folder)
    differ = [path for path, own in files.items() if own & changed]
    known = {path for path in differ if was_there(ref, path)}
    return (
        tuple(path for path in differ if path in known),
        tuple(path for path in differ if path not in known),
    )


def _is_only_shared(path: Path, files: Mapping[Path, set[Path]]) -> bool:
    """Tell a file of rules that agents include: no agent itself, though it lies among them.

    A file that nobody includes is an agent even where its front matter is broken: that edit has to be gated.
    """
    resolved = path.resolve()
    if not any(resolved in own for agent, own in files.items() if agent != path):
        return False
    try:
        return not is_agent_file(parse_agent(read_bytes(path), str(path)))
    except HarnessError:  # what cannot be read is told by the gate
        return False


def _files_of(agent: Path) -> set[Path]:
    """Return the files that an agent is made of; what a broken sidecar includes is not known."""
    sidecar = sidecar_path(agent)
    named = {agent, sidecar}
    with contextlib.suppress(HarnessError):
        named |= {sidecar.parent / name for name, _ in load_sidecar(sidecar).includes}
    return named | {path.resolve() for path in named}
