"""``harness gate``: may this change of a prompt pass?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.core.config import Config, load_config
from harness.core.errors import InputError
from harness.pipeline.options import RunOptions

if TYPE_CHECKING:
    from harness.pipeline.gate import Gated

__all__ = ["command"]

_RED, _INCOMPLETE = 1, 3


def command(  # noqa: PLR0913 - one parameter per option of the command line
    agent: Annotated[
        list[Path] | None, typer.Argument(metavar="[AGENT]...", help="Agent files to gate.")
    ] = None,
    against: Annotated[
        str, typer.Option(metavar="git:REF", help="The file at a commit, asked in the same run.")
    ] = "",
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A stored baseline (default: gate.baseline).")
    ] = None,
    changed_since: Annotated[
        str, typer.Option(metavar="REF", help="Gate the agents that changed since a commit.")
    ] = "",
    suite: Annotated[
        list[str] | None, typer.Option(metavar="SUITE", help="Dataset files or folders; may be repeated.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="PROVIDER:NAME", help="The model that answers.")
    ] = None,
    trials: Annotated[int | None, typer.Option(min=1, help="How often each case is asked.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="So many cases, spread over all; 0: all.")] = 0,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Longest answer, in tokens.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    """Decide whether a changed prompt may pass, by the policy of harness.toml.

    Red: the prompt obeys less than before (all rules together, or one rule), or what always passed fails
    again when asked afresh, or a threshold is missed. The first three share one error budget: a change that
    alters nothing is red with a probability of at most gate.alpha.

    Examples:
      harness gate agents/reviewer.md --against git:main --model anthropic:claude-sonnet-4-5 --trials 3

      harness gate --changed-since origin/main --against git:origin/main --model anthropic:claude-haiku-4-5

      harness gate agents/reviewer.md --baseline reports/baselines/reviewer.json

    With --json: {"light", "agents": [{"agent", "path", "light", "reasons", "run", "comparison",
    "confirmations", ...}]}; docs/ci.md describes every field.

    Exit code: 0 green or yellow, 1 red, 2 wrong input, 3 when too many answers are missing.
    """
    from harness.cli.progress import TerminalWatcher
    from harness.compare.gate import Light
    from harness.pipeline.gate import agents_changed, demand_model, gate_against, gate_baseline

    config = load_config(Path.cwd())
    ref = _ref(against)
    options = _options(config, (suite or [], model, trials, limit, max_tokens, seed))
    demand_model(options.model, config.gate)
    watcher = TerminalWatcher()
    agents = list(agent or [])
    if changed_since:
        agents += [path for path in agents_changed(changed_since, Path(config.agents)) if path not in agents]
        if not agents:
            watcher.say(f"no agent of {config.agents} changed since {changed_since}")
    elif not agents:
        raise InputError("name the agent files to gate, or --changed-since REF")
    stored = baseline or (Path(config.gate.baseline) if config.gate.baseline else None)
    if not ref and stored is None:
        raise InputError("name what to compare with: --against git:REF, or --baseline FILE")
    gated = [
        gate_against(path, ref, options, config.gate, watcher)
        if ref
        else gate_baseline(path, stored or Path(), options, config.gate, watcher)
        for path in agents
    ]
    _print(gated, as_json=as_json)
    if any(_incomplete(one, config) for one in gated):
        raise typer.Exit(_INCOMPLETE)
    raise typer.Exit(_RED if any(one.gate.result.light is Light.RED for one in gated) else 0)


def _ref(against: str) -> str:
    if against and not against.startswith("git:"):
        raise InputError(f"--against {against}: write git:REF, such as git:main")
    return against.removeprefix("git:")


def _options(
    config: Config, chosen: tuple[list[str], str | None, int | None, int, int | None, int]
) -> RunOptions:
    suite, model, trials, limit, max_tokens, seed = chosen
    run = config.run
    return RunOptions(
        suite=tuple(suite),
        agent=None,
        variants=(),
        roster=Path(config.agents),
        model=model or run.model,
        trials=trials or run.trials,
        max_tokens=max_tokens or run.max_tokens,
        routing_max_tokens=run.routing_max_tokens,
        concurrency=run.concurrency,
        timeout_s=run.timeout_s,
        seed=seed,
        mode=run.mode,
        limit=limit,
        cases=(),
        tags=(),
        routing=False,
        config=config,
    )


def _incomplete(one: Gated, config: Config) -> bool:
    failures = len(one.outcome.results.failures)
    return one.outcome.error is not None or failures > config.run.missing_limit * one.outcome.wanted


def _print(gated: list[Gated], *, as_json: bool) -> None:
    from rich.console import Console

    from harness.report.comparison.gate import gate_document, print_gate

    gates = [one.gate for one in gated]
    if as_json:
        print(json.dumps(gate_document(gates), allow_nan=False))  # noqa: T201
    else:
        print_gate(gates, Console(highlight=False))
