"""``harness log``: versions of an agent file, joined with the runs that asked them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gate_project import git
from messages_api import Answer, MessagesApi, Seen
from run_project import Command, finish, start, write_project

CASES = 12
DATASET = "datasets/tester/compliance.yaml"
HEAD = "---\nname: tester\ndescription: Use this agent for services.\n---\n"
RULE = "- ❌ NEVER use console.log or console.error\n"
LOG = ("log", "agents/tester.md")


def answer(seen: Seen) -> Answer:
    obeys = "console.log" in str(seen.body.get("system", ""))
    said = "import logger from './utils/logger.js';\nlogger.info(1);" if obeys else "console.log(1);"
    return Answer(f"Here:\n\n```js\n{said}\n```\n")


def commit(folder: Path, text: str, message: str) -> None:
    (folder / "agents/tester.md").write_text(HEAD + text, encoding="utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", message)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Three versions under two names; the second one was run, then all were measured."""
    folder = tmp_path_factory.mktemp("log")
    write_project(folder)
    cases = "\n".join(f"  - {{id: c{n}, prompt: Write service {n}}}" for n in range(CASES))
    (folder / DATASET).write_text(f"agent: tester\ncases:\n{cases}\n", encoding="utf-8")
    git(folder, "init", "-q", "-b", "main")
    (folder / ".gitignore").write_text("reports\n.harness\n")
    (folder / "agents/tester.md").rename(folder / "agents/older.md")
    (folder / "agents/older.md").write_text(f"{HEAD}You write services. Be kind to all who ask.\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first \x1b[31m| words")
    git(folder, "mv", "agents/older.md", "agents/tester.md")
    git(folder, "commit", "-q", "-m", "another name")
    commit(folder, f"You write services. Be kind to all who ask.\n\n## Rules\n{RULE}", "forbid the console")
    commit(
        folder, f"You write services. Be kind to all who ask.\n\n## Rules\n{RULE}\nBe quick.\n", "be quick"
    )
    with MessagesApi(answer) as server:
        yield folder, server.url


@pytest.fixture(scope="module")
def unmeasured(repository: tuple[Path, str]) -> dict[str, Any]:
    return finish(start(repository[0], *LOG, "--json")).document


@pytest.fixture(scope="module")
def measured(repository: tuple[Path, str], unmeasured: dict[str, Any]) -> dict[str, Any]:
    folder, url = repository
    assert unmeasured
    asked = ("--measure", "anthropic:m", "--html", "history.html", "--json")
    return finish(start(folder, *LOG, DATASET, *asked, url=url)).document


def test_versions_are_followed_through_a_new_name(unmeasured: dict[str, Any]) -> None:
    found = [(one["subject"].split(" ")[0], one["path"]) for one in unmeasured["versions"]]
    assert found == [
        ("be", "agents/tester.md"),
        ("forbid", "agents/tester.md"),
        ("another", "agents/tester.md"),
        ("first", "agents/older.md"),
    ]


def test_what_nobody_measured_is_listed_as_such(unmeasured: dict[str, Any]) -> None:
    assert (len(unmeasured["missing"]), unmeasured["versions"][0]["measured"]) == (4, None)


def test_measuring_asks_all_versions_in_one_run(measured: dict[str, Any]) -> None:
    assert len({one["measured"]["run"] for one in measured["versions"]}) == 1


def test_the_scores_are_those_of_the_versions(measured: dict[str, Any]) -> None:
    assert [one["measured"]["mean"] for one in measured["versions"]] == [1.0, 1.0, 0.0, 0.0]


def test_a_change_is_told_where_it_happened(measured: dict[str, Any]) -> None:
    told = {one["subject"].split(" ")[0]: one["measured"]["decision"] for one in measured["versions"]}
    assert told["forbid"] == "improved"


def test_the_same_text_under_another_name_is_no_change(measured: dict[str, Any]) -> None:
    assert measured["versions"][2]["measured"]["change"] is None


def test_the_page_has_a_picture_with_words(repository: tuple[Path, str], measured: dict[str, Any]) -> None:
    page = (repository[0] / "history.html").read_text(encoding="utf-8")
    assert ('role="img"' in page, "\x1b" in page, "<script" in page) == (True, False, False)


def test_the_table_fits_the_terminal_and_shows_no_escapes(
    repository: tuple[Path, str],
    measured: dict[str, Any],
    harness: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(repository[0])
    monkeypatch.setenv("COLUMNS", "80")
    out = harness(*LOG).out
    assert (max(map(len, out.splitlines())) <= 80, "\x1b" in out, "▲ +100 (" in out) == (True, False, True)


def test_an_uncommitted_edit_is_a_version_that_nobody_measured(
    repository: tuple[Path, str], measured: dict[str, Any], harness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository[0])
    file = Path("agents/tester.md")
    text = file.read_text(encoding="utf-8")
    try:
        file.write_text(f"{text}Be short.\n", encoding="utf-8")
        first = harness(*LOG, "--json").document["versions"][0]
    finally:
        file.write_text(text, encoding="utf-8")
    assert (first["commit"], first["measured"]) == ("", None)


def test_a_run_of_older_checks_is_decided_again_and_marked(
    repository: tuple[Path, str], measured: dict[str, Any], harness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository[0])
    decided = Path("reports") / measured["versions"][0]["measured"]["run"] / "decided.json"
    text = decided.read_text(encoding="utf-8")
    old = json.loads(text)
    for verdict in old["verdicts"]:
        verdict["version"] = 0
    try:
        decided.write_text(json.dumps(old), encoding="utf-8")
        found = harness(*LOG, "--json").document["versions"][0]["measured"]
    finally:
        decided.write_text(text, encoding="utf-8")
    assert ("0 → " in found["redecided"], found["mean"]) == (True, 1.0)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("log", "agents/nobody.md"), "nobody.md"),
        ((*LOG, "--model", "anthropic:other"), "measured no version"),
        ((*LOG, "--trials", "2"), "belong to --measure"),
        (("log", "/etc/hostname"), "not in a git repository"),
    ],
)
def test_wrong_input_is_one_line(
    repository: tuple[Path, str],
    measured: dict[str, Any],
    harness: Command,
    monkeypatch: pytest.MonkeyPatch,
    more: tuple[str, ...],
    words: str,
) -> None:
    monkeypatch.chdir(repository[0])
    ran = harness(*more)
    assert (ran.code, words in ran.err, ran.err.count("\n")) == (2, True, 1)
