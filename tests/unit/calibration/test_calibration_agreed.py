"""The label that annotators agree on after a disagreement: it decides, and is nobody's own opinion."""

from __future__ import annotations

from harness.calibration.human_labels import Labels, independent, majority
from harness.core.types import Outcome
from harness.suite.annotations import AGREED

SAID = {"anna": Outcome.PASS, "ben": Outcome.FAIL, AGREED: Outcome.UNDECIDED}


def test_what_was_agreed_on_decides() -> None:
    """Even where it is what neither had said."""
    assert majority(SAID) is Outcome.UNDECIDED


def test_it_is_not_an_annotator() -> None:
    """Agreement among people is measured on what each said alone."""
    assert independent(SAID) == {"anna": Outcome.PASS, "ben": Outcome.FAIL}


def test_it_is_not_named_among_annotators() -> None:
    """Two people labelled, not three."""
    assert Labels((), {("case", "base", 1, "rule"): SAID}).annotators == ("anna", "ben")
