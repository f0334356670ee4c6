"""What a measured judge may do, and what is forgotten when judge, rubric or wording change."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from harness.calibration.errors import Instrument
from harness.calibration.judge import RuleFigures, figures_by_rule, write_judge_file
from harness.calibration.judge_files import (
    JudgeFile,
    Trust,
    calibration_path,
    judge_errors,
    read_judge_files,
    trust_in,
    trust_of,
)
from harness.calibration.judge_items import VARIANT, JudgeItem
from harness.checks.bind import Binding
from harness.core.errors import InputError
from harness.core.types import (
    Basis,
    Case,
    CaseKind,
    Decision,
    Message,
    Mode,
    Outcome,
    Polarity,
    Role,
    Rule,
    Severity,
    Span,
    Verdict,
)
from harness.stats.agreement import agreement_of
from harness.suite.golden import GoldenResponse

PASS, FAIL = Outcome.PASS, Outcome.FAIL
NAME, VERSION = "anthropic:j edge-cases", "edge-cases abc def"


def verdict(rubric: str = "edge-cases abc", judge: str = "anthropic:j", template: str = "def") -> Verdict:
    evidence = (("judge", judge), ("rubric", rubric), ("template", template))
    decision = Decision(PASS, "fine", evidence=evidence)
    return Verdict("c", "base", 1, "edge-cases", "", 0, Mode.ANALOGUE, Basis.JUDGE, decision)


def file_of(
    folder: Path, right: int, wrong: int, version: str = VERSION, rule: str = "edge-cases"
) -> tuple[JudgeFile, ...]:
    """Keep a calibration in which half of the labels are pass."""
    labels = [index % 2 == 0 for index in range(right + wrong)]
    said = [label if index < right else not label for index, label in enumerate(labels)]
    told = {True: PASS, False: FAIL}
    counts = Counter((told[label], told[outcome]) for label, outcome in zip(labels, said, strict=True))
    cells = tuple((label, outcome, count) for (label, outcome), count in counts.items())
    figures = RuleFigures(
        rule=rule,
        rubric="edge-cases",
        instrument=Instrument(NAME, version),
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


def labelled(files: tuple[JudgeFile, ...]) -> list[int]:
    return [row.labelled for file in files for row in file.rules]


def test_a_thinner_calibration_does_not_replace_a_better_one(tmp_path: Path) -> None:
    file_of(tmp_path, 58, 2)
    assert labelled(file_of(tmp_path, 3, 0)) == [60]


def test_a_newer_calibration_on_as_many_labels_replaces_the_older(tmp_path: Path) -> None:
    file_of(tmp_path, 58, 2)
    assert trust_in(verdict(), file_of(tmp_path, 40, 20), 0.6) is Trust.WEAK


def test_a_failed_calibration_leaves_the_older_one(tmp_path: Path) -> None:
    file_of(tmp_path, 58, 2)
    assert labelled(file_of(tmp_path, 0, 0)) == [60]


def test_a_calibration_of_one_rule_leaves_those_of_others(tmp_path: Path) -> None:
    file_of(tmp_path, 58, 2)
    assert labelled(file_of(tmp_path, 20, 0, rule="other")) == [60, 20]


def test_ways_of_asking_are_measured_beside_each_other(tmp_path: Path) -> None:
    file_of(tmp_path, 58, 2, version="edge-cases abc def repeats 1, x")
    assert labelled(file_of(tmp_path, 4, 0, version="edge-cases abc def repeats 3, x")) == [60, 4]


def test_figures_of_an_older_wording_go(tmp_path: Path) -> None:
    file_of(tmp_path, 58, 2, version="edge-cases abc def repeats 1, x")
    assert labelled(file_of(tmp_path, 4, 0, version="edge-cases xyz def repeats 1, x")) == [4]


def test_judges_of_like_names_have_files_of_their_own() -> None:
    names = [("a:b",), ("a-b",), ("a:b", "c:d"), ("a:b-c:d",)]
    assert len({calibration_path(Path(), one) for one in names}) == len(names)


def test_rules_that_share_a_rubric_have_errors_of_their_own(tmp_path: Path) -> None:
    """The generic rubric serves many rules, each with its own words."""
    file_of(tmp_path, 58, 2)
    assert len(judge_errors(file_of(tmp_path, 20, 0, version="edge-cases b c", rule="other"))) == 2


def said_of(
    label: Outcome, outcome: Outcome, number: int, *, unasked: bool = False
) -> tuple[JudgeItem, Verdict]:
    messages = (Message(Role.USER, "Go"),)
    case = Case(f"c{number}", CaseKind.COMPLIANCE, "a", messages, (), (), (), "", (), "", "t:1", "sha")
    golden = GoldenResponse(case, "text", {}, {}, False, "hand", f"g/{number}.md", 0)
    rule = Rule("edge-cases", "x", Polarity.ALWAYS, "", universal=False, span=Span(1, 1, 1, 2))
    binding = Binding(rule, "", {}, "", Severity.MAJOR, "")
    decision = Decision(outcome, "r", evidence=(("unasked", "true"),) if unasked else ())
    given = replace(verdict(), case=golden.path, variant=VARIANT, decision=decision)
    return JudgeItem(golden, binding, label, 1), given


def figures(*rows: tuple[JudgeItem, Verdict]) -> RuleFigures:
    (found,) = figures_by_rule([item for item, _ in rows], [one for _, one in rows])
    return found


@pytest.mark.parametrize("escape", [Outcome.UNDECIDED, Outcome.NOT_APPLICABLE])
def test_a_judge_that_escapes_what_is_hard_may_not_gate(escape: Outcome) -> None:
    """It is right whenever it decides, and decides none of half of the violations."""
    rows = [said_of(PASS, PASS, number) for number in range(40)]
    rows += [said_of(FAIL, FAIL if number % 2 else escape, number) for number in range(40, 60)]
    found = figures(*rows)
    assert (found.agreement.tnr.value, trust_of(found.agreement.kappa, 0.8)) == (0.5, Trust.WEAK)


def test_what_could_not_be_asked_says_nothing_of_the_judge() -> None:
    found = figures(said_of(PASS, PASS, 1), said_of(FAIL, Outcome.UNDECIDED, 2, unasked=True))
    assert (found.labels, found.escaped, found.unasked) == (1, 0, 1)
