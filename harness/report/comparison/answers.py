"""The answers that a report of the gate points to, as files of the run's folder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from harness.compare.gate import AgentGate
from harness.compare.model import CaseFlip
from harness.core.jsonl import write_atomic
from harness.core.types import Sample, Verdict
from harness.report.written import printed

__all__ = ["MOST_CITED", "answer_path", "cited", "write_cited"]

MOST_CITED = 50
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def cited(gate: AgentGate) -> tuple[CaseFlip, ...]:
    """Return the cases that got worse, as many as a report points to."""
    return tuple(flip for flip in gate.result.comparison.flips if flip.delta < 0)[:MOST_CITED]


def answer_path(verdict: Verdict) -> str:
    """Return where the answer of a verdict lies, relative to the run's folder."""
    name = f"{verdict.case}--{verdict.variant}--{verdict.trial}"
    return f"answers/{_UNSAFE.sub('-', name)[:120]}.md"


def write_cited(folder: Path, gate: AgentGate, samples: Sequence[Sample]) -> None:
    """Write the cited answers and the files they wrote, so that lines of findings can be looked up.

    Raises:
        IncompleteError: the folder cannot be written to.
    """
    answers = {(one.case, one.variant, one.trial): one.completion for one in samples}
    for flip in cited(gate):
        verdict = flip.verdict_after
        answer = answers.get((verdict.case, verdict.variant, verdict.trial))
        if answer is not None:
            write_atomic(folder / answer_path(verdict), printed(answer, flip.case.files).text)
