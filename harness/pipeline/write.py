"""Write what a run found into its folder."""

from __future__ import annotations

from pathlib import Path

from harness.core.jsonl import write_atomic
from harness.report.formats.csv import render_csv
from harness.report.formats.html import render_html
from harness.report.formats.json import render_json
from harness.report.model import RunResults

__all__ = ["REPORT_NAME", "write_results"]

REPORT_NAME = "report.html"


def write_results(results: RunResults) -> Path:
    """Write ``results.json``, ``verdicts.csv`` and ``report.html``; return the path of the report.

    Raises:
        IncompleteError: the disk is full or the folder cannot be written to.
    """
    write_atomic(results.folder / "results.json", render_json(results))
    write_atomic(results.folder / "verdicts.csv", render_csv(results))
    report = results.folder / REPORT_NAME
    write_atomic(report, render_html(results))
    return report
