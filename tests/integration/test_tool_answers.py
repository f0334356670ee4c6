"""Answers that come as Write and Edit calls: decided as files, kept, replayed and shown as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from messages_api import Answer, MessagesApi, Seen
from run_project import MODEL, NO_CONSOLE, Command, runs, write_project

from harness.cli.app import main

SERVER = "const a = 1;\nconsole.log('old');\nlet port = 3000;\n"
DATASET = f"""agent: tester
cases:
  - id: made
    prompt: Make a server
    applies: [logging/no-console]
  - id: edited
    prompt: Edit the port
    files: [{{path: src/server.js, text: {json.dumps(SERVER)}}}]
    applies: [logging/no-console]
"""
RUN = ("run", "datasets/tester/compliance.yaml", "--no-routing", "--json")


def script(seen: Seen) -> Answer:
    if "Make" in seen.question:
        first = ("Write", {"file_path": "/w/src/a.js", "content": "import { b } from './b.js';\nb();\n"})
        second = {"file_path": "/w/src/b.js", "content": "// b\nexport const b = () => console.warn(1);\n"}
        return Answer("I wrote two files.", "tool_use", first, more=(("Write", second),))
    if "Edit" in seen.question:
        port = {"old_string": "3000", "new_string": "8080", "file_path": "/w/src/server.js"}
        return Answer("", "tool_use", ("Edit", port))
    return Answer("Prose.")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one run in it."""
    place = tmp_path_factory.mktemp("tools")
    write_project(place)
    write_project(place, {"datasets/tester/compliance.yaml": DATASET})
    with MessagesApi(script) as server, pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("ANTHROPIC_BASE_URL", server.url)
        patch.setenv("ANTHROPIC_API_KEY", "dummy")
        assert main([*RUN, *MODEL]) == 0
    return place


@pytest.fixture
def ran(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(place)
    return runs(place)[0]


def decisions(folder: Path) -> dict[str, dict[str, Any]]:
    """The decision on the console rule, by case."""
    verdicts = json.loads((folder / "decided.json").read_text(encoding="utf-8"))["verdicts"]
    return {one["case"]: one["decision"] for one in verdicts if one["rule"] == NO_CONSOLE}


def test_findings_point_into_the_written_file(ran: Path) -> None:
    (found,) = decisions(ran)["made"]["findings"]
    assert (found["file"], found["line"]) == ("src/b.js", 2)


def test_the_users_own_lines_are_not_held_against_an_edit(ran: Path) -> None:
    decision = decisions(ran)["edited"]
    assert (decision["outcome"], "left as they were" in decision["reason"]) == ("undecided", True)


def test_a_bundle_keeps_the_calls(harness: Command, ran: Path) -> None:
    harness("samples", "export", str(ran), "-o", "b.jsonl.gz")
    assert decisions(harness(*RUN, "--model", "replay:b.jsonl.gz").folder) == decisions(ran)


def test_a_run_that_is_replayed_keeps_the_calls(harness: Command, ran: Path) -> None:
    assert decisions(harness(*RUN, "--model", f"replay:{ran}").folder) == decisions(ran)


def test_the_report_shows_the_files_with_the_finding_at_its_line(ran: Path) -> None:
    page = (ran / "report.html").read_text(encoding="utf-8")
    assert "File `src/b.js`, written with a tool:" in page
    marked = page.partition("File `src/b.js`, written with a tool:")[2].partition('class="ln hit"')[2]
    assert "warn" in marked.partition("</div>")[0]


def test_the_terminal_shows_the_files(harness: Command, ran: Path) -> None:
    said = harness("show", str(ran), "--case", "made").out
    assert "File `src/b.js`, written with a tool:" in said


def test_show_tells_the_calls_as_json(harness: Command, ran: Path) -> None:
    (told,) = harness("show", str(ran), "--case", "made", "--json").document["answers"]
    assert [one["name"] for one in told["tool_calls"]] == ["Write", "Write"]
