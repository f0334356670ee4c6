"""The terminal summary fits its width, says what it must and is safe to print."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from report_example import example_results
from rich.console import Console

from harness.report import words
from harness.report.formats.terminal import print_summary
from harness.report.model import RunResults
from harness.stats.interval import NO_NUMBER, Number


def printed(results: RunResults, width: int = 100, *, encoding: str = "utf-8", terminal: bool = False) -> str:
    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding=encoding)
    console = Console(
        file=stream, width=width, force_terminal=terminal, color_system="truecolor" if terminal else None
    )
    print_summary(results, console, "reports/run/report.html")
    stream.flush()
    return buffer.getvalue().decode(encoding)


@pytest.mark.parametrize("width", [80, 100, 160])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Nothing wraps by accident."""
    assert max(map(len, printed(example_results(), width).splitlines())) <= width


def test_a_rule_has_its_counts_in_its_row() -> None:
    """Rate, interval, n, pass, fail, not applicable, undecided, missing."""
    row = next(line for line in printed(example_results(), 80).splitlines() if line.startswith("no-console"))
    assert row.split() == ["no-console", "50%", "≈15–85%", "4", "2", "2", "·", "·", "1"]


def test_rule_names_are_not_broken_at_80_columns() -> None:
    """The longest name of the example stands on one line."""
    assert "\nrate-limited-and-authenticated " in printed(example_results(), 80)


def test_the_interval_is_drawn_where_there_is_room() -> None:
    """At 100 columns a dot with whiskers, at 80 none."""
    run = example_results()
    assert ("●" in printed(run, 100), "●" in printed(run, 80)) == (True, False)


def test_hand_written_responses_are_labelled() -> None:
    """Nobody takes their scores for those of the model."""
    assert "Hand-written responses (not answers of a model)" in printed(example_results())


@pytest.mark.parametrize("words_", ["local:smollm2", "lexical (baseline, no model)", "45%", "70%"])
def test_both_routers_are_shown(words_: str) -> None:
    """The model's accuracy and that of the lexical baseline."""
    assert words_ in printed(example_results())


def test_uncovered_rules_are_named() -> None:
    """A rule that no case exercises is named in every report."""
    assert "1 rule is exercised by no case: indexed." in " ".join(printed(example_results()).split())


def test_the_path_of_the_report_stands_last() -> None:
    """On a line of its own, so that it can be copied."""
    assert printed(example_results()).splitlines()[-1] == "Report: reports/run/report.html"


def test_no_colour_when_piped() -> None:
    """No escape code leaves when the output is no terminal."""
    assert "\x1b" not in printed(example_results())


def test_colour_on_a_terminal() -> None:
    """And it does on a terminal, so the test above tests something."""
    assert "\x1b[" in printed(example_results(), terminal=True)


def test_hostile_text_cannot_steer_the_terminal() -> None:
    """Escape codes and overrides of a model are written out; its markup is not rich's."""
    evil = "\x1b]0;title\x07\x1b[2J\u202e[bold]x[/bold]"
    run = replace(example_results(), model=evil, warnings=(evil,))
    shown = printed(run)
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert "[bold]x[/bold]" in shown


def test_a_terminal_without_unicode_gets_plain_signs() -> None:
    """With ASCII output the drawing uses o and -, and nothing stops the printing."""
    assert "-------o-------" in printed(example_results(), encoding="ascii")


def test_no_score_at_all_is_said() -> None:
    """An empty run prints a sentence, no table."""
    run = replace(example_results(), samples=(), failures=(), scores=())
    assert "No model was asked in this run of backend-architect." in printed(run)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0%"), (0.001, "<1%"), (0.625, "62%"), (0.999, ">99%"), (1.0, "100%"), (NO_NUMBER, "–")],
)
def test_all_and_none_are_kept_for_all_and_none(value: Number, shown: str) -> None:
    """A rate that is nearly 1 is not printed as 100%."""
    assert words.percent(value) == shown


@pytest.mark.parametrize(
    ("created", "shown"),
    [("2026-11-23T11:42:07Z", "23 November 2026, 11:42 UTC"), ("not a time", "not a time")],
)
def test_times_are_written_for_people(created: str, shown: str) -> None:
    """A time that cannot be read is shown as it is."""
    assert words.moment(created) == shown


def test_the_weakest_rule_is_named_first() -> None:
    """Among equal rates the one with most broken verdicts comes first."""
    assert words.weakest(example_results(), "base")[0].rule == "no-console"
