"""Pairs of rules that contradict each other by their words, and pairs that only look as if they did."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.agentfile.parse import parse_agent
from harness.tune.conflicts import ConflictKind, WordingConflict, observed_in, wording_conflicts
from harness.tune.model import Conflict, Effect


def found(*rules: str, headings: tuple[str, ...] = ()) -> tuple[WordingConflict, ...]:
    titles = headings or ("Rules",) * len(rules)
    body = "\n\n".join(f"## {title}\n- {rule}" for title, rule in zip(titles, rules, strict=True))
    agent = parse_agent(f"---\nname: a\ndescription: d\n---\n{body}\n".encode(), "a.md")
    assert len(agent.rules) == len(rules), [rule.text for rule in agent.rules]
    return wording_conflicts(agent.rules)


CONTRADICTIONS = [
    ("NEVER use console.log", "ALWAYS use console.log", ConflictKind.OPPOSITE),
    ("NEVER use inline styles or global variables", "ALWAYS use global variables", ConflictKind.OPPOSITE),
    ("Do not write unit tests", "ALWAYS write unit tests", ConflictKind.OPPOSITE),
    ("❌ Stack traces in responses", "✅ Stack traces in responses", ConflictKind.OPPOSITE),
    ("MUST be brief", "MUST explain every step", ConflictKind.QUESTION),
    ("ALWAYS keep your answers short", "MUST provide detailed explanations", ConflictKind.QUESTION),
    ("ALWAYS respond with only code", "ALWAYS explain your reasoning", ConflictKind.QUESTION),
    ("NEVER include explanations", "ALWAYS explain the trade-offs", ConflictKind.QUESTION),
    ("NEVER ask clarifying questions", "ALWAYS ask clarifying questions first", ConflictKind.QUESTION),
    ("ALWAYS work without asking permission", "MUST get approval before a migration", ConflictKind.QUESTION),
    ("ALWAYS use tabs", "ALWAYS indent with 2 spaces", ConflictKind.QUESTION),
    ("ALWAYS use single quotes", "ALWAYS use double quotes", ConflictKind.QUESTION),
    ("ALWAYS use npm", "ALWAYS use pnpm", ConflictKind.QUESTION),
    ("NEVER add comments", "ALWAYS add inline comments", ConflictKind.QUESTION),
    (
        "Answers MUST have at most 3 sentences",
        "Answers MUST have at least 5 sentences",
        ConflictKind.QUANTITY,
    ),
    ("Functions MUST stay under 20 lines", "Functions MUST have at least 30 lines", ConflictKind.QUANTITY),
]


@pytest.mark.parametrize(("first", "second", "kind"), CONTRADICTIONS)
def test_rules_that_contradict_each_other_are_found(first: str, second: str, kind: ConflictKind) -> None:
    assert kind in {one.kind for one in found(first, second)}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("NEVER use console.log", "ALWAYS use the project logger"),
        ("NEVER use raw SQL without parameters", "ALWAYS use raw SQL"),
        ("NEVER skip unit tests", "ALWAYS write unit tests"),
        ("NEVER use global variables in tests unless asked", "ALWAYS use global variables"),
        ("ALWAYS write concise comments", "MUST provide detailed explanations"),
        ("ALWAYS be brief unless asked for detail", "MUST explain every step"),
        ("Answers MUST have at most 5 sentences", "Answers MUST have at least 3 sentences"),
        ("Functions MUST stay under 20 lines", "Files MUST have at least 30 lines"),
        ("ALWAYS use npm or pnpm", "ALWAYS use pnpm"),
        ("NEVER delete data without asking permission", "MUST get approval before a migration"),
        ("NEVER ask for permission to run queries", "MUST get approval before a migration"),
        ("ALWAYS use 2 spaces in YAML", "ALWAYS use 4 spaces in Python"),
    ],
)
def test_rules_that_only_look_alike_are_left_alone(first: str, second: str) -> None:
    assert found(first, second) == ()


def test_a_list_of_sins_asks_for_what_it_misses() -> None:
    headings = ("Requirements", "Accessibility sins")
    assert found("MUST have keyboard navigation", "❌ No keyboard navigation", headings=headings) == ()


def test_a_conflict_names_its_words() -> None:
    (one,) = found("ALWAYS keep your answers short.", "MUST explain every step")
    assert (one.first_words, one.second_words) == ("keep your answers short", "explain every step")


def test_what_ablation_saw_of_a_pair_is_joined() -> None:
    (one,) = found("ALWAYS be brief", "MUST explain every step")
    seen = Conflict(f"rule:{one.first.id}", one.second.id, Effect(9, -0.4, -0.6, -0.2, 1.0, 30.0), ("c1",))
    other = Conflict("rule:other", one.second.id, seen.effect, ())
    assert observed_in(one, [other, seen]) == (seen,)


@given(st.lists(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=60), max_size=8))
def test_any_text_is_read(texts: list[str]) -> None:
    body = "\n".join(f"- NEVER {text}" for text in texts)
    agent = parse_agent(body.encode("utf-8", "replace"), "a.md")
    assert all(one.first.span < one.second.span for one in wording_conflicts(agent.rules))
