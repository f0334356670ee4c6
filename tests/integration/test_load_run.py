"""``harness.load_run``: a run as pandas frames."""

from __future__ import annotations

import json
from collections.abc import Iterator
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
