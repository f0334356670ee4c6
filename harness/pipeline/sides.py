"""The two sides of a comparison, from what the user names: the folder of a run, or a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.agentfile.parse import read_agent
from harness.compare.baseline import (
    ARCHIVE_SUFFIX,
    archive_of,
    baseline_of,
    baseline_text,
    decided_of,
    read_baseline,
)
from harness.compare.pairing import Side, side_of
from harness.core.errors import InputError
from harness.core.json_text import parse_json
from harness.core.jsonl import write_atomic
from harness.pipeline.redecide import Deciding, decide_again, demand_ended, outdated, stored_answers
from harness.store.archive import Archive, read_archive, write_archive
from harness.store.decided import DecidedRun, read_decided
from harness.store.manifest import Manifest, RunStatus, read_manifest

__all__ = ["Opened", "is_baseline", "make_baseline", "open_run"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A decided run, and what had to be done to read it (one sentence each)."""

    run: DecidedRun
    notes: tuple[str, ...] = ()


def open_run(path: Path, deciding: Deciding) -> Opened:
    """Read a run from its folder, or from a baseline.

    A baseline whose checks are not those of today is decided again, where its answers lie beside it.

    Raises:
        InputError: it is neither, or damaged, or the run is still going on.
    """
    if path.is_dir():
        demand_ended(path)
        return Opened(read_decided(path))
    if not is_baseline(path):
        return Opened(read_decided(path))
    baseline = read_baseline(path)
    archive = archive_of(path, baseline)
    if archive is None:
        missing = f"{path}: its answers ({baseline.answers}) are not beside it; outcomes come without reasons"
        return Opened(decided_of(baseline), (missing,) if baseline.answers else ())
    packed = read_archive(archive)
    if baseline_of(side_of(packed.run), baseline.answers) != baseline:
        raise InputError(
            f"{archive}: does not belong to {path}: its verdicts are others; restore both files together"
        )
    old = outdated(packed.run)
    if not old:
        return Opened(packed.run)
    again = decide_again(packed.run, packed.samples, deciding)
    said = ", ".join(f"{name} {then} → {now}" for name, (then, now) in old.items())
    return Opened(again.run, (f"{path}: decided again by the checks of today ({said})",))


def is_baseline(path: Path) -> bool:
    """Say whether a file calls itself a baseline; what else it is its reader says."""
    try:
        document = parse_json(path.read_bytes())
    except (OSError, ValueError):
        return False  # read_decided says what is wrong
    return isinstance(document, dict) and "answers_sha" in document


def make_baseline(folder: Path, target: Path, *, variant: str, answers: bool) -> Sequence[Path]:
    """Write the baseline of a run, and (unless the answers are private) its archive; return what was written.

    Raises:
        InputError: there is no complete run, or its answers or its prompt are gone.
        IncompleteError: the target cannot be written to.
    """
    manifest = read_manifest(folder)
    if manifest.status is not RunStatus.COMPLETE:
        raise InputError(
            f"{folder}: this run is {manifest.status.value}; a baseline needs every answer: "
            "run again to finish it"
        )
    side = side_of(read_decided(folder), variant)
    archive = target.with_name(f"{target.stem}{ARCHIVE_SUFFIX}")
    written = [target]
    if answers:
        write_archive(archive, _archived(folder, manifest, side))
        written.append(archive)
    write_atomic(target, baseline_text(baseline_of(side, archive.name if answers else "")))
    return written


def _archived(folder: Path, manifest: Manifest, side: Side) -> Archive:
    run = side.run
    alone = run.model_copy(
        update={
            "variants": tuple(one for one in run.variants if one[0] == side.variant),
            "verdicts": tuple(one for one in run.verdicts if one.variant == side.variant),
            "missing": tuple(one for one in run.missing if one.variant == side.variant),
            "routing": run.routing.of(side.variant),
        }
    )
    samples = [one for one in stored_answers(folder, run) if one.variant == side.variant]
    return Archive(
        run=alone,
        prompts={side.variant: _prompt(manifest, side.variant)},
        samples=tuple(samples),
    )


def _prompt(manifest: Manifest, variant: str) -> str:
    """Return the system prompt of a variant: the confirmation of a suspicion asks it again."""
    record = next(one for one in manifest.variants if one.name == variant)
    path = Path(record.agent.path)
    agent = read_agent(path) if path.is_file() else None
    if agent is None or agent.sha != record.agent.sha:
        state = "is gone" if agent is None else "was changed since"
        raise InputError(f"{path}: the prompt of the run {state}; run again, then make the baseline")
    return agent.prompt
