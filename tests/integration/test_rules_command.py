"""``harness rules`` as a user runs it: over the agents of this project and over files of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.cli.app import main

PROJECT = Path(__file__).parents[2]
AGENT = """\
---
name: cook
description: Cooks.
---
# Rules

- NEVER use console.log; log through winston
- Always keep the kitchen clean
"""


@pytest.fixture
def kitchen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own, with one agent, its sidecar, and one dataset."""
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents/cook.md").write_text(AGENT)
    (tmp_path / "agents/cook.harness.yaml").write_text(
        "rules: [{match: Always keep, id: clean, severity: critical, waive: new kitchen}]\n"
    )
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets/cook.yaml").write_text(
        "agent: cook\ncases: [{id: soup, prompt: A soup, applies: [clean, logging/no-pii]}]\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["rules", *arguments, "--json"]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


@pytest.mark.usefixtures("kitchen")
def test_a_rule_is_shown_with_its_line_and_check(capsys: pytest.CaptureFixture[str]) -> None:
    """The rule about the console is on line 7 and decided by its check."""
    first = document(capsys, "cook")["rules"][0]
    assert (first["line"], first["check"], first["polarity"]) == (7, "logging/no-console", "never")


@pytest.mark.usefixtures("kitchen")
def test_the_sidecar_is_heeded(capsys: pytest.CaptureFixture[str]) -> None:
    """Id, severity and waiver come from the file beside the agent."""
    second = document(capsys, "agents/cook.md")["rules"][1]
    assert (second["id"], second["severity"], second["waived"]) == ("clean", "critical", "new kitchen")


@pytest.mark.usefixtures("kitchen")
def test_unbound_and_uncovered_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """What goes to the judge, and what no case exercises."""
    found = document(capsys, "cook")
    assert (found["unbound"], found["uncovered"]) == (["clean"], [found["rules"][0]["id"]])


@pytest.mark.usefixtures("kitchen")
def test_references_without_a_rule_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """The dataset speaks of a kind of rule that the agent has not."""
    assert "'logging/no-pii'" in document(capsys, "cook")["warnings"][0]


@pytest.mark.usefixtures("kitchen")
def test_the_table_names_the_check_and_the_judge(capsys: pytest.CaptureFixture[str]) -> None:
    """People read a table; the sum stands below it."""
    assert main(["rules", "cook"]) == 0
    shown = capsys.readouterr().out
    assert "1 decided by a check, 1 go to the judge" in " ".join(shown.split())


def test_a_rule_cannot_steer_the_terminal(kitchen: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Agent files come from strangers."""
    (kitchen / "agents/cook.md").write_text(AGENT.replace("kitchen clean", "kitchen \x1b[31mclean"))
    assert main(["rules", "cook"]) == 0
    assert "\x1b[31m" not in capsys.readouterr().out


@pytest.mark.usefixtures("kitchen")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("coook", "agents has no agent named 'coook'; did you mean 'cook'?"),
        ("nowhere/cook.md", "nowhere/cook.md: no such agent file"),
    ],
)
def test_an_unknown_agent_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], name: str, message: str
) -> None:
    """The message says what there is instead."""
    assert main(["rules", name]) == 2
    assert message in capsys.readouterr().err


def test_the_project_binds_each_check(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent of this project names its rules; each check decides the one it is made for."""
    monkeypatch.chdir(PROJECT)
    bound = {
        item["id"]: item["check"] for item in document(capsys, "backend-architect")["rules"] if item["check"]
    }
    assert bound == {
        "no-console": "logging/no-console",
        "project-logger": "logging/project-logger",
        "joi-validation": "validation/library",
        "error-handling": "errors/handled",
        "no-skipped-error-handling": "errors/handled",
        "status-codes": "errors/status-codes",
        "code-with-error-handling": "code/handles-errors",
        "validated-boundaries-and-constraints": "validation/boundary-and-constraints",
        "rbac": "access/rbac",
        "rate-limited-and-authenticated": "access/authenticated-and-rate-limited",
        "indexed": "database/indexed",
        "schema-with-indexes": "database/schema-complete",
        "relations-and-normalisation": "database/relations",
        "no-duplicate-compose": "config/no-duplicate-compose",
        "no-hardcoded-values": "config/no-hardcoded-values",
        "no-exposed-pii": "logging/no-pii",
        "no-conflicting-configuration": "config/no-conflict",
        "no-vulnerable-dependencies": "dependencies/no-known-vulnerability",
        "environment-variables": "config/environment",
        "backup-and-recovery": "backup/recovery",
        "comprehensive-tests": "testing/strategy",
        "testing-strategy": "testing/strategy",
        "api-contract": "api/contract",
        "performance-addressed": "topics/performance",
        "deployment-and-scaling": "topics/deployment",
        "observability": "topics/observability",
        "scalable": "topics/scalability",
        "sanitised-input": "injection/sanitised",
        "no-placeholders": "code/no-placeholder",
        "authentic-use-cases": "code/no-fake",
        "no-fake-implementations": "code/no-fake",
        "concrete-code": "code/concrete",
        "security-considered": "security/considered",
        "security-best-practices": "security/owasp",
        "owasp": "security/owasp",
        "encrypted": "crypto/encrypted",
        "session-management": "access/session",
        "audited": "audit/operations",
        "use-existing-infrastructure": "context/uses-existing",
    }


def test_the_datasets_of_the_project_speak_of_rules_it_has(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No reference in a dataset is lost, and every rule is exercised by a case."""
    monkeypatch.chdir(PROJECT)
    found = document(capsys, "backend-architect")
    assert (found["warnings"], found["uncovered"]) == ([], [])
