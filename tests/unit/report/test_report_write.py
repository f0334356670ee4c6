"""A run's folder gets its three files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from report_example import example_results

from harness.core.errors import IncompleteError
from harness.report.write import write_reports


def test_the_three_files_are_written(tmp_path: Path) -> None:
    """The folder is made where it is missing, and holds these files only."""
    page = write_reports(replace(example_results(), folder=tmp_path / "a" / "run"))
    assert page == tmp_path / "a" / "run" / "report.html"
    assert sorted(path.name for path in page.parent.iterdir()) == [
        "report.html",
        "results.json",
        "verdicts.csv",
    ]


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "run").write_text("in the way")
    with pytest.raises(IncompleteError, match="cannot be written"):
        write_reports(replace(example_results(), folder=tmp_path / "run"))
