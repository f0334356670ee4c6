"""The worked example of docs/experiments.md: its files are written, and every command in it is executed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from gate_project import git
from messages_api import Answer, MessagesApi, Seen
from run_project import Command, Ran

PAGE = (Path(__file__).parents[2] / "docs/experiments.md").read_text(encoding="utf-8")
EXAMPLE = PAGE.split("## From question to decision, an example")[1]
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", EXAMPLE, re.DOTALL)
CASES = 40
LOGGER = "import logger from './utils/logger.js';\nlogger.info('made');"
CONSOLE = "console.log('made');"


def block(language: str, number: int = 0) -> str:
    return [text for name, text in BLOCKS if name == language][number]


def answer(seen: Seen) -> Answer:
    """Obey a rule of the prompt half of the time, with an example nearly always, without the rule seldom."""
    prompt = json.dumps(seen.body.get("system", ""))
    rate = 0.95 if "logger.info" in prompt else 0.5 if "console.log" in prompt else 0.05
    said = hashlib.sha256((prompt + seen.question).encode()).hexdigest()
    return Answer(f"Here:\n\n```js\n{LOGGER if int(said[:8], 16) / 16**8 < rate else CONSOLE}\n```\n")


def write_files(folder: Path) -> None:
    head, entry = block("yaml", 0).rstrip().rsplit("\n", 1)
    cases = "\n".join(entry.replace("c1", f"c{n}").replace("service 1", f"service {n}") for n in range(CASES))
    files = {
        "agents/service-writer.md": block("markdown"),
        "datasets/service-writer/compliance.yaml": f"{head}\n{cases}\n",
        "prompts/tone.md.j2": block("jinja"),
        "experiments/tone.yaml": block("yaml", 1),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def execute(line: str, harness: Command) -> Ran:
    """Execute one line of the page; only the tool's own commands run in this process."""
    if line.startswith("harness "):
        return harness(*line.split()[1:])
    person = {
        f"GIT_{who}_{what}": "somebody" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    done = subprocess.run(
        ["bash", "-c", line], env={**os.environ, **person}, capture_output=True, check=False
    )
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    write_files(folder)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def test_every_command_does_what_the_page_says(
    project: Path, monkeypatch: pytest.MonkeyPatch, harness: Command
) -> None:
    lines = [line for name, text in BLOCKS if name == "bash" for line in text.strip().splitlines()]
    monkeypatch.chdir(project)
    monkeypatch.setenv("COLUMNS", "80")
    with MessagesApi(answer) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        said = {line: execute(line, harness) for line in lines}
    assert {line: (ran.code, ran.err) for line, ran in said.items() if ran.code} == {}
    words = {line: " ".join(ran.out.split()) for line, ran in said.items()}
    rules, _, small, large, _, _, _, _, log = words.values()
    assert "lines 10 and 11 contradict each other (how long answers are)" in rules
    assert "Nothing can be told: with 6 arms held against the base, fewer than 8 independent cases" in small
    assert re.search(r"Shown to be better than the base: tone\S+example=true, tone\S+example=true\.", large)
    assert re.search(r"best is among tone\S+example=true, tone\S+example=true;", large)
    assert "(improved)" in log
    assert "<svg" in (project / "history.html").read_text(encoding="utf-8")
    assert len(max((ran.out for ran in said.values() if ran.out), key=len)) > 0
    assert max(len(line) for line in said[lines[3]].out.splitlines() if "reports/" not in line) <= 80
