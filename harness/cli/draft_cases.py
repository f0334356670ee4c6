"""``harness draft-cases``: let a model propose cases, for a person to accept."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.core.config import Config, load_config
from harness.core.errors import InputError
from harness.core.escape import reveal
from harness.core.jsonl import write_atomic

if TYPE_CHECKING:
    from harness.routing.drafting import Task
    from harness.suite.drafts import Draft

__all__ = ["command"]

_INCOMPLETE = 3
_PAIRS = 5


def command(  # noqa: PLR0913 - each parameter is an option of the command
    agent: Annotated[
        str, typer.Argument(help="An agent file or name, for cases per rule; leave out with --border.")
    ] = "",
    border: Annotated[
        bool, typer.Option("--border", help="Messages between agents whose descriptions collide.")
    ] = False,
    agents: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of agent files; default from harness.toml.")
    ] = None,
    model: Annotated[str, typer.Option(metavar="NAME", help="Who proposes; default from harness.toml.")] = "",
    count: Annotated[int, typer.Option(min=1, max=10, help="Messages of each kind.")] = 2,
    limit: Annotated[
        int, typer.Option(min=0, help="So many rules or pairs; 0: all rules, the five likest pairs.")
    ] = 0,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draft file; default drafts/<agent>.yaml.")
    ] = None,
    accept: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Turn the accepted drafts of a file into a dataset.")
    ] = None,
    into: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The dataset to write; it must not exist.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write one JSON document to standard output.")
    ] = False,
) -> None:
    """Let a model propose cases, kept as drafts until a person accepts them.

    Per rule of an agent: ordinary requests that meet the rule's subject, and tempting ones that invite to
    break it. With --border: messages between the agents whose descriptions collide most. A proposal that
    names an agent, repeats another or is of no kind that was asked for is left out, with a note. No run
    reads drafts.

    Examples:
      harness draft-cases backend-architect --model anthropic:claude-sonnet-4-5
      harness draft-cases --border --agents ~/.claude/agents
      harness draft-cases --accept drafts/front.yaml --into datasets/front/drafted.yaml

    Exit code: 0; 2 for wrong input; 3 when calls failed.
    """
    if accept is not None:
        _accept(accept, into)
        return
    if bool(agent) is border:
        raise InputError("name an agent, or ask for --border; one of the two")
    config = load_config(Path.cwd())
    folder = agents or Path(config.agents)
    name, tasks = _border_tasks(folder, limit) if border else _rule_tasks(agent, folder, limit)
    model = model or config.run.model
    drafts, notes, missing = asyncio.run(_ask(tasks, config, model, count))
    path = out or Path("drafts") / f"{name}.yaml"
    if drafts:
        from harness.suite.drafts import DraftFile, draft_text

        _write_new(path, draft_text(DraftFile(agent="" if border else name, model=model, drafts=drafts)))
    for note in notes:
        print(f"harness: {reveal(note)}", file=sys.stderr)  # noqa: T201 - this is the command line
    if as_json:
        document = {"file": str(path) if drafts else None, "drafts": len(drafts), "notes": list(notes)}
        print(json.dumps(document))  # noqa: T201
    else:
        print(f"{len(drafts)} drafts in {path}" if drafts else "no usable draft")  # noqa: T201
    if missing:
        raise typer.Exit(_INCOMPLETE)


def _rule_tasks(agent: str, folder: Path, limit: int) -> tuple[str, list[Task]]:
    from harness.agentfile.folder import read_folder
    from harness.agentfile.parse import read_agent
    from harness.routing.drafting import rule_task
    from harness.suite.catalogue import closest

    if Path(agent).is_file():
        found = read_agent(Path(agent))
    else:
        known = {one.name: one for one in read_folder(folder)} if folder.is_dir() else {}
        if agent not in known:
            hint = closest(agent, known) or f"known: {', '.join(known) or 'none'}"
            raise InputError(f"{folder} has no agent named {agent!r}; {hint}")
        found = known[agent]
    rules = found.rules[:limit] if limit else found.rules
    if not rules:
        raise InputError(f"{found.path}: no rule found in it; `harness rules {agent}` shows what is read")
    return found.name, [rule_task(found, rule) for rule in rules]


def _border_tasks(folder: Path, limit: int) -> tuple[str, list[Task]]:
    from harness.routing.drafting import border_task
    from harness.routing.overlap import find_overlap
    from harness.suite.roster import read_roster

    roster = read_roster(folder)
    by_name = {agent.name: agent for agent in roster.agents}
    pairs = find_overlap(roster.agents, roster.files).collisions[: limit or _PAIRS]
    if not pairs:
        raise InputError(f"{folder}: no two descriptions collide; there is no border to draw")
    return "border", [border_task(by_name[pair.first.agent], by_name[pair.second.agent]) for pair in pairs]


async def _ask(
    tasks: list[Task], config: Config, model: str, count: int
) -> tuple[tuple[Draft, ...], tuple[str, ...], int]:
    """Return the drafts, notes on what was left out, and how many calls failed."""
    from harness.cli.progress import watching
    from harness.providers.base import ProviderOptions
    from harness.providers.registry import open_provider
    from harness.routing.drafting import drafts_of, plan_drafts
    from harness.run.execute import execute
    from harness.run.settings import Settings
    from harness.store.samples import SampleStore

    run = config.run
    settings = Settings(
        model=model, max_tokens=run.max_tokens, concurrency=run.concurrency, timeout_s=run.timeout_s
    )
    provider = open_provider(model, ProviderOptions(timeout_s=run.timeout_s))
    try:
        calls = plan_drafts(tasks, provider, settings, count)
        with SampleStore(Path(config.store)) as store, watching("Drafting") as progress:
            execution = await execute(calls, provider, store, settings, progress)
    finally:
        await provider.close()
    drafts, notes = drafts_of(tasks, calls, execution)
    return drafts, notes, len(execution.failures)


def _accept(path: Path, into: Path | None) -> None:
    from harness.suite.drafts import accepted_dataset, read_drafts

    if into is None:
        raise InputError("--accept needs --into: the dataset file to write")
    _write_new(into, accepted_dataset(read_drafts(path)))
    print(f"written: {into}")  # noqa: T201 - this is the command line


def _write_new(path: Path, text: str) -> None:
    """Write a file that must not be there yet: what a person has corrected is not overwritten."""
    if path.exists():
        raise InputError(f"{path}: it exists already, perhaps with your corrections; name another file")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, text)
