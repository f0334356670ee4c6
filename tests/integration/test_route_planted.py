"""The routing suite against a scripted model that confuses certain agents: each confusion is shown first."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from messages_api import Answer, MessagesApi

from harness.cli.app import main
from harness.routing.cases import read_cases

AGENTS = {
    "brewer": "Brews beer from malt and hops.",
    "baker": "Bakes bread and rolls from flour.",
    "butcher": "Cuts meat and makes sausages.",
    "florist": "Ties flowers and wreaths.",
    "grocer": "Sells fruit and vegetables.",
    "potter": "Turns cups from clay.",
    "tailor": "Sews coats and trousers.",
    "weaver": "Weaves cloth and carpets.",
}
PLANTED = {
    ("baker", "brewer"): 5,
    ("butcher", "grocer"): 4,
    ("tailor", "weaver"): 4,
    ("potter", "none"): 3,
    ("none", "florist"): 3,
    ("weaver", "tailor"): 2,
}
EACH = 6


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Eight agents and six messages for each of them and for nobody; the tests run inside."""
    (tmp_path / "agents").mkdir()
    for name, description in AGENTS.items():
        text = f"---\nname: {name}\ndescription: {description}\n---\nYou do that.\n"
        (tmp_path / "agents" / f"{name}.md").write_text(text, encoding="utf-8")
    lines = [
        json.dumps({"message": f"<i>{name}</i> number {number}", "agent": name, "id": f"{name}-{number}"})
        for name in (*AGENTS, "none")
        for number in range(EACH)
    ]
    (tmp_path / "cases.jsonl").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test-key")
    return tmp_path


def confused(seen):
    """Choose the right agent, save for the first messages of each planted pair."""
    right, number = re.search(r"<i>(\w+)</i> number (\d+)", seen.question).groups()
    for (label, choice), times in PLANTED.items():
        if label == right and int(number) < times:
            right = choice
            break
    if right == "none":
        return Answer("I do that myself.")
    call = {"description": "d", "prompt": "p", "subagent_type": right.upper()}
    return Answer("", "tool_use", ("Agent", call))


def route(monkeypatch, *more):
    with MessagesApi(confused) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        return main(["route", "--cases", "cases.jsonl", "--router", "anthropic:m", *more])


@pytest.mark.usefixtures("project")
def test_every_planted_confusion_is_in_the_figures(capsys, monkeypatch):
    """No more and no less, the largest first."""
    route(monkeypatch, "--json")
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])["summary"]
    found = {(cell["expected"], cell["predicted"]): cell["count"] for cell in summary["confusions"]}
    assert found == PLANTED


@pytest.mark.usefixtures("project")
def test_every_planted_confusion_is_on_the_first_screen(capsys, monkeypatch):
    """The table of confusions has a line for each, and leaves none to --json."""
    monkeypatch.setenv("COLUMNS", "80")
    route(monkeypatch)
    out = capsys.readouterr().out
    found = re.findall(r"^([a-z]+) +([a-z]+) +(\d+)\b", out, re.MULTILINE)
    assert {(a, b): int(n) for a, b, n in found} == PLANTED


def test_every_planted_confusion_is_in_the_first_section_of_the_page(project, monkeypatch):
    """Each row says what should have happened, what did, how often, and leads to its cases."""
    route(monkeypatch, "--html", "page.html")
    page = (project / "page.html").read_text(encoding="utf-8")
    first = page[page.index('<section id="confusions"') : page.index('<section id="heat"')]
    rows = re.findall(r'<tr><td>(\w+)</td><td>(\w+)</td><td><a href="#(cell-\d+)">(\d+)</a>', first)
    assert ({(a, b): int(n) for a, b, _, n in rows}, all(f'id="{cell}"' in page for *_, cell, _ in rows)) == (
        PLANTED,
        True,
    )


def test_planted_pairs_of_agents_head_the_overlap(project, monkeypatch):
    """Those that involve nobody are no collision of two agents."""
    route(monkeypatch, "--html", "page.html")
    page = (project / "page.html").read_text(encoding="utf-8")
    pairs = re.findall(r"<li><p><b>(\w+)</b> and <b>(\w+)</b>", page)[:3]
    assert set(pairs) == {("tailor", "weaver"), ("baker", "brewer"), ("butcher", "grocer")}


def test_messages_are_escaped_on_the_page(project, monkeypatch):
    """A message with markup is shown as text."""
    route(monkeypatch, "--html", "page.html")
    page = (project / "page.html").read_text(encoding="utf-8")
    assert ("<i>baker" in page, "&lt;i&gt;baker" in page) == (False, True)


# -- the routing suite of this repository ----------------------------------------------------------------

SUITE = Path(__file__).parents[2] / "datasets/routing"
ROSTER = Path(__file__).parents[2] / "agents"
PLANTED_IN_SUITE = {
    ("backend-architect", "api-documenter"): 6,
    ("security-auditor", "code-reviewer"): 5,
    ("data-engineer", "database-administrator"): 4,
    ("frontend-developer", "mobile-developer"): 3,
    ("none", "product-manager"): 3,
    ("qa-engineer", "none"): 2,
}


@pytest.fixture
def suite_report(tmp_path, monkeypatch):
    """The first section on routing of the report of a run over all routing datasets, confusions planted."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test-key")
    cases = {
        labelled.case.messages[-1].text: labelled.case
        for file in sorted(SUITE.glob("*.yaml"))
        for labelled in read_cases(file, [path.stem for path in ROSTER.glob("*.md")])
    }
    left = dict(PLANTED_IN_SUITE)
    chosen = {}
    for text, case in sorted(cases.items(), key=lambda item: item[1].id):
        pair = next((pair for pair, times in left.items() if pair[0] == case.expected_agent and times), None)
        chosen[text] = pair[1] if pair else case.expected_agent
        if pair:
            left[pair] -= 1

    def answer(seen):
        name = chosen[seen.question]
        call = {"description": "d", "prompt": "p", "subagent_type": name}
        return Answer("I do that.") if name == "none" else Answer("", "tool_use", ("Agent", call))

    (tmp_path / "harness.toml").write_text(f'agents = "{ROSTER.as_posix()}"\nreports = "reports"\n')
    with MessagesApi(answer) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        assert main(["run", str(SUITE), "--model", "anthropic:m", "--json"]) == 0
    page = next((tmp_path / "reports").glob("*/report.html")).read_text(encoding="utf-8")
    return page[page.index('<section id="routing"') :]


@pytest.mark.usefixtures("capsys")
def test_every_confusion_planted_in_the_suite_is_in_the_report_of_the_run(suite_report):
    """No more and no less, the largest first, each leading to its cases."""
    rows = re.findall(
        r'<tr><td>([\w-]+)</td><td>([\w-]+)</td><td><a href="#(router-1-cell-\d+)">(\d+)</a>', suite_report
    )
    found = {(a, b): int(n) for a, b, _, n in rows}
    linked = all(f'id="{cell}"' in suite_report for _, _, cell, _ in rows)
    assert (found, list(found.values()), linked) == (
        PLANTED_IN_SUITE,
        sorted(PLANTED_IN_SUITE.values(), reverse=True),
        True,
    )
