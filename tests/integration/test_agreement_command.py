"""``harness agreement``: draw answers, label them, hold the run against the labels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from messages_api import MessagesApi
from run_project import MODEL, Command


@pytest.fixture
def folder(harness: Command, model_server: MessagesApi) -> str:
    """A run of the small suite with four trials."""
    suite = "datasets/tester/compliance.yaml"
    return str(harness("run", suite, *MODEL, "--no-routing", "--trials", "4", "--json").folder)


def label_all(harness: Command, folder: str, label: str, path: Path) -> Path:
    """Draw answers as a user would, and fill all rows in alike."""
    rows = [json.loads(line) for line in harness("agreement", folder, "--draw", "50").out.splitlines()]
    path.write_text("\n".join(json.dumps({**row, "label": label}) for row in rows), encoding="utf-8")
    return path


def test_rows_are_drawn_labelled_and_read_again(folder: str, harness: Command, tmp_path: Path) -> None:
    """The whole way round."""
    path = label_all(harness, folder, "pass", tmp_path / "anna.jsonl")
    document = harness("agreement", folder, str(path), "--json").document
    assert (document["annotators"], document["rules"][0]["agreement"]["n"] > 0) == (["anna"], True)


def test_two_files_are_two_annotators(folder: str, harness: Command, tmp_path: Path) -> None:
    """They disagree on everything: no majority, nothing to hold against."""
    files = [
        str(label_all(harness, folder, label, tmp_path / f"{label}.jsonl")) for label in ("pass", "fail")
    ]
    document = harness("agreement", folder, *files, "--json").document
    assert document["disputed"] == document["answers"]


def test_the_table_shows_raw_and_corrected_rates(folder: str, harness: Command, tmp_path: Path) -> None:
    """Side by side."""
    path = label_all(harness, folder, "pass", tmp_path / "anna.jsonl")
    shown = harness("agreement", folder, str(path)).out
    assert ("raw rate" in shown, "with labels" in shown, "hardly more than a hint" in shown) == (True,) * 3


def test_without_labels_there_is_one_line(folder: str, harness: Command) -> None:
    """It says how to get some."""
    told = harness("agreement", folder)
    assert (told.code, "--draw 60" in told.err) == (2, True)


def test_a_file_that_is_not_there_is_one_line(folder: str, harness: Command) -> None:
    """Where and what."""
    told = harness("agreement", folder, "nowhere.jsonl")
    assert (told.code, "nowhere.jsonl: cannot be read" in told.err) == (2, True)
