"""What was not measured, or measured on nothing, on both sides; no conclusion may gain by it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from harness.compare.cells import Cell, Evasion, Grid
from harness.compare.model import Direction, EvasionChange, Policy
from harness.core.types import Case
from harness.stats.interval import NO_NUMBER, Number
from harness.stats.multiple import holm
from harness.stats.paired import PairedDifference, paired_difference, sign_flip_p

__all__ = ["evasion_changes", "real_passes", "supported"]


def evasion_changes(
    grids: tuple[Grid, Grid], cases: Mapping[str, Case], policy: Policy
) -> tuple[EvasionChange, ...]:
    """Return how often each kind of evasion happens on both sides, and which of them rose."""
    shares = [_shares(grid) for grid in grids]
    p_values = {}
    for kind in Evasion:
        first, second = (side[kind] for side in shares)
        both = [case for case in first if case in second]
        # A rise is a drop of the negative.
        moved = [first[case] - second[case] for case in both]
        clusters = [cases[case].cluster or case for case in both]
        p_values[kind] = sign_flip_p(moved, clusters, seed=policy.seed)[0]
    rose = holm(p_values, policy.alpha)
    return tuple(
        EvasionChange(
            kind=kind,
            before=_mean(shares[0][kind]),
            after=_mean(shares[1][kind]),
            p_rise=p_values[kind],
            rose=kind in rose,
        )
        for kind in Evasion
    )


def _shares(grid: Grid) -> dict[Evasion, dict[str, float]]:
    """Return, by kind and case, the share of the case's wanted verdicts that are of that kind."""
    wanted: Counter[str] = Counter()
    found: dict[Evasion, Counter[str]] = {kind: Counter() for kind in Evasion}
    for (case, _), cell in grid.items():
        wanted[case] += cell.wanted
        for kind, number in cell.evasions.items():
            found[kind][case] += number
    return {
        kind: {case: counts[case] / number for case, number in wanted.items() if number}
        for kind, counts in found.items()
    }


def _mean(shares: Mapping[str, float]) -> Number:
    return sum(shares.values()) / len(shares) if shares else NO_NUMBER


def real_passes(grids: tuple[Grid, Grid], cases: Mapping[str, Case], policy: Policy) -> PairedDifference:
    """Return the difference of the share of wanted verdicts that are passes on something.

    A rate leaves out what was not decided, and takes a vacuous pass for a pass. Here both are no pass, on all
    cells that either side decides: who evades a rule that was broken gains nothing.

    Args:
        grids: both sides; of all rules, or of one.
        cases: by id.
        policy: seed and error budget.
    """
    by_case: defaultdict[str, list[float]] = defaultdict(list)
    for key in {**grids[0], **grids[1]}:
        first, second = grids[0].get(key, _EMPTY), grids[1].get(key, _EMPTY)
        if first.decided or second.decided:
            by_case[key[0]].append(_real(second) - _real(first))
    return paired_difference(
        [sum(moved) / len(moved) for moved in by_case.values()],
        [cases[case].cluster or case for case in by_case],
        confidence=1 - policy.alpha,
        seed=policy.seed,
    )


_EMPTY = Cell()


def _real(cell: Cell) -> float:
    return (cell.passed - cell.evasions[Evasion.VACUOUS]) / cell.wanted if cell.wanted else 0.0


def supported(direction: Direction, real: PairedDifference, policy: Policy) -> Direction:
    """Return what is left of a conclusion about rates when evasion counts as no pass.

    ``improved`` needs more real passes, ``same`` no fewer; neither is claimed because fewer answers hold
    anything that could be wrong.
    """
    if real.delta is NO_NUMBER or real.p is NO_NUMBER or real.p_drop is NO_NUMBER:
        return Direction.INCONCLUSIVE if direction in {Direction.IMPROVED, Direction.SAME} else direction
    if direction is Direction.IMPROVED and not (real.delta > 0 and real.p <= policy.alpha):
        return Direction.INCONCLUSIVE
    if direction is Direction.SAME and real.p_drop <= policy.alpha:
        return Direction.INCONCLUSIVE
    return direction
