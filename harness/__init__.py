"""The agent prompt harness: an agent file is a specification; test whether the prompt obeys it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.report.frames import Run

__all__ = ["__version__", "load_run"]

__version__ = "0.1.0"


def load_run(path: str | Path) -> Run:
    """Read a decided run as pandas frames; see :func:`harness.pipeline.load.load_run`."""
    # Loaded when it is used: the command line starts without pandas.
    from harness.pipeline.load import load_run as load

    return load(path)
