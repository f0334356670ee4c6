"""One answer of a run, out of the store that its manifest names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.core.errors import InputError
from harness.core.types import Sample
from harness.store.manifest import read_manifest
from harness.store.samples import SampleStore

__all__ = ["stored_answer"]


def stored_answer(folder: Path, case: str, variant: str, trial: int) -> Sample:
    """Return the answer that a run rests on.

    Raises:
        InputError: the run did not ask for it, or the store no longer has it.
    """
    manifest = read_manifest(folder)
    wanted = (case, variant, trial)
    record = next((one for one in manifest.samples if (one.case, one.variant, one.trial) == wanted), None)
    if record is None:
        raise InputError(f"{folder.name}: has no answer of trial {trial} to the case {case[:200]!r}")
    path = (folder / manifest.store).resolve()
    if not path.is_file():
        raise InputError(f"{path}: the store with the answers of {folder.name} is not there; restore it")
    with SampleStore(path, read_only=True) as store:
        found = store.recorded({record.request_sha: record.answer}).get(record.request_sha)
    if found is None:
        raise InputError(
            f"{path}: this answer of {folder.name} is no longer stored; restore it, or run again"
        )
    return replace(found, case=case, variant=variant, trial=trial)
