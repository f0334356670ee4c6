"""A run to look at: found by its folder, its name under the reports, or as the newest one."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Iterable
from pathlib import Path

from harness.core.errors import InputError
from harness.core.types import Sample
from harness.pipeline.redecide import Deciding, stored_answers
from harness.pipeline.sides import open_run
from harness.report.show import Walk
from harness.store.decided import DECIDED_NAME

__all__ = ["find_run", "open_walk"]


def find_run(word: str, reports: Path) -> Path:
    """Return the folder of a run (or the file of a decided run or baseline).

    Args:
        word: a path, the name of a folder under the reports; empty: the newest run that came to its end.
        reports: the project's reports.

    Raises:
        InputError: nothing fits.
    """
    if not word:
        names = _decided(reports)
        if not names:
            raise InputError(f"{reports}: holds no decided run; `harness run` makes one")
        return reports / max(names)
    if Path(word).exists():
        return Path(word)
    if (reports / word).is_dir():
        return reports / word
    near = difflib.get_close_matches(word, _decided(reports), n=3)
    hint = (
        f"did you mean {' or '.join(near)}?"
        if near
        else f"give the folder of a run, or its name in {reports}"
    )
    raise InputError(f"{word[:200]}: no such run; {hint}")


def _decided(reports: Path) -> list[str]:
    """Return the names of the runs; they begin with the moment at which the run began."""
    return [path.parent.name for path in reports.glob(f"*/{DECIDED_NAME}")]


def open_walk(place: Path, deciding: Deciding) -> Walk:
    """Open a run with its answers; where the store no longer has them, a note says so.

    Raises:
        InputError: there is no decided run, or it is damaged, or still going on.
    """
    opened = open_run(place, deciding)
    notes = list(opened.notes)
    samples: Iterable[Sample] = ()
    if place.is_dir():
        with contextlib.suppress(InputError):
            samples = stored_answers(place, opened.run)
        if not samples and opened.run.verdicts:
            notes.append(
                "the store no longer has the answers of this run; verdicts and findings are shown alone"
            )
    return Walk(opened.run, place.as_posix(), tuple(samples), tuple(notes))
