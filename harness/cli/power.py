"""``harness power``: what a suite can see, and how many cases and trials a drop takes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.core.errors import InputError

if TYPE_CHECKING:
    from harness.compare.pilot import Assumptions, Pilot

__all__ = ["command"]


def command(  # noqa: PLR0913 - one parameter per option of the command line
    pilot: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN]...", help="A stored run or baseline, or two to compare: the pilot."),
    ] = None,
    variant: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Variant of the run; give it twice: before, after."),
    ] = None,
    suite: Annotated[
        list[str] | None,
        typer.Option(metavar="SUITE", help="Without a pilot: count the cases of datasets or of an agent."),
    ] = None,
    agent: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --suite: agent file, instead of the dataset's.")
    ] = None,
    drop: Annotated[
        float, typer.Option(min=0.001, max=1.0, help="The drop to be seen (0.05: five points).")
    ] = 0.05,
    cases: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Cases of the suite, where there is no pilot.")
    ] = 100,
    trials: Annotated[
        list[int] | None, typer.Option(min=1, max=10_000, help="Trials per case; may be repeated.")
    ] = None,
    alpha: Annotated[
        float, typer.Option(min=0.0001, max=0.5, help="Probability of an alarm although nothing changed.")
    ] = 0.05,
    power: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="Probability with which the drop is found.")
    ] = 0.8,
    gate: Annotated[
        bool, typer.Option("--gate", help="Divide alpha as the gate does: three ways to be red, all rules.")
    ] = False,
    rate: Annotated[
        float | None, typer.Option(min=0.001, max=0.999, help="Assumed share of passes; default .9.")
    ] = None,
    correlation: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Assumed, of two answers to one case; default .65."),
    ] = None,
    carry_over: Annotated[
        float | None,
        typer.Option(
            min=0.0, max=1.0, help="Assumed, of a case's rates before and after an edit; default .75."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    """Before a run: what can my suite see, and how many cases and trials does a drop take?

    A stored run serves as pilot: its rates, its cases per rule, and how much answers to one case vary. With
    two runs (or a run with two variants) it also shows how unequally an edit acts on the cases. Without a
    pilot, or where it cannot tell (one trial per case), correlations are assumed, and the output says so.

    Examples:
      harness power reports/20260801-101500-reviewer

      harness power reports/20260801-101500-reviewer --gate --drop 0.1

      harness power --suite datasets/reviewer --gate

      harness power --cases 150 --rate 0.85 --trials 1 --trials 5

    With --json: {"pilot", "drop", "alpha", "power", "aggregate": {"cases", "rate", "by_trials": [{"trials",
    "detectable_drop", "cases_needed", "power"}], ...}, "rules": [...], ...}; docs/statistics.md describes it.
    A drop or a number of cases that does not exist is null.

    Exit code: 0; 2 for wrong input.
    """
    from rich.console import Console

    from harness.compare.pilot import CARRY_OVER, CORRELATION, RATE, Assumptions, assumed
    from harness.report.power import Question, power_document, print_power

    assumptions = Assumptions(
        RATE if rate is None else rate,
        CORRELATION if correlation is None else correlation,
        CARRY_OVER if carry_over is None else carry_over,
    )
    if pilot and rate is not None:
        raise InputError(f"--rate {rate}: the pilot {pilot[0]} has rates of its own; leave one of them out")
    if pilot and suite:
        raise InputError(
            f"--suite {suite[0]}: the pilot {pilot[0]} has cases of its own; leave one of them out"
        )
    if pilot:
        found = _read(pilot, variant or [], assumptions)
    else:
        found = _counted(suite, agent, assumptions) if suite or agent else assumed(assumptions, cases)
    question = Question(drop, alpha, power, tuple(sorted(set(trials or (1, 3, 5)))), gate)
    if as_json:
        print(json.dumps(power_document(found, question), allow_nan=False))  # noqa: T201
    else:
        print_power(found, question, Console(highlight=False, markup=False, emoji=False))


def _counted(suite: list[str] | None, agent: Path | None, assumptions: Assumptions) -> Pilot:
    from harness.compare.pilot import assumed_for
    from harness.core.config import load_config
    from harness.pipeline.options import RunOptions
    from harness.pipeline.prepare import prepare

    options = RunOptions.of(load_config(Path.cwd()))
    prepared = prepare(replace(options, suite=tuple(suite or ()), agent=agent, routing=False))
    rules = [one.rule for one in prepared.specification.bindings if not one.waived]
    return assumed_for(assumptions, rules, prepared.compliance)


def _read(paths: list[Path], variants: list[str], assumptions: Assumptions) -> Pilot:
    from harness.cli.progress import TerminalWatcher
    from harness.compare.pairing import side_of
    from harness.compare.pilot import pilot_of
    from harness.pipeline.sides import open_run

    if len(paths) > 2 or len(variants) > 2:
        raise InputError("a pilot has one side or two: name at most two runs and two variants")
    watcher = TerminalWatcher()
    opened = [open_run(path, watcher.deciding) for path in paths]
    for note in (note for one in opened for note in one.notes):
        watcher.say(note)
    runs = [one.run for one in opened]
    names = list(variants)
    if len(runs) == 1 and not names:
        names = [name for name, _ in runs[0].variants[:2]]
    sides = [
        side_of(runs[min(place, len(runs) - 1)], names[place] if place < len(names) else "")
        for place in range(max(len(runs), len(names), 1))
    ]
    return pilot_of(sides, assumptions)
