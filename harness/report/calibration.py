"""``calibration.html``: how far to trust each check, as one self-contained picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from harness import __version__
from harness.calibration.judged import CheckFigures, Judged
from harness.calibration.labelled import Split
from harness.calibration.result import Calibration
from harness.calibration.tally import MutantCell, MutantFigures
from harness.core.types import Outcome
from harness.report import words
from harness.report.figures import Tile
from harness.report.template import asset, make_environment, source_hash
from harness.stats.classification import rate_of
from harness.stats.interval import NO_NUMBER

__all__ = ["render_calibration"]

LABELS = (Outcome.FAIL, Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.UNDECIDED)
SHADES = 5
MOST_DISAGREEMENTS = 200  # of one check; the JSON document has them all
SOUNDNESS = {
    "both": "pass and fail are sound",
    "fail_only": "a pass means: no violation seen",
    "evidence": "informs a judge",
}


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check: its figures, its confusion table and what it decided otherwise."""

    check: CheckFigures
    soundness: str
    columns: tuple[Outcome, ...]
    confusion: tuple[tuple[Outcome, tuple[int, ...]], ...]
    disagreements: tuple[Judged, ...]
    beyond: int


@dataclass(frozen=True, slots=True)
class MutantRow:
    """One check in the table of mutants; ``None`` where a kind of mutation does not speak about it."""

    check: str
    cells: tuple[MutantCell | None, ...]


def render_calibration(result: Calibration) -> str:
    """Return the picture of a calibration as one HTML document that fetches nothing."""
    style = asset("style.css") + asset("calibration.css")
    environment = make_environment()
    environment.globals.update(shade=_shade)
    return environment.get_template("calibration.html.j2").render(
        result=result,
        held_back=result.split is Split.HELD_BACK,
        tiles=_tiles(result),
        rows=[_row(check, result.disagreements) for check in sorted(result.measured, key=_worst_first)],
        mutants=result.mutants,
        same_kinds=[] if result.mutants is None else _kinds_that_keep(result.mutants),
        same_rows=[] if result.mutants is None else _rows_that_keep(result.mutants),
        broken_cells=[] if result.mutants is None else _cells_that_turn(result.mutants),
        style=Markup(style),  # noqa: S704 - our own file
        style_hash=Markup(source_hash(style)),  # noqa: S704 - base64
        version=__version__,
    )


def _worst_first(row: CheckFigures) -> tuple[float, str]:
    return (2.0 if row.figures.f1.mean is NO_NUMBER else row.figures.f1.mean, row.check.id)


def _tiles(result: Calibration) -> list[Tile]:
    labels = sum(row.figures.labels for row in result.measured)
    agreed = rate_of(sum(row.figures.agreed.hits for row in result.measured), labels)
    undecided = rate_of(
        sum(row.figures.undecided.hits for row in result.measured),
        sum(row.figures.undecided.n for row in result.measured),
    )
    found = [
        Tile("Labels", f"{labels:,}", f"on {words.count(result.responses, 'response')}"),
        Tile("Decided as labelled", words.percent(agreed.mean), f"{agreed.hits:,} of {agreed.n:,}"),
        Tile("Left undecided", words.percent(undecided.mean), f"{undecided.hits:,} of {undecided.n:,}"),
        Tile(
            "Checks with labels",
            f"{len(result.measured)} of {len(result.checks)}",
            "of the others nothing is known" if result.unlabelled else "none is left out",
        ),
    ]
    if result.mutants is not None:
        hits = sum(cell.right.hits for cell in result.mutants.cells)
        share = rate_of(hits, result.mutants.verdicts)
        found.append(Tile("Mutants decided rightly", words.percent(share.mean), f"{hits:,} of {share.n:,}"))
    return found


def _row(row: CheckFigures, disagreements: Sequence[Judged]) -> CheckRow:
    counts = {(label, outcome): count for label, outcome, count in row.figures.cells}
    columns = tuple(outcome for outcome in Outcome if any(key[1] is outcome for key in counts))
    own = [item for item in disagreements if item.check == row.check.id]
    return CheckRow(
        check=row,
        soundness=SOUNDNESS[row.check.soundness.value],
        columns=columns,
        confusion=tuple(
            (label, tuple(counts.get((label, outcome), 0) for outcome in columns))
            for label in LABELS
            if any(key[0] is label for key in counts)
        ),
        disagreements=tuple(own[:MOST_DISAGREEMENTS]),
        beyond=max(0, len(own) - MOST_DISAGREEMENTS),
    )


def _kinds_that_keep(mutants: MutantFigures) -> list[MutantCell]:
    return [cell for cell in mutants.kinds if cell.expected is Outcome.PASS]


def _rows_that_keep(mutants: MutantFigures) -> list[MutantRow]:
    kinds = [cell.kind for cell in _kinds_that_keep(mutants)]
    by_place = {(cell.check, cell.kind): cell for cell in (*mutants.kinds, *mutants.cells)}
    checks = sorted({cell.check for cell in mutants.cells if cell.kind in kinds})
    return [MutantRow(name, tuple(by_place.get((name, kind)) for kind in kinds)) for name in ("*", *checks)]


def _cells_that_turn(mutants: MutantFigures) -> list[MutantCell]:
    """Return the cells of edits that alter the verdict, check by check, in the order of the kinds."""
    return [cell for cell in mutants.cells if cell.expected is not Outcome.PASS]


def _shade(share: float) -> int:
    """Return 0 for all right up to 5 for all wrong."""
    return min(SHADES, -int(-(1 - share) * SHADES // 1))
