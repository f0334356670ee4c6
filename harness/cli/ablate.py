"""``harness ablate``: which lines of a prompt earn their place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.conflict_view import conflict_row
from harness.core.config import load_config
from harness.core.errors import ConfigurationError
from harness.pipeline.options import RunOptions
from harness.tune.conflicts import observed_in, wording_conflicts

if TYPE_CHECKING:
    from harness.pipeline.ablation import Ablated
    from harness.tune.model import Effect, Finding

__all__ = ["command"]


def command(  # noqa: PLR0913 - one parameter per option of the command line
    agent: Annotated[Path, typer.Argument(metavar="AGENT", help="The agent file.")],
    suite: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SUITE]...", help="Dataset files, folders; default: those of harness.toml."),
    ] = None,
    part: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND", help="What is taken out: rule, section, dialogue; repeated. Default: rule."
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="PROVIDER:NAME", help="The model that answers.")
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="Answers to each question.")] = 2,
    max_answers: Annotated[int, typer.Option(min=0, help="At most so many answers; 0: no limit.")] = 0,
    max_cost: Annotated[
        float | None, typer.Option(metavar="USD", min=0.0, help="Stop before more than this is spent.")
    ] = None,
    margin: Annotated[
        float, typer.Option(min=0.01, max=0.99, help="Smallest effect that is worth a line, as a share.")
    ] = 0.1,
    alpha: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="Share of the effects claimed that may be wrong.")
    ] = 0.05,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="Only cases with this tag; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the order of the cases.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    r"""Take each rule (section, dialogue) out of an agent file and see what that does to the answers.

    Every part is asked about with and without it, in turns, a few cases at a time, and no longer than its
    question is open. It earns its place when answers obey less without it; it is harmful when they obey more;
    no effect is seen when a difference of --margin has become unlikely; else the report says how many more
    cases would tell. Of all effects that are claimed, at most --alpha are wrong on average, however early the
    asking stops. The prompt without its rules and no prompt at all are always asked, as controls.

    Rules are followed by the cases that name them (`applies` in a dataset); other cases show what a rule does
    to others. Answers are kept: an ablation that was stopped goes on from there.

    Examples:
      harness ablate agents/backend-architect.md --model anthropic:claude-haiku-4-5 --max-cost 5

      harness ablate agents/backend-architect.md --part section --part dialogue --trials 3 --json

    With --json: {"agent", "model", "asked", "exhaustive", "parts": [{"id", "kind", "line", "title", "tokens",
    "standing", "own": effect, "others": effect, "cases", "needed", "why"}], "conflicts": [...],
    "wording_conflicts": [...], "missing"};
    an effect is {"cases", "mean", "low", "high"}: how much more is obeyed with the part than without.

    Exit code: 0 whatever was found, 2 for wrong input, 3 when it ended early or answers are missing.
    """
    from harness.cli.ablation_view import show
    from harness.cli.progress import TerminalWatcher
    from harness.pipeline.ablation import ablate_agent
    from harness.tune.model import Design
    from harness.tune.units import UnitKind

    kinds = {UnitKind.CONTROL, *(_kind(name) for name in part or ["rule"])}
    defaults = RunOptions.of(load_config(Path.cwd()))
    options = replace(
        defaults,
        agent=agent,
        suite=tuple(suite or ()),
        model=model or defaults.model,
        tags=tuple(tag or ()),
        seed=seed,
        max_cost=defaults.max_cost if max_cost is None else max_cost,
    )
    design = Design(alpha=alpha, margin=margin, most=max_answers, trials=trials, seed=seed)
    result = ablate_agent(options, kinds, design, TerminalWatcher())
    if as_json:
        typer.echo(json.dumps(_document(result, options.model), ensure_ascii=True, allow_nan=False))
    else:
        show(result, options.model)
    if result.error is not None:
        typer.echo(f"harness: {result.error}", err=True)
        raise typer.Exit(result.error.exit_code)
    raise typer.Exit(3 if result.missing else 0)


def _kind(name: str) -> Any:
    from harness.tune.units import UnitKind

    known = [kind.value for kind in UnitKind if kind is not UnitKind.CONTROL]
    if name not in known:
        raise ConfigurationError(f"--part {name}: no such part; name one of {', '.join(known)}")
    return UnitKind(name)


def _document(result: Ablated, model: str) -> dict[str, Any]:
    ablation = result.ablation
    return {
        "agent": result.prepared.specification.agent.path,
        "model": model,
        "alpha": ablation.design.alpha,
        "margin": ablation.design.margin,
        "trials": ablation.design.trials,
        "asked": ablation.asked,
        "exhaustive": ablation.exhaustive,
        "parts": [_part(one) for one in ablation.findings],
        "conflicts": [
            {"part": one.unit, "rule": one.rule, "effect": _effect(one.effect), "cases": list(one.cases)}
            for one in ablation.conflicts
        ],
        "wording_conflicts": [
            {**conflict_row(one), "observed": len(observed_in(one, ablation.conflicts)) > 0}
            for one in wording_conflicts(result.prepared.specification.agent.rules)
        ],
        "missing": result.missing,
        "spent_usd": result.spent,
    }


def _part(found: Finding) -> dict[str, Any]:
    unit = found.unit
    return {
        "id": unit.id,
        "kind": unit.kind.value,
        "line": unit.span.line,
        "title": unit.title,
        "rules": list(unit.rules),
        "tokens": unit.tokens,
        "standing": found.standing.value,
        "own": _effect(found.own),
        "others": _effect(found.others),
        "cases": found.asked,
        "needed": found.needed,
        "why": found.why,
    }


def _effect(effect: Effect) -> dict[str, Any]:
    return {"cases": effect.cases, "mean": effect.mean, "low": effect.low, "high": effect.high}
