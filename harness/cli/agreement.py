"""``harness agreement``: a run held against what people say of some of its answers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.core.errors import InputError

__all__ = ["command"]


def command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run, or a baseline.")],
    labels: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[LABELS]...", help="Files of labels (JSON Lines), of one or more annotators."
        ),
    ] = None,
    draw: Annotated[
        int, typer.Option(min=0, help="Write so many rows to be labelled, drawn at random, and stop.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Seed of all random numbers.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    """Hold the verdicts of a run against people's labels: how far to trust them, and what the rates are.

    Per rule: agreement, Cohen's kappa, Matthews' correlation, TPR, TNR and PPV (pass is the positive class)
    with intervals clustered by case; the raw rate, and the rate that the labels correct (prediction-powered
    inference). With several annotators their own agreement (Krippendorff's alpha), and the majority's label.

    Examples:
      harness agreement reports/20260801-101500-reviewer --draw 60 > labels.jsonl

      harness agreement reports/20260801-101500-reviewer labels.jsonl

      harness agreement reports/20260801-101500-reviewer anna.jsonl ben.jsonl --json

    A row: {"case", "variant", "trial", "rule", "label": "pass|fail|not_applicable|undecided", "annotator"};
    a row with an empty label is passed over. With --json: {"run", "annotators", "answers", "disputed",
    "alpha", "rules": [{"rule", "variant", "agreement", "raw", "corrected"}], "differences"}.

    Exit code: 0 however much disagrees; 2 for wrong input.
    """
    from rich.console import Console

    from harness.calibration.human_labels import drawn_rows, read_labels, rows_text
    from harness.calibration.labelled_run import hold_against_labels
    from harness.cli.progress import TerminalWatcher
    from harness.pipeline.sides import open_run
    from harness.report.agreement import agreement_document, print_agreement

    watcher = TerminalWatcher()
    opened = open_run(run, watcher.deciding)
    for note in opened.notes:
        watcher.say(note)
    if draw:
        sys.stdout.write(rows_text(drawn_rows(opened.run, draw, seed)))
        return
    if not labels:
        raise InputError(f"{run}: name files of labels, or --draw 60 to write rows that can be labelled")
    found = hold_against_labels(opened.run, read_labels(labels, opened.run), seed=seed)
    if as_json:
        print(json.dumps(agreement_document(found), allow_nan=False))  # noqa: T201
    else:
        print_agreement(found, Console(highlight=False, markup=False, emoji=False))
