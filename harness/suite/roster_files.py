"""A roster as files, for a program that lists the agents itself.

The request holds what the program lists of each agent: name, description with its dialogues, tools. Bodies
and everything that only takes effect once an agent runs (hooks, servers) stay out: an edit of a body asks
nobody anew, and nothing of a stranger's file can be started.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from harness.core.json_text import parse_json
from harness.core.types import Agent

__all__ = ["agent_files", "roster_document"]

_KIND = "roster"
_LISTED = ("tools", "disallowedTools", "memory")  # all that decides which tools stand behind the description
_BODY = "Do what you are asked, and report back.\n"


def roster_document(agents: Sequence[Agent]) -> str:
    """Return the agents as JSON text, sorted by name; equal rosters give equal texts."""
    rows = [_row(agent) for agent in sorted(agents, key=lambda agent: agent.name)]
    return json.dumps({_KIND: rows}, ensure_ascii=False, sort_keys=True)


def agent_files(document: str) -> Mapping[str, str]:
    """Return name of file -> content, one agent file for each agent of a roster document.

    Names of files say nothing of the agents' own, which may hold anything.

    Raises:
        ValueError: the text is no roster document.
    """
    try:
        rows = parse_json(document)[_KIND]
        return {f"agent-{number:04}.md": _file(row) for number, row in enumerate(rows)}
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("no roster document") from error


def _row(agent: Agent) -> dict[str, str]:
    extra = dict(agent.extra) | {"tools": ", ".join(agent.tools)}
    listed = {key: extra[key] for key in _LISTED if extra.get(key)}
    return {"name": agent.name, "description": agent.listing} | listed


def _file(row: Mapping[str, Any]) -> str:
    """Write front matter whose values are JSON strings, which YAML reads as they are."""
    lines = [f"{key}: {json.dumps(str(row[key]), ensure_ascii=False)}" for key in ("name", "description")]
    lines += [f"{key}: {json.dumps(str(row[key]), ensure_ascii=False)}" for key in _LISTED if key in row]
    return "\n".join(["---", *lines, "---", "", _BODY])
