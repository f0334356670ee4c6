"""A run from its folder, a baseline or a file, for people who go on with it in Python."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from harness.core.errors import InputError
from harness.core.types import Sample
from harness.pipeline.redecide import stored_answers
from harness.pipeline.sides import open_run
from harness.report.frames import Run

__all__ = ["load_run"]


def load_run(path: str | Path) -> Run:
    """Read a decided run as pandas frames.

    They are ``rules``, ``cases``, ``verdicts``, ``findings``, ``scores`` and ``answers``;
    :data:`harness.report.frames.COLUMNS` documents every column.

    Args:
        path: the folder of a run, its ``decided.json``, or a baseline.

    Raises:
        InputError: there is no decided run, or it is damaged, or still going on.
    """
    place = Path(path)
    run = open_run(place, _silently).run
    samples: Sequence[Sample] = ()
    if place.is_dir():
        with contextlib.suppress(InputError):  # the store was pruned or left behind: a run without answers
            samples = stored_answers(place, run)
    return Run(run, tuple(samples))


@contextlib.contextmanager
def _silently(answers: int) -> Iterator[Callable[[int], None]]:  # noqa: ARG001 - nobody watches
    yield lambda _: None
