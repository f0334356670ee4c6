"""The summary that a run prints: the same sentences as the page, and a table that fits 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.report import words
from harness.report.escape import clip, reveal
from harness.report.model import HAND_WRITTEN, RouterKind, RunResults
from harness.stats.interval import NO_NUMBER
from harness.stats.score import Score

__all__ = ["print_summary"]

WIDE = 100  # from here on there is room to draw the interval
DRAWN = 21  # characters for 0 to 100 %, one per 5 points


def print_summary(results: RunResults, console: Console, report: str = "") -> None:
    """Print a run for a person.

    Args:
        results: the run; its texts may be hostile, control characters are written out.
        console: where to; rich leaves colours out when this is no terminal.
        report: path of the report page, printed last; empty when none was written.
    """
    said = {paragraph.heading: " ".join(paragraph.sentences) for paragraph in words.summary(results)}
    _say(console, Text(results.agent.name, style="bold"), Text(f"  {results.run}", style="dim"))
    _say(console, Text(said[words.TESTED]))
    for warning in results.warnings:
        _say(console, Text("note: ", style="yellow"), Text(warning))
    several = len(results.variants) > 1
    for variant in results.variants:
        which = f", variant {variant.name}" if several else ""
        _scores(console, results, variant.name, f"Answers of {results.model}{which}")
    _scores(
        console, results, HAND_WRITTEN, "Hand-written responses: no model wrote them, they show the checks"
    )
    _routing(console, results)
    console.print()
    for heading in (words.NOT_COVERED, words.BY_HAND):
        if heading in said:
            _say(console, Text(f"{heading}. ", style="bold"), Text(said[heading]))
    _say(console, Text(words.MEANING, style="dim"))
    if report:
        console.print()
        # Not wrapped: people copy it, and terminals make links of it.
        console.print(Text.assemble(("Report: ", "bold"), reveal(report)), soft_wrap=True)


def _say(console: Console, *parts: Text) -> None:
    line = Text()
    for part in parts:
        line.append(reveal(clip(part.plain, 2_000)), style=part.style)
    console.print(line)


def _scores(console: Console, results: RunResults, variant: str, title: str) -> None:
    """Print one row per rule with a verdict, the least obeyed first, then the aggregate."""
    scores = [score for score in results.scores if score.variant == variant]
    rows = sorted(
        (score for score in scores if score.check and (score.n or words.unweighed(score))),
        key=lambda score: 2.0 if score.mean is NO_NUMBER else score.mean,
    )
    if not rows:
        return
    wide = console.width >= WIDE
    table = _table(console)
    table.add_column("rule", ratio=1, overflow="fold", min_width=18)
    if wide:
        table.add_column("0%       50%     100%", no_wrap=True, width=DRAWN)
    for heading in ("obeyed", "range", "n", "pass", "fail", "n.a.", "undec.", "miss."):
        table.add_column(heading, justify="right", no_wrap=True)
    for score in rows:
        table.add_row(*_cells(score, console, wide=wide))
    total = results.aggregate_of(variant)
    if total is not None:
        table.add_row()
        table.add_row(*_cells(total, console, wide=wide), style="bold")
    console.print()
    console.print(Text(reveal(title), style="bold"))
    console.print(table)


def _table(console: Console) -> Table:
    # All tables of a summary share one width, so that their columns line up.
    return Table(
        box=None,
        pad_edge=False,
        padding=(0, 1),
        collapse_padding=True,
        header_style="dim",
        width=min(console.width, WIDE),
    )


def _cells(score: Score, console: Console, *, wide: bool) -> Sequence[Text]:
    name = reveal(score.rule) if score.check else "all rules"
    errors = f" ({score.error} crashed)" if score.error else ""
    cells = [Text(name + errors)]
    if wide:
        cells.append(Text(_drawing(score, console), style="blue"))
    rough = "≈" if score.fragile else ""
    cells += [
        Text(words.percent(score.mean)),
        Text(_plain(rough, console) + words.interval(score.low, score.high), style="dim"),
        _number(score.n, ""),
        _number(score.passed, "blue"),
        _number(score.failed, "red" if score.failed else ""),
        _number(score.not_applicable, "dim"),
        _number(score.undecided + score.error, "yellow"),
        _number(score.missing, "yellow"),
    ]
    return cells


def _number(value: int, style: str) -> Text:
    return Text(f"{value:,}" if value else "·", style=style if value else "dim")


def _plain(text: str, console: Console) -> str:
    """Return the sign, or a tilde where the terminal cannot show it."""
    return text if console.encoding.lower().startswith("utf") else "~" if text else ""


def _drawing(score: Score, console: Console) -> str:
    """Draw the interval as a line and the mean as a dot."""
    if score.mean is NO_NUMBER or score.low is NO_NUMBER or score.high is NO_NUMBER:
        return ""
    line, dot = ("─", "●") if console.encoding.lower().startswith("utf") else ("-", "o")
    first, middle, last = (round(value * (DRAWN - 1)) for value in (score.low, score.mean, score.high))
    return "".join(
        dot if place == middle else line if first <= place <= last else " " for place in range(DRAWN)
    )


def _routing(console: Console, results: RunResults) -> None:
    if not results.routing.routers:
        return
    console.print()
    console.print(Text("Routing", style="bold"))
    table = _table(console)
    table.add_column("router", ratio=1, overflow="fold")
    for heading in ("right", "range", "choices", "unknown", "miss."):
        table.add_column(heading, justify="right", no_wrap=True)
    several = len(results.variants) > 1
    for router in results.routing.routers:
        name = router.router + (" (baseline, no model)" if router.kind is RouterKind.BASELINE else "")
        if several and router.kind is RouterKind.MODEL:
            name += f", {router.variant}"
        table.add_row(
            Text(reveal(clip(name, 80))),
            words.percent(router.accuracy),
            Text(words.interval(router.low, router.high), style="dim"),
            f"{router.n:,}",
            _number(router.unknown, "yellow"),
            _number(router.missing, "yellow"),
        )
    console.print(table)
