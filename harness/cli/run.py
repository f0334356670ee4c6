"""``harness run``: plan, sample, decide, score, report."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from harness.core.config import load_config
from harness.core.errors import ConfigurationError
from harness.core.types import Mode
from harness.pipeline.options import RunOptions
from harness.pipeline.shards import Shard

__all__ = ["command"]


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
        typer.Option(
            metavar="FILE",
            help="Another prompt for the same specification: a file, a template (.j2), a folder; repeated.",
        ),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=A,B", help="Values of a template's parameter; every combination is asked."
        ),
    ] = None,
    controls: Annotated[
        bool, typer.Option("--controls", help="Ask also without the prompt's rules, and without a prompt.")
    ] = False,
    model: Annotated[
        str | None, typer.Option(metavar="PROVIDER:NAME", help="local:…, anthropic:…, replay:…")
    ] = None,
    trials: Annotated[int | None, typer.Option(min=1, help="How often each case is asked.")] = None,
    limit: Annotated[
        int, typer.Option(min=0, help="So many cases of each kind, spread over all; 0: all.")
    ] = 0,
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
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ask for every answer now, also for what is stored.")
    ] = False,
    max_cost: Annotated[
        float | None, typer.Option(metavar="USD", help="Stop before more than this is spent.")
    ] = None,
    max_tokens_total: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Stop before more tokens than this are used.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be asked and what it would cost; ask nothing.")
    ] = False,
    count_tokens: Annotated[
        bool, typer.Option("--count-tokens", help="With --dry-run: let the server count the prompts.")
    ] = False,
    judge: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PROVIDER:NAME",
            help="Model that decides what the checks leave open; repeated: they vote. Default: [judge].",
        ),
    ] = None,
    shard: Annotated[
        str, typer.Option(metavar="I/N", help="Only the I-th of N parts of the cases; see `harness merge`.")
    ] = "",
    batch: Annotated[
        bool, typer.Option("--batch", help="Ask through Message Batches: half the price, within a day.")
    ] = False,
    batch_deadline: Annotated[
        float | None,
        typer.Option(metavar="HOURS", help="With --batch: wait so long at most; default: [batch], 25."),
    ] = None,
    resubmit_doubtful: Annotated[
        bool,
        typer.Option(
            "--resubmit-doubtful",
            help="With --batch: ask again for what may be in a batch, and be paid twice.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of models that take one.")] = 0,
    reports: Annotated[Path | None, typer.Option(metavar="DIR", help="Where run folders go.")] = None,
    checks_folder: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Your own declarative checks; default: [checks].")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    r"""Test an agent's prompt: ask the model, decide every rule, write a report.

    Answers are kept in a store: run the same again and only what is missing is asked (--fresh asks for
    everything, and keeps the new answers beside the old ones). Without a SUITE, the
    datasets of harness.toml are taken, with the dialogues of the agent file. Golden responses (a golden
    folder) are decided as they stand, without a model.

    Examples:
      harness run --quick

      harness run backend-architect --model anthropic:claude-sonnet-4-5 --trials 3

      harness run datasets/backend-architect --agent agents/backend-architect.md --variant shorter.md

      harness run reviewer --variant prompts/tone.md.j2 --param tone=strict,friendly --controls

      harness run datasets/routing/core.yaml --model anthropic:claude-haiku-4-5 --json

      harness run datasets/backend-architect/golden

      harness run backend-architect --model anthropic:claude-haiku-4-5 --judge anthropic:claude-opus-5-5

      harness run backend-architect --model anthropic:claude-opus-5-5 --trials 5 --dry-run

      harness run backend-architect --model anthropic:claude-opus-5-5 --trials 5 --max-cost 4.50

      harness run backend-architect --model anthropic:claude-haiku-4-5 --trials 20 --batch

    With --json: {"run", "scores": [{"rule", "check", "variant", "mean", "low", "high", "n", "missing", ...}],
    "routing", "uncovered", "usage", ...}; docs/reports.md describes every field.

    Ctrl-C lets the calls in flight finish and reports what is there (exit code 3); a second one ends at
    once (130). Either way nothing that was answered is lost, and the next run goes on from there.

    With --batch the calls go to the server together and cost half. Ctrl-C, or a process that dies, leaves
    the batches running: the same command again fetches what they gave (docs/scale.md).

    Exit code: 0 whatever the scores, 2 for wrong input, 3 when too many answers are missing
    (run.missing_limit in harness.toml) or the budget is used up.
    """
    from harness.tune.template import parameters_of

    config = load_config(Path.cwd()).with_checks_folder(checks_folder)
    if reports is not None:
        config = config.model_copy(update={"reports": str(reports)})
    if judge:
        models = config.judge.model_copy(update={"models": tuple(dict.fromkeys(judge))})
        config = config.model_copy(update={"judge": models})
    defaults = RunOptions.of(config)
    options = replace(
        defaults,
        suite=tuple(suite or (config.quick.suite if quick else ())),
        agent=agent,
        variants=tuple(variant or ()),
        parameters=parameters_of(param or ()),
        controls=controls,
        roster=agents or defaults.roster,
        model=model or defaults.model,
        trials=trials or defaults.trials,
        max_tokens=max_tokens or (config.quick.max_tokens if quick else defaults.max_tokens),
        concurrency=concurrency or defaults.concurrency,
        seed=seed,
        mode=mode or defaults.mode,
        limit=limit,
        cases=tuple(case or ()),
        tags=(*(tag or ()), *((config.quick.tag,) if quick else ())),
        routing=routing,
        fresh=fresh,
        shard=Shard.of(shard) if shard else None,
        batch=batch,
        batch_deadline_h=batch_deadline,
        resubmit_doubtful=resubmit_doubtful,
    ).limited(max_cost, max_tokens_total)
    if dry_run:
        raise typer.Exit(_forecast(options, count_tokens=count_tokens, as_json=as_json))
    if count_tokens:
        raise ConfigurationError("--count-tokens belongs to --dry-run: a run learns from its answers")
    raise typer.Exit(_run(options, as_json=as_json))


def _forecast(options: RunOptions, *, count_tokens: bool, as_json: bool) -> int:
    from harness.cli.progress import TerminalWatcher
    from harness.pipeline.forecast import forecast

    found = forecast(options, TerminalWatcher(), count_tokens=count_tokens)
    if as_json:
        print(json.dumps(found.document(), allow_nan=False))  # noqa: T201
    return 0


def _run(options: RunOptions, *, as_json: bool) -> int:
    from rich.console import Console

    from harness.cli.progress import TerminalWatcher
    from harness.core.escape import reveal
    from harness.pipeline.job import run_job
    from harness.pipeline.shortfall import shortfall_of
    from harness.report.formats.json import results_document
    from harness.report.formats.terminal import print_summary

    outcome = run_job(options, TerminalWatcher())
    if as_json:
        # Escapes for all but ASCII: valid whatever the encoding of the output and whatever a model wrote.
        print(json.dumps(results_document(outcome.results), allow_nan=False))  # noqa: T201
    else:
        report = outcome.report.as_posix() if outcome.report is not None else ""
        print_summary(outcome.results, Console(highlight=False), report)
    missing = shortfall_of(outcome, options.config.run.missing_limit)
    if missing is None:
        return 0
    print(f"harness: {reveal(missing.message)}", file=sys.stderr)  # noqa: T201
    return missing.code
