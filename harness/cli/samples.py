"""``harness samples``: what the sample store holds; export, import, and making it smaller."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from harness.core.config import load_config
from harness.core.errors import InputError
from harness.store.bundle import export_bundle, import_bundle, read_bundle
from harness.store.manifest import read_manifest
from harness.store.prune import Holding, Pruning, holdings, plan_pruning, prune, used_bytes
from harness.store.redact import known_secrets
from harness.store.samples import SampleStore

__all__ = ["group"]

group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kKmMgGtT]?)(?:[iI]?[bB])?\s*")
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_AGE = re.compile(r"\s*(\d+)\s*([hdw])\s*")
_HOURS = {"h": 1, "d": 24, "w": 168}

StoreOption = Annotated[
    Path | None, typer.Option("--store", metavar="FILE", help="The store; default: that of harness.toml.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")]


@group.command("list")
def list_samples(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Say what the store holds, model by model.

    \b
    Examples:
      harness samples list
      harness samples list --store other/samples.db --json
    """  # noqa: D301 - the escape keeps the examples on their lines
    path = _path(store)
    with SampleStore(path, read_only=True) as opened:
        held, used = holdings(opened), used_bytes(opened)
    if as_json:
        _print_json({"store": path.as_posix(), "bytes": used, "models": [_row(one) for one in held]})
        return
    for one in held:
        extra = [f"{one.superseded:,} superseded"] if one.superseded else []
        extra += [f"{one.failures:,} failed calls"] if one.failures else []
        since = f", {_day(one.oldest)} to {_day(one.newest)}" if one.newest else ""
        said = "".join(f", {word}" for word in extra)
        name = one.model or "(never answered)"
        typer.echo(f"{name}: {one.answers:,} answers{said}{since}, {_megabytes(one.bytes)}")
    typer.echo(f"{path.as_posix()}: {_megabytes(used)}")


@group.command("export")
def export_samples(
    run: Annotated[Path | None, typer.Argument(metavar="[RUN]", help="A run folder; default: all.")] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The bundle to write.")
    ] = Path("samples.jsonl.gz"),
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write samples into one file that holds no secrets, for a bug report or a test.

    Questions and answers are in it; keys are never stored, and what looks like one in a text is replaced,
    as are the values of environment variables that are named like secrets. Read it before you publish it:
    names and addresses in a prompt stay.

    \b
    Examples:
      harness samples export reports/20261123-120000-backend -o bug.jsonl.gz
      harness run datasets --model replay:bug.jsonl.gz
    """  # noqa: D301 - the escape keeps the examples on their lines
    answers: dict[str, str] | None = None
    path = _path(store)
    if run is not None:
        manifest = read_manifest(run)
        answers = {record.request_sha: record.answer for record in manifest.samples}
        folder = run if run.is_dir() else run.parent
        path = store or Path(folder / manifest.store).resolve()
    with SampleStore(path, read_only=True) as opened:
        done = export_bundle(opened, output, answers, known_secrets())
    if as_json:
        counts = {"samples": done.samples, "failures": done.failures, "redacted": done.redacted}
        _print_json({"bundle": output.as_posix(), "bytes": done.bytes, **counts})
        return
    secrets = f", secrets replaced in {done.redacted:,}" if done.redacted else ""
    typer.echo(
        f"{output.as_posix()}: {done.samples:,} samples, {done.failures:,} failed calls{secrets},"
        f" {_megabytes(done.bytes)}"
    )


@group.command("import")
def import_samples(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle that `export` wrote.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put the samples of a bundle into the store: runs are served them as if they had asked.

    What the store has already stays as it is. Take bundles only from those whose answers you trust.

    \b
    Examples:
      harness samples import bug.jsonl.gz
      harness samples import bug.jsonl.gz --store /tmp/samples.db
    """  # noqa: D301 - the escape keeps the examples on their lines
    path = _path(store)
    next(read_bundle(bundle), None)  # before a store is made for what is no bundle
    with SampleStore(path) as opened:
        done = import_bundle(opened, bundle)
    if as_json:
        counts = {"added": done.added, "known": done.known, "redacted": done.redacted}
        _print_json({"store": path.as_posix(), **counts})
        return
    typer.echo(f"{path.as_posix()}: {done.added:,} samples added, {done.known:,} were there")
    if done.redacted:
        typer.echo(
            f"left out: {done.redacted:,} whose questions held secrets; --model replay:{bundle.as_posix()}"
            " serves them",
            err=True,
        )


