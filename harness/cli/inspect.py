"""``harness inspect``: what was read from agent files, as a page for people or as JSON Lines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.agentfile.parse import read_agent
from harness.core.discover import expand
from harness.core.errors import HarnessError, InputError
from harness.core.escape import reveal
from harness.core.types import Agent, Dialogue, Rule

__all__ = ["command"]

_WORTH_SHARING = 200  # files; starting the processes takes as long as reading about a hundred
_CHUNK = 16
_COLOURS = {"never": "red", "always": "green", "should": "cyan"}


def command(
    files: Annotated[list[Path], typer.Argument(help="Agent files, or folders that are searched for *.md.")],
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON Lines, one line per file.")] = False,
) -> None:
    """Show what was read from agent files: dialogues, rules with line and polarity, and every repair.

    A file that cannot be read does not stop the others: it is reported, and the exit code is 2.

    \b
    Examples:
      harness inspect agents/backend-architect.md
      harness inspect agents --json | jq -r 'select(.ok) | .name'
    """  # noqa: D301 - the escape keeps the examples on their lines
    paths, unknown = _expand(files)
    failed = _write_lines(paths, unknown) if as_json else _show_pages(paths, unknown)
    if failed:
        raise typer.Exit(2)


def _expand(files: list[Path]) -> tuple[list[Path], dict[Path, InputError]]:
    """Return the files in the order named, and what is wrong with those that cannot be found."""
    paths: list[Path] = []
    unknown: dict[Path, InputError] = {}
    for named in files:
        try:
            paths += expand([named], {".md"})
        except InputError as error:
            unknown[named] = error
            paths.append(named)
    return paths, unknown


def _show_pages(paths: list[Path], unknown: dict[Path, InputError]) -> bool:
    console = Console(highlight=False, markup=False, emoji=False)
    failed = False
    for path in paths:
        try:
            if path in unknown:
                raise unknown[path]
            _show(console, read_agent(path))
        except HarnessError as error:
            failed = True
            print(f"harness: {reveal(str(error))}", file=sys.stderr)  # noqa: T201 - this is the command line
    return failed


# --- JSON Lines ------------------------------------------------------------------------------


def _write_lines(paths: list[Path], unknown: dict[Path, InputError]) -> bool:
    """Write one line per file; many files are shared out to all processors."""
    jobs = [(path, unknown.get(path)) for path in paths]
    if len(jobs) < _WORTH_SHARING:
        return _write_all(map(_line, jobs))
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return _write_all(pool.map(_line, jobs, chunksize=_CHUNK))


def _write_all(lines: Iterable[tuple[bool, str]]) -> bool:
    failed = False
    for ok, line in lines:
        failed = failed or not ok
        sys.stdout.write(line + "\n")
    return failed


def _line(job: tuple[Path, InputError | None]) -> tuple[bool, str]:
    """Return whether a file could be read, and its line of JSON (ASCII, so that no surrogate stops it)."""
    path, problem = job
    try:
        if problem:
            raise problem
        return True, json.dumps(_row(path, read_agent(path)))
    except HarnessError as error:
        return False, json.dumps(_failure(path, error))


def _failure(path: Path, error: HarnessError) -> dict[str, Any]:
    empty = {"name": "", "description": "", "model": "", "examples": [], "rules": [], "repairs": []}
    return {"file": str(path), "ok": False, "error": str(error), **empty}


def _row(path: Path, agent: Agent) -> dict[str, Any]:
    return {
        "file": str(path),
        "ok": True,
        "error": None,
        "name": agent.name,
        "description": agent.description,
        "model": agent.model,
        "examples": [_example(dialogue) for dialogue in agent.dialogues],
        "rules": [_rule(rule) for rule in agent.rules],
        "repairs": [
            {"kind": repair.kind, "line": repair.line, "message": repair.message} for repair in agent.repairs
        ],
    }


def _example(dialogue: Dialogue) -> dict[str, Any]:
    return {
        "user": dialogue.user,
        "context": dialogue.context,
        "assistant": dialogue.assistant,
        "commentary": dialogue.commentary,
        "line": dialogue.span.line,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    row = {
        "id": rule.id,
        "text": rule.text,
        "polarity": rule.polarity.value,
        "section": rule.section,
        "line": rule.span.line,
    }
    return {**row, "source": rule.source} if rule.source else row


# --- the page for people ---------------------------------------------------------------------


def _show(console: Console, agent: Agent) -> None:
    console.print(Text(reveal(agent.name), style="bold"), Text(reveal(agent.path), style="dim"))
    if agent.description:
        console.print(Text(reveal(agent.description)))
    facts = [f"model {agent.model or 'not given'}", f"tools {', '.join(agent.tools) or 'all'}"]
    console.print(Text(reveal(" · ".join(facts)), style="dim"))
    for number, dialogue in enumerate(agent.dialogues, 1):
        _show_dialogue(console, number, dialogue)
    _show_rules(console, agent.rules)
    if agent.repairs:
        console.print(Text(f"\nRepairs and warnings ({len(agent.repairs)})", style="bold"))
    for repair in agent.repairs:
        console.print(Text(f"  line {repair.line}: ", style="yellow") + Text(reveal(repair.message)))
    console.print()


def _show_dialogue(console: Console, number: int, dialogue: Dialogue) -> None:
    console.print(Text(f"\nDialogue {number} (line {dialogue.span.line})", style="bold"))
    parts = [("context", dialogue.context), *((turn.role.value, turn.text) for turn in dialogue.turns)]
    table = Table.grid(padding=(0, 1, 0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in (*parts, ("commentary", dialogue.commentary)):
        if text:
            table.add_row(label, Text(reveal(text)))
    console.print(table)


def _show_rules(console: Console, rules: tuple[Rule, ...]) -> None:
    counts = {name: sum(rule.polarity.value == name for rule in rules) for name in _COLOURS}
    summary = ", ".join(f"{count} {name}" for name, count in counts.items())
    console.print(Text(f"\nRules ({len(rules)}: {summary})" if rules else "\nNo rules", style="bold"))
    table = Table.grid(padding=(0, 1, 0, 1))
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    section = None
    for rule in rules:
        if rule.section != section:
            section = rule.section
            table.add_row("", "", Text(reveal(section), style="bold underline"))
        text = Text(reveal(rule.text)) + Text("  universal" if rule.universal else "", style="magenta")
        line = f"{Path(rule.source).name}:{rule.span.line}" if rule.source else str(rule.span.line)
        table.add_row(line, Text(rule.polarity.value, style=_COLOURS[rule.polarity.value]), text)
    console.print(table)
