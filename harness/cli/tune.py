"""``harness tune``: offer a better prompt, and say whether it is one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.core.config import load_config
from harness.core.errors import ConfigurationError
from harness.core.escape import reveal
from harness.pipeline.options import RunOptions
from harness.stats.interval import NO_NUMBER, Number

if TYPE_CHECKING:
    from harness.compare.model import Comparison
    from harness.pipeline.tuning import Tuned

__all__ = ["command"]

_SHARES = 3


def command(  # noqa: PLR0913 - one parameter per option of the command line
    agent: Annotated[Path, typer.Argument(metavar="AGENT", help="The agent file.")],
    suite: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SUITE]...", help="Dataset files, folders; default: those of harness.toml."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="PROVIDER:NAME", help="The model that answers.")
    ] = None,
    reflection: Annotated[
        str,
        typer.Option(metavar="PROVIDER:NAME", help="The model that proposes; default: the one that answers."),
    ] = "",
    trials: Annotated[int, typer.Option(min=1, help="Answers to each question.")] = 2,
    rounds: Annotated[int, typer.Option(min=1, help="How often a better prompt is asked for.")] = 12,
    batch: Annotated[int, typer.Option(min=1, help="Cases that each round looks at.")] = 6,
    split: Annotated[
        str, typer.Option(metavar="A,B,C", help="Shares for training, validation and test.")
    ] = "0.3,0.3,0.4",
    max_growth: Annotated[
        float, typer.Option(min=0.0, max=10.0, help="By how much the prompt may grow, as a share.")
    ] = 0.5,
    max_cost: Annotated[
        float | None, typer.Option(metavar="USD", min=0.0, help="Stop before the run costs more than this.")
    ] = None,
    max_calls: Annotated[
        int, typer.Option(min=0, help="At most so many answers, those of the test included; 0: no limit.")
    ] = 0,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, help="Longest answer in tokens; default: that of harness.toml.")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="Only cases with this tag; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the split and of the search.")] = 0,
    name: Annotated[str, typer.Option(help="Name of the folder; default: made of agent and settings.")] = "",
    apply: Annotated[
        bool, typer.Option("--apply", help="Write the candidate to AGENT, if it is shown to be better.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    r"""Seek a better prompt, and test it once on cases that the search never saw.

    The cases are divided by cluster. On training cases the reflection model (--reflection) is told which
    rules were broken and how, and proposes a new body; proposals that do better there are put to the
    validation cases; the best of them is asked afresh on the test cases, in turns with the prompt as it is.
    "Improvement shown" needs a paired test at the one-sided level .05; else it says "no improvement shown".

    A proposal that drops, merges or turns a rule, changes the front matter or grows beyond --max-growth is
    refused. Answers that leave out what a rule speaks about, that are missing or undecided, earn nothing.

    The candidate and a report with the diff are written beside the runs, in tune/ of the reports folder. The
    agent file is written only with --apply. A run that was stopped goes on with the same command: answers
    are kept, and no question is asked twice. --max-cost and --max-calls count stored answers, too.

    Examples:
      harness tune agents/backend-architect.md --model anthropic:claude-haiku-4-5 \
          --reflection anthropic:claude-sonnet-4-5 --max-cost 10
      harness tune agents/backend-architect.md --rounds 20 --trials 3 --json

    With --json: {"agent", "claim", "improved", "complete", "test": {"cases", "before", "after", "delta",
    "low", "high", "p", "decision", "reasons"} or null, "split", "proposals": [{"round", "came_to", "why",
    "gain"}], "folder", "diff", "tokens", "answers", "missing", "cost_usd", "spent_usd",
    "warnings", "applied"}.

    Exit code: 0 whatever was found, 2 for wrong input, 3 when it ended early or answers are missing.
    """
    from harness.cli.progress import TerminalWatcher
    from harness.pipeline.tuning import tune_agent
    from harness.pipeline.tuning_begin import TuningOptions
    from harness.tune.optimise_model import Plan

    defaults = RunOptions.of(load_config(Path.cwd()))
    options = replace(
        defaults,
        agent=agent,
        suite=tuple(suite or ()),
        model=model or defaults.model,
        trials=trials,
        tags=tuple(tag or ()),
        seed=seed,
        max_tokens=max_tokens or defaults.max_tokens,
    ).limited(max_cost, None)
    tuning = TuningOptions(
        plan=Plan(rounds=rounds, batch=batch, seed=seed),
        reflection=reflection,
        shares=_shares(split),
        max_growth=max_growth,
        max_calls=max_calls,
        name=name,
    )
    tuned = tune_agent(options, tuning, TerminalWatcher())
    applied = apply and _applied(tuned)
    if as_json:
        typer.echo(json.dumps(_document(tuned, applied), ensure_ascii=True, allow_nan=False))
    else:
        _show(tuned, asked=apply, applied=applied)
    if tuned.error is not None:
        typer.echo(f"harness: {reveal(str(tuned.error))}", err=True)
        raise typer.Exit(tuned.error.exit_code)
    raise typer.Exit(3 if tuned.report.missing else 0)


def _shares(text: str) -> tuple[float, float, float]:
    try:
        shares = [float(part) for part in text.split(",")]
    except ValueError:
        shares = []
    if len(shares) != _SHARES:
        raise ConfigurationError(f"--split {text}: give three shares that add up to 1, such as 0.3,0.3,0.4")
    return shares[0], shares[1], shares[2]


def _applied(tuned: Tuned) -> bool:
    from harness.pipeline.tuning import apply_candidate

    if tuned.report.improved:
        apply_candidate(tuned)
    return tuned.report.improved


def _show(tuned: Tuned, *, asked: bool, applied: bool) -> None:
    from harness.report.tuning import diff_of, sentences

    for one in sentences(tuned.report):
        typer.echo(one)
    diff = diff_of(tuned.report)
    if diff:
        typer.echo("\n" + "\n".join(diff) + "\n")
    typer.echo(reveal(f"report and candidate: {tuned.folder}"))
    if applied:
        typer.echo(reveal(f"written to {tuned.path}"))
    elif asked:
        typer.echo("--apply wrote nothing: only what is shown to be better is written")


def _document(tuned: Tuned, applied: bool) -> dict[str, Any]:
    from harness.report.tuning import diff_of

    report = tuned.report
    parts = zip(("training", "validation", "test"), report.sizes, report.clusters, strict=True)
    return {
        "agent": report.agent,
        "model": report.model,
        "reflection": report.reflection,
        "seed": report.seed,
        "trials": report.trials,
        "claim": report.claim,
        "improved": report.improved,
        "complete": report.complete,
        "test": None if report.comparison is None else _test(report.comparison),
        "validation_gain": report.gain if report.after else None,
        "split": {name: {"cases": cases, "groups": groups} for name, cases, groups in parts},
        "rounds": report.rounds,
        "ended": report.ended,
        "proposals": [
            {"round": one.round, "came_to": one.fate.value, "why": one.reason, "gain": one.gain}
            for one in report.attempts
        ],
        "folder": tuned.folder.as_posix(),
        "diff": "\n".join(diff_of(report)),
        "tokens": {"before": report.tokens[0], "after": report.tokens[1]},
        "reworded": list(report.reworded),
        "added": list(report.added),
        "answers": report.calls,
        "missing": report.missing,
        "cost_usd": report.counted,
        "spent_usd": report.spent,
        "warnings": list(report.warnings),
        "applied": applied,
    }


def _test(comparison: Comparison) -> dict[str, Any]:
    change = comparison.aggregate
    moved = change.difference
    return {
        "cases": moved.cases,
        "before": _number(change.before),
        "after": _number(change.after),
        "delta": _number(moved.delta),
        "low": _number(moved.low),
        "high": _number(moved.high),
        "p": _number(moved.p),
        "decision": comparison.decision.value,
        "reasons": list(comparison.reasons),
    }


def _number(number: Number) -> float | None:
    return None if number is NO_NUMBER else number
