"""A leaderboard for a person at a terminal, in 80 columns."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.core.escape import reveal
from harness.report.escape import clip
from harness.report.experiment import ExperimentReport, conclusion, points
from harness.report.money import dollars
from harness.report.words import interval, percent
from harness.stats.interval import NO_NUMBER
from harness.tune.leaderboard_model import Entry, VariantStanding

__all__ = ["show"]

_WIDTH = 110
_WIDE = 100
_STYLES = {
    VariantStanding.BETTER: "blue",
    VariantStanding.WORSE: "red",
    VariantStanding.EVADES: "red",
    VariantStanding.UNKNOWN: "yellow",
    VariantStanding.SAME: "",
    VariantStanding.BASE: "dim",
}


def show(report: ExperimentReport, page: str) -> None:
    """Print the leaderboard and what it says; ``page`` is the path of the HTML page."""
    found = Console(highlight=False, markup=False, emoji=False)
    console = Console(width=min(found.width, _WIDTH), highlight=False, markup=False, emoji=False)
    console.print(Text(reveal(f"{report.agent_path}  asked of {report.model}"), style="bold"))
    if report.question:
        console.print(Text(reveal(clip(report.question, 500)), style="italic"))
    console.print()
    console.print(_table(report, wide=console.width >= _WIDE))
    console.print(Text("* may be the best; < on the Pareto front of obedience and length", style="dim"))
    console.print()
    for sentence in conclusion(report.board):
        console.print(Text(reveal(sentence)))
    for note in report.notes[:5]:
        console.print(Text.assemble(("note: ", "yellow"), reveal(clip(note, 400))))
    if page:
        console.print()
        console.print(Text.assemble(("Report: ", "bold"), reveal(page)), soft_wrap=True)


def _table(report: ExperimentReport, *, wide: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("variant", overflow="fold", ratio=1)
    table.add_column("", no_wrap=True)
    table.add_column("obeyed", justify="right", no_wrap=True)
    table.add_column("against base", justify="right", no_wrap=True)
    table.add_column("tokens", justify="right", no_wrap=True)
    if wide:
        table.add_column("an answer", justify="right", no_wrap=True)
    for name in ("om.", "vac.", "und."):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for one in report.board.entries:
        marks = ("*" if one.best else "") + ("<" if one.front else "")
        row: list[str | Text] = [
            Text(reveal(clip(one.name, 60)), style="dim" if one.control else ""),
            marks,
            _rate(one, wide=wide),
            _difference(one),
            f"{one.facts.prompt_tokens:,}",
            *([_cost(one)] if wide else []),
            *(str(number) for number in (one.score.omitted, one.score.vacuous, one.score.undecided)),
            Text(one.standing.value, style=_STYLES[one.standing]),
        ]
        table.add_row(*row)
    return table


def _rate(entry: Entry, *, wide: bool) -> str:
    score = entry.score
    return f"{percent(score.mean)} {interval(score.low, score.high)}" if wide else percent(score.mean)


def _difference(entry: Entry) -> str:
    if entry.change is None or entry.change.difference.delta is NO_NUMBER:
        return "–"
    found = entry.change.difference
    return f"{points(found.delta)} ({points(found.low)}..{points(found.high)})"


def _cost(entry: Entry) -> str:
    cost, tokens = entry.facts.cost_usd, entry.facts.output_tokens
    if cost is NO_NUMBER:
        return "–" if tokens is NO_NUMBER else f"{tokens:,.0f} tok."
    return dollars(cost)
