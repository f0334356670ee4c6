"""How well an instrument tells violations from obedience: its outcomes held against people's labels.

The class of interest is ``fail``. *Precision*: of what is failed, how much is labelled fail. *Recall*: of
what is labelled fail, how much is failed; what was left undecided was not caught. *F1* is their harmonic
mean. Every label is one independent observation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from harness.core.types import Outcome
from harness.stats.interval import NO_NUMBER, Number, wilson_interval

__all__ = ["Classification", "Rate", "classification_of", "f1_of", "rate_of"]

_NO_VERDICT = frozenset({Outcome.UNDECIDED, Outcome.ERROR})


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval; nothing counted gives no number.

    ``hits`` of ``n`` were so. For F1 they are the violations found, out of all that are labelled or failed.
    """

    hits: int
    n: int
    mean: Number
    low: Number
    high: Number


@dataclass(frozen=True, slots=True)
class Classification:
    """What an instrument made of labelled answers.

    Attributes:
        labels: labelled answers.
        agreed: outcome equal to the label.
        precision: of the failed, those labelled fail.
        recall: of those labelled fail, the failed.
        f1: harmonic mean of the two.
        undecided: of the answers that a person could decide, those that were left undecided.
        applicability: of the answers decided by both, those on which both say, or neither says, that the
            rule does not apply.
        errors: answers on which the instrument crashed.
        cells: how often each (label, outcome) occurred, sorted.
    """

    labels: int
    agreed: Rate
    precision: Rate
    recall: Rate
    f1: Rate
    undecided: Rate
    applicability: Rate
    errors: int
    cells: tuple[tuple[Outcome, Outcome, int], ...]


def rate_of(hits: int, n: int) -> Rate:
    """Return a share with Wilson's 95 % interval (:func:`harness.stats.interval.wilson_interval`)."""
    if not n:
        return Rate(hits, n, NO_NUMBER, NO_NUMBER, NO_NUMBER)
    return Rate(hits, n, hits / n, *wilson_interval(hits / n, n))


def f1_of(found: int, invented: int, missed: int) -> Rate:
    """Return F1 with its 95 % interval; nothing labelled and nothing failed gives no number.

    F1 = 2J/(1+J) with J = found/(found + invented + missed), and J is an ordinary proportion once the three
    are taken together. So the interval is Wilson's interval of J, carried over by the same rising function:
    the "Wilson indirect" interval of Lam, Gopal and Qian (Confidence Intervals for the F1 Score,
    arXiv 2309.14621, 2023). It needs no random numbers, and unlike a bootstrap or a delta interval it is
    not of width zero where no mistake was seen.

    Args:
        found: labelled fail and failed.
        invented: failed and not labelled so.
        missed: labelled fail and not failed.
    """
    n = found + invented + missed
    if not n:
        return Rate(0, 0, NO_NUMBER, NO_NUMBER, NO_NUMBER)
    low, high = wilson_interval(found / n, n)
    return Rate(found, n, _f1(found / n), _f1(low), _f1(high))


def _f1(jaccard: float) -> float:
    return 2 * jaccard / (1 + jaccard)


def classification_of(pairs: Iterable[tuple[Outcome, Outcome]]) -> Classification:
    """Sum up (label, outcome) pairs; precision, recall and F1 are those of van Rijsbergen (1979)."""
    cells = Counter(pairs)
    found = cells[Outcome.FAIL, Outcome.FAIL]
    failed = _count(cells, outcomes={Outcome.FAIL})
    labelled = _count(cells, labels={Outcome.FAIL})
    told = set(Outcome) - _NO_VERDICT
    same_scope = sum(
        count
        for (label, outcome), count in cells.items()
        if {label, outcome} <= told
        and (label is Outcome.NOT_APPLICABLE) == (outcome is Outcome.NOT_APPLICABLE)
    )
    agreed = sum(count for (label, outcome), count in cells.items() if label is outcome)
    return Classification(
        labels=cells.total(),
        agreed=rate_of(agreed, cells.total()),
        precision=rate_of(found, failed),
        recall=rate_of(found, labelled),
        f1=f1_of(found, failed - found, labelled - found),
        undecided=rate_of(
            _count(cells, labels=told, outcomes={Outcome.UNDECIDED}), _count(cells, labels=told)
        ),
        applicability=rate_of(same_scope, _count(cells, labels=told, outcomes=told)),
        errors=_count(cells, outcomes={Outcome.ERROR}),
        cells=tuple((label, outcome, count) for (label, outcome), count in sorted(cells.items()) if count),
    )


def _count(
    cells: Counter[tuple[Outcome, Outcome]],
    labels: Iterable[Outcome] = tuple(Outcome),
    outcomes: Iterable[Outcome] = tuple(Outcome),
) -> int:
    return sum(cells[label, outcome] for label in labels for outcome in outcomes)
