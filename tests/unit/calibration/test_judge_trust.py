"""What a measured judge may do, and what is forgotten when judge, rubric or wording change."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from harness.calibration.errors import Instrument
from harness.calibration.judge import (
    JudgeFile,
    RuleFigures,
    Trust,
    judge_errors,
    read_judge_files,
    trust_in,
    write_judge_file,
)
from harness.core.errors import InputError
from harness.core.types import Basis, Decision, Mode, Outcome, Verdict
from harness.stats.agreement import agreement_of

PASS, FAIL = Outcome.PASS, Outcome.FAIL
NAME, VERSION = "anthropic:j edge-cases", "edge-cases abc def"


def verdict(rubric: str = "edge-cases abc", judge: str = "anthropic:j", template: str = "def") -> Verdict:
    evidence = (("judge", judge), ("rubric", rubric), ("template", template))
    decision = Decision(PASS, "fine", evidence=evidence)
    return Verdict("c", "base", 1, "edge-cases", "", 0, Mode.ANALOGUE, Basis.JUDGE, decision)


def file_of(folder: Path, right: int, wrong: int) -> tuple[JudgeFile, ...]:
    """Keep a calibration in which half of the labels are pass."""
    labels = [index % 2 == 0 for index in range(right + wrong)]
    said = [label if index < right else not label for index, label in enumerate(labels)]
    told = {True: PASS, False: FAIL}
    counts = Counter((told[label], told[outcome]) for label, outcome in zip(labels, said, strict=True))
    cells = tuple((label, outcome, count) for (label, outcome), count in counts.items())
    figures = RuleFigures(
        rule="edge-cases",
        rubric="edge-cases",
        instrument=Instrument(NAME, VERSION),
        labels=len(labels),
        undecided=0,
        agreement=agreement_of(labels, said, [str(index) for index in range(len(labels))]),
        cells=cells,
    )
    write_judge_file(folder / "judge-j.json", ("anthropic:j",), "2026-11-01T10:00:00+00:00", 9, [figures])
    return read_judge_files(folder)


def test_a_judge_that_agrees_with_many_labels_is_trusted(tmp_path: Path) -> None:
    assert trust_in(verdict(), file_of(tmp_path, 58, 2), 0.6) is Trust.CURRENT


def test_a_judge_that_agrees_too_little_is_weak(tmp_path: Path) -> None:
    assert trust_in(verdict(), file_of(tmp_path, 40, 20), 0.6) is Trust.WEAK


@pytest.mark.parametrize(("right", "wrong"), [(10, 0), (21, 5)])
def test_a_few_lucky_labels_are_too_few(tmp_path: Path, right: int, wrong: int) -> None:
    assert trust_in(verdict(), file_of(tmp_path, right, wrong), 0.6) is Trust.THIN


@pytest.mark.parametrize(
    "other",
    [verdict(rubric="edge-cases abd"), verdict(judge="anthropic:k"), verdict(template="deg")],
    ids=["rubric", "judge", "wording"],
)
def test_another_judge_rubric_or_wording_is_stale(tmp_path: Path, other: Verdict) -> None:
    assert trust_in(other, file_of(tmp_path, 58, 2), 0.6) is Trust.STALE


def test_a_rule_without_a_calibration_is_never_trusted(tmp_path: Path) -> None:
    assert trust_in(verdict(), read_judge_files(tmp_path), 0.6) is Trust.NEVER


def test_its_errors_correct_scores(tmp_path: Path) -> None:
    counts = judge_errors(file_of(tmp_path, 58, 2))[Instrument(NAME, VERSION)].counts
    assert (counts.passes_seen, counts.passes, counts.fails_seen, counts.fails) == (29, 30, 29, 30)


def test_a_damaged_calibration_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "judge-j.json").write_text('{"models": 7}')
    with pytest.raises(InputError, match="calibrate --judge"):
        read_judge_files(tmp_path)


def test_the_same_calibration_is_the_same_file(tmp_path: Path) -> None:
    file_of(tmp_path, 58, 2)
    first = (tmp_path / "judge-j.json").read_bytes()
    file_of(tmp_path, 58, 2)
    assert (tmp_path / "judge-j.json").read_bytes() == first
