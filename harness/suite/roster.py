"""The roster: the agents of a folder as Claude Code lists them to the model that chooses one.

A line reads ``- name: description (Tools: Read, Edit)``, or ``(Tools: All tools)`` where the file does not
restrict them (``*`` in the older form). The description stands there as the file has it, dialogues included,
spelled-out line breaks read as such; the body never does. The lines are compared with those that Claude Code
sends in ``tests/integration/test_claude_code.py``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from harness.agentfile.folder import is_agent_file
from harness.agentfile.parse import parse_agent
from harness.agentfile.source import read_bytes
from harness.core.discover import SKIPPED_FOLDERS, walk_files
from harness.core.errors import InputError
from harness.core.types import Agent, Tool

__all__ = [
    "CHARACTERS_PER_TOKEN",
    "ROSTER_WARNING_TOKENS",
    "Listing",
    "Roster",
    "RosterForm",
    "agent_tool",
    "fit_listing",
    "line_tokens",
    "read_roster",
    "roster_text",
    "router_prompt",
]

CHARACTERS_PER_TOKEN = 3.5
"""English prose has about four; the lower figure keeps an estimate on the safe side."""

ROSTER_WARNING_TOKENS = 15_000
"""Tokens of roster from which Claude Code warns."""

_ROSTER_SLOT = "{{roster}}"
_CAPS = (1_600, 1_200, 800, 600, 400, 300, 200, 150, 100, 60)  # characters of a description, tried in turn
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
_CLAUDE_FOLDER = ".claude"
_NO_RESTRICTION = {"current": "All tools", "older": "*"}
_COLLATION = str.maketrans({" ": "\x00", "_": "\x01", "-": "\x02"})  # they come before digits and letters


class RosterForm(StrEnum):
    """How Claude Code shows its agents.

    ``current``: listed in the system prompt, chosen with the tool ``Agent``, whose ``subagent_type`` may be
    left out. ``older``: listed in the description of the tool ``Task``, which demands it.
    """

    CURRENT = "current"
    OLDER = "older"


@dataclass(frozen=True, slots=True)
class Roster:
    """The agents of a folder.

    Attributes:
        agents: sorted by name, each name once: what a model is shown.
        shadowed: further files with a name that an agent already has. Which of them Claude Code lists is
            not defined, and a label cannot tell them apart either.
        warnings: a line for each shadowed file.
    """

    agents: tuple[Agent, ...]
    shadowed: tuple[Agent, ...]
    warnings: tuple[str, ...]

    @property
    def files(self) -> tuple[Agent, ...]:
        """Return every agent file; names may repeat."""
        return self.agents + self.shadowed


@dataclass(frozen=True, slots=True)
class Listing:
    """A roster as text.

    Attributes:
        text: one entry per agent.
        tokens: estimated length of the text in tokens.
        note: what was shortened to fit the budget, in words; empty when nothing was.
    """

    text: str
    tokens: int
    note: str


def read_roster(folder: Path) -> Roster:
    """Read the agents below a folder, those in ``.claude`` folders too.

    Of files with the same name the first in the order of the paths is the agent, the others are shadowed.

    Raises:
        InputError: the folder does not exist or holds no agent.
        AgentFileError: a file cannot be read.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; name the folder that holds the agent files")
    found: dict[str, Agent] = {}
    shadowed: list[Agent] = []
    for path in _markdown(folder):
        agent = parse_agent(read_bytes(path), str(path))
        if not is_agent_file(agent):
            continue
        first = found.setdefault(agent.name, agent)
        if first is not agent:
            shadowed.append(agent)
    if not found:
        raise InputError(f"{folder}: no agent file there (.md with a name or a description in front matter)")
    warnings = tuple(
        f"{agent.path}: the name {agent.name!r} is already that of {found[agent.name].path}; rename one"
        for agent in shadowed
    )
    return Roster(tuple(found[name] for name in sorted(found)), tuple(shadowed), warnings)


def roster_text(agents: Sequence[Agent], form: RosterForm = RosterForm.CURRENT) -> str:
    """Return the roster as Claude Code shows it, sorted by name without regard to case."""
    return _lines(agents, [agent.listing for agent in _sorted(agents)], form)


def line_tokens(agents: Sequence[Agent]) -> tuple[tuple[str, int], ...]:
    """Return per agent, sorted by name, the estimated tokens of its line in the roster."""
    ordered = _sorted(agents)
    return tuple((agent.name, _tokens(roster_text([agent]))) for agent in ordered)


