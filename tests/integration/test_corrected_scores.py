"""A run's scores with the corrected rates beside them, in JSON and on the page."""

from __future__ import annotations

import json

import pytest
from messages_api import MessagesApi
from run_project import MODEL, NO_CONSOLE, Command, Ran


@pytest.fixture
def made(harness: Command, model_server: MessagesApi) -> Ran:
    """A run of the small suite."""
    return harness("run", "datasets/tester/compliance.yaml", *MODEL, "--no-routing", "--json")


def test_a_score_brings_the_rate_without_the_checks_errors(made: Ran) -> None:
    """With the errors it was corrected for, and where they were measured."""
    corrected = made.scores()["base"]["corrected"]
    assert (corrected["low"] <= corrected["mean"] <= corrected["high"], corrected["false_pass"]["n"] > 0) == (
        True,
        True,
    )


def test_the_aggregate_has_no_corrected_rate(made: Ran) -> None:
    """It mixes instruments."""
    assert made.scores("*")["base"]["corrected"] is None


def test_the_file_says_what_the_output_says(made: Ran) -> None:
    """results.json is the same document."""
    written = json.loads((made.folder / "results.json").read_text(encoding="utf-8"))
    assert written["scores"] == made.document["scores"]


def test_the_page_names_the_errors_beside_the_rate(made: Ran) -> None:
    """In words, at the rule."""
    page = (made.folder / "report.html").read_text(encoding="utf-8")
    start = page.index(f'id="rule-{NO_CONSOLE}"')
    assert "once the errors of what decides it are taken out" in page[start : start + 6_000]
