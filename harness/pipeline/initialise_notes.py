"""What ``harness init`` says about the agents it found: what it left out, what a person might do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.agentfile.rules import UNRESOLVED_INHERITANCE
from harness.agentfile.sidecar_file import sidecar_path
from harness.core.types import Agent
from harness.pipeline.initialise_files import IGNORE
from harness.pipeline.initialise_read import Found
from harness.suite.catalogue import Specification
from harness.suite.starter import unreachable_rules

__all__ = ["notes_of"]

_SHOWN = 3
_SHARED_BY = 3
"""Agents from which on a rule that stands in each of them is worth one file."""

_SHARED_RULES = 3
_LONGEST = 70


def notes_of(found: Found, states: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines to be shown, the weightiest first.

    Args:
        found: the repository.
        states: what becomes of each planned file, by path.
    """
    yield from _untestable(found.wanted)
    yield from _left_out(found.left_out)
    yield from _inheriting(found.wanted)
    yield from _shared([one.agent for one in found.wanted])
    yield from _unreachable(found.wanted)
    yield from _places(states)
    yield from _few(found.wanted)


def _few(wanted: Sequence[Specification]) -> Iterator[str]:
    if any(item.check for one in wanted for item in one.bindings):
        yield (
            "the starter cases show how an agent does; two for each kind of rule hardly turn a gate red: "
            "`harness gate … --dry-run` says how many it takes, `harness draft-cases AGENT` lets a model "
            "propose more"
        )


def _untestable(wanted: Sequence[Specification]) -> Iterator[str]:
    nothing = [one.agent for one in wanted if not one.agent.rules and not one.agent.dialogues]
    if nothing:
        yield (
            f"{_named(nothing)}: neither a rule nor an example dialogue was found: nothing to test; "
            f"`harness inspect {nothing[0].path}` shows what was read"
        )
    unchecked = [
        one.agent for one in wanted if one.agent.rules and not any(item.check for item in one.bindings)
    ]
    if unchecked:
        yield (
            f"{_named(unchecked)}: no check decides any of the rules; write messages in drafts/, "
            "and let a judge decide the answers (harness run --judge MODEL)"
        )


def _left_out(paths: Sequence[Path]) -> Iterator[str]:
    if paths:
        shown = ", ".join(map(str, paths[:_SHOWN])) + (" …" if len(paths) > _SHOWN else "")
        yield f"{len(paths)} .md files are no agents (no front matter with name or description): {shown}"


def _inheriting(wanted: Sequence[Specification]) -> Iterator[str]:
    heirs = [
        one.agent
        for one in wanted
        if any(repair.kind == UNRESOLVED_INHERITANCE for repair in one.agent.repairs)
    ]
    if heirs:
        yield (
            f"{_named(heirs)}: the prompt says that it inherits rules, and no file that was read has "
            f"them; put `include: [the-shared-file.md]` into {sidecar_path(Path(heirs[0].path))}"
        )


def _shared(agents: Sequence[Agent]) -> Iterator[str]:
    """Suggest an include where several rules stand word for word in several agents."""
    holders: defaultdict[str, list[Agent]] = defaultdict(list)
    for agent in agents:
        # A rule that comes from a shared file is shared properly.
        for text in dict.fromkeys(_folded(rule.text) for rule in agent.rules if not rule.source):
            holders[text].append(agent)
    groups: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for text, found in holders.items():
        if len(found) >= _SHARED_BY:
            groups[tuple(agent.path for agent in found)].append(text)
    best = max(groups.items(), key=lambda item: len(item[0]) * len(item[1]), default=None)
    if best is None or len(best[1]) < _SHARED_RULES:
        return
    paths, texts = best
    sidecar = sidecar_path(Path(paths[0]))
    sidecar = sidecar_path(Path(paths[0]))
    yield (
        f"{len(texts)} rules stand word for word in {len(paths)} agents (“{texts[0][:_LONGEST]}” …); if a "
        f"common file feeds them into the prompts, keep them there and write `include: [shared-rules.md]` "
        f"into the sidecar of each agent ({sidecar} …), as docs/agent-files.md shows"
    )


def _unreachable(wanted: Sequence[Specification]) -> Iterator[str]:
    owners = [(one.agent, rules) for one in wanted if (rules := unreachable_rules(one))]
    if owners:
        agent, rules = owners[0]
        total = sum(len(rules) for _, rules in owners)
        yield (
            f"{total} rules have an id that no dataset can name, such as {rules[0]!r} of {agent.path}; give "
            f"them an `id` of ASCII letters in {sidecar_path(Path(agent.path))}"
        )


def _places(states: Mapping[str, str]) -> Iterator[str]:
    ignore = Path(".gitignore")
    if states.get(str(ignore)) == "kept" and ignore.is_file():
        there = ignore.read_text(encoding="utf-8", errors="replace").splitlines()
        lacking = [line for line in IGNORE.splitlines() if line not in there]
        if ".harness/" in lacking and ".harness" not in there:
            yield f".gitignore is kept as it is; add to it: {'  '.join(lacking)}"
    top = next((folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / ".git").exists()), None)
    if top is None:
        yield "this is no git repository yet, and the gate compares commits: `git init` and commit"
    elif top != Path.cwd():
        yield f"GitHub reads workflows only in {top / '.github/workflows'}: move the workflow there"


def _named(agents: Sequence[Agent]) -> str:
    names = ", ".join(agent.name for agent in agents[:_SHOWN])
    return f"{names} and {len(agents) - _SHOWN} more" if len(agents) > _SHOWN else names


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
