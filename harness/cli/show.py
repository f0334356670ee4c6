"""``harness show``: a run in the terminal, from its rates to the marked line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from harness.core.config import load_config
from harness.core.types import Outcome

__all__ = ["command"]


def command(  # noqa: PLR0913 - one parameter per option of the command line
    run: Annotated[
        str,
        typer.Argument(metavar="[RUN]", help="Folder of a run, its name in reports/; default: the newest."),
    ] = "",
    rule: Annotated[
        str, typer.Option(metavar="ID", help="One rule: its line, its rate, who breaks it.")
    ] = "",
    case: Annotated[
        str, typer.Option(metavar="ID", help="One case: the question, the answer with marks, all verdicts.")
    ] = "",
    variant: Annotated[str, typer.Option(metavar="NAME", help="Only answers to this prompt.")] = "",
    trial: Annotated[int, typer.Option(min=0, metavar="N", help="Only the N-th answer to each case.")] = 0,
    outcome: Annotated[Outcome | None, typer.Option(help="Only verdicts with this outcome.")] = None,
    most: Annotated[int, typer.Option(min=1, help="Rows of a table at most.")] = 40,
    lines: Annotated[int, typer.Option(min=1, help="Lines of an answer at most, marked ones apart.")] = 400,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    """Walk through a run: its rates, a rule and who breaks it, an answer with the offending lines marked.

    Part of a rule's, a case's or a variant's name will do where it fits one only. Of several answers to a
    case the one that breaks most rules is shown whole. Verdicts are those that the run was decided with.

    Examples:
      harness show

      harness show 20260801-101500-reviewer --outcome undecided

      harness show --rule no-console

      harness show --case users --variant shorter --trial 2

      harness show --case users | less

    With --json: {"run", "agent", "model", "created", "notes"} and, of a run, {"scores", "uncovered",
    "undecidable", "missing", "routing"}; with --rule or --outcome, {"rule", "scores", "verdicts"}; with
    --case, {"case", "answers": [{"variant", "trial", "text", "stop", "verdicts"}], "missing", "routing"}.

    Exit code: 0 whatever is shown; 2 for an unknown run, rule, case or variant.
    """
    from harness.cli.progress import TerminalWatcher
    from harness.pipeline.opened import find_run, open_walk
    from harness.report.show import Choice, show_document

    reports = Path(load_config(Path.cwd()).reports)
    walk = open_walk(find_run(run, reports), TerminalWatcher().deciding)
    choice = walk.chosen(Choice(rule, case, variant, trial, outcome))
    if as_json:
        print(json.dumps(show_document(walk, choice), allow_nan=False))  # noqa: T201
        return
    from rich.console import Console

    from harness.report.formats.show import Limits, print_walk

    console = Console(highlight=False, markup=False, emoji=False)
    print_walk(walk, choice, Limits(most, lines), console)
