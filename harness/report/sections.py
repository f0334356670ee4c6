"""What the page says of a run beside its verdicts: steadiness, cost and latency, trust in what decided."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

from harness.calibration.corrected import CorrectedScore
from harness.core.types import CaseKind, Outcome, Sample, Verdict
from harness.report.escape import anchor
from harness.report.model import HAND_WRITTEN, RunResults
from harness.report.words import corrected_figure
from harness.stats.flaky import Steadiness, Tally, steadiness
from harness.stats.interval import NO_NUMBER, Number

__all__ = ["FlakyCell", "Speed", "TrustRow", "flaky_cells", "speeds", "trials_asked", "trust_rows"]

MOST_CELLS = 60


@dataclass(frozen=True, slots=True)
class FlakyCell:
    """A case and a rule that came out both ways among the trials of this run; links lead to one of each."""

    case: str
    rule: str
    variant: str
    tally: Tally
    passed: str
    failed: str

    @property
    def said(self) -> str:
        """What the trials tell, in words."""
        return "flaky" if self.tally.conclusion is Steadiness.FLAKY else "too few trials to tell"


def trials_asked(results: RunResults) -> int:
    """Return the most trials that a case has in this run."""
    return max((sample.trial for sample in results.samples if sample.variant != HAND_WRITTEN), default=0)


def flaky_cells(results: RunResults) -> list[FlakyCell]:
    """Return the cells that came out both ways, the most evenly divided first."""
    cells: defaultdict[tuple[str, str, str], list[Verdict]] = defaultdict(list)
    for verdict in results.verdicts:
        if verdict.variant != HAND_WRITTEN and verdict.decision.outcome in (Outcome.PASS, Outcome.FAIL):
            cells[verdict.case, verdict.rule, verdict.variant].append(verdict)
    found = []
    for (case, rule, variant), own in cells.items():
        if len(own) < 2:
            continue
        passed = [one for one in own if one.decision.outcome is Outcome.PASS]
        failed = [one for one in own if one.decision.outcome is Outcome.FAIL]
        if passed and failed:
            tally = steadiness(len(passed), len(failed))
            found.append(FlakyCell(case, rule, variant, tally, _answer(passed[0]), _answer(failed[0])))
    return sorted(
        found, key=lambda cell: (-min(cell.tally.passed, cell.tally.failed), -cell.tally.failed, cell.case)
    )


def _answer(verdict: Verdict) -> str:
    return anchor("answer", verdict.case, verdict.variant, str(verdict.trial))


@dataclass(frozen=True, slots=True)
class Speed:
    """Latency (seconds) and length (tokens) of the answers of one kind; ``p90`` is the 90th percentile.

    Of answers that came in batches nobody knows the latency: they count for the lengths only.
    """

    name: str
    answers: int
    median: Number
    p90: Number
    longest: Number
    tokens_in: float
    tokens_out: float
    slowest: str


def speeds(results: RunResults) -> list[Speed]:
    """Return latency and length per variant; routing choices apart, they are another kind of answer."""
    kinds = {case.id: case.kind for case in results.cases}
    groups: defaultdict[tuple[str, CaseKind], list[Sample]] = defaultdict(list)
    for sample in results.samples:
        if sample.variant != HAND_WRITTEN:
            groups[sample.variant, kinds[sample.case]].append(sample)
    return [_speed(variant, kind, own) for (variant, kind), own in groups.items()]


def _speed(variant: str, kind: CaseKind, samples: Sequence[Sample]) -> Speed:
    timed = [(one.completion.latency_s, one) for one in samples if one.completion.latency_s is not None]
    seconds = sorted(latency for latency, _ in timed)
    slow = max(timed, key=itemgetter(0))[1] if timed else None
    usages = [sample.completion.usage for sample in samples]
    return Speed(
        name=variant if kind is CaseKind.COMPLIANCE else f"{variant}, routing",
        answers=len(samples),
        median=statistics.median(seconds) if seconds else NO_NUMBER,
        p90=seconds[min(len(seconds) - 1, round(0.9 * (len(seconds) - 1)))] if seconds else NO_NUMBER,
        longest=seconds[-1] if seconds else NO_NUMBER,
        tokens_in=statistics.median(usage.input_tokens for usage in usages),
        tokens_out=statistics.median(usage.output_tokens for usage in usages),
        slowest=anchor("answer", slow.case, slow.variant, str(slow.trial))
        if slow is not None and kind is CaseKind.COMPLIANCE
        else "",
    )


@dataclass(frozen=True, slots=True)
class TrustRow:
    """How often what decides a rule was wrong on labelled answers; ``why`` where that was never measured."""

    rule: str
    decided_by: str
    wrong_fails: str
    wrong_passes: str
    corrected: str
    why: str


def trust_rows(results: RunResults) -> list[TrustRow]:
    """Return a row per rule with a result on an answer of a model, in file order."""
    rows = []
    for rule in results.rules:
        score = next(
            (
                one
                for one in results.scores
                if one.rule == rule.rule.id and one.n and one.variant != HAND_WRITTEN
            ),
            None,
        )
        found = results.corrected_of(rule.rule.id, score.variant) if score else None
        if found is None:
            continue
        if isinstance(found, CorrectedScore):
            errors = found.errors
            wrong_fails = f"{errors.passes - errors.passes_seen} of {errors.passes}"
            wrong_passes = f"{errors.fails - errors.fails_seen} of {errors.fails}"
            rows.append(
                TrustRow(
                    rule.rule.id,
                    results.decider_of(rule),
                    wrong_fails,
                    wrong_passes,
                    corrected_figure(found),
                    "",
                )
            )
        else:
            rows.append(TrustRow(rule.rule.id, results.decider_of(rule), "–", "–", "", found.why))
    return rows
