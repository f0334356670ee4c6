"""What became of mutants, counted per kind of mutation and check."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.core.types import Outcome
from harness.stats.classification import Rate
from harness.stats.interval import estimate

__all__ = ["MutantCell", "MutantFigures", "MutantVerdict", "mutant_figures"]


@dataclass(frozen=True, slots=True)
class MutantVerdict:
    """One mutant decided by one check; ``response`` is the file it was made of, ``site`` says where."""

    response: str
    site: str
    kind: str
    check: str
    expected: Outcome
    outcome: Outcome
    reason: str

    @property
    def right(self) -> bool:
        """Whether the mutant is decided as its kind demands."""
        return self.outcome is self.expected


@dataclass(frozen=True, slots=True)
class MutantCell:
    """The mutants of one kind, decided by one check (``*``: by all).

    Of the others ``undecided`` were left undecided, the rest got a wrong verdict.
    """

    kind: str
    check: str
    expected: Outcome
    right: Rate
    undecided: int


@dataclass(frozen=True, slots=True)
class MutantFigures:
    """All cells, kinds in their order, checks sorted; and the mutants that were decided wrongly."""

    mutants: int
    verdicts: int
    kinds: tuple[MutantCell, ...]
    cells: tuple[MutantCell, ...]
    wrong: tuple[MutantVerdict, ...]


def mutant_figures(verdicts: Iterable[MutantVerdict], mutants: int, kinds: Iterable[str]) -> MutantFigures:
    """Count verdicts per kind, and per kind and check.

    Args:
        verdicts: every mutant decided by every check that its kind is about.
        mutants: how many mutants there were.
        kinds: the kinds in the order in which they are to be listed.
    """
    rows = list(verdicts)
    order = {kind: place for place, kind in enumerate(kinds)}
    cells = _cells(((row.kind, row.check), row) for row in rows)
    totals = _cells(((row.kind, "*"), row) for row in rows)
    return MutantFigures(
        mutants=mutants,
        verdicts=len(rows),
        kinds=tuple(sorted(totals, key=lambda cell: order[cell.kind])),
        cells=tuple(sorted(cells, key=lambda cell: (cell.check, order[cell.kind]))),
        wrong=tuple(row for row in rows if not row.right),
    )


def _cells(keyed: Iterable[tuple[tuple[str, str], MutantVerdict]]) -> list[MutantCell]:
    groups: defaultdict[tuple[str, str, Outcome], list[MutantVerdict]] = defaultdict(list)
    for (kind, check), row in keyed:
        groups[kind, check, row.expected].append(row)
    return [
        MutantCell(
            kind,
            check,
            expected,
            _share_right(rows),
            sum(row.outcome is Outcome.UNDECIDED and not row.right for row in rows),
        )
        for (kind, check, expected), rows in groups.items()
    ]


def _share_right(rows: Sequence[MutantVerdict]) -> Rate:
    """Return the share decided rightly; verdicts on mutants of one response resemble each other."""
    values = [float(row.right) for row in rows]
    found = estimate(values, [row.response for row in rows], len(rows))
    return Rate(sum(row.right for row in rows), len(rows), found.mean, found.low, found.high)
