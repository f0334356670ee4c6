"""The files of a report, written into the run's folder."""

from __future__ import annotations

from pathlib import Path

from harness.core.jsonl import write_atomic
from harness.report.formats.csv import render_csv
from harness.report.formats.html import render_html
from harness.report.formats.json import render_json
from harness.report.model import RunResults
from harness.report.trend import trend_of

__all__ = ["write_reports"]


def write_reports(results: RunResults) -> Path:
    """Write ``report.html``, ``results.json`` and ``verdicts.csv``, each whole or not at all.

    Returns:
        The path of the page.

    Raises:
        IncompleteError: the folder cannot be written to or the disk is full.
    """
    page = results.folder / "report.html"
    # The data first: whoever sees the page finds the files it speaks of.
    write_atomic(results.folder / "results.json", render_json(results))
    write_atomic(results.folder / "verdicts.csv", render_csv(results))
    write_atomic(page, render_html(results, trend_of(results)))
    return page
