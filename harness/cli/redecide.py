"""``harness redecide``: stored answers of a run, decided with the checks of today."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from harness.core.types import Verdict
    from harness.pipeline.redecide import ChangedVerdict, Redecided

__all__ = ["command"]

_MOST_SHOWN = 20


def command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.")],
    write: Annotated[
        bool, typer.Option("--write", help="Put the new verdicts in the place of the old ones.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    """Decide the stored answers of a run again with the checks of today, and show what differs.

    No model is asked. Nothing is written unless you say so: with --write the run's decided.json, which
    `harness compare` reads, gets the new verdicts; the report stays as it was.

    Examples:
      harness redecide reports/20260801-101500-reviewer

      harness redecide reports/20260801-101500-reviewer --write

    With --json: {"run", "verdicts", "versions": {check: [then, now]}, "newly_bound": [rule], "changed":
    [{"case", "variant", "trial", "rule", "check", "before": {"outcome", "reason"}, "after": {...}}]}.

    Exit code: 0; 2 when the run or its answers are not there.
    """
    from rich.console import Console

    from harness.cli.progress import TerminalWatcher
    from harness.pipeline.redecide import redecide

    redecided = redecide(run, write=write, deciding=TerminalWatcher().deciding)
    if as_json:
        print(json.dumps(_document(redecided), allow_nan=False))  # noqa: T201
        return
    _show(redecided, Console(highlight=False), write=write)


def _document(redecided: Redecided) -> dict[str, Any]:
    return {
        "run": redecided.run.run,
        "verdicts": len(redecided.run.verdicts),
        "versions": {name: list(pair) for name, pair in sorted(redecided.versions.items())},
        "newly_bound": list(redecided.newly_bound),
        "changed": [
            {
                "case": one.after.case,
                "variant": one.after.variant,
                "trial": one.after.trial,
                "rule": one.after.rule,
                "check": one.after.check,
                "before": _said(one.before),
                "after": _said(one.after),
            }
            for one in redecided.changed
        ],
    }


def _said(verdict: Verdict) -> dict[str, str]:
    return {"outcome": verdict.decision.outcome.value, "reason": verdict.decision.reason}


def _show(redecided: Redecided, console: Console, *, write: bool) -> None:
    from rich.text import Text

    from harness.core.escape import reveal

    def say(text: str, style: str = "") -> None:
        console.print(Text(reveal(text), style=style), soft_wrap=True)

    total, changed = len(redecided.run.verdicts), redecided.changed
    say(f"{len(changed):,} of {total:,} verdicts differ today", "bold")
    for name, (then, now) in sorted(redecided.versions.items()):
        say(f"  {name}: version {then} then, {now} now", "dim")
    if redecided.newly_bound:
        say(f"  decided by a check now: {', '.join(redecided.newly_bound)}", "dim")
    for (rule, before, after), number in Counter(map(_kind, changed)).most_common():
        say(f"  {rule}: {before} → {after}, {number} times")
    for one in changed[:_MOST_SHOWN]:
        say(f"{one.after.case} · {one.after.rule} · {one.after.variant} {one.after.trial}")
        say(f"    then: {one.before.decision.outcome.value}, {one.before.decision.reason}", "dim")
        say(f"    now:  {one.after.decision.outcome.value}, {one.after.decision.reason}", "dim")
    if len(changed) > _MOST_SHOWN:
        say(f"… and {len(changed) - _MOST_SHOWN} more; --json lists all", "dim")
    if changed and not write:
        say("nothing was written; --write puts these verdicts in the place of the old ones", "dim")


def _kind(one: ChangedVerdict) -> tuple[str, str, str]:
    return one.after.rule, one.before.decision.outcome.value, one.after.decision.outcome.value