@group.command("prune")
def prune_samples(  # noqa: PLR0913 - one parameter per option of the command line
    older_than: Annotated[
        str, typer.Option(metavar="AGE", help="What is older goes: 12h, 30d, 8w, or a date 2026-11-01.")
    ] = "",
    max_size: Annotated[
        str, typer.Option(metavar="SIZE", help="The oldest go until so much is used: 500MB, 2GB.")
    ] = "",
    superseded: Annotated[
        bool, typer.Option("--superseded", help="Answers go that a newer one took the place of.")
    ] = False,
    keep: Annotated[
        list[Path] | None, typer.Option(metavar="RUN", help="Keep what this run rests on; may be repeated.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what would go.")] = False,
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove answers from the store, and give the space back. Says what would go unless --yes is given.

    A removed answer is paid for again when a run wants it; a run that rests on it cannot be decided again.

    \b
    Examples:
      harness samples prune --older-than 90d
      harness samples prune --max-size 500MB --keep reports/20261123-120000-backend --yes
    """  # noqa: D301 - the escape keeps the examples on their lines
    if not (older_than or max_size or superseded):
        raise InputError("nothing says what goes; give --older-than, --max-size or --superseded")
    before = _moment(older_than) if older_than else 0.0
    limit = _bytes(max_size) if max_size else None
    kept = {record.request_sha for run in keep or () for record in read_manifest(run).samples}
    path = _path(store)
    if not path.is_file():
        raise InputError(f"{path}: there is no such sample store; name it with --store")
    with SampleStore(path, read_only=not yes) as opened:
        plan = plan_pruning(opened, before=before, max_bytes=limit, superseded=superseded, keep=kept)
        if yes:
            prune(opened, plan)
        left = used_bytes(opened)
    if as_json:
        counts = {"answers": plan.count, "failures": plan.failures, "freed": plan.bytes}
        _print_json({"store": path.as_posix(), "removed": yes, **counts, "bytes": left})
        return
    typer.echo(_pruned(plan, done=yes))
    typer.echo(f"{path.as_posix()}: {_megabytes(left)}" + ("" if yes else "; give --yes to remove them"))


def _pruned(plan: Pruning, *, done: bool) -> str:
    verb = "removed" if done else "would go"
    if not plan.count and not plan.failures:
        return f"{verb}: nothing"
    span = f" from {_day(plan.oldest)} to {_day(plan.newest)}" if plan.count else ""
    apart = f" ({len(plan.superseded):,} of them superseded)" if plan.superseded else ""
    failures = f", {plan.failures:,} notes of failed calls" if plan.failures else ""
    return f"{verb}: {plan.count:,} answers{apart}{span}, about {_megabytes(plan.bytes)}{failures}"


def _path(store: Path | None) -> Path:
    return store if store is not None else Path(load_config(Path.cwd()).store)


def _row(one: Holding) -> dict[str, Any]:
    return {
        "model": one.model,
        "answers": one.answers,
        "superseded": one.superseded,
        "failures": one.failures,
        "oldest": _stamp(one.oldest) if one.newest else None,
        "newest": _stamp(one.newest) if one.newest else None,
        "bytes": one.bytes,
    }


def _moment(text: str) -> float:
    """Return the moment that an age or a date names, in seconds since the epoch.

    Raises:
        InputError: it is neither.
    """
    age = _AGE.fullmatch(text)
    if age:
        return time.time() - int(age[1]) * _HOURS[age[2]] * 3_600
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            f"--older-than {text!r}: neither an age (12h, 30d, 8w) nor a date (2026-11-01)"
        ) from error
    return moment.astimezone().timestamp()


def _bytes(text: str) -> int:
    """Return the bytes that a size names; units are powers of ten.

    Raises:
        InputError: it is no size.
    """
    size = _SIZE.fullmatch(text)
    if size is None:
        raise InputError(f"--max-size {text!r}: not a size; write it like 500MB or 2GB")
    return int(float(size[1]) * _UNITS[size[2].lower()])


def _megabytes(number: int) -> str:
    return f"{number / 1e6:,.1f} MB"


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat()


def _stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")


def _print_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, sort_keys=True, allow_nan=False))
