"""The summary that a run prints: the same sentences as the page, and a table that fits 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.core.escape import reveal
from harness.report import words
from harness.report.escape import clip
from harness.report.model import HAND_WRITTEN, RouterKind, RunResults
from harness.report.money import used
from harness.stats.interval import NO_NUMBER
from harness.stats.score import AGGREGATE, Score

__all__ = ["DRAWN", "Screen", "drawing", "print_scores", "print_summary"]

WIDE = 100  # from here on there is room to draw the interval
DRAWN = 21  # characters for 0 to 100 %, one per 5 points
LONGEST = 2_000
PLAIN = str.maketrans({"–": "-", "“": '"', "”": '"', "≈": "~", "·": ".", "●": "o", "─": "-", "…": "..."})


def print_summary(results: RunResults, console: Console, report: str = "") -> None:
    """Print a run for a person.

    Args:
        results: the run; its texts may be hostile, control characters are written out.
        console: where to; rich leaves colours out when this is no terminal.
        report: path of the report page, printed last; empty when none was written.
    """
    screen = Screen(console)
    said = {paragraph.heading: " ".join(paragraph.sentences) for paragraph in words.summary(results)}
    screen.say((results.agent.name, "bold"), (f"  {results.run}", "dim"))
    screen.say((said[words.TESTED], ""))
    for warning in results.warnings:
        screen.say(("note: ", "yellow"), (warning, ""))
    for variant in results.variants:
        which = f", variant {variant.name}" if len(results.variants) > 1 else ""
        _scores(screen, results, variant.name, f"Answers of {results.model}{which}")
    _scores(screen, results, HAND_WRITTEN, "Hand-written responses (not answers of a model)")
    _routing(screen, results)
    console.print()
    for heading in (words.JUDGED, words.NOT_COVERED, words.BY_HAND):
        if heading in said:
            screen.say((f"{heading}. ", "bold"), (said[heading], ""))
    screen.say((words.MEANING, "dim"))
    if results.usage.input_tokens:
        screen.say((f"Used: {used(results.usage)}", "dim"))
    if report:
        console.print()
        # Not wrapped: people copy it, and terminals make links of it.
        console.print(Text.assemble(("Report: ", "bold"), screen.text(report)), soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Screen:
    """A console together with what it cannot show: all that is printed of a run goes through here."""

    console: Console

    @property
    def wide(self) -> bool:
        """Whether there is room to draw intervals."""
        return self.console.width >= WIDE

    def text(self, text: str, style: str = "") -> Text:
        """Return text without hidden characters, without markup, in the characters the output has."""
        shown = reveal(clip(text, LONGEST))
        if not self.console.encoding.lower().startswith("utf"):
            shown = shown.translate(PLAIN).encode("ascii", "backslashreplace").decode("ascii")
        return Text(shown, style=style)

    def say(self, *parts: tuple[str, str]) -> None:
        """Print one paragraph of texts, each with its style."""
        self.console.print(Text.assemble(*(self.text(text, style) for text, style in parts)))

    def number(self, value: int, style: str = "") -> Text:
        """Return a count; nothing is a dot."""
        return self.text(f"{value:,}", style) if value else self.text("·", "dim")

    def table(self, first: str) -> Table:
        """Return a table whose width all tables of a summary share, so that their columns line up."""
        table = Table(
            box=None,
            pad_edge=False,
            padding=(0, 1),
            collapse_padding=True,
            header_style="dim",
            width=min(self.console.width, WIDE),
        )
        table.add_column(first, ratio=1, overflow="fold", min_width=18)
        return table


def _scores(screen: Screen, results: RunResults, variant: str, title: str) -> None:
    print_scores(screen, [one for one in results.scores if one.variant == variant], title)


def print_scores(screen: Screen, scores: Sequence[Score], title: str) -> None:
    """Print one row per rule with a verdict, the least obeyed first, then the aggregate; or nothing."""
    rows = sorted(
        (score for score in scores if score.check and (score.n or words.unweighed(score))),
        key=lambda score: 2.0 if score.mean is NO_NUMBER else score.mean,
    )
    if not rows:
        return
    table = screen.table("rule")
    if screen.wide:
        table.add_column("0%       50%     100%", no_wrap=True, width=DRAWN)
    for heading in ("obeyed", "range", "n", "pass", "fail", "n.a.", "undec.", "miss."):
        table.add_column(heading, justify="right", no_wrap=True)
    for score in rows:
        table.add_row(*_cells(score, screen))
    total = next((score for score in scores if score.rule == AGGREGATE), None)
    if total is not None:
        table.add_row()
        table.add_row(*_cells(total, screen), style="bold")
    screen.console.print()
    screen.say((title, "bold"))
    screen.console.print(table)


def _cells(score: Score, screen: Screen) -> Sequence[Text]:
    name = score.rule if score.check else "all rules"
    crashed = f" ({score.error} crashed)" if score.error else ""
    rough = "≈" if score.fragile else ""
    cells = [
        screen.text(name + crashed),
        screen.text(words.percent(score.mean)),
        screen.text(rough + words.interval(score.low, score.high), "dim"),
        screen.number(score.n),
        screen.number(score.passed, "blue"),
        screen.number(score.failed, "red"),
        screen.number(score.not_applicable, "dim"),
        screen.number(score.undecided + score.error, "yellow"),
        screen.number(score.missing, "yellow"),
    ]
    if screen.wide:
        cells.insert(1, screen.text(drawing(score), "blue"))
    return cells


def drawing(score: Score) -> str:
    """Draw the interval as a line and the mean as a dot."""
    if score.mean is NO_NUMBER or score.low is NO_NUMBER or score.high is NO_NUMBER:
        return ""
    first, middle, last = (round(value * (DRAWN - 1)) for value in (score.low, score.mean, score.high))
    return "".join(
        "●" if place == middle else "─" if first <= place <= last else " " for place in range(DRAWN)
    )


def _routing(screen: Screen, results: RunResults) -> None:
    if not results.routing.routers:
        return
    table = screen.table("router")
    for heading in ("right", "range", "choices", "unknown", "miss."):
        table.add_column(heading, justify="right", no_wrap=True)
    for router in results.routing.routers:
        name = router.router + (" (baseline, no model)" if router.kind is RouterKind.BASELINE else "")
        if len(results.variants) > 1 and router.kind is RouterKind.MODEL:
            name += f", {router.variant}"
        table.add_row(
            screen.text(clip(name, 80)),
            screen.text(words.percent(router.accuracy)),
            screen.text(words.interval(router.low, router.high), "dim"),
            screen.number(router.n),
            screen.number(router.unknown, "yellow"),
            screen.number(router.missing, "yellow"),
        )
    screen.console.print()
    screen.say(("Routing", "bold"))
    screen.console.print(table)
