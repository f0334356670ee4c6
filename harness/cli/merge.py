"""``harness merge``: the shards of a suite put together to one run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from harness.core.config import load_config

__all__ = ["command"]


def command(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders of all shards.")],
    reports: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the run folder goes.")] = None,
    checks_folder: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Your own declarative checks; default: [checks].")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    """Put the runs of `harness run --shard I/N` together to the run that one machine would have written.

    No model is asked. Every shard must be there once, and all must have been made from the same files with
    the same model, settings and versions; what overlaps, is missing or differs is named. The answers come
    into the project's store, so bring the stores of the shards along with their run folders.

    Examples:
      harness run --shard 1/2 && harness run --shard 2/2 && harness merge reports/*

      harness merge shards/*/reports/* --json

    With --json: the document of `harness run`; docs/reports.md describes every field.

    Exit code: 0; 2 when the runs do not make one whole; 3 when answers are missing in it.
    """
    from rich.console import Console

    from harness.cli.progress import TerminalWatcher
    from harness.pipeline.merge import merge_runs
    from harness.report.formats.json import results_document
    from harness.report.formats.terminal import print_summary

    config = load_config(Path.cwd()).with_checks_folder(checks_folder)
    if reports is not None:
        config = config.model_copy(update={"reports": str(reports)})
    merged = merge_runs(runs, config, TerminalWatcher())
    if as_json:
        print(json.dumps(results_document(merged.results), allow_nan=False))  # noqa: T201
    else:
        print_summary(merged.results, Console(highlight=False), merged.report.as_posix())
    wanted = len(merged.results.samples) + merged.missing
    if merged.missing > config.run.missing_limit * wanted:
        typer.echo(f"harness: {merged.missing} of {wanted} answers are missing in the shards", err=True)
        raise typer.Exit(3)
