"""``harness rules``: each rule of an agent with the check that decides it, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.agentfile.folder import read_folder
from harness.agentfile.parse import read_agent
from harness.checks.base import Check
from harness.checks.bind import Binding
from harness.checks.registry import all_checks
from harness.cli.conflict_view import conflict_row, conflict_words
from harness.core.config import Config, load_config
from harness.core.discover import walk_files
from harness.core.errors import InputError
from harness.core.escape import reveal
from harness.core.jsonl import to_jsonable
from harness.core.types import Agent, CaseKind
from harness.suite.catalogue import AgentFolder, Specification, closest, specification_of
from harness.suite.coverage import cases_per_rule
from harness.suite.load import NO_DATASETS, YAML_SUFFIXES, compliance_files, load_suite
from harness.tune.conflicts import wording_conflicts

__all__ = ["command"]


def command(
    agent: Annotated[str, typer.Argument(help="An agent file, or the name of an agent of this project.")],
    checks_folder: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Your own declarative checks; default: [checks].")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write one JSON document to standard output.")
    ] = False,
) -> None:
    """Show each rule of an agent: its line, the check it is bound to, the parameters, the severity, and why.

    A rule is bound when its words are much like a phrase of one check and clearly less like anything else;
    otherwise it goes to the judge. To decide otherwise, write a sidecar beside the agent file
    (<name>.harness.yaml). The last column counts the project's cases that say the rule applies: with none,
    the rule is uncovered and no run really tests it.

    \b
    Examples:
      harness rules backend-architect
      harness rules path/to/agent.md
      harness rules backend-architect --json | jq -r '.unbound[]'

    \b
    The JSON document:
      {"agent": name, "path": file,
       "rules": [{"id", "line", "text", "polarity": "never|always|should", "section",
                  "severity": "critical|major|minor", "check": id or "", "topic": id or "",
                  "parameters": {name: text}, "why", "waived": reason or "", "cases": number}],
       "unbound": [ids of rules without a check], "uncovered": [ids of rules without a case],
       "checks": [ids of all checks], "warnings": ["file:line: what"],
       "conflicts": [{"first": id, "second": id, "kind": "opposite|quantity|question", "about",
                      "first_words", "second_words"}]}
    "topic" is the kind of rule: equal to "check", or an id that datasets may use although no check decides
    it yet. "warnings" name references in the datasets that mean no rule of this file. "conflicts" are rules
    whose words contradict each other; `harness ablate` sees which ones pull against each other in answers.
    """  # noqa: D301 - the escape keeps the examples on their lines
    config = load_config(Path.cwd()).with_checks_folder(checks_folder)
    checks = all_checks(config.checks_folder)
    specification = specification_of(_find(agent, config), checks)
    cases, warnings = _coverage(specification, config, checks)
    if as_json:
        document = {**_document(specification, cases, warnings), "checks": list(checks)}
        typer.echo(json.dumps(document, ensure_ascii=False))
    else:
        _show(specification, cases, warnings)


def _find(agent: str, config: Config) -> Agent:
    """Read the agent that a path or a name means.

    Raises:
        InputError: there is neither such a file nor an agent of that name.
    """
    path = Path(agent)
    if path.is_file():
        return read_agent(path)
    folder = Path(config.agents)
    if path.suffix or len(path.parts) > 1:
        raise InputError(f"{agent}: no such agent file; check the path (you are in {Path.cwd()})")
    if not folder.is_dir():
        raise InputError(
            f"there is no file {agent!r} here, and no folder {folder} to look for an agent of that name"
        )
    agents = {found.name: found for found in read_folder(folder)}
    if agent not in agents:
        hint = closest(agent, agents) or f"known: {', '.join(agents) or 'none'}"
        raise InputError(f"{folder} has no agent named {agent!r}; {hint}")
    return agents[agent]


def _coverage(
    specification: Specification, config: Config, checks: Mapping[str, Check]
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Count the project's cases per rule; the datasets of other agents are left alone."""
    agent = specification.agent
    # A folder with nothing but labelled responses is no fault here: it holds no case to count.
    datasets = [Path(name) for name in config.suite if any(_dataset_files(Path(name)))]
    files = compliance_files(datasets, agent.name) if datasets else []
    if not files:
        return cases_per_rule(agent.rules, ()), ()
    catalogue = AgentFolder(Path(config.agents), checks, instead=Path(agent.path))
    suite = load_suite(files, catalogue, strict=False)
    return cases_per_rule(agent.rules, suite.of_kind(CaseKind.COMPLIANCE)), suite.warnings


