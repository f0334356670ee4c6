"""Error rates travel with a score: looked up by what decided it, and refused when they are of another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.calibration.corrected import CorrectedScore, Uncorrected, corrected_scores, instrument_of
from harness.calibration.errors import (
    ErrorTable,
    Instrument,
    MeasuredErrors,
    error_counts,
    error_table_text,
    read_errors,
    shipped_errors,
    write_errors,
)
from harness.calibration.known import known_errors
from harness.checks.registry import built_in_checks
from harness.core.errors import InputError
from harness.core.types import Basis, Decision, Mode, Outcome, Verdict
from harness.report.words import correction
from harness.stats.misclassification import ErrorCounts, corrected_rate

COUNTS = ErrorCounts(48, 50, 20, 25)
ROW = MeasuredErrors(Instrument("group/one", "2"), COUNTS, "labels")
TABLE = ErrorTable({}).with_rows([ROW])


def verdict(case: int, outcome: Outcome, *, version: int = 2, trial: int = 1) -> Verdict:
    decision = Decision(outcome, "")
    return Verdict(
        f"c{case}", "base", trial, "one", "group/one", version, Mode.ANALOGUE, Basis.STATIC, decision
    )


def verdicts(passed: int, failed: int, version: int = 2) -> list[Verdict]:
    outcomes = [Outcome.PASS] * passed + [Outcome.FAIL] * failed
    return [verdict(case, outcome, version=version) for case, outcome in enumerate(outcomes)]


def corrected(rows: list[Verdict], table: ErrorTable = TABLE) -> CorrectedScore | Uncorrected:
    (found,) = corrected_scores(rows, {}, table)
    return found


def test_a_rate_is_corrected_by_the_errors_of_its_check() -> None:
    """One trial per case: as many observations as cases."""
    found = corrected(verdicts(80, 20))
    assert isinstance(found, CorrectedScore)
    assert found.rate == corrected_rate(0.8, 100, COUNTS)


def test_trials_of_one_case_count_for_what_they_are_worth() -> None:
    """Five trials that always agree make the interval no narrower."""
    five = [replace(one, trial=trial) for one in verdicts(80, 20) for trial in range(1, 6)]
    found, single = corrected(five), corrected(verdicts(80, 20))
    assert isinstance(found, CorrectedScore)
    assert isinstance(single, CorrectedScore)
    assert found.rate.low == pytest.approx(single.rate.low)


def test_errors_of_another_version_are_not_taken() -> None:
    """The check changed since it was measured."""
    found = corrected(verdicts(80, 20, version=3))
    assert isinstance(found, Uncorrected)
    assert "another version" in found.why


def test_a_check_that_nobody_measured_is_told() -> None:
    """A team's own, for instance."""
    found = corrected(verdicts(80, 20), ErrorTable({}))
    assert isinstance(found, Uncorrected)
    assert "never measured" in found.why


def test_two_versions_in_one_rate_are_not_mixed() -> None:
    """A run that was decided in part again."""
    found = corrected([*verdicts(10, 0), *[replace(one, version=1) for one in verdicts(0, 10)]])
    assert isinstance(found, Uncorrected)


def test_what_is_not_decided_has_no_row() -> None:
    """No rate, no correction."""
    assert corrected_scores([verdict(1, Outcome.UNDECIDED)], {}, TABLE) == ()


def test_a_judge_is_known_by_model_and_rubric() -> None:
    """Another rubric is another instrument."""
    evidence = (("judge", "anthropic:j"), ("rubric", "reasoning abc"), ("template", "t1"))
    judged = replace(
        verdict(1, Outcome.PASS), basis=Basis.JUDGE, decision=Decision(Outcome.PASS, "", (), evidence)
    )
    assert instrument_of(judged) == Instrument("anthropic:j reasoning", "reasoning abc t1")


def test_rows_of_a_judge_join_those_of_the_checks() -> None:
    """The same table serves both."""
    instrument = Instrument("anthropic:j", "abc")
    table = TABLE.with_rows([MeasuredErrors(instrument, COUNTS, "labels of the team")])
    found = table.find(instrument)
    assert isinstance(found, MeasuredErrors)
    assert found.source == "labels of the team"


