"""The commands of the pages are given in a project, as they are printed.

The README, the worked example and the page on writing checks have tests of their own. A block with the
comment ``parsed only: reason`` is not executed here; that its commands and options exist is tested of all.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_lines import simple_commands
from documents import ROOT, SHELL, Block, blocks, commands
from gate_project import git
from messages_api import Answer, MessagesApi
from run_project import AGENT, GOLDEN, PAINTER, ROUTING, answer, write_project

from harness.cli.app import main

ELSEWHERE = {
    "README.md",
    "CONTRIBUTING.md",
    "docs/commands.md",
    "docs/experiments.md",
    "docs/writing-checks.md",
}
BLOCKS = [
    block
    for block in blocks()
    if block.language in SHELL and block.page not in ELSEWHERE and not block.parsed_only
]
PAGES = sorted({block.page for block in BLOCKS})
SIDECAR = (
    "rules:\n  - {match: NEVER use console.log, id: no-console}\n  - {match: ALWAYS explain, id: explains}\n"
)
PRICES = '[run]\nmodel = "anthropic:claude-haiku-4-5"\n' + "".join(
    f'[prices."anthropic:{name}"]\ninput = 1.0\noutput = 5.0\n'
    for name in ("claude-haiku-4-5", "claude-opus-5-5")
)
CASES = """cases:
  - {id: users, prompt: Write an endpoint for users, applies: [logging/no-console], tags: [quick]}
  - {id: orders, prompt: Write an endpoint for orders, applies: [logging/no-console]}
"""
MESSAGES = '{"message": "Build an endpoint", "agent": "reviewer"}\n{"message": "Paint", "agent": "painter"}\n'
NAMES = ("reviewer", "backend-architect", "my-agent")


def cases_of(name: str) -> str:
    """Ids are unique in a project."""
    return CASES if name == "reviewer" else CASES.replace("id: ", f"id: {name}-")


def files() -> dict[str, str]:
    """Return a project with the agents that the pages speak of."""
    found = {
        "harness.toml": PRICES,
        "messages.jsonl": MESSAGES,
        "agents/painter.md": PAINTER,
        "datasets/routing/core.yaml": ROUTING.replace("tester", "reviewer"),
        "shorter.md": AGENT.replace("tester", "reviewer").replace("- ✅ ALWAYS explain", "- ✅ ALWAYS tell"),
        ".gitignore": "reports/\n.harness/\n",
    }
    for name in NAMES:
        found[f"agents/{name}.md"] = AGENT.replace("tester", name)
        found[f"agents/{name}.harness.yaml"] = SIDECAR
        found[f"datasets/{name}/compliance.yaml"] = f"agent: {name}\n{cases_of(name)}"
    found["datasets/reviewer/golden/console.md"] = GOLDEN.replace(
        "no-console: fail", "no-console: fail, explains: fail"
    )
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[MessagesApi]:
    with MessagesApi(answer) as running:
        yield running


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a change in its working tree."""
    folder = tmp_path_factory.mktemp("project")
    write_project(folder, files())
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    git(folder, "update-ref", "refs/remotes/origin/main", "main")
    agent = folder / "agents/reviewer.md"
    agent.write_text(agent.read_text(encoding="utf-8").replace("You are", "You always are"), encoding="utf-8")
    return folder


def a_run(*variants: str, told: pytest.CaptureFixture[str]) -> str:
    suite = ("datasets/reviewer/compliance.yaml", "--no-routing", "--trials", "2")
    told.readouterr()
    assert main(["run", *suite, *variants, "--json"]) == 0
    return str(json.loads(told.readouterr().out)["run"])


@pytest.fixture
def names(
    project: Path, server: MessagesApi, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> dict[str, str]:
    """Enter the project, and say what the runs are called that the pages name in general."""
    monkeypatch.chdir(project)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
    made = Path("names.json")
    if made.exists():
        a_run("--variant", "shorter.md", told=capsys)  # the newest, whatever other pages did
        return dict(json.loads(made.read_text(encoding="utf-8")))
    found = [a_run(*variants, told=capsys) for variants in ((), (), ("--variant", "shorter.md"))]
    before, after, varied = found
    capsys.readouterr()
    main(["agreement", varied, "--draw", "4"])
    drawn = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    labelled = "\n".join(json.dumps({**row, "label": "fail"}) for row in drawn)
    Path("labels.jsonl").write_text(labelled, encoding="utf-8")
    main(["baseline", before])
    named = {
        **dict.fromkeys(("reports/RUN-BEFORE", "reports/BEFORE", "BEFORE"), before),
        **dict.fromkeys(("reports/RUN-AFTER", "reports/AFTER", "AFTER"), after),
        "reports/RUN": varied,
        "reports/20261123-120000-backend": before,
        "reports/20261123-120000-reviewer": before,
        "reports/20261102-101500-backend": before,
        "reports/baselines/AGENT.json": "reports/baselines/reviewer.json",
        "~/.claude/agents": "agents",
    }
    made.write_text(json.dumps(named), encoding="utf-8")
    return named


def given(words: list[str]) -> int:
    """Give one command, and return its exit code; commands of the system are somebody else's."""
    if words[0] == "harness":
        return main(words[1:])
    if words[0] == "pytest":
        return subprocess.run([sys.executable, "-m", *words], check=False, capture_output=True).returncode
    return 0


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_do_their_work(
    page: str, names: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0, or 1: a verdict. Neither wrong input nor an incomplete run."""
    failed = []
    for line in [line for block in BLOCKS if block.page == page for line in commands(block)]:
        for words in simple_commands(line):
            code = given([names.get(word, word) for word in words])
            if code not in {0, 1}:
                failed.append((line, code, capsys.readouterr().err[-300:]))
    assert failed == []


PYTHON = [block for block in blocks() if block.language == "python"]
FRAMES = [block for block in PYTHON if block.page in {"docs/api.md", "docs/reports.md", "docs/scale.md"}]


@pytest.mark.parametrize("block", FRAMES, ids=lambda block: block.name)
def test_a_script_reads_a_run(block: Block, names: dict[str, str]) -> None:
    """As it is printed, with the name of a run that is there."""
    run = names["reports/RUN"]
    if "answers/decided" in block.text and not Path("answers/decided").exists():
        assert main(["redecide", run, "--export", "answers"]) == 0
        assert main(["redecide", "answers", "--engine", "local", "--workers", "1"]) == 0
    text = block.text.replace("reports/<run>", run).replace("reports/20261124-120000-my-agent", run)
    exec(compile(text, block.name, "exec"), {})  # noqa: S102 - our own page


def test_the_test_of_an_agent_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a model that answers as the page's test demands."""
    (block,) = [block for block in PYTHON if block.page == "docs/pytest.md"]
    (tmp_path / "test_login.py").write_text(block.text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
    golden = (ROOT / "datasets/backend-architect/golden/al-express-good.md").read_text(encoding="utf-8")
    agent = ROOT / "agents/backend-architect.md"
    with MessagesApi(lambda _: Answer(golden.split("---\n", 2)[2])) as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        command = [sys.executable, "-m", "pytest", "--agent", str(agent), "--agent-model", "anthropic:m"]
        done = subprocess.run([*command, "test_login.py"], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_reason_is_given_for_what_is_not_executed() -> None:
    """A word would be no reason."""
    assert [block.name for block in blocks() if 0 < len(block.parsed_only) < 12] == []
