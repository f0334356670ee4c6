"""Labels of a run's answers: read strictly, put together, and held against the verdicts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.calibration.human_labels import Labels, drawn_rows, read_labels
from harness.calibration.labelled_run import LabelledRun, hold_against_labels
from harness.core.errors import InputError
from harness.core.types import Outcome
from harness.stats.interval import NO_NUMBER

from .decided_runs import grid, run

P, F = Outcome.PASS, Outcome.FAIL
LETTERS = {f"c{number}": "p" if number < 30 else "f" for number in range(40)}
RUN = run("run", {(case, "one"): letter for case, letter in LETTERS.items()})


def written(folder: Path, *rows: dict[str, object], name: str = "anna.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def said(*answers: tuple[int, Outcome], by: str = "anna") -> Labels:
    return Labels(("x",), {(f"c{number}", "base", 1, "one"): {by: label} for number, label in answers})


def held(labels: Labels) -> LabelledRun:
    return hold_against_labels(RUN, labels)


def test_labels_are_read_with_what_may_be_left_out(tmp_path: Path) -> None:
    """The run has one variant and one trial; the annotator is the file's name."""
    path = written(tmp_path, {"case": "c1", "rule": "one", "label": "pass"})
    assert read_labels([path], RUN).by_answer == {("c1", "base", 1, "one"): {"anna": P}}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"case": "nobody", "rule": "one", "label": "pass"}, "anna.jsonl:1: case 'nobody'"),
        ({"case": "c1", "rule": "one", "label": "maybe"}, "anna.jsonl:1: label"),
        ({"case": "c1", "rule": "one", "label": "pass", "colour": "red"}, "anna.jsonl:1: colour"),
        ({"case": "c1", "rule": "one"}, "holds no label"),
    ],
)
def test_a_wrong_row_is_told_with_its_line(tmp_path: Path, row: dict[str, object], message: str) -> None:
    """Where, what, what to do."""
    with pytest.raises(InputError, match=message):
        read_labels([written(tmp_path, row)], RUN)


def test_labels_that_fit_two_answers_are_refused(tmp_path: Path) -> None:
    """Two trials: which one is meant?"""
    two = run("run", grid("pf", 3))
    path = written(tmp_path, {"case": "c1", "rule": "one", "label": "pass"})
    with pytest.raises(InputError, match="2 answers fit; add variant and trial"):
        read_labels([path], two)


def test_an_annotator_who_says_both_is_refused(tmp_path: Path) -> None:
    """One of the two rows is a mistake."""
    rows = [{"case": "c1", "rule": "one", "label": label} for label in ("pass", "fail")]
    with pytest.raises(InputError, match="twice, and differently"):
        read_labels([written(tmp_path, *rows)], RUN)


def test_the_majority_makes_the_label() -> None:
    """Two against one; one against one is disputed."""
    labels = Labels(
        ("x",),
        {
            ("c1", "base", 1, "one"): {"a": P, "b": P, "c": F},
            ("c2", "base", 1, "one"): {"a": P, "b": F},
        },
    )
    assert labels.consensus() == {("c1", "base", 1, "one"): P}


def test_rows_to_be_labelled_do_not_tell_the_outcome() -> None:
    """It would sway the annotator."""
    assert set(drawn_rows(RUN, 10, seed=1)[0]) == {"case", "variant", "trial", "rule", "label", "annotator"}


def test_rows_are_drawn_evenly_over_rules() -> None:
    """Five of each of two, though one has many more answers."""
    both = run("run", {**grid("p" * 9, 20), ("c0", "rare"): "ppppp"})
    drawn = [row["rule"] for row in drawn_rows(both, 10, seed=1)]
    assert (drawn.count("one"), drawn.count("rare")) == (5, 5)


def test_the_same_seed_draws_the_same_rows() -> None:
    """And another seed others."""
    assert drawn_rows(RUN, 10, seed=1) == drawn_rows(RUN, 10, seed=1) != drawn_rows(RUN, 10, seed=2)


def test_no_more_rows_than_answers() -> None:
    """Forty answers."""
    assert len(drawn_rows(RUN, 1_000, seed=1)) == 40


def test_agreement_is_counted_where_both_decide() -> None:
    """Eight of ten; two labels say that the rule does not apply."""
    answers = [(number, P) for number in range(8)] + [(30, P), (31, F)]
    found = held(said(*answers, (8, Outcome.NOT_APPLICABLE), (9, Outcome.NOT_APPLICABLE)))
    row = found.rules[0]
    assert (row.agreement.n, row.agreement.agreed.value, row.outside) == (10, 0.9, 2)


def test_the_corrected_rate_is_moved_by_what_labels_say() -> None:
    """The run says 75 %; every second pass that was labelled is a fail."""
    answers = [(number, P if number % 2 else F) for number in range(20)] + [(n, F) for n in range(30, 36)]
    row = held(said(*answers)).rules[0]
    assert row.raw.mean == pytest.approx(0.75)
    assert row.corrected.mean is not NO_NUMBER
    assert row.corrected.mean < 0.5


def test_a_single_annotator_has_nobody_to_agree_with() -> None:
    """No α."""
    assert held(said((1, P), (2, F))).alpha.value is NO_NUMBER


def test_several_annotators_have_an_alpha() -> None:
    """They agree but once."""
    by_answer = {
        (f"c{number}", "base", 1, "one"): {"a": F if number % 3 else P, "b": F if number % 3 else P}
        for number in range(20)
    }
    by_answer["c0", "base", 1, "one"]["b"] = F
    alpha = held(Labels(("x",), by_answer)).alpha.value
    assert alpha is not NO_NUMBER
    assert 0.5 < alpha < 1


def test_two_variants_have_a_difference_where_both_sides_are_labelled() -> None:
    """All pass before, half fail after, and the labels say the same."""
    base, failing = run("run", grid("p", 20)), run("run", grid("f", 20))
    after = [
        replace(failed if place % 2 else passed, variant="new")
        for place, (passed, failed) in enumerate(zip(base.verdicts, failing.verdicts, strict=True))
    ]
    both = base.model_copy(
        update={"variants": (("base", "1"), ("new", "2")), "verdicts": (*base.verdicts, *after)}
    )
    labels = Labels(
        ("x",),
        {
            (f"c{number}", variant, 1, "one"): {"a": F if variant == "new" and number % 2 else P}
            for number in range(10)
            for variant in ("base", "new")
        },
    )
    (found,) = hold_against_labels(both, labels).differences
    assert (found.variant, found.difference.mean) == ("new", pytest.approx(-0.5))
