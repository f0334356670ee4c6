"""``harness route``: measure which agent gets each message."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.core.config import Config, load_config
from harness.core.errors import ConfigurationError
from harness.report.words import count
from harness.routing.ask import Routed
from harness.routing.cases import Labelled, dialogue_cases, read_cases
from harness.routing.features import RouterKind, Source
from harness.routing.metrics import MISSING, RoutingMetrics, routing_metrics
from harness.suite.leaks import leak_notes
from harness.suite.perturb import Perturbation, perturbed
from harness.suite.roster import Roster, RosterForm, read_roster

if TYPE_CHECKING:
    from harness.routing.overlap import Overlap
    from harness.routing.trust import Trust

__all__ = ["command"]

LEXICAL = RouterKind.LEXICAL
_INCOMPLETE = 3

_ALONE = (
    "one agent alone is never confused with another: these figures say only whether messages are told from "
    "none; name the folder of all agents with --agents"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options ask for, paths and defaults resolved."""

    router: str
    trials: int
    without: frozenset[Source]
    budget: int
    concurrency: int
    overlap: bool
    form: RosterForm
    config: Config


@dataclass(frozen=True, slots=True)
class Measured:
    """A measurement: the choices in order, their metrics, and notes on how they came about."""

    routed: tuple[Routed, ...]
    metrics: RoutingMetrics
    trust: Trust
    notes: tuple[str, ...] = ()
    usage: dict[str, int] = field(default_factory=dict)


def command(  # noqa: PLR0913 - each parameter is an option of the command
    agents: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of agent files; default from harness.toml.")
    ] = None,
    cases: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Labelled messages, .jsonl or .yaml; default: the agents' dialogues."
        ),
    ] = None,
    router: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="lexical, embedding, hybrid, a model such as anthropic:claude-haiku-4-5, or claude-code.",
        ),
    ] = LEXICAL,
    trials: Annotated[int, typer.Option(min=1, help="How often a model is asked each message.")] = 1,
    limit: Annotated[int, typer.Option(min=0, help="So many cases, spread over all; 0: all.")] = 0,
    without: Annotated[
        list[Source] | None,
        typer.Option(help="What a router without a model may not read; may be repeated."),
    ] = None,
    perturb: Annotated[
        list[Perturbation] | None,
        typer.Option(help="Add a copy of each message, changed so that its label stays; may be repeated."),
    ] = None,
    roster_tokens: Annotated[
        int, typer.Option(min=0, help="Shorten the roster to so many tokens; 0: as the model needs it.")
    ] = 0,
    roster_form: Annotated[
        RosterForm,
        typer.Option(help="How a model with tools sees the roster: Claude Code's form, or its older one."),
    ] = RosterForm.CURRENT,
    concurrency: Annotated[
        int, typer.Option(min=0, help="Calls in flight at most; 0: from harness.toml.")
    ] = 0,
    overlap: Annotated[
        bool,
        typer.Option("--overlap", help="Which descriptions collide, on what words; who is hard to reach."),
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page: heat map, overlap, cases.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON Lines to standard output.")] = False,
) -> None:
    r"""Measure which agent gets each message.

    The lexical router needs no model: it compares words with the agents' names, descriptions, bodies and
    example dialogues (never with the dialogue that a message comes from); "embedding" compares their meaning
    by token vectors, "hybrid" does both (extra "embedding"). A model sees the roster as
    Claude Code lists it and calls the Agent tool; a local model answers in JSON.

    Examples:
      harness route --agents agents --cases datasets/routing/core.yaml

      harness route --agents ~/.claude/agents

      harness route --agents ~/.claude/agents --overlap

      harness route --cases messages.jsonl --router anthropic:claude-haiku-4-5 --trials 3 --json

      harness route --cases messages.jsonl --router claude-code:claude-haiku-4-5

    A line of a .jsonl file is {"message", "agent", "id"?, "tags"?, "cluster"?}; the agent of a message that
    none should get is "none". With --json there is one line per choice, {"id", "predicted", "ranked",
    "expected", "correct"}, predicted and correct null where the call failed, and last {"summary": {...}},
    which holds "overlap" if that was asked for.

    Exit code: 0 whatever the accuracy; 2 for wrong input; 3 when calls failed.
    """
    config = load_config(Path.cwd())
    asked = Asked(
        router=router,
        trials=trials,
        without=frozenset(without or ()),
        budget=roster_tokens,
        concurrency=concurrency or config.run.concurrency,
        overlap=overlap,
        form=roster_form,
        config=config,
    )
    roster = read_roster(agents if agents is not None else Path(config.agents))
    labelled = _grown(_spread(_cases(cases, roster, needed=not overlap), limit), perturb or ())
    measure = _without_model if router in set(RouterKind) else _by_model
    measured = measure(roster, labelled, asked)
    alone = (_ALONE,) if len(roster.agents) == 1 else ()
    measured = replace(measured, notes=(*alone, *measured.notes, *leak_notes([one.case for one in labelled])))
    if html is not None:
        _write_page(html, measured, roster, asked)
    if as_json:
        _write_json(measured, labelled, roster, asked)
    else:
        _show(measured, roster, asked)
    if measured.metrics.missing:
        _complain(measured)
        raise typer.Exit(_INCOMPLETE)


