"""``harness flaky``: which cases and rules come out now so, now so, though the prompt stays the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from harness.core.config import load_config
from harness.core.errors import InputError

__all__ = ["command"]


def command(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN]...", help="Folders of runs; default: all of the reports folder."),
    ] = None,
    agent: Annotated[str, typer.Option(metavar="NAME", help="Only runs of this agent.")] = "",
    most: Annotated[int, typer.Option(min=1, help="Rows shown of each table.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    """List the cases and rules whose outcome is a matter of luck, pooled over stored runs of one prompt.

    Every answer counts once, however many runs found it in the store; no model is asked. With Jeffreys'
    prior, a case and rule is flaky if its probability to pass lies between .05 and .95 with probability
    above .9. Drift: earlier runs against later ones, or one served model against another (Fisher's exact
    test; Benjamini and Hochberg over all cells). Runs that older checks decided are decided again.

    Examples:
      harness flaky

      harness flaky --agent reviewer --most 50

      harness flaky reports/20260801-101500-reviewer reports/20260802-093000-reviewer --json

    With --json: {"histories": [{"agent", "model", "runs", "counts", "cells": [{"case", "rule", "conclusion",
    "passed", "n", "mean", "low", "high", "flaky", "more_trials", "drift", "advice"}]}], "notes": [...]}, the
    pool of the latest run first.

    Exit code: 0 whatever is flaky; 2 when there is no run to read.
    """
    from rich.console import Console

    from harness.cli.progress import TerminalWatcher
    from harness.compare.history import histories
    from harness.pipeline.past import past_runs
    from harness.report.flaky import flaky_document, print_flaky

    reports = Path(load_config(Path.cwd()).reports)
    found = past_runs(runs or [], reports, TerminalWatcher().deciding)
    chosen = [past for past in found.runs if agent in {"", past.run.agent}]
    pooled = histories(chosen)
    if not pooled:
        names = ", ".join(sorted({past.run.agent for past in found.runs}))
        raise InputError(
            f"--agent {agent}: no run of that agent; there are runs of {names}"
            if agent and names
            else f"{reports}: no run asked a model anything; `harness run` makes one"
        )
    if as_json:
        print(json.dumps(flaky_document(pooled, found.notes), allow_nan=False))  # noqa: T201
    else:
        print_flaky(pooled, found.notes, most, Console(highlight=False, markup=False, emoji=False))
