"""``harness redecide``: stored answers of a run, decided with the checks of today."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.core.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from harness.cli.progress import TerminalWatcher
    from harness.core.types import Verdict
    from harness.pipeline.redecide import ChangedVerdict

__all__ = ["command"]

_MOST_SHOWN = 20


def command(  # noqa: PLR0913 - one parameter per option of the command line
    run: Annotated[Path, typer.Argument(metavar="RUN|EXPORT", help="Folder of a run, or of an export.")],
    write: Annotated[
        bool, typer.Option("--write", help="Put the new verdicts in the place of the old ones.")
    ] = False,
    engine: Annotated[
        str, typer.Option(metavar="local|dask", help="Decide by a pool of processes, or a Dask cluster.")
    ] = "",
    workers: Annotated[int, typer.Option(min=0, help="Processes of the engine; 0: one per core.")] = 0,
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Dask scheduler (tcp://host:8786) in a trusted network.")
    ] = "",
    export: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Only write the run's answers there, for another machine."),
    ] = None,
    results: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the verdicts on an export go; default: in it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    """Decide the stored answers of a run again with the checks of today, and show what differs.

    No model is asked. Nothing is written unless you say so: with --write the run's decided.json, which
    `harness compare` reads, gets the new verdicts; the report stays as it was.

    With --engine many processes decide, here or on a Dask cluster; an answer that crashes or hangs a parser
    becomes an error and costs only itself, and what was decided before an interruption is not decided
    again. --export writes the answers as Parquet partitions without secrets, which this command decides
    without the store; the verdicts on an export stay in Parquet files, one row each.

    Examples:
      harness redecide reports/20260801-101500-reviewer

      harness redecide reports/20260801-101500-reviewer --write

      harness redecide reports/20260801-101500-reviewer --engine local --workers 4

      harness redecide reports/20260801-101500-reviewer --export answers

      harness redecide answers --engine dask --scheduler tcp://10.0.0.5:8786

    With --json: {"run", "verdicts", "versions": {check: [then, now]}, "newly_bound": [rule], "changed":
    [{"case", "variant", "trial", "rule", "check", "before": {"outcome", "reason"}, "after": {...}}]}; with
    --export: {"export", "responses", "partitions", "bytes", "redacted"}.

    Exit code: 0; 2 when the run or its answers are not there; 3 when some could not be decided.
    """
    from rich.console import Console

    from harness.cli.progress import TerminalWatcher

    if export is not None:
        if write or engine or workers or scheduler or results is not None:
            raise InputError("--export only writes the answers; leave the other options for deciding them")
        _export(run, export, TerminalWatcher(), as_json=as_json)
        return
    review = _review(run, (engine, workers, scheduler), results, write=write)
    if as_json:
        _print_document(review)
        return
    _show(review, Console(highlight=False), write=write)


@dataclass(frozen=True, slots=True)
class _Review:
    """What there is to show; ``changed`` may be read from files each time, ``folder`` holds those."""

    run: str
    verdicts: int
    versions: Mapping[str, tuple[int, int]]
    newly_bound: Sequence[str]
    changed: Callable[[], Iterable[ChangedVerdict]]
    folder: Path | None = None
    fixed: int = 0


def _review(source: Path, asked: tuple[str, int, str], results: Path | None, *, write: bool) -> _Review:
    from harness.cli.progress import TerminalWatcher
    from harness.pipeline.partitions import engine_of, redecide_by, redecide_export
    from harness.pipeline.redecide import redecide
    from harness.scale.export import is_export

    engine, workers, scheduler = asked
    deciding = TerminalWatcher().deciding
    if is_export(source):
        if write:
            raise InputError(f"--write: {source} is an export; its verdicts go to files, see --results")
        found = redecide_export(source, engine_of(engine or "local", workers, scheduler), results, deciding)
        return _Review(
            found.run,
            found.verdicts,
            found.versions,
            found.newly_bound,
            lambda: found.changed,
            found.folder,
            found.fixed,
        )
    if results is not None:
        raise InputError(f"--results: {source} is no export; leave it out, or export the run first")
    if engine:
        chosen = engine_of(engine, workers, scheduler)
        redecided = redecide_by(source, chosen, write=write, deciding=deciding)
    elif workers or scheduler:
        raise InputError("--workers and --scheduler belong to an engine; add --engine local or dask")
    else:
        redecided = redecide(source, write=write, deciding=deciding)
    return _Review(
        redecided.run.run,
        len(redecided.run.verdicts),
        redecided.versions,
        redecided.newly_bound,
        lambda: redecided.changed,
    )


def _export(run: Path, target: Path, watcher: TerminalWatcher, *, as_json: bool) -> None:
    from harness.pipeline.partitions import export_run

    export = export_run(run, target, watcher.deciding)
    size = sum(one.bytes for one in export.partitions)
    if as_json:
        document = {
            "export": target.as_posix(),
            "responses": export.responses,
            "partitions": len(export.partitions),
            "bytes": size,
            "redacted": export.redacted,
        }
        print(json.dumps(document, allow_nan=False))  # noqa: T201
        return
    secrets = f", secrets taken out of {export.redacted:,}" if export.redacted else ""
    said = f"{export.responses:,} answers in {len(export.partitions):,} partitions{secrets}"
    typer.echo(f"{target.as_posix()}: {said}, {size / 1e6:.1f} MB")


def _print_document(review: _Review) -> None:
    """Write the document piece by piece: of a large export, what changed need not fit into memory."""
    head = {
        "run": review.run,
        "verdicts": review.verdicts,
        "versions": {name: list(pair) for name, pair in sorted(review.versions.items())},
        "newly_bound": list(review.newly_bound),
    }
    sys.stdout.write(json.dumps(head, allow_nan=False)[:-1] + ', "changed": [')
    for number, one in enumerate(review.changed()):
        sys.stdout.write((", " if number else "") + json.dumps(_row(one), allow_nan=False))
    sys.stdout.write("]}\n")


def _row(one: ChangedVerdict) -> dict[str, Any]:
    return {
        "case": one.after.case,
        "variant": one.after.variant,
        "trial": one.after.trial,
        "rule": one.after.rule,
        "check": one.after.check,
        "before": _said(one.before),
        "after": _said(one.after),
    }


def _said(verdict: Verdict) -> dict[str, str]:
    return {"outcome": verdict.decision.outcome.value, "reason": verdict.decision.reason}


def _show(review: _Review, console: Console, *, write: bool) -> None:
    from rich.text import Text

    from harness.core.escape import reveal

    def say(text: str, style: str = "") -> None:
        console.print(Text(reveal(text), style=style), soft_wrap=True)

    kinds: Counter[tuple[str, str, str]] = Counter()
    first: list[ChangedVerdict] = []
    for one in review.changed():
        kinds[_kind(one)] += 1
        if len(first) < _MOST_SHOWN:
            first.append(one)
    changed = kinds.total()
    say(f"{changed:,} of {review.verdicts:,} verdicts differ today", "bold")
    for name, (then, now) in sorted(review.versions.items()):
        say(f"  {name}: version {then} then, {now} now", "dim")
    if review.newly_bound:
        say(f"  decided by a check now: {', '.join(review.newly_bound)}", "dim")
    for (rule, before, after), number in kinds.most_common():
        say(f"  {rule}: {before} → {after}, {number} times")
    for one in first:
        say(f"{one.after.case} · {one.after.rule} · {one.after.variant} {one.after.trial}")
        say(f"    then: {one.before.decision.outcome.value}, {one.before.decision.reason}", "dim")
        say(f"    now:  {one.after.decision.outcome.value}, {one.after.decision.reason}", "dim")
    if changed > len(first):
        say(f"… and {changed - len(first)} more; --json lists all", "dim")
    for line in _notes(review, changed, write=write):
        say(line, "dim")


def _notes(review: _Review, changed: int, *, write: bool) -> Iterator[str]:
    if review.fixed:
        yield (
            f"secrets were taken out of {review.fixed:,} answers; verdicts that rest on them are those of "
            "the export"
        )
    if review.folder is not None:
        yield f"every verdict is in {review.folder.as_posix()}"
    elif changed and not write:
        yield "nothing was written; --write puts these verdicts in the place of the old ones"


def _kind(one: ChangedVerdict) -> tuple[str, str, str]:
    return one.after.rule, one.before.decision.outcome.value, one.after.decision.outcome.value
