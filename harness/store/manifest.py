"""The manifest of a run: which samples, which specification, which versions. Samples stay in the store."""

from __future__ import annotations

import subprocess
from datetime import datetime
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from harness import __version__
from harness.core.documents import parse_document
from harness.core.errors import InputError
from harness.core.jsonl import canonical_json, write_atomic

__all__ = [
    "MANIFEST_NAME",
    "FileRecord",
    "Manifest",
    "RunStatus",
    "SampleRecord",
    "VariantRecord",
    "git_sha",
    "package_versions",
    "read_manifest",
    "write_manifest",
]

MANIFEST_NAME = "manifest.json"
FORMAT = 1
_PACKAGES = ("agentfile-harness", "anthropic", "ast-grep-py", "scikit-learn", "sqlglot", "xllamacpp")


class RunStatus(StrEnum):
    """How far a run has come. ``running`` after its process ended means that it was killed."""

    RUNNING = "running"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileRecord(_Record):
    """A file the run read: its path as the user named it, and the sha of what it held."""

    path: str
    sha: str


class VariantRecord(_Record):
    """A variant: its name, and the agent file it came from."""

    name: str
    agent: FileRecord


class SampleRecord(_Record):
    """Which request answers a case for a variant in a trial.

    ``answer`` tells the answer the run rests on from others to the same request; it is empty where the run
    has not ended or has none, and then the answer that the store holds now is meant.
    """

    case: str
    variant: str
    trial: int
    request_sha: str
    answer: str = ""


class Manifest(_Record):
    """Everything needed to name, resume, replay and compare a run.

    Attributes:
        id: name of the run folder.
        created: when the run began, ISO 8601 with offset.
        status: see ``RunStatus``.
        suite: the dataset files.
        agent: the agent file that is the specification.
        variants: the prompts that were tested.
        model_asked: ``provider:name``.
        models_served: what servers said they used, sorted.
        store: path of the sample store, relative to the run folder where possible.
        settings: the settings of the run as JSON.
        checks: version of each check that decided.
        packages: version of each package that alters results.
        git_sha: commit of the project under test; empty outside git.
        seed: start of all random numbers.
        samples: the calls of the run, answered or not.
    """

    id: str
    created: datetime
    status: RunStatus
    suite: tuple[FileRecord, ...]
    agent: FileRecord
    variants: tuple[VariantRecord, ...]
    model_asked: str
    models_served: tuple[str, ...] = ()
    store: str = ""
    settings: dict[str, Any] = Field(default_factory=dict)
    checks: dict[str, int] = Field(default_factory=dict)
    packages: dict[str, str] = Field(default_factory=dict)
    git_sha: str = ""
    seed: int = 0
    samples: tuple[SampleRecord, ...] = ()
    format: int = FORMAT


def write_manifest(folder: Path, manifest: Manifest) -> Path:
    """Write ``manifest.json`` into a run folder, atomically; return its path.

    Raises:
        IncompleteError: the folder cannot be written to or the disk is full.
    """
    path = folder / MANIFEST_NAME
    write_atomic(path, canonical_json(manifest.model_dump(mode="json")) + "\n")
    return path


def read_manifest(path: Path) -> Manifest:
    """Read the manifest of a run, given its folder or the file itself.

    Raises:
        InputError: there is none, or this release cannot read it.
    """
    file = path / MANIFEST_NAME if path.is_dir() else path
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); name the folder of a run") from error
    return parse_document(Manifest, data, file, "a manifest", "run again, or use the release that wrote it")


def package_versions() -> dict[str, str]:
    """Return the installed versions of the packages whose version can alter results."""
    versions = {"agentfile-harness": __version__}
    for name in _PACKAGES[1:]:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # an optional package that is not installed altered nothing
    return versions


def git_sha(folder: Path) -> str:
    """Return the commit that is checked out around a folder; empty outside git or before the first commit."""
    command = ("git", "-C", str(folder), "rev-parse", "--verify", "--quiet", "HEAD")
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""  # a machine without git is no reason to refuse a run
    return answer.stdout.strip() if answer.returncode == 0 else ""