def _dataset_files(path: Path) -> Iterator[Path]:
    """Yield the dataset files that a path of the configuration means; a path may lack."""
    if path.is_dir():
        yield from (file for file in walk_files(path, YAML_SUFFIXES) if not file.name.endswith(NO_DATASETS))
    elif path.exists():
        yield path


def _document(
    specification: Specification, cases: dict[str, int], warnings: tuple[str, ...]
) -> dict[str, Any]:
    agent, bindings = specification.agent, specification.bindings
    return {
        "agent": agent.name,
        "path": agent.path,
        "rules": [_row(binding, cases[binding.rule.id]) for binding in bindings],
        "unbound": [binding.rule.id for binding in bindings if not binding.check],
        "uncovered": [rule for rule, count in cases.items() if not count],
        "warnings": list(warnings),
        "conflicts": [conflict_row(one) for one in wording_conflicts(agent.rules)],
    }


def _row(binding: Binding, cases: int) -> dict[str, Any]:
    rule = binding.rule
    return {
        "id": rule.id,
        "line": rule.span.line,
        "text": rule.text,
        "polarity": to_jsonable(rule.polarity),
        "section": rule.section,
        "severity": to_jsonable(binding.severity),
        "check": binding.check,
        "topic": binding.topic,
        "parameters": dict(sorted(binding.parameters.items())),
        "why": binding.why,
        "waived": binding.waived,
        "cases": cases,
    }


def _show(specification: Specification, cases: dict[str, int], warnings: tuple[str, ...]) -> None:
    """Print the rules as a table that fits 100 columns, and what to know about the whole."""
    console = Console(highlight=False, markup=False, emoji=False)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("line", justify="right", style="dim")
    table.add_column("rule", ratio=5, overflow="fold")
    table.add_column("decided by", ratio=4, overflow="fold")
    table.add_column("severity")
    table.add_column("cases", justify="right")
    for binding in specification.bindings:
        count = cases[binding.rule.id]
        table.add_row(
            str(binding.rule.span.line),
            Text.assemble(reveal(binding.rule.text), "\n", (reveal(binding.rule.id), "dim")),
            _decided_by(binding),
            binding.severity.value,
            Text(str(count), style="" if count else "yellow"),
        )
    console.print(table)
    bound = sum(1 for binding in specification.bindings if binding.check)
    without = sum(1 for count in cases.values() if not count)
    rules = len(specification.bindings)
    console.print(
        f"\n{reveal(specification.agent.name)}: {rules} rules; {bound} decided by a check, "
        f"{rules - bound} go to the judge; {without} exercised by no case"
    )
    for conflict in wording_conflicts(specification.agent.rules):
        console.print(Text(reveal(conflict_words(conflict)), style="yellow"))
    if warnings:
        console.print(f"{len(warnings)} references in the datasets mean no rule of this file; the first:")
        console.print(f"  {reveal(warnings[0])}", style="yellow")


def _decided_by(binding: Binding) -> Text:
    text = Text(binding.check or "judge", style="green" if binding.check else "magenta")
    for name, value in sorted(binding.parameters.items()):
        text.append(f" {reveal(name)}={reveal(value)}", style="cyan")
    text.append(f"\n{reveal(binding.why)}", style="dim")
    if binding.waived:
        text.append(f"\nwaived: {reveal(binding.waived)}", style="yellow")
    return text
