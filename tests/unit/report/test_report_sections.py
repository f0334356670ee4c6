"""Trend, flaky cases, latency and trust: what the page says of a run beside its verdicts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from report_example import MODEL, example_results, sample, verdict

from harness.calibration.corrected import Uncorrected
from harness.core.types import Outcome
from harness.report.formats.html import render_html
from harness.report.model import RunResults
from harness.report.sections import flaky_cells, speeds, trust_rows
from harness.report.trend import trend_of
from harness.report.write import write_reports
from harness.stats.interval import NO_NUMBER

SUITE = [{"path": "datasets/a.yaml", "sha": "1"}]


def results_in(folder: Path) -> RunResults:
    manifest = {"checks": {"logging/no-console": 2}, "suite": SUITE}
    return replace(example_results(), folder=folder / "now", manifest=manifest)


def earlier(folder: Path, **other: object) -> None:
    """Write what an earlier run left, as far as a trend reads it."""
    facts = {"model": MODEL, "checks": {"logging/no-console": 2}, "suite": SUITE, "sha": "s"} | other
    run = folder / "before"
    run.mkdir(exist_ok=True)
    variants = [{"name": "base", "agent": {"path": "a.md", "sha": facts["sha"]}}]
    manifest = {
        "id": "before",
        "created": "2026-11-22T10:00:00Z",
        "variants": variants,
        "checks": facts["checks"],
        "suite": facts["suite"],
    }
    score = {"rule": "*", "variant": "base", "mean": 0.4, "low": 0.2, "high": 0.6, "n": 9}
    document = {"model": facts["model"], "agent": "backend-architect", "scores": [score]}
    (run / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (run / "results.json").write_text(json.dumps(document), encoding="utf-8")


def test_earlier_runs_come_first(tmp_path: Path) -> None:
    earlier(tmp_path)
    assert [(point.run, point.current) for point in trend_of(results_in(tmp_path))] == [
        ("before", False),
        ("2026-11-23T11-42-07-quick", True),
    ]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({}, ()),
        ({"sha": "x"}, ("prompt edited",)),
        ({"checks": {"logging/no-console": 1}}, ("checks changed: logging/no-console 1 → 2",)),
        ({"checks": {}}, ("1 check added or gone",)),
        ({"suite": [{"path": "datasets/a.yaml", "sha": "0"}]}, ("cases changed (1 dataset file)",)),
    ],
)
def test_what_changed_between_runs_is_marked(tmp_path: Path, other: dict[str, object], said: object) -> None:
    earlier(tmp_path, **other)
    assert trend_of(results_in(tmp_path))[-1].changes == said


def test_runs_of_another_model_are_no_trend(tmp_path: Path) -> None:
    earlier(tmp_path, model="other")
    assert trend_of(results_in(tmp_path)) == ()


@pytest.mark.parametrize("text", ["", "[]", '{"model": 3}', "\x00"])
def test_a_folder_that_cannot_be_read_is_left_out(tmp_path: Path, text: str) -> None:
    earlier(tmp_path)
    (tmp_path / "before" / "manifest.json").write_text(text, encoding="utf-8")
    assert trend_of(results_in(tmp_path)) == ()


def test_the_page_shows_the_trend(tmp_path: Path) -> None:
    earlier(tmp_path, sha="x")
    results = results_in(tmp_path)
    results.folder.mkdir()
    assert "prompt edited" in write_reports(results).read_text(encoding="utf-8")


def twice(outcome: Outcome) -> RunResults:
    """The example with a second trial of a case that breaks a rule in its first."""
    run = example_results()
    again = sample("express-create-user", "base", "text", trial=2)
    return replace(
        run,
        samples=(*run.samples, again),
        verdicts=(*run.verdicts, verdict(again, "no-console", outcome, "why")),
    )


def test_a_case_that_comes_out_both_ways_is_listed() -> None:
    (cell,) = flaky_cells(twice(Outcome.PASS))
    assert (cell.case, cell.rule, cell.failed) == (
        "express-create-user",
        "no-console",
        "answer-express-create-user-base-1",
    )


def test_a_case_that_fails_twice_is_not_flaky() -> None:
    assert flaky_cells(twice(Outcome.FAIL)) == []


def test_one_trial_says_that_it_cannot_tell() -> None:
    assert "this run cannot tell which cases come out" in render_html(example_results())


def test_the_latency_of_batches_is_not_known() -> None:
    """Nobody says how long an answer of a batch took; nought seconds would be a claim."""
    results = example_results()
    unknown = tuple(
        replace(one, completion=replace(one.completion, latency_s=None)) for one in results.samples
    )
    (speed,) = speeds(replace(results, samples=unknown))
    assert (speed.answers, speed.median, speed.longest, speed.slowest) == (4, NO_NUMBER, NO_NUMBER, "")


def test_latency_leaves_out_what_a_person_wrote() -> None:
    (speed,) = speeds(example_results())
    assert (speed.name, speed.answers, speed.median) == ("base", 4, 4.8)


def test_a_check_that_was_never_measured_says_so() -> None:
    run = replace(
        example_results(), corrected=(Uncorrected("no-console", "base", "no labels of this version"),)
    )
    assert [(row.rule, row.why) for row in trust_rows(run)] == [("no-console", "no labels of this version")]
