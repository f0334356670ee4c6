"""``harness.load_run``: a run as pandas frames."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from messages_api import MessagesApi
from run_project import MODEL, NO_CONSOLE, answer, write_project

from harness import load_run
from harness.cli.app import main
from harness.core.errors import InputError
from harness.report.frames import COLUMNS, Run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One run of the small project for all tests here; they only read it."""
    place = tmp_path_factory.mktemp("project")
    write_project(place)
    with MessagesApi(answer) as server, pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("ANTHROPIC_BASE_URL", server.url)
        patch.setenv("ANTHROPIC_API_KEY", "dummy")
        assert main(["run", *MODEL, "--no-routing"]) == 0
        (made,) = (place / "reports").iterdir()
        yield made


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    return load_run(folder)


@pytest.mark.parametrize("name", COLUMNS)
def test_every_frame_has_the_documented_columns(run: Run, name: str) -> None:
    assert list(getattr(run, name).columns) == list(COLUMNS[name])


def test_the_mean_of_obeyed_leaves_out_what_has_no_verdict(run: Run) -> None:
    of_rule = run.verdicts[run.verdicts.rule == NO_CONSOLE]
    assert of_rule.obeyed.count() == of_rule.outcome.isin(["pass", "fail"]).sum()


def test_scores_are_those_of_the_run(run: Run, folder: Path) -> None:
    told = {
        (one["variant"], one["rule"]): one["mean"]
        for one in json.loads((folder / "results.json").read_text())["scores"]
        if one["variant"] == "base"
    }
    frame = run.scores.set_index(["variant", "rule"])["mean"]
    same = frame.astype(object).where(frame.notna(), None)
    assert {key: same[key] for key in told if key in same.index} == {
        key: value for key, value in told.items() if key in same.index
    }


def test_answers_come_from_the_store(run: Run) -> None:
    assert run.answers.set_index("case").loc["orders", "text"].startswith("Here:")


def test_findings_lead_to_their_line(run: Run) -> None:
    row = run.findings[run.findings.case == "users"].iloc[0]
    assert (row.rule, row.line) == (NO_CONSOLE, 4)


def test_without_its_store_a_run_has_no_answers(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "decided.json").write_bytes((folder / "decided.json").read_bytes())
    assert load_run(tmp_path / "decided.json").answers.empty


def test_what_is_no_run_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no decided run"):
        load_run(tmp_path)


def test_an_export_as_csv_can_be_read_again(run: Run, tmp_path: Path) -> None:
    run.export(tmp_path, "csv")
    assert len(pd.read_csv(tmp_path / "verdicts.csv")) == len(run.verdicts)


def test_an_export_of_another_kind_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no format"):
        run.export(tmp_path, "xlsx")


HOSTILE = "=cmd|'/c calc'!A1 \x1b[31m \u202e \ud800 \x00 ,\"\r\n"


def _hostile(run: Run) -> Run:
    """Return the run with an answer, a reason, a quote and a tag that nobody should trust."""
    first = run.samples[0]
    sample = replace(first, completion=replace(first.completion, text=HOSTILE))
    verdict = next(one for one in run.decided.verdicts if one.decision.findings)
    found = replace(verdict.decision.findings[0], message=HOSTILE, quote=HOSTILE)
    decision = replace(verdict.decision, reason=HOSTILE, findings=(found,))
    case = replace(run.decided.cases[0], tags=(HOSTILE, "node"))
    decided = run.decided.model_copy(
        update={"verdicts": (replace(verdict, decision=decision),), "cases": (case,)}
    )
    return Run(decided, (sample,))


def test_parquet_holds_the_frames_as_they_are(run: Run, tmp_path: Path) -> None:
    run.export(tmp_path)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "verdicts.parquet"), run.verdicts)


def test_tags_stay_lists_in_parquet(run: Run, tmp_path: Path) -> None:
    run.export(tmp_path)
    assert list(pd.read_parquet(tmp_path / "cases.parquet").tags[0]) == list(run.cases.tags[0])


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("name", COLUMNS)
def test_hostile_text_can_be_exported(run: Run, tmp_path: Path, name: str, kind: str) -> None:
    """Half a surrogate pair cannot be written as UTF-8; it is written out instead."""
    hostile = _hostile(run)
    hostile.export(tmp_path, kind)
    read = pd.read_csv if kind == "csv" else pd.read_parquet
    assert len(read(tmp_path / f"{name}.{kind}")) == len(getattr(hostile, name))


def test_no_cell_of_a_csv_is_a_formula(run: Run, tmp_path: Path) -> None:
    _hostile(run).export(tmp_path, "csv")
    assert pd.read_csv(tmp_path / "answers.csv").text[0].startswith("'=")


def test_half_a_surrogate_is_written_out_in_parquet(run: Run, tmp_path: Path) -> None:
    _hostile(run).export(tmp_path)
    assert pd.read_parquet(tmp_path / "answers.parquet").text[0] == HOSTILE.replace("\ud800", "\\ud800")
