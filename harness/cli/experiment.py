"""``harness experiment``: several prompts on the same cases, and which of them may be the best."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from harness.core.config import load_config
from harness.core.escape import reveal
from harness.pipeline.options import RunOptions
from harness.tune.experiment_file import ExperimentFile, read_experiment
from harness.tune.template import parameters_of

__all__ = ["command"]

_YAML = frozenset({".yaml", ".yml"})


def command(  # noqa: PLR0913 - one parameter per option of the command line
    subject: Annotated[
        Path, typer.Argument(metavar="FILE", help="An agent file, or an experiment file (.yaml).")
    ],
    suite: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SUITE]...", help="Dataset files, folders; default: those of harness.toml."),
    ] = None,
    variant: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="A prompt, a template (.j2) or a folder of them, to hold against the agent."
        ),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=A,B", help="Values of a template's parameter; every combination is asked."
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="PROVIDER:NAME", help="The model that answers.")
    ] = None,
    trials: Annotated[int | None, typer.Option(min=1, help="How often each case is asked.")] = None,
    limit: Annotated[int | None, typer.Option(min=0, help="So many cases, spread over all; 0: all.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="TAG", help="Only cases with this tag; may be repeated.")
    ] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Longest answer, in tokens.")] = None,
    max_cost: Annotated[
        float | None, typer.Option(metavar="USD", help="Stop before more than this is spent.")
    ] = None,
    max_tokens_total: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Stop before more tokens than this are used.")
    ] = None,
    margin: Annotated[
        float | None, typer.Option(min=0.0, max=0.99, help="A smaller difference counts as none.")
    ] = None,
    alpha: Annotated[
        float | None, typer.Option(min=0.001, max=0.5, help="Probability of any false claim.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be asked and what it would cost; ask nothing.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of models that take one, and of the tests.")] = 0,
    reports: Annotated[Path | None, typer.Option(metavar="DIR", help="Where run folders go.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout.")] = False,
) -> None:
    r"""Hold several prompts against an agent file, on the same cases, in one run, case by case in turns.

    A template (jinja2, its name ends in .j2) is filled with every combination of its parameters; `base` in it
    is the prompt of the agent file. The prompt without its rules, and no prompt at all, are always asked as
    controls. All are decided by the rules of the agent file: a rule that a variant leaves out is still held
    against it.

    The leaderboard says which variants are better or worse than the base (corrected for their number), which
    may be the best, and what they cost in tokens. A variant under which more is omitted, undecided or empty
    of what a rule is about is marked and has no rank. experiment.html and experiment.json lie beside the run.

    Examples:
      harness experiment agents/reviewer.md --variant shorter.md --variant prompts/ --trials 3

      harness experiment agents/reviewer.md --variant tone.md.j2 --param tone=strict,kind --param examples=0,2

      harness experiment experiments/tone.yaml --model anthropic:claude-haiku-4-5 --max-cost 5

    An experiment file has the keys question, agent, suite, variants, params, model, trials, limit, tags,
    max_tokens, max_cost, margin, alpha; options of the command line go before them. docs/experiments.md has
    an example, and every field of the JSON document.

    Exit code: 0 whatever was found, 2 for wrong input, 3 when it ended early or too many answers are missing.
    """
    from harness.cli.experiment_view import show
    from harness.cli.progress import TerminalWatcher
    from harness.pipeline.experiment import PAGE_NAME, experiment_options, run_experiment
    from harness.pipeline.shortfall import shortfall_of
    from harness.report.experiment import document

    file = read_experiment(subject) if subject.suffix in _YAML else ExperimentFile(agent=subject.as_posix())
    config = load_config(Path.cwd())
    if reports is not None:
        config = config.model_copy(update={"reports": str(reports)})
    defaults = RunOptions.of(config)
    options = replace(
        defaults,
        suite=tuple(suite or file.suite),
        agent=Path(file.agent),
        variants=(*(Path(name) for name in file.variants), *(variant or ())),
        parameters={**file.params, **parameters_of(param or ())},
        model=model or file.model or defaults.model,
        trials=trials or file.trials or defaults.trials,
        max_tokens=max_tokens or file.max_tokens or defaults.max_tokens,
        limit=file.limit if limit is None else limit,
        tags=tuple(tag or file.tags),
        seed=seed,
    ).limited(max_cost or file.max_cost or None, max_tokens_total)
    options = experiment_options(options)
    if dry_run:
        raise typer.Exit(_forecast(options, as_json=as_json))
    done = run_experiment(
        options,
        file.question,
        file.margin if margin is None else margin,
        file.alpha if alpha is None else alpha,
        TerminalWatcher(),
    )
    if as_json:
        typer.echo(json.dumps(document(done.report), ensure_ascii=True, allow_nan=False))
    else:
        page = Path(done.report.folder) / PAGE_NAME
        show(done.report, page.as_posix() if page.is_file() else "")
    missing = shortfall_of(done.outcome, config.run.missing_limit)
    if missing is not None:
        print(f"harness: {reveal(missing.message)}", file=sys.stderr)  # noqa: T201
    elif done.unwritten is not None:
        raise done.unwritten
    raise typer.Exit(0 if missing is None else missing.code)


def _forecast(options: RunOptions, *, as_json: bool) -> int:
    from harness.cli.progress import TerminalWatcher
    from harness.pipeline.forecast import forecast

    found = forecast(options, TerminalWatcher(), count_tokens=False)
    if as_json:
        typer.echo(json.dumps(found.document(), allow_nan=False))
    return 0
