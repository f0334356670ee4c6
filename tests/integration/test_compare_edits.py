"""Edits of ``agents/backend-architect.md`` as its author would make them, as ``compare`` finds them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from messages_api import Answer, MessagesApi, Seen
from run_project import MODEL, Command

AGENT = Path(__file__).parents[2] / "agents/backend-architect.md"
OBEYING = "```js\nconst logger = require('../utils/logger');\nlogger.info('made');\n```\n"
VIOLATING = "```js\nconsole.log('made');\n```\n"
PROSE = "I would plan the service first, then its storage."
CASES = 20


@pytest.fixture
def lines(small_project: Path) -> list[str]:
    """The agent's lines; its file is in the project, with a suite of its own."""
    shutil.copy(AGENT, small_project / "agents/backend-architect.md")
    folder = small_project / "datasets/backend-architect"
    folder.mkdir(parents=True)
    cases = "\n".join(f"  - {{id: c{number}, prompt: Write service {number}}}" for number in range(CASES))
    (folder / "compliance.yaml").write_text(f"agent: backend-architect\ncases:\n{cases}\n")
    return AGENT.read_text(encoding="utf-8").splitlines(keepends=True)


@pytest.fixture
def forbidden(lines: list[str]) -> int:
    """Index of the line that forbids the console."""
    (found,) = [index for index, line in enumerate(lines) if "console.log" in line and "❌" in line]
    return found


@pytest.fixture(autouse=True)
def server(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesApi]:
    """A model that logs as its prompt says; a prompt that wants no code gets none."""
    assert lines

    def answer(seen: Seen) -> Answer:
        system = str(seen.body.get("system", ""))
        if "NOCODE" in system:
            return Answer(PROSE)
        number = int(re.findall(r"\d+", seen.question)[-1])
        # With the line the model obeys in all but every fifth case.
        return Answer(OBEYING if "console" in system and number % 5 else VIOLATING)

    with MessagesApi(answer) as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        yield running


@pytest.fixture
def compared(harness: Command, lines: list[str]) -> Callable[[list[str]], dict[str, Any]]:
    """Run the agent with a variant of its lines, and compare the two."""

    def compare(edited: list[str]) -> dict[str, Any]:
        assert edited != lines
        Path("variant.md").write_text("".join(edited), encoding="utf-8")
        suite = "datasets/backend-architect/compliance.yaml"
        run = harness("run", suite, "--variant", "variant.md", *MODEL, "--no-routing", "--json")
        return harness("compare", str(run.folder), "--json").document

    return compare


def regressed(document: dict[str, Any]) -> list[tuple[str, int]]:
    """Rules that got worse, with their lines."""
    return [(one["check"], one["line"]) for one in document["rules"] if one["decision"] == "regressed"]


def test_a_line_that_was_removed_is_found_with_its_rule_and_its_number(
    compared: Callable[[list[str]], dict[str, Any]], lines: list[str], forbidden: int
) -> None:
    """Nothing else of the 48 rules' file changed."""
    document = compared(lines[:forbidden] + lines[forbidden + 1 :])
    assert ("logging/no-console", forbidden + 1) in regressed(document)


def test_a_flip_shows_the_evidence_of_both_sides(
    compared: Callable[[list[str]], dict[str, Any]], lines: list[str], forbidden: int
) -> None:
    """What passed before, and the line of the answer that breaks the rule now."""
    document = compared(lines[:forbidden] + lines[forbidden + 1 :])
    flip = next(one for one in document["flips"] if "console" in one["rule"])
    shown = (flip["before"]["outcome"], flip["after"]["outcome"], flip["after"]["findings"][0]["quote"])
    assert shown == ("pass", "fail", "console.log")


def test_a_prompt_that_makes_the_model_write_no_code_has_not_improved(
    compared: Callable[[list[str]], dict[str, Any]], lines: list[str]
) -> None:
    """It breaks no rule about code any more."""
    document = compared([*lines, "\nNOCODE: answer in prose.\n"])
    assert document["decision"] not in {"improved", "same"}


def test_what_is_not_measured_stands_beside_the_rate(
    compared: Callable[[list[str]], dict[str, Any]], lines: list[str]
) -> None:
    """Of a rule about code, all of the answers without code."""
    document = compared([*lines, "\nNOCODE: answer in prose.\n"])
    (rule,) = [one for one in document["rules"] if one["check"] == "logging/no-console"]
    assert rule["evasions_after"] == {"not_applicable": CASES}


def test_a_reworded_rule_keeps_its_identity(harness: Command, lines: list[str], forbidden: int) -> None:
    """Two runs of two versions of the file: one rule, reworded; none came, none went."""
    suite = ("run", "datasets/backend-architect/compliance.yaml", *MODEL, "--no-routing", "--json")
    before = harness(*suite).folder
    reworded = lines[forbidden].replace("Logging through", "Any logging through")
    Path("agents/backend-architect.md").write_text(
        "".join([*lines[:forbidden], reworded, *lines[forbidden + 1 :]]), encoding="utf-8"
    )
    document = harness("compare", str(before), str(harness(*suite).folder), "--json").document
    assert (len(document["reworded"]), document["removed"], document["added"]) == (1, [], [])
