"""Of a judge that may not gate, what the check said stands - for fresh answers too."""

from __future__ import annotations

from pathlib import Path

from harness.core.config import JudgeConfig
from harness.core.types import Basis, Decision, Mode, Outcome, Verdict
from harness.pipeline.judge_trust import trusted_verdicts

JUDGED = Decision(Outcome.FAIL, "a judge says so", evidence=(("judge", "a:b"), ("static", "pass")))


def verdict(basis: Basis) -> Verdict:
    return Verdict("c", "after", 1, "errors", "errors/handled", 1, Mode.ANALOGUE, basis, JUDGED)


def trusted(basis: Basis, folder: Path) -> Verdict:
    (found,) = trusted_verdicts([verdict(basis)], JudgeConfig(calibrations=str(folder)))
    return found


def test_a_judge_that_was_never_measured_confirms_nothing(tmp_path: Path) -> None:
    found = trusted(Basis.JUDGE, tmp_path)
    assert (found.basis, found.decision.outcome) == (Basis.STATIC, Outcome.PASS)


def test_what_a_check_or_a_person_said_stands(tmp_path: Path) -> None:
    assert [trusted(basis, tmp_path).decision.outcome for basis in (Basis.STATIC, Basis.HUMAN)] == [
        Outcome.FAIL,
        Outcome.FAIL,
    ]
