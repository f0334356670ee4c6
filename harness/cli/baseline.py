"""``harness baseline``: make a run what later ones are held against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["command"]


def command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a complete run.")],
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where it goes; default: baselines/AGENT.json of the reports."),
    ] = None,
    variant: Annotated[
        str, typer.Option(metavar="NAME", help="Variant of the run; default: its first.")
    ] = "",
    samples: Annotated[
        bool, typer.Option("--samples/--no-samples", help="Whether the answers are put beside it.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    """Keep a run as the baseline of its agent: a file to review and to commit.

    The file is deterministic JSON with one line per case, so that a pull request shows what changed. The
    answers are put beside it, compressed, so that a better check can decide them again; leave them out
    with --no-samples where they are private.

    Examples:
      harness baseline reports/20260801-101500-reviewer

      harness baseline reports/20260801-101500-reviewer --no-samples --output reports/baselines/nightly.json

      harness compare reports/baselines/reviewer.json reports/20260802-093000-reviewer

    With --json: {"baseline", "answers" (null without them), "cases", "rules"}.

    Exit code: 0; 2 for a run that is not complete or whose answers are gone.
    """
    from harness.core.config import load_config
    from harness.pipeline.redecide import demand_ended
    from harness.pipeline.sides import make_baseline
    from harness.store.decided import read_decided

    demand_ended(run)
    decided = read_decided(run)
    target = output or Path(load_config(Path.cwd()).reports) / "baselines" / f"{decided.agent}.json"
    written = make_baseline(run, target, variant=variant, answers=samples)
    document = {
        "baseline": written[0].as_posix(),
        "answers": written[1].as_posix() if len(written) > 1 else None,
        "cases": len(decided.cases),
        "rules": len(decided.rules),
    }
    if as_json:
        print(json.dumps(document, allow_nan=False))  # noqa: T201
        return
    for path in written:
        typer.echo(path.as_posix())
