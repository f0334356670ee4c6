"""``harness run``: plan, sample, decide, score, report."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from harness.core.config import Config, load_config
from harness.core.types import Mode
from harness.pipeline.options import RunOptions

__all__ = ["command"]

_INCOMPLETE = 3


def command(  # noqa: PLR0913 - one parameter per option of the command line
    suite: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SUITE]...", help="Dataset files, folders, or an agent's name."),
    ] = None,
    agent: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Agent file to test, instead of the dataset's.")
    ] = None,
    variant: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Another prompt for the same specification; may be repeated."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="PROVIDER:NAME", help="local:…, anthropic:…, replay:…")
    ] = None,
    trials: Annotated[int | None, typer.Option(min=1, help="How often each case is asked.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="At most so many cases of each kind; 0: all.")] = 0,
    case: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Only cases with this id or pattern; may be repeated."),
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="Only cases with this tag; may be repeated.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="The declared quick subset, with short answers ([quick]).")
    ] = False,
    agents: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the agents that routing chooses among.")
    ] = None,
    routing: Annotated[bool, typer.Option(help="Whether routing cases are asked.")] = True,
    mode: Annotated[
        Mode | None, typer.Option(help="How Node-only rules are read in other languages.")
    ] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Longest answer, in tokens.")] = None,
    concurrency: Annotated[int | None, typer.Option(min=1, help="Calls in flight at most.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of models that take one.")] = 0,
    reports: Annotated[Path | None, typer.Option(metavar="DIR", help="Where run folders go.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    r"""Test an agent's prompt: ask the model, decide every rule, write a report.

    Answers are kept in a store: run the same again and only what is missing is asked. Without a SUITE, the
    datasets of harness.toml are taken, with the dialogues of the agent file. Golden responses (a golden
    folder) are decided as they stand, without a model.

    Examples:
      harness run --quick

      harness run backend-architect --model anthropic:claude-sonnet-4-5 --trials 3

      harness run datasets/backend-architect --agent agents/backend-architect.md --variant shorter.md

      harness run datasets/routing/core.yaml --model anthropic:claude-haiku-4-5 --json

      harness run datasets/backend-architect/golden

    With --json: {"run", "scores": [{"rule", "check", "variant", "mean", "low", "high", "n", "missing", ...}],
    "routing", "uncovered", "usage", ...}; docs/reports.md describes every field.

    Exit code: 0 whatever the scores, 2 for wrong input, 3 when too many answers are missing.
    """
    config = load_config(Path.cwd())
    if reports is not None:
        config = config.model_copy(update={"reports": str(reports)})
    run = config.run
    options = RunOptions(
        suite=tuple(suite or (config.quick.suite if quick else ())),
        agent=agent,
        variants=tuple(variant or ()),
        roster=agents or Path(config.agents),
        model=model or run.model,
        trials=trials or run.trials,
        max_tokens=max_tokens or (config.quick.max_tokens if quick else run.max_tokens),
        routing_max_tokens=run.routing_max_tokens,
        concurrency=concurrency or run.concurrency,
        timeout_s=run.timeout_s,
        seed=seed,
        mode=mode or run.mode,
        limit=limit,
        cases=tuple(case or ()),
        tags=(*(tag or ()), *((config.quick.tag,) if quick else ())),
        routing=routing,
        config=config,
    )
    raise typer.Exit(_run(options, config, as_json=as_json))


def _run(options: RunOptions, config: Config, *, as_json: bool) -> int:
    from rich.console import Console

    from harness.cli.app import printable
    from harness.cli.progress import TerminalWatcher
    from harness.pipeline.job import run_job
    from harness.report.formats.json import results_document
    from harness.report.formats.terminal import print_summary
    from harness.report.write import write_reports

    outcome = run_job(options, TerminalWatcher())
    results = outcome.results
    report = write_reports(results)
    if as_json:
        print(json.dumps(results_document(results), ensure_ascii=False))  # noqa: T201
    else:
        print_summary(results, Console(highlight=False), report.as_posix())
    if outcome.error is not None:
        print(f"harness: {printable(str(outcome.error))}", file=sys.stderr)  # noqa: T201
        return outcome.error.exit_code
    wanted = len(results.failures) + len(results.samples)
    if results.failures and len(results.failures) > config.run.missing_limit * wanted:
        kinds = ", ".join(sorted({failure.kind for failure in results.failures}))
        print(  # noqa: T201
            f"harness: {len(results.failures)} answers are missing ({kinds}); run again to ask for them",
            file=sys.stderr,
        )
        return _INCOMPLETE
    return 0
