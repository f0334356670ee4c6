"""Where a rule stands decides what it is about."""

from __future__ import annotations

import pytest

from harness.agentfile.sidecar import Sidecar
from harness.checks.bind import bind_rules
from harness.checks.registry import all_checks
from harness.checks.setting import Setting, misplaced, setting_of
from harness.core.types import Agent, Polarity, Rule, Span


def bound(text: str, name: str = "backend-architect", section: str = "", description: str = "") -> str:
    rule = Rule("rule", text, Polarity.SHOULD, section, False, Span(1, 1, 1, 2))
    agent = Agent(name, description, "", "", "", (), (), (rule,), "agent.md", "")
    return bind_rules(agent, Sidecar(), dict(all_checks()))[0].check


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("golang-pro", Setting.LANGUAGE),
        ("c-expert", Setting.LANGUAGE),
        ("expert-cpp-software-engineer", Setting.LANGUAGE),
        ("react-native-expert", Setting.FRONTEND),
        ("terraform-specialist", Setting.INFRASTRUCTURE),
        ("legal-advisor", Setting.ELSEWHERE),
        ("node-go-reviewer", Setting.SERVER),
        ("unit-test-writer", Setting.SERVER),
        ("", Setting.SERVER),
    ],
)
def test_the_name_of_an_agent_tells_what_it_writes(name: str, setting: Setting) -> None:
    """What the checks read comes first: an agent for Node and Go is none for Go alone."""
    assert setting_of(name, "", "") is setting


def test_a_heading_says_more_than_the_name() -> None:
    """An agent for everything has a part for the browser."""
    assert setting_of("fullstack-developer", "", "Frontend guidelines") is Setting.FRONTEND


def test_going_is_no_language() -> None:
    """English says "go" more often than Go is meant."""
    assert setting_of("reviewer", "", "Go-live checklist") is Setting.SERVER


def test_a_description_tells_where_the_name_does_not() -> None:
    """A refactoring agent may be one for C#."""
    assert setting_of("refactorer", "Improves C# services", "") is Setting.LANGUAGE


def test_a_description_that_names_several_languages_tells_nothing() -> None:
    """One of them is read."""
    assert setting_of("refactorer", "Improves Rust and TypeScript", "") is Setting.SERVER


@pytest.mark.parametrize(
    ("text", "name", "section"),
    [
        ("RBAC properly configured", "kubernetes-specialist", ""),
        ("Handle errors explicitly", "react-expert", ""),
        ("Handle errors explicitly", "", "Frontend"),
        ("Use parameterized queries to prevent SQL injection", "golang-pro", ""),
        ("Encrypt data at rest and in transit", "terraform-iac-reviewer", ""),
        ("Audit trail", "legal-advisor", ""),
        ("Verify that backups can be restored", "", "Information gathering"),
    ],
)
def test_a_rule_about_something_else_is_not_bound(text: str, name: str, section: str) -> None:
    """The words are those of a check, the place is not."""
    assert (bool(bound(text)), bound(text, name or "backend-architect", section)) == (True, "")


def test_an_unread_language_that_a_check_notices_keeps_the_binding() -> None:
    """That check leaves the code undecided, which is right."""
    assert bound("Handle errors explicitly", "golang-pro") == "errors/handled"


def test_what_the_answer_says_is_judged_under_any_heading() -> None:
    """To assess performance is to write about it."""
    assert bound("Evaluate performance implications", section="Impact assessment") == "topics/performance"


def test_a_heading_need_not_be_repeated() -> None:
    """Under a heading about schemas "constraints and indexes" are those of schemas."""
    text = "Implement proper constraints and indexes"
    assert (bound(text), bound(text, section="Schema design")) == ("", "database/schema-complete")


def test_the_subject_of_an_agent_adds_nothing_to_its_rules() -> None:
    """Where all rules are about Prisma, "for Prisma queries" says no more than "for queries"."""
    text = "Ensure clear error handling strategies for Prisma queries"
    assert (bound(text), bound(text, "prisma-expert")) == ("", "errors/handled")


def test_a_team_s_own_check_is_bound_wherever_its_rule_stands() -> None:
    """Its authors know what it reads."""
    assert misplaced("ours/no-globals", Setting.ELSEWHERE, "Information gathering") == ""
