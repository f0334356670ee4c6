"""Scores corrected for the measured errors of what decided them, beside the raw ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.calibration.errors import ErrorTable, Instrument, MeasuredErrors, Unmeasured
from harness.core.types import Basis, Outcome, Verdict
from harness.stats.interval import effective_sample_size
from harness.stats.misclassification import Corrected, ErrorCounts, corrected_rate
from harness.stats.score import case_means

__all__ = ["CorrectedScore", "Uncorrected", "corrected_scores", "instrument_of"]


@dataclass(frozen=True, slots=True)
class CorrectedScore:
    """A rule's rate in one variant, corrected, with the errors that it was corrected for."""

    rule: str
    variant: str
    rate: Corrected
    errors: ErrorCounts
    source: str


@dataclass(frozen=True, slots=True)
class Uncorrected:
    """A rule's rate that is not corrected, and why in a few words."""

    rule: str
    variant: str
    why: str


def instrument_of(verdict: Verdict) -> Instrument:
    """Return what decided a verdict.

    A static check is its id and version. A judge is known by what it puts into the evidence: its models and
    the rubric's id name it; the shas of rubric and template, and the way it is asked, are its version. A
    person is an instrument without a name, and never measured.
    """
    if verdict.basis is Basis.STATIC:
        return Instrument(verdict.check, str(verdict.version))
    evidence = dict(verdict.decision.evidence)
    rubric = evidence.get("rubric", "")
    told = (rubric, evidence.get("template", ""), evidence.get("way", ""))
    return Instrument(
        f"{evidence.get('judge', '')} {rubric.partition(' ')[0]}".strip(), " ".join(filter(None, told))
    )


def corrected_scores(
    verdicts: Sequence[Verdict], clusters: Mapping[str, str], table: ErrorTable
) -> tuple[CorrectedScore | Uncorrected, ...]:
    """Correct the rate of every (rule, variant) that has one; what cannot be corrected says why.

    The raw rate and what it is worth are those of the score (:mod:`harness.stats.score`). The aggregate over
    all rules is not corrected: it would mix instruments, of which some were never measured.

    Args:
        verdicts: of a run.
        clusters: the cluster of each case; a case that is absent or has an empty cluster stands alone.
        table: the error rates that are known.
    """
    groups: defaultdict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.decision.outcome in (Outcome.PASS, Outcome.FAIL):
            groups[verdict.rule, verdict.variant].append(verdict)
    return tuple(_corrected(*key, own, clusters, table) for key, own in groups.items())


def _corrected(
    rule: str, variant: str, verdicts: Sequence[Verdict], clusters: Mapping[str, str], table: ErrorTable
) -> CorrectedScore | Uncorrected:
    instruments = {instrument_of(verdict) for verdict in verdicts}
    if len(instruments) > 1:
        return Uncorrected(rule, variant, "several checks or versions decide it")
    found = table.find(instruments.pop())
    if isinstance(found, Unmeasured):
        return Uncorrected(rule, variant, found.value)
    means = case_means(verdicts)
    values = list(means.values())
    n = effective_sample_size(values, [clusters.get(case) or case for case in means], len(verdicts))
    rate = corrected_rate(sum(values) / len(values), n, found.counts)
    if isinstance(rate.mean, float):
        return CorrectedScore(rule, variant, rate, found.counts, found.source)
    return Uncorrected(rule, variant, _why(found))


def _why(found: MeasuredErrors) -> str:
    counts = found.counts
    if not counts.passes or not counts.fails:
        absent = "pass" if not counts.passes else "fail"
        return f"no labelled answer is a {absent}"
    return "what decides it hardly tells pass from fail on labelled answers"
