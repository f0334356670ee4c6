"""results.json and verdicts.csv are what docs/reports.md promises."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pandas as pd
import pytest
from report_example import example_results

from harness.core.types import Decision, Outcome
from harness.report.formats.csv import COLUMNS, render_csv
from harness.report.formats.json import render_json, results_document


def test_the_document_has_the_promised_keys() -> None:
    """Tools depend on the names at the top."""
    keys = ["run", "agent", "model", "scores", "routing", "uncovered", "usage", "judge", "warnings"]
    assert list(results_document(example_results())) == keys


def test_a_score_has_the_promised_keys() -> None:
    """And on those of a score."""
    score = results_document(example_results())["scores"][0]
    assert list(score) == (
        "rule check variant mean low high n missing omitted vacuous not_applicable undecided error "
        "corrected".split()
    )


def test_no_number_is_null() -> None:
    """A rule on which nothing was decided has null for mean, low and high."""
    scores = json.loads(render_json(example_results()))["scores"]
    indexed = next(score for score in scores if score["rule"] == "indexed")
    assert (indexed["mean"], indexed["low"], indexed["high"], indexed["n"]) == (None, None, None, 0)


def test_routing_that_was_not_measured_is_empty() -> None:
    """Without routers there is nothing to say about routing."""
    run = example_results()
    assert results_document(replace(run, routing=type(run.routing)()))["routing"] == {}


def test_the_document_is_ascii_whatever_a_model_wrote() -> None:
    """A lone surrogate in a warning does not stop the file from being written."""
    assert render_json(replace(example_results(), warnings=("\ud800",))).encode()


def test_one_row_per_verdict() -> None:
    """Pandas reads the file, with one row per verdict and the promised columns."""
    run = example_results()
    frame = pd.read_csv(io.StringIO(render_csv(run)))
    assert (len(frame), tuple(frame.columns)) == (len(run.verdicts), COLUMNS)


def test_hand_written_rows_are_marked() -> None:
    """Rows about hand-written responses can be left out by one column."""
    frame = pd.read_csv(io.StringIO(render_csv(example_results())))
    assert set(frame[frame["hand_written"] == 1]["variant"]) == {"hand-written"}


def test_the_first_finding_is_in_the_row() -> None:
    """Line and message of the first finding, and how many there are."""
    frame = pd.read_csv(io.StringIO(render_csv(example_results())))
    row = frame[(frame["case"] == "express-create-user") & (frame["rule"] == "no-console")].iloc[0]
    assert (row["findings"], row["first_line"], row["rule_line"]) == (3, 11, 10)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    """A spreadsheet that opens the file computes nothing."""
    run = example_results()
    first = replace(run.verdicts[0], decision=Decision(Outcome.FAIL, text))
    rows = list(csv.DictReader(io.StringIO(render_csv(replace(run, verdicts=(first,))))))
    assert rows[0]["reason"].startswith("'")


def test_cells_are_bounded() -> None:
    """A reason of a megabyte is cut."""
    run = example_results()
    first = replace(run.verdicts[0], decision=Decision(Outcome.FAIL, "x" * 1_000_000))
    assert len(render_csv(replace(run, verdicts=(first,)))) < 5_000
