"""How far a router's choices can be trusted: calibration, agreement with another router, the hardest cases.

Brier score: Glenn Brier, Verification of forecasts expressed in terms of probability (1950). Expected
calibration error: Naeini, Cooper and Hauskrecht (AAAI 2015), here over bins of equal numbers of choices, as
bins of equal width stand mostly empty. Kappa: Jacob Cohen (1960).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from harness.routing.metrics import MISSING, RoutingRow

__all__ = [
    "Agreement",
    "Calibration",
    "Hard",
    "Trust",
    "agreement_of",
    "calibration_of",
    "hardest_cases",
    "trust_in",
]

_BINS = 10
_HARDEST = 10


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well stated confidence foretells whether a choice is right.

    Attributes:
        brier: mean squared distance of confidence and outcome, in [0, 1]; 0 is best.
        error: expected calibration error, in [0, 1]; 0 is best.
        bins: (mean confidence, share right, choices), the least confident first.
    """

    brier: float
    error: float
    bins: tuple[tuple[float, float, int], ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often two routers choose the same for the same case.

    ``kappa`` leaves out what chance would give; ``None`` where both always say one name. ``both_wrong``
    counts the cases that both got wrong.
    """

    n: int
    same: float
    kappa: float | None
    both_wrong: int


@dataclass(frozen=True, slots=True)
class Hard:
    """A case that is rarely routed right: ``right`` of ``asked`` choices, and what was chosen instead."""

    case: str
    expected: str
    right: int
    asked: int
    chosen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trust:
    """All of it for one router; ``agreement`` is that with the router named ``beside``."""

    calibration: Calibration | None
    agreement: Agreement | None
    beside: str
    hardest: tuple[Hard, ...]


def trust_in(rows: Sequence[RoutingRow], beside: tuple[str, Sequence[RoutingRow]] = ("", ())) -> Trust:
    """Measure how far choices can be trusted.

    Args:
        rows: the choices.
        beside: name and choices of another router for the same cases.
    """
    return Trust(calibration_of(rows), agreement_of(rows, beside[1]), beside[0], hardest_cases(rows))


def calibration_of(rows: Sequence[RoutingRow]) -> Calibration | None:
    """Hold confidence against outcome; ``None`` for a router that states no confidence."""
    made = sorted(
        (row.confidence, row.correct)
        for row in rows
        if row.predicted != MISSING and row.confidence is not None
    )
    if not made:
        return None
    from sklearn.metrics import brier_score_loss

    size = -(-len(made) // _BINS)
    bins = []
    for start in range(0, len(made), size):
        part = made[start : start + size]
        bins.append(
            (
                sum(sure for sure, _ in part) / len(part),
                sum(right for _, right in part) / len(part),
                len(part),
            )
        )
    error = sum(abs(sure - right) * count for sure, right, count in bins) / len(made)
    brier = brier_score_loss([right for _, right in made], [sure for sure, _ in made], pos_label=True)
    return Calibration(float(brier), error, tuple(bins))


def agreement_of(rows: Sequence[RoutingRow], others: Sequence[RoutingRow]) -> Agreement | None:
    """Compare two routers on the cases that both chose for; ``None`` if there is no such case.

    Of a case asked several times the most frequent choice counts, the first of equals.
    """
    one, other = _choices(rows), _choices(others)
    cases = sorted(one.keys() & other.keys())
    if not cases:
        return None
    from sklearn.metrics import cohen_kappa_score

    first, second = [one[case] for case in cases], [other[case] for case in cases]
    expected = {row.case: row.expected for row in rows}
    same = sum(a == b for a, b in zip(first, second, strict=True)) / len(cases)
    alone = len({*first, *second}) == 1
    return Agreement(
        n=len(cases),
        same=same,
        kappa=None if alone else float(cohen_kappa_score(first, second)),
        both_wrong=sum(expected[case] not in (one[case], other[case]) for case in cases),
    )


def hardest_cases(rows: Sequence[RoutingRow], limit: int = _HARDEST) -> tuple[Hard, ...]:
    """Return the cases with the smallest share of right choices.

    Among equals those come first whose label the router ranked lowest, or was surest against.
    """
    by_case: defaultdict[str, list[RoutingRow]] = defaultdict(list)
    for row in rows:
        if row.predicted != MISSING:
            by_case[row.case].append(row)
    wrong = [made for made in by_case.values() if not all(row.correct for row in made)]
    wrong.sort(key=_ease)
    return tuple(
        Hard(
            case=made[0].case,
            expected=made[0].expected,
            right=sum(row.correct for row in made),
            asked=len(made),
            chosen=_most_frequent([row.predicted for row in made if not row.correct]),
        )
        for made in wrong[:limit]
    )


def _ease(made: Sequence[RoutingRow]) -> tuple[float, int, float, str]:
    first = made[0]
    place = first.ranked.index(first.expected) if first.expected in first.ranked else len(first.ranked)
    share = sum(row.correct for row in made) / len(made)
    return share, -place, -(first.confidence or 0.0), first.case


def _choices(rows: Sequence[RoutingRow]) -> dict[str, str]:
    chosen: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.predicted != MISSING:
            chosen[row.case].append(row.predicted)
    return {case: _most_frequent(names)[0] for case, names in chosen.items()}


def _most_frequent(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(names), key=lambda name: -names.count(name)))