def fit_listing(agents: Sequence[Agent], budget: int = 0, form: RosterForm = RosterForm.CURRENT) -> Listing:
    """Return the roster, shortened as little as a token budget asks for.

    First the dialogues go, then descriptions are cut at the end of a sentence, all to the same length, the
    longest that fits; at last only the names stay. The same agents and budget give the same text.

    Args:
        agents: the roster.
        budget: estimated tokens the text may have; 0 for no limit.
        form: which form of it.

    Raises:
        InputError: not even the names fit.
    """
    full = roster_text(agents, form)
    if not budget or _tokens(full) <= budget:
        return Listing(full, _tokens(full), "")
    why = f"the full roster has about {_tokens(full):,} tokens, the router's budget is {budget:,}"
    described = [agent.description for agent in _sorted(agents)]
    steps = [
        (described, "dialogues left out"),
        *(
            (
                [_cut(text, cap) for text in described],
                f"dialogues left out, descriptions cut to {cap} characters",
            )
            for cap in _CAPS
        ),
        ([""] * len(described), "descriptions left out, names only"),
    ]
    for texts, what in steps:
        text = _lines(agents, texts, form)
        if _tokens(text) <= budget:
            return Listing(text, _tokens(text), f"{what} ({why})")
    raise InputError(f"the names of {len(described)} agents alone exceed the router's budget: {why}")


@cache
def router_prompt(roster: str, by_tool: bool, form: RosterForm = RosterForm.CURRENT) -> str:
    """Return the router's system prompt with the roster in it.

    Args:
        roster: the listing.
        by_tool: whether the choice is made by calling a tool or by answering in JSON.
        form: in the older form the tool holds the roster, the prompt does not.
    """
    by_name = {RosterForm.CURRENT: "router-tool.md", RosterForm.OLDER: "router-task.md"}
    return _data(by_name[form] if by_tool else "router-json.md").replace(_ROSTER_SLOT, roster)


def agent_tool(form: RosterForm = RosterForm.CURRENT, roster: str = "") -> Tool:
    """Return the tool with which Claude Code's model hands work to an agent.

    Args:
        form: which form of it.
        roster: the listing, which stands in the tool's description in the older form.
    """
    import json

    name = "agent-tool.json" if form is RosterForm.CURRENT else "task-tool.json"
    document: dict[str, Any] = json.loads(_data(name))
    description = document["description"].replace(_ROSTER_SLOT, roster)
    return Tool(document["name"], description, document["input_schema"])


def _data(name: str) -> str:
    return (files("harness.suite") / "data" / name).read_text(encoding="utf-8")


def _sorted(agents: Sequence[Agent]) -> list[Agent]:
    return sorted(agents, key=lambda agent: (agent.name.casefold().translate(_COLLATION), agent.name))


def _lines(agents: Sequence[Agent], descriptions: Sequence[str], form: RosterForm) -> str:
    return "\n".join(
        f"- {agent.name}: {_unescaped(text)} (Tools: {_tools(agent, form)})" if text else f"- {agent.name}"
        for agent, text in zip(_sorted(agents), descriptions, strict=True)
    )


def _unescaped(text: str) -> str:
    """Read the line breaks that front matter on one line spells out."""
    return text.replace("\\n", "\n")


def _tools(agent: Agent, form: RosterForm) -> str:
    """Return what stands behind a description: tools that are allowed, or all but those that are not."""
    taken = [tool.strip() for tool in dict(agent.extra).get("disallowedTools", "").split(",") if tool.strip()]
    if agent.tools:
        return ", ".join(tool for tool in agent.tools if tool not in taken)
    return f"All tools except {', '.join(taken)}" if taken else _NO_RESTRICTION[form]


def _tokens(text: str) -> int:
    return int(len(text) / CHARACTERS_PER_TOKEN) + 1


def _cut(text: str, cap: int) -> str:
    """Cut after the last sentence that ends within ``cap`` characters, or else after the last word."""
    flat = " ".join(text.split())
    if len(flat) <= cap:
        return flat
    ends = [match.end() for match in _SENTENCE_END.finditer(flat[:cap])]
    if ends:
        return flat[: ends[-1]]
    return flat[: cap - 1].rsplit(" ", 1)[0] + "…"


def _markdown(folder: Path) -> Iterator[Path]:
    """Yield markdown files; ``.claude`` is hidden, but it is where agents live."""
    yield from walk_files(folder, {".md"}, linked=True)
    for here, below, _ in os.walk(folder, followlinks=False):
        if _CLAUDE_FOLDER in below:
            yield from walk_files(Path(here) / _CLAUDE_FOLDER, {".md"}, linked=True)
        below[:] = sorted(name for name in below if not name.startswith(".") and name not in SKIPPED_FOLDERS)
