"""A small project to run, the model that answers for it, and ways to run the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from messages_api import Answer, MessagesApi, Seen

AGENT = """---
name: tester
description: |
  Use this agent for endpoints and servers.

  <example>
  Context: A new endpoint.
  user: "Build an endpoint for invoices"
  assistant: "I'll use the tester agent."
  <commentary>Backend.</commentary>
  </example>
---
You are a backend engineer.

## Rules
- ❌ NEVER use console.log or console.error
- ✅ ALWAYS use the project logger in utils/logger.js
- ✅ ALWAYS explain your reasoning for each decision in prose
"""
PAINTER = "---\nname: painter\ndescription: Use this agent to paint pages.\n---\nYou paint.\n"
SHORTER = "---\nname: tester\ndescription: Use this agent for endpoints.\n---\nBe brief.\n"
DATASET = """agent: tester
cases:
  - {id: users, prompt: Write an endpoint for users, applies: [logging/no-console], tags: [quick, node]}
  - {id: orders, prompt: Write an endpoint for orders, applies: [logging/no-console], tags: [node]}
  - {id: prose, prompt: Explain your plan, applies: [logging/project-logger], cluster: talk}
"""
ROUTING = """cases:
  - {id: build, message: Build an endpoint, agent: tester, tags: [quick]}
  - {id: paint, message: Paint a page, agent: painter}
  - {id: weather, message: What is the weather?, agent: none}
  - {id: ghost, message: Call a ghost, agent: painter}
  - {id: both, message: Both of you please, agent: tester}
"""
GOLDEN = """---
case: users
author: hand
labels: {logging/no-console: fail}
---
```js
console.log('by hand');
```
"""
FILES = {
    "agents/tester.md": AGENT,
    "agents/painter.md": PAINTER,
    "shorter.md": SHORTER,
    "datasets/tester/compliance.yaml": DATASET,
    "datasets/tester/golden/console.md": GOLDEN,
    "datasets/routing.yaml": ROUTING,
}
NO_CONSOLE = "never-use-console-log-or-console-error"
MODEL = ("--model", "anthropic:m")
COMPLIANCE_QUESTIONS = 4  # three of the dataset, one of the dialogue
ROUTING_QUESTIONS = 6  # five of the dataset, one of the dialogue


def answer(seen: Seen) -> Answer:
    """Answer by the words of the question: code that logs to the console for users, prose for the rest."""
    if seen.body.get("tools"):
        return _choice(seen.question)
    if "users" in seen.question:
        return Answer("Here:\n\n```js\nconsole.log('made');\n```\n")
    if "orders" in seen.question:
        return Answer("Here:\n\n```js\nexport const total = (a, b) => a + b;\n```\n")
    return Answer("First the model, then the endpoint.")


def _choice(question: str) -> Answer:
    agents = {"endpoint": "tester", "Paint": "painter", "ghost": "poltergeist", "Both": "painter"}
    for word, agent in agents.items():
        if word in question:
            call = {"description": "d", "prompt": "p", "subagent_type": agent}
            return Answer("", "tool_use", ("Agent", call))
    return Answer("Sunny.")


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output."""
        assert self.out, self.err
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    @property
    def folder(self) -> Path:
        """The run's folder, of a run with ``--json``."""
        return Path(self.document["run"])

    def scores(self, rule: str = NO_CONSOLE) -> dict[str, dict[str, Any]]:
        """The scores of one rule by variant."""
        return {score["variant"]: score for score in self.document["scores"] if score["rule"] == rule}

    def routers(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The routers by kind and variant."""
        return {(router["kind"], router["variant"]): router for router in self.document["routing"]["routers"]}


Command = Callable[..., Ran]


def write_project(folder: Path, files: dict[str, str] = FILES) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def start(folder: Path, *arguments: str, url: str = "", key: str = "dummy") -> subprocess.Popen[str]:
    """Start the command as a process of its own."""
    environment = dict(os.environ)
    if url:
        environment |= {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": key}
    return subprocess.Popen(
        [sys.executable, "-m", "harness", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def finish(process: subprocess.Popen[str]) -> Ran:
    out, err = process.communicate(timeout=120)
    return Ran(process.returncode, out, err)


def manifest(folder: Path) -> dict[str, Any]:
    value = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert isinstance(value, dict)
    return value


def runs(folder: Path) -> list[Path]:
    """The run folders of a project, oldest first."""
    return sorted((folder / "reports").glob("*")) if (folder / "reports").is_dir() else []


def questions(server: MessagesApi, *, routing: bool) -> list[str]:
    return [seen.question for seen in server.seen if bool(seen.body.get("tools")) is routing]
