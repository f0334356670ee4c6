"""``harness ablate`` on a project whose model obeys by the lines of its prompt, and by chance."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from messages_api import Answer, MessagesApi, Seen
from run_project import MODEL, Command

AGENT = """---
name: tester
description: Use this agent for services.
---
You are a backend engineer.

## Rules
- ❌ NEVER use console.log or console.error
- ❌ NEVER hardcode secrets, use environment variables
"""
LOGGER = "import logger from './utils/logger.js';\nlogger.info('made');"
CONSOLE = "console.log('made');"
SECRET = "const token = jwt.sign(user, 'k9fJ2-secret-key');"
SETTING = "const token = jwt.sign(user, process.env.JWT_SECRET);"
CASES = 36


def chance(seen: Seen, salt: str) -> float:
    """A number in [0, 1) that only the question, the prompt and the trial decide."""
    said = json.dumps([salt, seen.body.get("system"), seen.body["messages"]]) + str(seen.number % 7)
    return int(hashlib.sha256(said.encode()).hexdigest()[:8], 16) / 16**8


def answer(seen: Seen) -> Answer:
    """Obey the rule against the console where the prompt has it; leave secrets out nine times of ten."""
    prompt = json.dumps(seen.body.get("system", ""))
    logs = LOGGER if chance(seen, "log") < (0.95 if "console.log" in prompt else 0.1) else CONSOLE
    token = SETTING if chance(seen, "secret") < 0.97 else SECRET
    return Answer(f"Here:\n\n```js\nimport jwt from 'jsonwebtoken';\n{logs}\n{token}\n```\n")


@pytest.fixture
def project(small_project: MessagesApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesApi]:
    (small_project / "agents/tester.md").write_text(AGENT, encoding="utf-8")
    rules = "[logging/no-console, config/no-hardcoded-values]"
    cases = "\n".join(f"  - {{id: c{n}, prompt: Write service {n}, applies: {rules}}}" for n in range(CASES))
    (small_project / "datasets/tester/compliance.yaml").write_text(f"agent: tester\ncases:\n{cases}\n")
    (small_project / "datasets/routing.yaml").unlink()
    with MessagesApi(answer) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        yield server


ABLATE = ("ablate", "agents/tester.md", "datasets/tester/compliance.yaml", *MODEL, "--margin", "0.2")


def parts(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {part["title"]: part for part in document["parts"]}


@pytest.fixture
def document(project: MessagesApi, harness: Command) -> dict[str, Any]:
    return harness(*ABLATE, "--json").document


def test_a_line_that_makes_the_model_obey_earns_its_place(document: dict[str, Any]) -> None:
    (found,) = (part for title, part in parts(document).items() if "console" in title)
    assert (found["standing"], found["line"], found["own"]["low"] > 0) == ("earns its place", 8, True)


def test_nothing_is_claimed_of_a_line_that_does_nothing(document: dict[str, Any]) -> None:
    (found,) = (part for title, part in parts(document).items() if "secrets" in title)
    assert found["standing"] in {"no effect seen", "cannot tell"}


def test_the_prompt_without_rules_is_asked_as_a_control(document: dict[str, Any]) -> None:
    assert parts(document)["all its rules"]["own"]["mean"] > 0.2


def test_less_is_asked_than_without_stops(document: dict[str, Any]) -> None:
    assert document["asked"] < document["exhaustive"]


def test_asking_again_costs_nothing(project: MessagesApi, harness: Command) -> None:
    harness(*ABLATE)
    asked = len(project.seen)
    harness(*ABLATE)
    assert len(project.seen) == asked


def test_the_table_fits_the_terminal(
    project: MessagesApi, harness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert max(len(line) for line in harness(*ABLATE).out.splitlines()) <= 80


def test_a_budget_of_answers_is_kept(project: MessagesApi, harness: Command) -> None:
    ran = harness(*ABLATE, "--max-answers", "40", "--json")
    assert ran.document["asked"] * ran.document["trials"] <= 40


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ablate", "agents/nobody.md"), "nobody.md"),
        ((*ABLATE, "--part", "word"), "no such part"),
        ((*ABLATE, "--part", "dialogue"), "holds no part to take out"),
    ],
)
def test_wrong_input_is_one_clear_line(
    project: MessagesApi, harness: Command, arguments: tuple[str, ...], words: str
) -> None:
    ran = harness(*arguments)
    assert (ran.code, words in ran.err) == (2, True)
