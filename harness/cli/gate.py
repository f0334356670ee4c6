"""``harness gate``: may this change of a prompt pass?"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.core.config import Config, load_config
from harness.core.errors import HarnessError, IncompleteError, InputError
from harness.pipeline.options import RunOptions

if TYPE_CHECKING:
    from harness.cli.progress import TerminalWatcher
    from harness.compare.gate import GateReport
    from harness.pipeline.gates import GateRequest

    Renderer = Callable[[GateReport], str]

__all__ = ["command"]


def command(  # noqa: PLR0913 - one parameter per option of the command line
    agent: Annotated[
        list[Path] | None, typer.Argument(metavar="[AGENT]...", help="Agent files to gate.")
    ] = None,
    against: Annotated[
        str, typer.Option(metavar="git:REF", help="The file at a commit, asked in the same run.")
    ] = "",
    baseline: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A stored baseline, or a folder of them (gate.baseline)."),
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
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Ask for every answer now, also for what is stored.")
    ] = False,
    routing: Annotated[
        bool, typer.Option("--routing/--no-routing", help="Route the suite's messages, old roster and new.")
    ] = True,
    max_cost: Annotated[
        float | None, typer.Option(metavar="USD", help="Stop before more than this is spent, by all agents.")
    ] = None,
    max_tokens_total: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Stop before more tokens than this are used.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Explain plan, cost and power; ask nothing.")
    ] = False,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write JUnit XML.")] = None,
    sarif: Annotated[Path | None, typer.Option(metavar="FILE", help="Write SARIF 2.1.0.")] = None,
    markdown: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write Markdown for a pull request.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the comparison page; of several agents, FILE-NAME each."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    """Decide whether a changed prompt may pass, by the policy of harness.toml.

    Red: the prompt obeys less than before (all rules together, or one rule), or fewer messages reach the
    right agent (all, or those of one agent), or what always passed fails again when asked afresh, or a
    threshold is missed. The first three share one error budget: a change that
    alters nothing is red with a probability of at most gate.alpha.

    Examples:
      harness gate agents/reviewer.md --against git:main --model anthropic:claude-sonnet-4-5 --trials 3

      harness gate --changed-since origin/main --against git:origin/main --model anthropic:claude-haiku-4-5

      harness gate agents/reviewer.md --baseline reports/baselines/reviewer.json --junit gate.xml

      harness gate --changed-since origin/main --against git:origin/main --dry-run

    With --json: {"light", "agents": [{"agent", "path", "light", "reasons", "run", "comparison",
    "confirmations", ...}], "errors": [...]}; docs/ci.md describes every field, also those of --dry-run.

    Exit code: 0 green or yellow, 1 red, 2 wrong input, 3 when too many answers are missing or the budget is
    used up. What goes wrong with one agent keeps no other from its verdict.
    """
    from harness.cli.progress import TerminalWatcher
    from harness.pipeline.gates import gate_all
    from harness.report.comparison.junit import render_junit
    from harness.report.comparison.markdown import render_markdown
    from harness.report.comparison.sarif import render_sarif

    watcher = TerminalWatcher()
    options = _options(load_config(Path.cwd()), (suite or [], model, trials, limit, max_tokens, seed))
    options = replace(options, fresh=fresh, routing=routing).limited(max_cost, max_tokens_total)
    request = _request(options, agent or [], (against, baseline, changed_since), watcher)
    if dry_run:
        raise typer.Exit(_explain(request, watcher, as_json=as_json))
    report = gate_all(request, watcher)
    try:
        _write(report, ((junit, render_junit), (sarif, render_sarif), (markdown, render_markdown)))
        if html is not None:
            _write_pages(report, request, html, watcher)
    finally:  # what was paid for is told, whatever became of the files
        _print(report, as_json=as_json)
    raise typer.Exit(report.exit_code)


def _request(
    options: RunOptions,
    agents: Sequence[Path],
    compared: tuple[str, Path | None, str],
    watcher: TerminalWatcher,
) -> GateRequest:
    """Find out which agents are to be held against what.

    Raises:
        InputError: one of the two is not named, or the model may not gate.
    """
    from harness.pipeline.changed import agents_changed, demand_model
    from harness.pipeline.gates import GateRequest

    against, baseline, changed_since = compared
    config = options.config
    demand_model(options.model, config.gate)
    ref = _ref(against)
    if ref and baseline is not None:
        raise InputError("give --against git:REF or --baseline FILE, not both")
    wanted = list({path.resolve(): path for path in agents}.values())
    if changed_since:
        changed, fresh = agents_changed(changed_since, Path(config.agents))
        named = {path.resolve() for path in wanted}
        wanted += [path for path in changed if path.resolve() not in named]
        for path in fresh:
            watcher.say(
                f"{path}: was not there at {changed_since}, so it is not gated; rename an agent's file in a "
                "change of its own"
            )
        if not wanted:
            watcher.say(f"no agent of {config.agents} changed since {changed_since}")
    elif not wanted:
        raise InputError("name the agent files to gate, or --changed-since REF")
    stored = baseline or (Path(config.gate.baseline) if config.gate.baseline else None)
    if not ref and stored is None:
        raise InputError("name what to compare with: --against git:REF, or --baseline FILE")
    return GateRequest(tuple(wanted), ref, stored or Path(), options, config.gate)


def _explain(request: GateRequest, watcher: TerminalWatcher, *, as_json: bool) -> int:
    from rich.console import Console

    from harness.pipeline.foresee import foresee
    from harness.report.comparison.plan import plan_document, print_plan

    plan = foresee(request, watcher)
    if as_json:
        print(json.dumps(plan_document(plan), allow_nan=False))  # noqa: T201
    else:
        print_plan(plan, Console(highlight=False))
    return plan.exit_code


def _write(report: GateReport, wanted: Sequence[tuple[Path | None, Renderer]]) -> None:
    """Write the files that were asked for, and what GitHub's runners read.

    Raises:
        IncompleteError: a file cannot be written; the others are.
    """
    from harness.core.jsonl import write_atomic
    from harness.report.comparison.annotations import render_annotations
    from harness.report.comparison.markdown import render_markdown

    errors: list[HarnessError] = []
    for path, render in wanted:
        if path is not None:
            try:
                write_atomic(path, render(report))
            except HarnessError as error:
                errors.append(error)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        # The runner reads commands from both streams; standard output may be one JSON document.
        print(render_annotations(report), end="", file=sys.stderr)  # noqa: T201
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        try:
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(render_markdown(report))
        except OSError as error:
            errors.append(IncompleteError(f"{summary}: cannot be written ({error.strerror})"))
    if errors:
        raise errors[0]


def _write_pages(report: GateReport, request: GateRequest, html: Path, watcher: TerminalWatcher) -> None:
    from harness.pipeline.gate_pages import write_pages

    for path in write_pages(report, request, html):
        watcher.say(f"wrote {path}")


def _ref(against: str) -> str:
    if against and not against.startswith("git:"):
        raise InputError(f"--against {against}: write git:REF, such as git:main")
    if against == "git:":
        raise InputError("--against git: names no commit; is the variable that should name it empty?")
    return against.removeprefix("git:")


def _options(
    config: Config, chosen: tuple[list[str], str | None, int | None, int, int | None, int]
) -> RunOptions:
    suite, model, trials, limit, max_tokens, seed = chosen
    defaults = RunOptions.of(config)
    return replace(
        defaults,
        suite=tuple(suite),
        model=model or defaults.model,
        trials=trials or defaults.trials,
        max_tokens=max_tokens or defaults.max_tokens,
        seed=seed,
        limit=limit,
    )


def _print(report: GateReport, *, as_json: bool) -> None:
    from rich.console import Console

    from harness.report.comparison.gate import gate_document, print_gate

    if as_json:
        print(json.dumps(gate_document(report), allow_nan=False))  # noqa: T201
    else:
        print_gate(report, Console(highlight=False))
