"""``harness init``: write what a repository with agent files needs to be tested and gated."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.core.escape import reveal

if TYPE_CHECKING:
    from harness.pipeline.initialise import Beginning

__all__ = ["command"]

_MODEL = "anthropic:claude-haiku-4-5"
_MOST_FILES = 12


def command(
    agents: Annotated[
        Path | None,
        typer.Argument(
            metavar="[AGENT.md|FOLDER]",
            help="An agent file, or the folder of all; default: agents, .claude/agents.",
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="PROVIDER:NAME", help="The model that answers, for harness.toml.")
    ] = _MODEL,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there already.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written; write nothing.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write one JSON document to standard output.")
    ] = False,
) -> None:
    """Start to test your own agents: write harness.toml, starter datasets and the workflow of CI.

    Run it at the top of the repository that holds the agent files. Every kind of rule that a check decides
    gets an ordinary message and one that tempts to break it, made from templates; the example dialogues of
    the agents become messages for routing; the other rules get drafts (drafts/) whose message you write. A
    file that is there already is kept. Run it again when an agent is added.

    \b
    Examples:
      harness init                       # agents in agents/ or .claude/agents/
      harness init .claude/agents/reviewer.md
      harness init prompts/agents --model anthropic:claude-sonnet-4-5 --dry-run

    \b
    With --json:
      {"written": [paths], "kept": [paths], "dry_run": true or false,
       "files": [{"path", "kind", "state": "new|kept|replaced"}],
       "agents": [{"name", "path", "rules", "checkable", "dialogues"}],
       "notes": [lines], "next": [{"command", "why"}]}

    Exit code: 0; 2 for wrong input; 3 when a file cannot be written.
    """  # noqa: D301 - the escape keeps the examples on their lines
    from harness.pipeline.initialise import plan_beginning, write_beginning
    from harness.pipeline.installed import installed
    from harness.providers.registry import default_parameters

    default_parameters(model)  # a name that means nothing is refused before anything is written
    beginning = plan_beginning(agents, model=model, package=installed(), force=force)
    if not dry_run:
        write_beginning(beginning)
    typer.echo(
        json.dumps(_document(beginning, dry_run=dry_run)) if as_json else _page(beginning, dry_run=dry_run)
    )


def _document(beginning: Beginning, *, dry_run: bool) -> dict[str, object]:
    kept = [file.path for file in beginning.files if file.state == "kept"]
    return {
        "written": [] if dry_run else [file.path for file in beginning.files if file.path not in kept],
        "kept": kept,
        "dry_run": dry_run,
        "files": [
            {"path": file.path, "kind": file.kind, "state": file.state.value} for file in beginning.files
        ],
        "agents": [
            {
                "name": agent.name,
                "path": agent.path,
                "rules": agent.rules,
                "checkable": agent.checkable,
                "dialogues": agent.dialogues,
            }
            for agent in beginning.agents
        ],
        "notes": list(beginning.notes),
        "next": [{"command": command, "why": why} for command, why in beginning.next],
    }


def _page(beginning: Beginning, *, dry_run: bool) -> str:
    """Return what a person reads: what was found, what was written, what to know, what comes next."""
    agents = beginning.agents
    found = (
        f"{_counted(len(agents), 'agent')}: {_counted(sum(agent.rules for agent in agents), 'rule')}, "
        f"{sum(agent.checkable for agent in agents)} decided by a check; "
        f"{_counted(sum(agent.dialogues for agent in agents), 'example dialogue')}"
    )
    lines = [found, ""]
    for state, title in (("new", "written"), ("replaced", "replaced"), ("kept", "kept as it was")):
        files = [file for file in beginning.files if file.state == state]
        word = f"would be {title}" if dry_run and state != "kept" else title
        lines += [f"{word:<15} {path}" for path in _shown([(file.path, file.kind) for file in files])]
    if any(file.state == "kept" for file in beginning.files):
        lines.append("                (--force replaces what is kept, except .gitignore)")
    lines += ["", *(f"note: {reveal(note)}" for note in beginning.notes), "", "Next:"]
    width = max(len(command) for command, _ in beginning.next)
    lines += [f"  {reveal(command):<{width}}   # {reveal(why)}" for command, why in beginning.next]
    return "\n".join(lines)


def _shown(files: list[tuple[str, str]]) -> list[str]:
    """Return the paths to list; of many files of one kind the first, and how many more there are."""
    if len(files) <= _MOST_FILES:
        return [path for path, _ in files]
    counts = Counter(kind for _, kind in files)
    first = {kind: path for path, kind in reversed(files)}
    return [
        (f"{first[kind]} and {count - 1} more of {kind}" if count > 1 else first[kind])
        for kind, count in counts.items()
    ]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
