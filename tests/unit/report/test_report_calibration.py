"""The picture of a calibration: complete, honest about what is not known, safe whatever a label says."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from harness.calibration.judged import CheckFigures, Judged
from harness.calibration.labelled import Split
from harness.calibration.result import Calibration
from harness.calibration.tally import MutantVerdict, mutant_figures
from harness.checks.registry import built_in_checks
from harness.core.types import Decision, Outcome
from harness.report.calibration import render_calibration
from harness.stats.classification import classification_of

P, F, U = Outcome.PASS, Outcome.FAIL, Outcome.UNDECIDED
CHECKS = built_in_checks()
CONSOLE, RBAC = CHECKS["logging/no-console"], CHECKS["access/rbac"]
HOSTILE = "</li><script>alert(1)</script>\u202e"


def judged(reason: str = "uses the console") -> Judged:
    return Judged("golden/one.md", 7, CONSOLE.id, P, Decision(F, reason), "why")


def calibration() -> Calibration:
    pairs = [(F, F)] * 3 + [(P, F), (F, U), (P, P)]
    return Calibration(
        split=Split.DEVELOPMENT,
        folders=("datasets/coder/golden",),
        responses=6,
        checks=(
            CheckFigures(CONSOLE, classification_of(pairs)),
            CheckFigures(RBAC, classification_of([])),
        ),
        disagreements=(judged(),),
        mutants=None,
        warnings=(),
    )


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_rates_stand_with_interval_and_number() -> None:
    """Three of the four that were failed are labelled so."""
    assert "precision 75% 30–95% · n 4" in words(render_calibration(calibration()))


def test_a_check_without_labels_is_named() -> None:
    """It is unknown, not good."""
    assert "Nothing is known about access/rbac: no label speaks of them." in words(
        render_calibration(calibration())
    )


def test_what_cannot_be_counted_has_no_number() -> None:
    """A check without a labelled fail has no recall."""
    only = replace(
        calibration(), checks=(CheckFigures(CONSOLE, classification_of([(P, P)])),), disagreements=()
    )
    assert "recall – nothing to count" in words(render_calibration(only))


def test_every_disagreement_is_listed_with_its_place() -> None:
    """File, line, label, outcome, reason, and why the label is what it is."""
    said = words(render_calibration(calibration()))
    assert "golden/one.md:7 labelled ✓ pass decided ✗ fail uses the console Label: why" in said


def test_held_back_responses_are_said_to_be_held_back() -> None:
    """Nobody takes their figures for those of development."""
    page = render_calibration(replace(calibration(), split=Split.HELD_BACK))
    assert "Held-back responses." in page
    assert "Held-back responses." not in render_calibration(calibration())


@pytest.mark.parametrize("field", ["reason", "warning", "folder"])
def test_hostile_text_stays_text(field: str) -> None:
    """Reasons quote what a model wrote."""
    hostile = {
        "reason": replace(calibration(), disagreements=(judged(HOSTILE),)),
        "warning": replace(calibration(), warnings=(HOSTILE,)),
        "folder": replace(calibration(), folders=(HOSTILE,)),
    }[field]
    page = render_calibration(hostile)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "\u202e" not in page


def test_the_page_fetches_nothing() -> None:
    """No address but those of fragments and data."""
    assert re.findall(r'(?:src|href)="(?!#|data:)', render_calibration(calibration())) == []


def test_mutants_stand_by_kind_and_check() -> None:
    """Those that must still pass in a table, those that must not in rows."""
    verdicts = [
        MutantVerdict("one.md", "log", "rename", CONSOLE.id, P, P, ""),
        MutantVerdict("two.md", "log", "rename", CONSOLE.id, P, U, "not understood"),
        MutantVerdict("one.md", "line 3", "log to the console", CONSOLE.id, F, F, ""),
    ]
    mutants = mutant_figures(verdicts, 3, ["rename", "log to the console"])
    said = words(render_calibration(replace(calibration(), mutants=mutants)))
    assert "logging/no-console 1 /2" in said
    assert "logging/no-console log to the console ✗ fail 100% 1 · ·" in said
    assert "rename at log: logging/no-console must ✓ pass decided ? undecided not understood" in said
