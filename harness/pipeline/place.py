"""The folder of a run and the manifest that says what the run is."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from harness.core.errors import IncompleteError, InputError
from harness.core.jsonl import sha_of, to_jsonable
from harness.pipeline.options import RunOptions
from harness.pipeline.prepare import Prepared
from harness.store.manifest import (
    FileRecord,
    Manifest,
    RunStatus,
    VariantRecord,
    git_sha,
    package_versions,
    write_manifest,
)

__all__ = ["begin_manifest", "create_folder"]


def create_folder(reports: Path, prepared: Prepared, options: RunOptions) -> Path:
    """Create a folder named after the moment, the agent and the model."""
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    words = f"{prepared.specification.agent.name}-{options.model}"
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", words).strip("-.")[:60]
    for attempt in range(1, 1_000):
        folder = reports / (f"{moment}-{slug}" if attempt == 1 else f"{moment}-{slug}-{attempt}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise IncompleteError(
                f"{folder}: cannot be created ({error.strerror}); choose another folder with --reports"
            ) from error
        return folder
    raise InputError(f"{reports}: a thousand runs were started this second; wait a moment")


def begin_manifest(folder: Path, prepared: Prepared, options: RunOptions) -> Manifest:
    """Write the manifest of a run that begins."""
    agent = prepared.specification.agent
    settings = {
        key: value
        for key, value in asdict(options).items()
        if key not in {"config", "model", "seed", "agent"}
    }
    manifest = Manifest(
        id=folder.name,
        created=datetime.now(UTC),
        status=RunStatus.RUNNING,
        suite=tuple(FileRecord(path=path.as_posix(), sha=_sha_of_path(path)) for path in prepared.files),
        agent=FileRecord(path=agent.path, sha=agent.sha),
        variants=tuple(
            VariantRecord(name=v.name, agent=FileRecord(path=v.agent.path, sha=v.agent.sha))
            for v in prepared.variants
        ),
        model_asked=options.model,
        store=options.config.store,
        settings=to_jsonable(settings),
        checks={check.id: check.version for check in prepared.checks.values()},
        packages=package_versions(),
        git_sha=git_sha(Path.cwd()),
        seed=options.seed,
    )
    write_manifest(folder, manifest)
    return manifest


def _sha_of_path(path: Path) -> str:
    """Return the sha of a dataset file, or of the names and contents of a folder's files."""
    if path.is_file():
        return sha_of(path.read_bytes().hex())
    files = sorted(inner for inner in path.rglob("*") if inner.is_file())
    return sha_of([[inner.relative_to(path).as_posix(), inner.read_bytes().hex()] for inner in files])
