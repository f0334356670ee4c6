"""The stored runs of a project, decided by the checks of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.compare.history import PastRun
from harness.core.errors import InputError
from harness.pipeline.redecide import Deciding, decide_again, outdated, stored_answers
from harness.store.decided import DECIDED_NAME, DecidedRun, read_decided
from harness.store.manifest import MANIFEST_NAME, read_manifest

__all__ = ["PastRuns", "past_runs"]


@dataclass(frozen=True, slots=True)
class PastRuns:
    """The runs that could be read, and a sentence for each that could not, or that was decided again."""

    runs: tuple[PastRun, ...]
    notes: tuple[str, ...]


def past_runs(folders: Sequence[Path], reports: Path, deciding: Deciding) -> PastRuns:
    """Read runs, and decide again those that older checks decided.

    Args:
        folders: runs to take; empty: all of the reports folder, where what cannot be read is left out.
        reports: the project's reports.
        deciding: opens the progress of so many answers.

    Raises:
        InputError: a named run cannot be read, or the reports folder holds none.
    """
    named = bool(folders)
    found = list(folders) or sorted(path.parent for path in reports.glob(f"*/{DECIDED_NAME}"))
    if not found:
        raise InputError(f"{reports}: holds no decided run; `harness run` makes one")
    runs, notes = [], []
    for folder in found:
        try:
            run, said = _today(folder, deciding)
        except InputError as error:
            if named:
                raise
            notes.append(f"left out: {error}")
            continue
        notes += [said] if said else []
        runs.append(PastRun(run, _answers(folder)))
    return PastRuns(tuple(runs), tuple(notes))


def _today(folder: Path, deciding: Deciding) -> tuple[DecidedRun, str]:
    run = read_decided(folder)
    old = outdated(run)
    if not old:
        return run, ""
    again = decide_again(run, stored_answers(folder, run), deciding)
    said = ", ".join(f"{name} {then} → {now}" for name, (then, now) in old.items())
    return again.run, f"{run.run}: decided again by the checks of today ({said})"


def _answers(folder: Path) -> dict[tuple[str, str, int], str]:
    """Name each answer by its store and its request: a store keeps one answer per request."""
    if not (folder / MANIFEST_NAME).is_file():
        return {}
    manifest = read_manifest(folder)
    store = (folder / manifest.store).resolve()
    return {(one.case, one.variant, one.trial): f"{store}:{one.request_sha}" for one in manifest.samples}
