"""The answers and the prompt of one side of a comparison, for a report that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.agentfile.parse import read_agent
from harness.compare.baseline import archive_of, read_baseline
from harness.compare.pairing import Side
from harness.core.errors import InputError
from harness.core.types import Sample
from harness.pipeline.redecide import stored_answers
from harness.pipeline.sides import is_baseline
from harness.report.comparison.html import SideTexts
from harness.report.written import printed
from harness.store.archive import read_archive
from harness.store.manifest import read_manifest

__all__ = ["texts_of"]


def texts_of(path: Path, side: Side) -> SideTexts:
    """Read what a side's answers and prompt were; what is gone is said, and no reason to fail.

    Args:
        path: the run's folder or the baseline that the user named.
        side: the side that was read from it.
    """
    try:
        return _of_run(path, side) if path.is_dir() else _of_baseline(path, side)
    except (InputError, ValueError) as error:
        return SideTexts(note=f"The answers of {side.name} cannot be shown: {error}")


def _of_run(folder: Path, side: Side) -> SideTexts:
    shown = _shown(stored_answers(folder, side.run), side)
    record = next((one for one in read_manifest(folder).variants if one.name == side.variant), None)
    if record is None:
        return replace(shown, note=f"The prompt of {side.name} is not shown: the manifest does not name it.")
    file = Path(record.agent.path)
    agent = read_agent(file) if file.is_file() else None
    if agent is None or agent.sha != record.agent.sha:
        state = "is gone" if agent is None else "was edited since"
        return replace(shown, note=f"The prompt of {side.name} is not shown: {file} {state}.")
    return replace(shown, prompt=agent.prompt)


def _of_baseline(path: Path, side: Side) -> SideTexts:
    archive = archive_of(path, read_baseline(path)) if is_baseline(path) else None
    if archive is None:
        return SideTexts(note=f"{path} holds no answers, so they cannot be shown.")
    packed = read_archive(archive)
    return replace(_shown(packed.samples, side), prompt=packed.prompts.get(side.variant, ""))


def _shown(samples: Sequence[Sample], side: Side) -> SideTexts:
    """Return the answers of a side; where they wrote files through tools, with those."""
    own = [one for one in samples if one.variant == side.variant]
    files = {case.id: case.files for case in side.run.cases}
    return SideTexts(
        answers={(one.case, one.trial): one.completion.text for one in own},
        printed={
            (one.case, one.trial): printed(one.completion, files.get(one.case, ()))
            for one in own
            if one.completion.tool_calls
        },
    )
