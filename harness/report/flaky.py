"""Which cells are flaky, which drifted, and what to do about them: for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.compare.history import CellHistory, History
from harness.core.escape import reveal
from harness.core.jsonl import to_jsonable
from harness.report.escape import clip
from harness.report.words import count, interval
from harness.stats.flaky import Steadiness
from harness.stats.interval import NO_NUMBER, Number

__all__ = ["DRIFT_LISTED", "flaky_document", "print_flaky"]

DRIFT_LISTED = 0.10  # q up to which drift is listed
_LONGEST = 120
_ORDER = (Steadiness.FLAKY, Steadiness.FAILS, Steadiness.PASSES, Steadiness.UNKNOWN)
_NAMES = {
    Steadiness.FLAKY: "flaky",
    Steadiness.PASSES: "always passing",
    Steadiness.FAILS: "always failing",
    Steadiness.UNKNOWN: "with too few trials to tell",
}


def flaky_document(histories: Sequence[History], notes: Sequence[str]) -> dict[str, Any]:
    """Return the JSON document of ``harness flaky --json``."""
    return {"histories": [_document(history) for history in histories], "notes": list(notes)}


def _document(history: History) -> dict[str, Any]:
    return {
        "agent": history.pool.agent,
        "prompt_sha": history.pool.prompt,
        "model": history.pool.model,
        "models_served": list(history.models),
        "runs": list(history.runs),
        "later_from": history.split or None,
        "counts": {one.value: len(history.of(one)) for one in _ORDER},
        "cells": [
            {
                "case": cell.case,
                "rule": cell.rule,
                "conclusion": cell.tally.conclusion.value,
                "passed": cell.tally.passed,
                "n": cell.tally.trials,
                "mean": to_jsonable(cell.tally.mean),
                "low": to_jsonable(cell.tally.low),
                "high": to_jsonable(cell.tally.high),
                "flaky": to_jsonable(cell.tally.flaky),
                "more_trials": to_jsonable(cell.more),
                "drift": to_jsonable(cell.drift),
                "advice": advice(cell),
            }
            for cell in history.cells
        ],
    }


def advice(cell: CellHistory) -> str:
    """Say what to do about a cell."""
    tally = cell.tally
    if drifted(cell):
        return "its rate moved without an edit: compare the models served, and gate with --against git:REF"
    if tally.conclusion is Steadiness.UNKNOWN:
        if cell.more is NO_NUMBER:
            return "its rate lies at the edge between steady and flaky; more trials hardly tell"
        return f"about {count(int(cell.more), 'more trial')} would tell"
    if tally.conclusion is Steadiness.FLAKY:
        return (
            f"two trials differ {_turn(cell):.0%} of the time: word the rule more clearly, or ask more often"
        )
    if tally.conclusion is Steadiness.FAILS:
        return "the prompt does not get this: it is no use as an alarm"
    return "steady"


def drifted(cell: CellHistory) -> bool:
    """Return whether drift is listed."""
    return cell.drift.q is not NO_NUMBER and cell.drift.q <= DRIFT_LISTED


def print_flaky(histories: Sequence[History], notes: Sequence[str], most: int, console: Console) -> None:
    """Print the history of the latest prompt; others are named."""
    for note in notes:
        console.print(_text(note, "dim"), soft_wrap=True)
    history = histories[0]
    for line in _headline(history):
        console.print(line, soft_wrap=True)
    _cells(Steadiness.FLAKY, history.of(Steadiness.FLAKY), most, console)
    moved = [cell for cell in history.cells if drifted(cell)]
    if moved:
        console.print()
        console.print(_text(f"drift between {_periods(history)} (q ≤ {DRIFT_LISTED:.2f})", "bold"))
        for cell in moved[:most]:
            console.print(_text(f"  {_drift(cell)}"), soft_wrap=True)
    _cells(Steadiness.UNKNOWN, history.of(Steadiness.UNKNOWN), most, console)
    others = histories[1:]
    if others:
        said = f"{count(len(others), 'other prompt or model', 'other prompts or models')} in these runs"
        console.print()
        console.print(_text(f"{said}; --json has them all", "dim"))


def _text(text: str, style: str = "") -> Text:
    return Text(reveal(clip(text, 1_000)), style=style)


def _headline(history: History) -> Iterator[Text]:
    counts = ", ".join(f"{len(history.of(one))} {_NAMES[one]}" for one in _ORDER if history.of(one))
    cells = count(len(history.cells), "case and rule", "cases and rules")
    yield _text(f"{history.pool.agent}: {cells}: {counts or 'nothing decided'}", "bold")
    yield _text(
        f"{count(len(history.runs), 'run')} of one prompt with {history.pool.model}; each answer counts once",
        "dim",
    )


def _cells(conclusion: Steadiness, cells: Sequence[CellHistory], most: int, console: Console) -> None:
    if not cells:
        return
    flaky = conclusion is Steadiness.FLAKY
    console.print()
    if flaky:
        console.print(_text("flaky, the most doubtful first", "bold"))
        console.print(_text("word the rule more clearly, or ask more often and gate on the mean", "dim"))
    else:
        console.print(_text("too few trials to tell", "bold"))
    table = Table(box=None, pad_edge=False, padding=(0, 1), collapse_padding=True, header_style="dim")
    table.add_column("case · rule", ratio=1, overflow="fold", min_width=24)
    for name in ("passed", "95%", "P(flaky)", "two trials differ" if flaky else "more trials"):
        table.add_column(name, justify="right", no_wrap=True)
    for cell in cells[:most]:
        table.add_row(*_row(cell, flaky=flaky))
    console.print(table)
    if len(cells) > most:
        console.print(_text(f"and {len(cells) - most} more; --most shows more of them", "dim"))


def _row(cell: CellHistory, *, flaky: bool) -> list[Text]:
    tally = cell.tally
    return [
        _text(clip(f"{cell.case} · {cell.rule}", _LONGEST)),
        Text(f"{tally.passed}/{tally.trials}"),
        Text(interval(tally.low, tally.high)),
        Text(f"{tally.flaky:.2f}"),
        Text(
            f"{_turn(cell):.0%}" if flaky else f"about {cell.more}" if cell.more is not NO_NUMBER else "many"
        ),
    ]


def _turn(cell: CellHistory) -> Number:
    """Return how often two single trials of a cell would differ."""
    mean = cell.tally.mean
    return mean if mean is NO_NUMBER else 2 * mean * (1 - mean)


def _periods(history: History) -> str:
    if len(history.models) == 2:
        return f"the models {history.models[0]} and {history.models[1]}"
    return f"runs before {history.split} and from it on"


def _drift(cell: CellHistory) -> str:
    drift = cell.drift
    before, after = drift.passed_before + drift.failed_before, drift.passed_after + drift.failed_after
    return (
        f"{clip(f'{cell.case} · {cell.rule}', _LONGEST)}: {drift.passed_before} of {before}, then "
        f"{drift.passed_after} of {after} (q = {drift.q:.3f})"
    )
