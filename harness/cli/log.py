"""``harness log``: the score of a prompt, version by version along its git history."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.core.config import load_config
from harness.core.errors import ConfigurationError
from harness.core.escape import reveal
from harness.pipeline.options import RunOptions

if TYPE_CHECKING:
    from harness.cli.progress import TerminalWatcher
    from harness.report.history import History, Version

__all__ = ["command"]

_WIDTH = 110
_DRAWN_FROM = 96  # columns; below there is no room for the picture of the interval


def command(  # noqa: PLR0913 - one parameter per option of the command line
    agent: Annotated[Path, typer.Argument(metavar="AGENT", help="The agent file, in a git repository.")],
    suite: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SUITE]...", help="With --measure: datasets; default: those of harness.toml."
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="PROVIDER:NAME", help="Whose answers; default: most versions measured.")
    ] = "",
    most: Annotated[int, typer.Option(min=1, max=500, help="So many versions at most, the newest.")] = 30,
    measure: Annotated[
        str, typer.Option(metavar="PROVIDER:NAME", help="Ask the versions that nobody measured, in one run.")
    ] = "",
    trials: Annotated[int | None, typer.Option(min=1, help="With --measure: answers per case.")] = None,
    max_cost: Annotated[
        float | None, typer.Option(metavar="USD", help="With --measure: stop before more is spent.")
    ] = None,
    max_tokens_total: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="With --measure: stop before more tokens are used.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with a picture.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    """Show how often the rules were obeyed by each version of an agent file, along its git history.

    Versions come from the commits that changed the file (renames are followed); scores come from stored runs
    that asked exactly that text. A version that no run measured is listed as such: --measure asks all of
    them today's cases in one run, decided by the rules of today, so that they can be compared. A change is
    tested against the version measured before it; without a common suite there is no comparison. Where the
    checks were others, the stored answers are decided again and the version is marked.

    Examples:
      harness log agents/backend-architect.md

      harness log agents/reviewer.md --html history.html

      harness log agents/reviewer.md --measure anthropic:claude-haiku-4-5 --most 5 --max-cost 3

    With --json: {"agent", "path", "model", "models", "versions": [{"commit", "created", "subject", "path",
    "sha", "prompt_tokens", "measured": null or {"run", "variant", "runs", "mean", "low", "high", "n",
    "cases", "missing", "redecided", "outdated", "change", "decision", "apart"}}], "missing": [commits],
    "notes"}.

    Exit code: 0 whatever was found, 2 for wrong input, 3 when --measure ended early.
    """
    from harness.cli.progress import TerminalWatcher
    from harness.core.jsonl import write_atomic
    from harness.pipeline.history import history_of
    from harness.report.history import history_document
    from harness.report.history_page import render_history

    if not measure and (suite or trials or max_cost or max_tokens_total):
        raise ConfigurationError("a suite, --trials and budgets belong to --measure PROVIDER:NAME")
    config = load_config(Path.cwd())
    options = RunOptions.of(config)
    watcher = TerminalWatcher()
    code = 0
    if measure:
        options = replace(options, suite=tuple(suite or ()), model=measure, trials=trials or options.trials)
        code = _measure(agent, options.limited(max_cost, max_tokens_total), most, watcher)
        model = model or measure
    history = history_of(agent, Path(config.reports), model, most, watcher.deciding)
    if model and not measure and history.models and model not in history.models:
        known = ", ".join(history.models)
        raise ConfigurationError(f"--model {model}: measured no version of {agent}; known: {known}")
    if html is not None:
        write_atomic(html, render_history(history))
    if as_json:
        typer.echo(json.dumps(history_document(history), ensure_ascii=True, allow_nan=False))
    else:
        _show(history, html)
    raise typer.Exit(code)


def _measure(agent: Path, options: RunOptions, most: int, watcher: TerminalWatcher) -> int:
    """Ask the versions that nobody measured with this model."""
    from harness.pipeline.history import history_of, options_to_measure
    from harness.pipeline.job import run_job
    from harness.pipeline.shortfall import shortfall_of

    history = history_of(agent, Path(options.config.reports), options.model, most, watcher.deciding)
    wanted = options_to_measure(history, agent, options, most)
    if wanted is None:
        watcher.say("every version is measured")
        return 0
    missing = shortfall_of(run_job(wanted, watcher), options.config.run.missing_limit)
    if missing is None:
        return 0
    print(f"harness: {reveal(missing.message)}", file=sys.stderr)  # noqa: T201
    return missing.code


def _show(history: History, html: Path | None) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from harness.report.escape import clip
    from harness.report.formats.terminal import DRAWN
    from harness.report.history import history_words

    found = Console(highlight=False, markup=False, emoji=False)
    console = Console(width=min(found.width, _WIDTH), highlight=False, markup=False, emoji=False)
    console.print(Text(reveal(f"{history.path}  {history.model or 'never measured'}"), style="bold"))
    console.print()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    wide = console.width >= _DRAWN_FROM
    for name, width in (("version", 7), ("date", 10)):
        table.add_column(name, no_wrap=True, min_width=width)
    if wide:
        table.add_column("0%       50%     100%", no_wrap=True, min_width=DRAWN)
    for name, width in (("obeyed", 6), ("range", 12), ("change", 16)):
        table.add_column(name, no_wrap=True, justify="right", min_width=width)
    table.add_column("", no_wrap=True, overflow="ellipsis", ratio=1)
    for one in history.versions:
        table.add_row(*_row(one, wide=wide))
    console.print(table)
    console.print()
    for sentence in history_words(history):
        console.print(Text(reveal(sentence)))
    for note in history.notes[:5]:
        console.print(Text.assemble(("note: ", "yellow"), reveal(clip(note, 300))))
    if html is not None:
        console.print(Text.assemble(("Page: ", "bold"), reveal(html.as_posix())), soft_wrap=True)


def _row(version: Version, *, wide: bool) -> list[str]:
    from harness.report.escape import clip
    from harness.report.formats.terminal import drawing
    from harness.report.history_page import change_words
    from harness.report.words import interval, percent

    measured = version.measured
    subject = reveal(clip(version.subject, 80))
    start = [version.name, version.created[:10]]
    if measured is None:
        return [*start, *([""] if wide else []), "–", "not measured", "", subject]
    mark = ("†" if measured.redecided else "") + ("‡" if measured.outdated else "")
    score = measured.score
    change = change_words(measured).replace(" to ", "..")
    if measured.apart:
        change = "other cases"
    moved = {"improved": "▲ ", "regressed": "▼ "}.get(measured.decision.value, "")
    return [
        *start,
        *([drawing(score)] if wide else []),
        f"{percent(score.mean)}{mark}",
        interval(score.low, score.high),
        moved + change,
        subject,
    ]