def test_only_what_is_decided_both_ways_counts_as_error() -> None:
    """Undecided and not applicable are told beside a rate."""
    confusion = {
        "pass": {"pass": 9, "fail": 1, "undecided": 4},
        "fail": {"fail": 7, "pass": 2, "not_applicable": 3},
        "not_applicable": {"fail": 5},
    }
    assert error_counts(confusion) == ErrorCounts(9, 10, 7, 9)


def test_labels_held_back_go_before_those_looked_at() -> None:
    """Authors fitted their checks to the latter."""
    held = {"a": {"version": 1, "confusion": {"pass": {"pass": 3}}}}
    seen = {"a": {"version": 1, "confusion": {"pass": {"pass": 99}}}, "b": {"version": 1, "confusion": {}}}
    rows = error_table_text(held, seen).splitlines()
    assert ['"passes":[3,3]' in rows[0], '"check":"b"' in rows[1], "held back" in rows[1]] == [
        True,
        True,
        False,
    ]


def test_figures_without_a_confusion_table_are_left_out() -> None:
    """Those of an older measurement."""
    assert error_table_text({"a": {"version": 1}}, {}).strip() == ""


def test_every_built_in_check_was_measured() -> None:
    """`make docs` measures; in which version stands in the row."""
    assert {one.name for one in shipped_errors().rows} == set(built_in_checks())


def test_the_sentence_names_errors_and_source() -> None:
    """Two of fifty, five of twenty-five."""
    said = correction(corrected(verdicts(80, 20)))
    assert "fails 2 of 50 answers that obey, and passes 5 of 25 that do not (labels)" in said


def test_the_sentence_says_why_there_is_no_correction() -> None:
    """Not silently the raw rate."""
    assert "another version" in correction(corrected(verdicts(8, 2, version=3)))


def test_rows_come_back_from_their_file(tmp_path: Path) -> None:
    """What was written is what is read; other checks keep their rows."""
    other = MeasuredErrors(Instrument("group/two", "1"), ErrorCounts(1, 2, 3, 4), "labels")
    write_errors(tmp_path / "checks.jsonl", [ROW])
    write_errors(tmp_path / "checks.jsonl", [other])
    assert read_errors(tmp_path / "checks.jsonl") == (ROW, other)


def test_a_newer_version_takes_the_place_of_the_old(tmp_path: Path) -> None:
    """A check has one row in a file."""
    newer = replace(ROW, instrument=Instrument("group/one", "3"))
    write_errors(tmp_path / "checks.jsonl", [ROW])
    write_errors(tmp_path / "checks.jsonl", [newer])
    assert read_errors(tmp_path / "checks.jsonl") == (newer,)


@pytest.mark.parametrize(
    "line", ["{", '{"check": "a"}', '{"check":"a","version":1,"source":"","passes":[-1,2],"fails":[1,2]}']
)
def test_a_damaged_file_is_one_line(tmp_path: Path, line: str) -> None:
    """Which file, and what to do."""
    (tmp_path / "checks.jsonl").write_text(line)
    with pytest.raises(InputError, match=r"checks\.jsonl: .*harness calibrate --checks"):
        read_errors(tmp_path / "checks.jsonl")


def test_labels_held_back_by_the_project_go_before_those_shipped(tmp_path: Path) -> None:
    """They are of its own kind of answers; labels that were looked at only fill gaps."""
    shipped = next(iter(shipped_errors().rows.values()))
    own = [replace(row, source="own") for row in (shipped, ROW)]
    write_errors(tmp_path / "checks.jsonl", own)
    looked_at = known_errors(tmp_path)
    write_errors(tmp_path / "checks-held-back.jsonl", own[:1])
    held_back = known_errors(tmp_path)
    sources = [table.find(one.instrument) for table in (looked_at, held_back) for one in own]
    assert [one.source for one in sources if isinstance(one, MeasuredErrors)] == [
        shipped.source,
        "own",
        "own",
        "own",
    ]


def test_a_project_without_calibrations_knows_what_was_shipped(tmp_path: Path) -> None:
    """No folder, no complaint."""
    assert known_errors(tmp_path / "nowhere").rows == shipped_errors().rows