def _complain(measured: Measured) -> None:
    """Say on standard error why a measurement is incomplete: standard output may be read by a program."""
    from harness.core.escape import reveal

    first = next((one.problem for one in measured.routed if one.row.predicted == MISSING), "")
    total = measured.metrics.n + measured.metrics.missing
    line = f"harness: {measured.metrics.missing} of {total} choices are missing; the first: {first}"
    print(reveal(line), file=sys.stderr)  # noqa: T201 - this is the command line


def _cases(path: Path | None, roster: Roster, *, needed: bool) -> tuple[Labelled, ...]:
    """Read the cases; ``needed`` says whether a roster without any is an error."""
    if path is None:
        talking = needed or any(agent.dialogues for agent in roster.files)
        return dialogue_cases(roster.files) if talking else ()
    return read_cases(path, {agent.name for agent in roster.agents})


def _spread(labelled: tuple[Labelled, ...], limit: int) -> tuple[Labelled, ...]:
    """Take ``limit`` cases at equal distances: datasets are often sorted by agent."""
    total = len(labelled)
    if not 0 < limit < total:
        return labelled
    return tuple(labelled[number * total // limit] for number in range(limit))


def _grown(labelled: tuple[Labelled, ...], kinds: Collection[Perturbation]) -> tuple[Labelled, ...]:
    """Put the changed copies of each case behind it."""
    if not kinds:
        return labelled
    return tuple(
        grown
        for one in labelled
        for grown in (one, *(Labelled(copy.id, copy) for copy in perturbed(one.case, kinds)))
    )


def _without_model(roster: Roster, labelled: tuple[Labelled, ...], asked: Asked) -> Measured:
    from harness.cli.progress import counting
    from harness.routing.ask import route_by_words
    from harness.routing.lexical import ALL_SOURCES, LexicalRouter
    from harness.routing.trust import trust_in
    from harness.stats.interval import estimate

    if asked.trials > 1:
        raise ConfigurationError(
            f"--trials: the {asked.router} router gives the same answer every time; leave it out"
        )
    with counting("Routing", len(labelled)) as progress:
        kind = RouterKind(asked.router)
        router = LexicalRouter(roster.files, ALL_SOURCES - asked.without, kind=kind)
        routed = route_by_words(router, [one.case for one in labelled], progress)
    rows = [one.row for one in routed]
    return Measured(routed, routing_metrics(rows, estimate), trust_in(rows))


def _by_model(roster: Roster, labelled: tuple[Labelled, ...], asked: Asked) -> Measured:
    from harness.providers.base import ProviderOptions
    from harness.providers.registry import open_provider
    from harness.routing.ask import route_by_words
    from harness.routing.lexical import ALL_SOURCES, LexicalRouter
    from harness.routing.route import roster_listing
    from harness.routing.trust import trust_in
    from harness.run.settings import Settings
    from harness.stats.interval import estimate

    run = asked.config.run
    settings = Settings(
        model=asked.router,
        trials=asked.trials,
        max_tokens=run.routing_max_tokens,
        concurrency=asked.concurrency,
        timeout_s=run.timeout_s,
    )
    provider = open_provider(asked.router, ProviderOptions(timeout_s=run.timeout_s))
    listing = roster_listing(roster.agents, provider, asked.budget)
    routed, usage = asyncio.run(_ask(roster, labelled, (provider, settings), asked))
    notes = (f"roster shortened: {listing.note}",) if listing.note else ()
    rows = [one.row for one in routed]
    words = route_by_words(
        LexicalRouter(roster.files, ALL_SOURCES - asked.without), [one.case for one in labelled]
    )
    trust = trust_in(rows, (LEXICAL, [one.row for one in words]))
    return Measured(routed, routing_metrics(rows, estimate), trust, notes, usage)


async def _ask(
    roster: Roster, labelled: tuple[Labelled, ...], asking: tuple[Any, Any], asked: Asked
) -> tuple[tuple[Routed, ...], dict[str, int]]:
    from harness.cli.progress import watching
    from harness.routing.ask import route_by_model
    from harness.routing.route import plan_routing
    from harness.store.samples import SampleStore

    provider, settings = asking
    cases = [one.case for one in labelled]
    try:
        calls = plan_routing(cases, {"base": roster.agents}, provider, settings, (asked.form, asked.budget))
        names = [agent.name for agent in roster.agents]
        with SampleStore(Path(asked.config.store)) as store, watching("Routing") as progress:
            routed, execution = await route_by_model(calls, names, (provider, store, settings), progress)
    finally:
        await provider.close()
    usages = [sample.completion.usage for sample in execution.samples.values()]
    return routed, {
        "asked": execution.asked,
        "reused": execution.reused,
        "input_tokens": sum(usage.input_tokens for usage in usages),
        "output_tokens": sum(usage.output_tokens for usage in usages),
    }


def _title(roster: Roster, asked: Asked) -> str:
    who = f"{asked.router.capitalize()} router" if asked.router in set(RouterKind) else asked.router
    return f"{who} · {count(len(roster.agents), 'agent')}"


def _write_json(measured: Measured, labelled: tuple[Labelled, ...], roster: Roster, asked: Asked) -> None:
    from harness.cli.routing_json import metrics_document, trust_document, write_lines

    summary: dict[str, Any] = {
        "router": asked.router,
        "roster": len(roster.agents),
        **metrics_document(measured.metrics),
        **trust_document(measured.trust),
        "usage": measured.usage,
        "notes": list(measured.notes),
        "warnings": list(roster.warnings),
    }
    if asked.overlap:
        from harness.cli.overlap_view import overlap_document

        summary["overlap"] = overlap_document(_overlap(roster, measured))
    ids = {one.case.id: one.id for one in labelled}
    write_lines(measured.routed, ids, summary, trials=asked.trials > 1)


def _write_page(path: Path, measured: Measured, roster: Roster, asked: Asked) -> None:
    from harness.core.jsonl import write_atomic
    from harness.report.routing_page import RoutingPage, render_routing
    from harness.report.routing_view import MeasuredRouter
    from harness.routing.route import last_message

    router = MeasuredRouter(
        rows=[one.row for one in measured.routed],
        messages={one.case.id: last_message(one.case) for one in measured.routed},
        metrics=measured.metrics,
        trust=measured.trust,
        overlap=_overlap(roster, measured),
    )
    write_atomic(path, render_routing(RoutingPage(_title(roster, asked), router, measured.notes)))
    print(f"harness: page written: {path}", file=sys.stderr)  # noqa: T201 - this is the command line


def _overlap(roster: Roster, measured: Measured) -> Overlap:
    from harness.routing.overlap import find_overlap

    return find_overlap(roster.agents, roster.files, [one.row for one in measured.routed])


def _show(measured: Measured, roster: Roster, asked: Asked) -> None:
    if asked.overlap:
        from harness.cli.overlap_view import show_overlap

        title = (
            f"Overlap · {count(len(roster.agents), 'agent')} · {asked.router}, "
            f"{count(len(measured.routed), 'choice')}"
        )
        show_overlap(_overlap(roster, measured), title, measured.notes)
        return
    from harness.cli.routing_view import show

    show(
        (measured.metrics, measured.trust),
        measured.routed,
        _title(roster, asked),
        (*roster.warnings, *measured.notes),
    )
