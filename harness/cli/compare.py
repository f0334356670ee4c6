"""``harness compare``: what changed between two runs, or two variants of one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from harness.core.errors import InputError

__all__ = ["command"]

_REGRESSED = 1


def command(  # noqa: PLR0913 - one parameter per option of the command line
    before: Annotated[str, typer.Argument(metavar="A", help="The earlier run: its folder, or a baseline.")],
    after: Annotated[
        str, typer.Argument(metavar="[B]", help="The later run; without it, two variants of A.")
    ] = "",
    variant: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Variant to compare; give it twice: before, after."),
    ] = None,
    margin: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Smaller changes count as none (0.02: two points).")
    ] = 0.02,
    alpha: Annotated[
        float, typer.Option(min=0.0001, max=0.5, help="Probability of red although nothing changed.")
    ] = 0.05,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a page: flips first, answers and prompts side by side."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    """Say what changed between two runs of the same cases, and how sure that is.

    Every case is its own control: the differences of case means are tested (sign-flip test), with an interval
    and the smallest drop these data could show. Answers that were not measured are no gain: where more are
    undecided, missing or empty of what a rule is about, the conclusion is never "same" or "improved".

    Examples:
      harness compare reports/20260801-101500-reviewer reports/20260802-093000-reviewer

      harness compare reports/20260801-101500-reviewer            # base against its second variant

      harness compare reports/RUN --variant base --variant shorter --json

      harness compare reports/RUN reports/LATER --html comparison.html

    With --json: {"decision", "delta", "low", "high", "p", "minimum_detectable", "rules": [...],
    "flips": [...], ...}; docs/comparing.md describes every field.

    Exit code: 1 if the later side is worse beyond doubt, else 0 (with a warning when nothing can be said);
    2 for runs that cannot be compared.
    """
    from rich.console import Console

    from harness.cli.progress import TerminalWatcher
    from harness.compare.comparison import compare
    from harness.compare.model import Direction, Policy
    from harness.compare.pairing import side_of
    from harness.core.jsonl import write_atomic
    from harness.pipeline.side_texts import texts_of
    from harness.pipeline.sides import open_run
    from harness.report.comparison.document import comparison_document
    from harness.report.comparison.html import render_comparison
    from harness.report.comparison.terminal import print_comparison

    names = variant or []
    if len(names) > 2:
        raise InputError(f"--variant is given {len(names)} times; a comparison has two sides")
    watcher = TerminalWatcher()
    opened = [open_run(Path(path), watcher.deciding) for path in (before, after) if path]
    for note in (note for one in opened for note in one.notes):
        watcher.say(note)
    first, second = opened[0].run, opened[-1].run
    if not after and len(first.variants) < 2:
        raise InputError(f"{before}: has one variant; name a second run to compare it with")
    sides = [*names, "", ""]
    if not after and len(names) < 2:
        others = [name for name, _ in first.variants[1:]]
        sides = [first.variants[0][0], names[0] if names else others[0]]
    comparison = compare(
        side_of(first, sides[0]), side_of(second, sides[1] or sides[0]), Policy(margin, alpha)
    )
    if html is not None:
        texts = (texts_of(Path(before), comparison.before), texts_of(Path(after or before), comparison.after))
        write_atomic(html, render_comparison(comparison, *texts))
        watcher.say(f"wrote {html}")
    if as_json:
        print(json.dumps(comparison_document(comparison), allow_nan=False))  # noqa: T201
    else:
        print_comparison(comparison, Console(highlight=False))
    raise typer.Exit(_REGRESSED if comparison.decision is Direction.REGRESSED else 0)
