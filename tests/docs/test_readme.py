"""The README is followed to the letter: by somebody with one agent, and by somebody with thirty."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_lines import simple_commands
from documents import ROOT, Block, blocks, commands
from gate_project import git
from messages_api import MessagesApi
from run_project import Ran, answer, runs, write_project

from harness.cli.app import main

AGENT = """---
name: {name}
description: |
  Use this agent for {name} services.

  <example>
  user: "Write the endpoint for {name}"
  assistant: "I'll use it."
  </example>
---
You write services in Node with Express.

## Rules
- NEVER use console.log
- Never hardcode secrets
- Explain trade-offs of your design
"""
SHARED = "# Shared rules\n\n## Rules\n- ALWAYS validate input with Joi\n"
GOLDEN = """---
prompt: Log a line.
author: hand
labels: {logging/no-console: fail}
---
```js
console.log(1);
```
"""
PRICES = '\n[prices."anthropic:claude-haiku-4-5"]\ninput = 1.0\noutput = 5.0\n'
START, AFTERWARDS = [block for block in blocks() if block.page == "README.md"][1:3]
# What waits for a person at a browser, and what another test starts as a process.
NOT_HERE = {"harness view"}


class Reader:
    """Somebody who types what the README says."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._capsys = capsys

    def follow(self, block: Block) -> dict[str, Ran]:
        """Give every command of a block; an agent is edited once the first state is committed."""
        said: dict[str, Ran] = {}
        for line in commands(block):
            for words in simple_commands(line):
                said |= self._give(words)
        return said

    def _give(self, words: list[str]) -> dict[str, Ran]:
        if words[0] == "git":
            git(self._folder, *words[1:])
            if words[1] == "commit":
                agent = self._folder / ".claude/agents/my-agent.md"
                agent.write_text(agent.read_text().replace("You write", "You carefully write"))
        command = " ".join(words[:2])
        if words[0] != "harness" or command in NOT_HERE:
            return {}
        self._capsys.readouterr()
        if "reports/RUN" in words:
            words = [self._newest() if word == "reports/RUN" else word for word in words]
        if "labels.jsonl" in words:
            self._label(words[2])
        code = main(words[1:])
        return {shlex.join(words): Ran(code, *self._capsys.readouterr())}

    def _label(self, run: str) -> None:
        """Label answers of a run, drawn as the help says."""
        self._capsys.readouterr()
        main(["agreement", run, "--draw", "4"])
        rows = [json.loads(line) for line in self._capsys.readouterr().out.splitlines()]
        lines = [json.dumps({**row, "label": "fail"}) for row in rows]
        (self._folder / "labels.jsonl").write_text("\n".join(lines), encoding="utf-8")

    def _newest(self) -> str:
        found = [folder for folder in runs(self._folder) if (folder / "decided.json").is_file()]
        return str(max(found, key=lambda folder: folder.stat().st_mtime))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesApi]:
    with MessagesApi(answer) as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        yield running


@pytest.fixture
def reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], server: MessagesApi
) -> Reader:
    """A repository with one agent."""
    write_project(tmp_path, {".claude/agents/my-agent.md": AGENT.format(name="my-agent")})
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "config", "user.name", "somebody")
    git(tmp_path, "config", "user.email", "somebody@example.org")
    monkeypatch.chdir(tmp_path)
    return Reader(tmp_path, capsys)


def failed(said: dict[str, Ran]) -> list[str]:
    return [f"{line}: {ran.code}: {ran.err[-400:]}" for line, ran in said.items() if ran.code not in {0, 1}]


def prepare(folder: Path) -> None:
    """Write the files that the second block takes for granted."""
    shorter = AGENT.format(name="my-agent").replace("- Never hardcode secrets\n", "")
    files = {
        "shorter.md": shorter,
        "prompts/shorter.md": shorter,
        "datasets/my-agent/golden/console.md": GOLDEN,
        "answer.md": "```js\nconsole.log(1);\n```\n",
    }
    write_project(folder, files)
    with (folder / "harness.toml").open("a") as configuration:  # a server of one's own has no price list
        configuration.write(PRICES)


def test_the_first_ten_minutes_with_one_agent(reader: Reader) -> None:
    """Every command of the three steps succeeds."""
    said = reader.follow(START)
    assert (failed(said), len(said)) == ([], 6)


def test_the_first_ten_minutes_with_thirty(reader: Reader, tmp_path: Path) -> None:
    """With rules that they share."""
    write_project(tmp_path, {".claude/shared-rules.md": SHARED})
    for name in ("my-agent", *(f"part-{number:02}" for number in range(29))):
        write_project(
            tmp_path,
            {
                f".claude/agents/{name}.md": AGENT.format(name=name),
                f".claude/agents/{name}.harness.yaml": "include: [../shared-rules.md]\n",
            },
        )
    assert failed(reader.follow(START)) == []


def test_what_comes_then(reader: Reader, tmp_path: Path) -> None:
    """In the same repository, with the files that the commands name."""
    reader.follow(START)
    prepare(tmp_path)
    assert failed(reader.follow(AFTERWARDS)) == []


def test_every_figure_names_what_makes_it() -> None:
    """The last cell of a row is a command, or a test."""
    table = (ROOT / "README.md").read_text(encoding="utf-8").split("## Measured")[1].split("## Limits")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert [
        row for row in rows if not re.search(r"\| `(python benchmarks/\w+\.py|harness|make) ?", row)
    ] == []


def test_the_readme_is_no_wall() -> None:
    """One screen of what it is; the rest is linked."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_routing_among_one_agent_says_what_it_is_worth(
    reader: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody else could have got the message."""
    assert reader
    main(["route", "--agents", ".claude/agents", "--json"])
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])["summary"]
    assert "one agent alone" in summary["notes"][0]
