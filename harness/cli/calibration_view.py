"""The figures of ``harness calibrate`` as a person sees them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.calibration.judged import CheckFigures, Judged
from harness.calibration.labelled import Split
from harness.calibration.result import Calibration
from harness.calibration.tally import MutantCell, MutantFigures
from harness.core.escape import reveal
from harness.report import words
from harness.report.escape import clip
from harness.stats.classification import Rate
from harness.stats.interval import NO_NUMBER

__all__ = ["show"]

_WIDTH = 110
_WIDE = 106  # from here on an interval and its n fit on one line
_LONGEST_NAME = 28
_SHOWN_NOTES = 5
_LONGEST_REASON = 300
_COLUMNS = ("precision", "recall", "F1", "undecided", "scope")


def show(result: Calibration, *, disagreements: bool, page: str) -> None:
    """Print what was measured to standard output.

    Args:
        result: what was measured.
        disagreements: list each label that was decided otherwise.
        page: path of the picture.
    """
    found = Console(highlight=False, markup=False, emoji=False)
    console = Console(width=min(found.width, _WIDTH), highlight=False, markup=False, emoji=False)
    console.print(Text(_headline(result), style="bold"))
    if result.split is Split.HELD_BACK:
        said = "Held-back responses: for final figures only. Do not mend a check by what is shown here."
        console.print(Text(said, style="yellow"))
    for warning in result.warnings[:_SHOWN_NOTES]:
        console.print(Text(reveal(f"note: {warning}"), style="yellow"))
    if len(result.warnings) > _SHOWN_NOTES:
        console.print(Text(f"note: and {len(result.warnings) - _SHOWN_NOTES} more", style="yellow"))
    if result.measured:
        console.print()
        console.print(_figures(result.measured, wide=console.width >= _WIDE))
    if result.unlabelled:
        console.print()
        console.print(Text(f"No label speaks of: {', '.join(result.unlabelled)}"))
    if result.mutants is not None:
        _show_mutants(console, result.mutants, listed=disagreements)
    if disagreements:
        _show_disagreements(console, result.disagreements)
    elif result.disagreements:
        said = _otherwise(len(result.disagreements))
        console.print()
        console.print(Text(f"{said}; --disagreements lists them", style="dim"))
    console.print()
    console.print(Text(f"Picture: {reveal(page)}"), soft_wrap=True)


def _headline(result: Calibration) -> str:
    labels = sum(row.figures.labels for row in result.checks)
    where = reveal(", ".join(result.folders))
    counted = f"{words.count(labels, 'label')} on {words.count(result.responses, 'response')}"
    return f"{result.split.value}: {counted} in {where}"


def _figures(rows: Sequence[CheckFigures], *, wide: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("check", overflow="fold")
    for name in _COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        figures = row.figures
        crashed = f", {figures.errors} crashed" if figures.errors else ""
        name = reveal(row.check.id)
        # What does not fit is broken between group and name, not within a word.
        title = Text(name if wide or len(name) <= _LONGEST_NAME else name.replace("/", "/\n", 1))
        counted = words.count(figures.labels, "label")
        title.append(f"\n{counted}, {figures.agreed.hits} agreed{crashed}", style="dim")
        rates = (figures.precision, figures.recall, figures.f1, figures.undecided, figures.applicability)
        table.add_row(title, *(_cell(rate, wide=wide) for rate in rates))
    return table


def _cell(rate: Rate, *, wide: bool) -> Text:
    """Show a rate with its interval and what it rests on below it."""
    if rate.mean is NO_NUMBER:
        return Text("–", style="dim")
    text = Text(short(rate.mean))
    text.append(f"\n{short(rate.low)}–{short(rate.high)}{' ' if wide else chr(10)}n {rate.n}", style="dim")
    return text


def short(value: object) -> str:
    """Write a rate as ``.97``; ``1`` and ``0`` only for all and none."""
    assert isinstance(value, float)  # noqa: S101 - the three numbers of a rate come together
    if value in {0.0, 1.0}:
        return str(int(value))
    return f"{min(max(value, 0.005), 0.994):.2f}".removeprefix("0")


def _show_mutants(console: Console, mutants: MutantFigures, *, listed: bool) -> None:
    console.print()
    counted = words.count(mutants.mutants, "mutant")
    said = f"{counted} of responses labelled pass, {words.count(mutants.verdicts, 'verdict')}"
    console.print(Text(said, style="bold"))
    if not mutants.verdicts:
        console.print(Text("No response that is labelled pass holds code that can be edited."))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("mutation", overflow="fold", min_width=min(42, console.width - 40))
    table.add_column("expected", no_wrap=True)
    for name in ("right", "", "undecided", "wrong"):
        table.add_column(name, justify="right", no_wrap=True)
    for kind in mutants.kinds:
        own = [cell for cell in mutants.cells if cell.kind == kind.kind and cell.right.hits < cell.right.n]
        _add_cell(table, kind, Text(kind.kind))
        for cell in own:
            _add_cell(table, cell, Text(reveal(f"  {cell.check}"), style="dim"))
    console.print(table)
    if not listed:
        return
    for row in mutants.wrong:
        console.print(Text(reveal(f"{row.response}: {row.kind} at {row.site}"), style="bold"), soft_wrap=True)
        said = f"    {row.check}: expected {row.expected.value}, decided {row.outcome.value}: {row.reason}"
        console.print(Text(reveal(clip(said, _LONGEST_REASON))), soft_wrap=True)


def _add_cell(table: Table, cell: MutantCell, name: Text) -> None:
    low, high = cell.right.low, cell.right.high
    wrong = cell.right.n - cell.right.hits - cell.undecided
    table.add_row(
        name,
        Text("" if name.plain.startswith(" ") else cell.expected.value),
        Text(f"{cell.right.hits}/{cell.right.n}"),
        Text("" if low is NO_NUMBER else f"{short(low)}–{short(high)}", style="dim"),
        Text(str(cell.undecided or "·")),
        Text(str(wrong or "·")),
    )


def _otherwise(number: int) -> str:
    return f"{words.count(number, 'label')} {'was' if number == 1 else 'were'} decided otherwise"


def _show_disagreements(console: Console, rows: Sequence[Judged]) -> None:
    console.print()
    if not rows:
        console.print(Text("Every label was decided as it says."))
        return
    console.print(Text(f"{_otherwise(len(rows))}:", style="bold"))
    for row in rows:
        place = f"{row.response}:{row.line}" if row.line else row.response
        console.print(Text(reveal(place), style="cyan"), soft_wrap=True)
        outcome = row.decision.outcome.value
        reason = clip(row.decision.reason, _LONGEST_REASON)
        console.print(
            Text(reveal(f"    {row.check}: labelled {row.label.value}, decided {outcome}: {reason}")),
            soft_wrap=True,
        )
        if row.note:
            console.print(
                Text(reveal(f"    note: {clip(row.note, _LONGEST_REASON)}"), style="dim"), soft_wrap=True
            )
