"""The folder of a run and the manifest that says what the run is."""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.core.errors import ConfigurationError, HarnessError, IncompleteError, InputError
from harness.core.jsonl import sha_of, to_jsonable, write_atomic
from harness.core.types import Sample
from harness.pipeline.options import RunOptions
from harness.pipeline.prepare import Prepared
from harness.pipeline.sampling import Session
from harness.store.manifest import (
    MANIFEST_NAME,
    FileRecord,
    Manifest,
    RunStatus,
    VariantRecord,
    git_sha,
    package_versions,
    write_manifest,
)

__all__ = ["VARIANTS_FOLDER", "begin_manifest", "create_folder", "discard", "finished", "keep_texts"]

VARIANTS_FOLDER = "variants"
"""Of a run's folder: the prompts that stand in no file of the project."""

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}


def create_folder(reports: Path, prepared: Prepared, options: RunOptions) -> Path:
    """Create a folder named after the moment, the agent and the model.

    Raises:
        ConfigurationError: the reports folder cannot be written to.
        IncompleteError: the disk is full.
    """
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
            raise _uncreated(folder, error) from error
        return folder
    raise InputError(f"{reports}: a thousand runs were started this second; wait a moment")


def keep_texts(folder: Path, prepared: Prepared) -> Prepared:
    """Write the variants that stand in no file into the run's folder; return what names them there.

    Raises:
        IncompleteError: the folder cannot be written to or the disk is full.
    """
    if not prepared.texts:
        return prepared
    places: dict[str, Path] = {}
    for number, (name, text) in enumerate(prepared.texts.items(), start=1):
        slug = re.sub(r"[^A-Za-z0-9.+=_-]+", "-", name)[:80]
        places[name] = folder / VARIANTS_FOLDER / f"{number:02d}-{slug}.md"
        places[name].parent.mkdir(exist_ok=True)
        write_atomic(places[name], text)
    variants = tuple(
        replace(variant, agent=replace(variant.agent, path=places[variant.name].as_posix()))
        if variant.name in places
        else variant
        for variant in prepared.variants
    )
    return replace(prepared, variants=variants)


def discard(folder: Path) -> None:
    """Remove the folder of a run that came to nothing; whatever else is in it stays."""
    with contextlib.suppress(OSError):
        (folder / MANIFEST_NAME).unlink(missing_ok=True)
        for text in (folder / VARIANTS_FOLDER).glob("*.md"):
            text.unlink()
        if (folder / VARIANTS_FOLDER).is_dir():
            (folder / VARIANTS_FOLDER).rmdir()
        folder.rmdir()


def begin_manifest(
    folder: Path, prepared: Prepared, options: RunOptions, session: Session | None
) -> Manifest:
    """Write the manifest of a run that begins."""
    agent = prepared.specification.agent
    settings = {
        key: value
        for key, value in asdict(replace(options, ledger=None)).items()
        if key not in {"config", "model", "seed", "agent", "ledger"}
    }
    manifest = Manifest(
        id=folder.name,
        created=datetime.now(UTC),
        status=RunStatus.RUNNING,
        suite=tuple(FileRecord(path=path.as_posix(), sha=_sha_of(path)) for path in prepared.files),
        agent=FileRecord(path=agent.path, sha=agent.sha),
        variants=tuple(
            VariantRecord(name=v.name, agent=FileRecord(path=v.agent.path, sha=v.agent.sha))
            for v in prepared.variants
        ),
        model_asked=options.model,
        store=_store_from(folder, options),
        settings=to_jsonable(settings),
        checks={check.id: check.version for check in prepared.checks.values()},
        packages=package_versions(),
        git_sha=git_sha(Path.cwd()),
        seed=options.seed,
        samples=() if session is None else session.calls.records(),
    )
    write_manifest(folder, manifest)
    return manifest


def finished(
    manifest: Manifest, status: RunStatus, samples: Sequence[Sample], given: Mapping[str, str]
) -> Manifest:
    """Return the manifest of a run whose calls are over; ``given`` names the answers it rests on."""
    served = tuple(sorted({sample.completion.model_served for sample in samples}))
    records = tuple(
        record.model_copy(update={"answer": given.get(record.request_sha, "")}) for record in manifest.samples
    )
    return manifest.model_copy(update={"status": status, "models_served": served, "samples": records})


def _uncreated(folder: Path, error: OSError) -> HarnessError:
    message = f"{folder}: cannot be created ({error.strerror or error})"
    if error.errno in _DISK_FULL:
        return IncompleteError(f"{message}; free some space and run again")
    return ConfigurationError(f"{message}; choose another folder with --reports")


def _store_from(folder: Path, options: RunOptions) -> str:
    """Return the way from the run's folder to the store, so that both can be moved together."""
    store = Path(options.config.store).absolute()
    try:
        return Path(os.path.relpath(store, folder.absolute())).as_posix()
    except ValueError:  # on Windows: another drive
        return store.as_posix()


def _sha_of(path: Path) -> str:
    return sha_of(path.read_bytes().hex())
