"""``harness init``: everything a repository with agent files needs to be tested, made from those files."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from harness.core.config import CONFIG_NAME, Config
from harness.core.errors import InputError
from harness.core.jsonl import write_atomic
from harness.core.types import CaseKind
from harness.pipeline.initialise_files import IGNORE, config_text, workflow_text
from harness.pipeline.initialise_notes import notes_of
from harness.pipeline.initialise_read import Found, look_around
from harness.pipeline.installed import Installed
from harness.pipeline.select import dialogue_cases
from harness.suite.catalogue import Specification
from harness.suite.starter import compliance_text, file_name, routing_text, starter_drafts

__all__ = ["AgentFound", "Beginning", "PlannedFile", "State", "plan_beginning", "write_beginning"]

WORKFLOW = ".github/workflows/agent-gate.yml"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)


class State(StrEnum):
    """What becomes of a file: it is new, it stays as it is, or it is replaced (``--force``)."""

    NEW = "new"
    KEPT = "kept"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file to write; ``path`` is relative to the current folder, ``kind`` says what it is in a word."""

    path: str
    kind: str
    text: str
    state: State


@dataclass(frozen=True, slots=True)
class AgentFound:
    """An agent and what was found in it: ``rules`` counts all, ``checkable`` those that a check decides."""

    name: str
    path: str
    rules: int
    checkable: int
    dialogues: int


@dataclass(frozen=True, slots=True)
class Beginning:
    """All that is to be written, what a person should know, and the commands that come next."""

    agents: tuple[AgentFound, ...]
    files: tuple[PlannedFile, ...]
    notes: tuple[str, ...]
    next: tuple[tuple[str, str], ...]


def plan_beginning(named: Path | None, *, model: str, package: Installed, force: bool) -> Beginning:
    """Read the agents of the repository that the current folder is, and say what would be written.

    Args:
        named: an agent file or a folder of them; without one, where they usually are.
        model: who answers, ``provider:name``.
        package: what CI installs the harness by.
        force: replace files that are there.

    Raises:
        InputError: there are no agents, they lie outside, or one of them cannot be used as it is.
        ConfigurationError: ``harness.toml`` or a sidecar is wrong.
        DatasetError: a dataset that is there already is wrong.
    """
    found = look_around(named, force=force)
    texts = [
        (CONFIG_NAME, "configuration", config_text(found.folder.as_posix(), model)),
        *_datasets(found),
        (WORKFLOW, "workflow", workflow_text(package.requirement)),
        (".gitignore", "gitignore", IGNORE),
    ]
    files = tuple(
        PlannedFile(path, kind, text, _state(path, kind, force=force)) for path, kind, text in texts if text
    )
    return Beginning(
        agents=tuple(_agent(one) for one in found.wanted),
        files=files,
        notes=(
            *notes_of(found, {file.path: file.state.value for file in files}),
            *(
                package.note
                for file in files
                if file.kind == "workflow" and file.state is not State.KEPT and package.note
            ),
        ),
        next=_next(found, model),
    )


def write_beginning(beginning: Beginning) -> None:
    """Write the files that are new or replaced.

    Raises:
        InputError: a folder on the way is no folder, or a link that leads out of the repository.
        IncompleteError: a file cannot be written.
    """
    wanted = [file for file in beginning.files if file.state is not State.KEPT]
    for file in wanted:
        _demand_inside(Path(file.path))
    for file in wanted:
        write_atomic(Path(file.path), file.text)


# --- the files ---------------------------------------------------------------------------------


def _datasets(found: Found) -> Iterator[tuple[str, str, str]]:
    """Yield path, kind and text of every dataset and draft file; a text may be empty."""
    root = _datasets_folder(found.config)
    slugs = {name: file_name(name) for name in found.colleagues}
    taken = {case.id for case in found.existing.cases}
    have = {case.agent for case in found.existing.of_kind(CaseKind.COMPLIANCE)}
    for specification in found.wanted:
        name = specification.agent.name
        path = f"{root}/{slugs[name]}/compliance.yaml"
        # An agent that has a dataset under another name needs no second one.
        if name not in have or os.path.lexists(path):
            yield path, "compliance", compliance_text(specification, slugs[name])
        yield f"drafts/{slugs[name]}-starter.yaml", "drafts", starter_drafts(specification, slugs[name])
    path = f"{root}/routing/dialogues.yaml"
    there = os.path.lexists(path)
    if there or not found.existing.of_kind(CaseKind.ROUTING):
        derived = [
            case
            for specification in found.wanted
            for case in dialogue_cases(specification.agent, found.colleagues)
            if case.kind is CaseKind.ROUTING
        ]
        yield path, "routing", routing_text(derived, slugs, () if there else taken)


def _datasets_folder(config: Config) -> str:
    """Return the first folder of the configured suite; what has a suffix is a file."""
    return next((Path(name).as_posix() for name in config.suite if not Path(name).suffix), "datasets")


def _state(path: str, kind: str, *, force: bool) -> State:
    if not os.path.lexists(path):
        return State.NEW
    # Somebody's list of what git ignores is never thrown away: a note says what it lacks.
    return State.REPLACED if force and kind != "gitignore" else State.KEPT


def _demand_inside(path: Path) -> None:
    """Refuse a folder on the way that is a link out of the repository, or no folder at all.

    Raises:
        InputError: naming it.
    """
    root = Path.cwd().resolve()
    for parent in path.parents:
        if parent.exists() and not parent.is_dir():
            raise InputError(f"{parent} is a file, and {path} has to lie in a folder of that name; rename it")
        if not parent.resolve().is_relative_to(root):
            raise InputError(
                f"{parent} leads out of {root}; nothing is written there: replace the link by a folder"
            )
    if path.is_dir() and not path.is_symlink():
        raise InputError(f"{path} is a folder, and a file of that name has to be written; rename it")


# --- what is said ------------------------------------------------------------------------------


def _agent(specification: Specification) -> AgentFound:
    agent = specification.agent
    return AgentFound(
        name=agent.name,
        path=agent.path,
        rules=len(agent.rules),
        checkable=sum(1 for item in specification.bindings if item.check),
        dialogues=len(agent.dialogues),
    )


def _next(found: Found, model: str) -> tuple[tuple[str, str], ...]:
    """Return three commands, each with what it is for; they work as they stand."""
    most = max(found.wanted, key=lambda one: len({item.check for item in one.bindings if item.check}))
    path = shlex.quote(str(most.agent.path))
    name = most.agent.name
    plain = _PLAIN_NAME.fullmatch(name) is not None and not Path(name).exists()
    run = f"harness run {name}" if plain else f"harness run --agent {path}"
    key = "with ANTHROPIC_API_KEY set: " if model.startswith("anthropic:") else ""
    return (
        (f"harness rules {path}", "which check decides each rule, and why"),
        (f"{run} --dry-run", "what would be asked, and what it would cost"),
        (run, f"{key}ask, decide, and write a report"),
    )
