"""The sha of a case, the message with supplied files, derived cases, coverage, and the published schemas."""

from __future__ import annotations

import dataclasses
import json
from importlib.resources import files
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt
from suite_example import COMPLIANCE, GOLDEN, ROUTING, rule

from harness.core.types import Agent, Case, CaseKind, Dialogue, Message, Role, Span, SuppliedFile, Turn
from harness.suite.cases import case_sha, messages_to_send, render_message
from harness.suite.coverage import cases_per_rule, uncovered
from harness.suite.derive import derive_cases
from harness.suite.schema import SCHEMAS, schema_text

CASE = Case(
    id="soup",
    kind=CaseKind.COMPLIANCE,
    agent="cook",
    messages=(Message(Role.USER, "Make a soup"),),
    files=(SuppliedFile("a.txt", "x"),),
    applies=("taste", "washed"),
    not_applicable=("dessert",),
    expected_agent="",
    tags=("warm", "quick"),
    cluster="soups",
    provenance="a.yaml:3",
    sha="",
)

# --- the sha --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("provenance", "b.yaml:9"),
        ("sha", "x"),
        ("applies", ("washed", "taste")),
        ("tags", ("quick", "warm")),
    ],
)
def test_the_sha_leaves_out_where_a_case_stands(field: str, value: Any) -> None:
    """Moving a case, or reordering what is a set, does not make it another case."""
    changed: Case = dataclasses.replace(CASE, **{field: value})
    assert case_sha(changed) == case_sha(CASE)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "broth"),
        ("kind", CaseKind.ROUTING),
        ("agent", "smith"),
        ("messages", (Message(Role.USER, "Make a broth"),)),
        ("files", ()),
        ("applies", ("taste",)),
        ("not_applicable", ()),
        ("expected_agent", "none"),
        ("tags", ()),
        ("cluster", ""),
    ],
)
def test_the_sha_holds_everything_else(field: str, value: Any) -> None:
    """Runs over different cases must not pass for comparable."""
    changed: Case = dataclasses.replace(CASE, **{field: value})
    assert case_sha(changed) != case_sha(CASE)


# --- supplied files -------------------------------------------------------------------------------


def test_files_stand_below_the_message_as_fenced_blocks() -> None:
    """The model sees path and content of each file."""
    text = render_message(
        "Fix it\n", [SuppliedFile("src/a.mjs", "let a;\n"), SuppliedFile("Dockerfile", "FROM x")]
    )
    assert text == (
        "Fix it\n\nFiles of the project:\n\n`src/a.mjs`\n\n```js\nlet a;\n```\n\n`Dockerfile`\n\n"
        "```dockerfile\nFROM x\n```"
    )


def test_a_message_without_files_is_left_alone() -> None:
    """Nothing is added to what the user says."""
    assert render_message("Fix it\n", []) == "Fix it\n"


@example(["```js\nx\n```\n", "````\n"])
@given(st.lists(st.text(alphabet="`~\n ab#-", max_size=40), min_size=1, max_size=3))
def test_no_content_can_end_its_block(contents: list[str]) -> None:
    """A markdown reader finds exactly the files that were supplied."""
    text = render_message("Hi", [SuppliedFile(f"{i}.txt", content) for i, content in enumerate(contents)])
    blocks = [token.content for token in MarkdownIt().parse(text) if token.type == "fence"]
    assert blocks == [
        content if content.endswith("\n") or not content else f"{content}\n" for content in contents
    ]


def test_files_come_with_the_last_turn() -> None:
    """They belong to the question that is to be answered."""
    turns = (Message(Role.USER, "a"), Message(Role.ASSISTANT, "b"), Message(Role.USER, "c"))
    sent = messages_to_send(dataclasses.replace(CASE, messages=turns))
    assert [("a.txt" in message.text) for message in sent] == [False, False, True]


# --- derived cases --------------------------------------------------------------------------------


def agent(*dialogues: Dialogue) -> Agent:
    return Agent("backend-architect", "", "", "", "", (), dialogues, (), "agents/b.md", "")


def dialogue(*turns: tuple[Role, str], expected: str = "backend-architect") -> Dialogue:
    spoken = tuple(Turn(role, text) for role, text in turns)
    return Dialogue("ask backend-architect", spoken, "it knows", expected, Span(4, 1, 9, 2))


ASKED = dialogue(
    (Role.USER, "Design it"), (Role.ASSISTANT, "I'll ask the backend-architect"), (Role.USER, "Go on")
)


def test_a_dialogue_gives_a_case_of_each_kind_under_one_id() -> None:
    """Routing first, then compliance."""
    derived = derive_cases(agent(ASKED))
    assert [(case.id, case.kind) for case in derived] == [
        ("backend-architect/dialogue-1", CaseKind.ROUTING),
        ("backend-architect/dialogue-1", CaseKind.COMPLIANCE),
    ]


def test_only_the_user_is_asked() -> None:
    """Context, commentary and the assistant name the agent: they would give the answer away."""
    assert {case.messages for case in derive_cases(agent(ASKED))} == {
        (Message(Role.USER, "Design it\n\nGo on"),)
    }


def test_ids_count_all_dialogues() -> None:
    """A dialogue without a user turn makes no case and moves no other's id."""
    silent = dialogue((Role.ASSISTANT, "I begin"))
    assert {case.id for case in derive_cases(agent(silent, ASKED))} == {"backend-architect/dialogue-2"}


def test_a_dialogue_for_another_agent_is_only_routed() -> None:
    """What belongs to a colleague does not test this agent's rules."""
    derived = derive_cases(agent(dialogue((Role.USER, "Hi"), expected="devops")))
    assert [(case.kind, case.expected_agent) for case in derived] == [(CaseKind.ROUTING, "devops")]


@pytest.mark.parametrize(
    ("text", "leaks"),
    [
        ("Ask the Backend Architect", True),
        ("@backend-architect: design it", True),
        ("backend_architect please", True),
        ("The backend needs an architect", False),
        ("backend-architecture", False),
    ],
)
def test_a_message_that_names_the_agent_is_tagged(text: str, leaks: bool) -> None:
    """Such a message measures reading, not routing."""
    derived = derive_cases(agent(dialogue((Role.USER, text))))
    assert [("names-agent" in case.tags) for case in derived] == [leaks, leaks]


def test_a_derived_case_knows_its_line() -> None:
    """The report can lead back to the dialogue."""
    assert {case.provenance for case in derive_cases(agent(ASKED))} == {"agents/b.md:4"}


# --- coverage -------------------------------------------------------------------------------------


def test_cases_are_counted_per_rule() -> None:
    """Only `applies` counts: a rule that does not apply is not tested."""
    rules = [rule("taste"), rule("dessert")]
    assert cases_per_rule(rules, [CASE, CASE]) == {"taste": 2, "dessert": 0}


def test_a_rule_without_a_case_is_uncovered() -> None:
    """It is named, so that nobody takes silence for obedience."""
    assert [item.id for item in uncovered([rule("taste"), rule("dessert")], [CASE])] == ["dessert"]


# --- published schemas ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_is_current(name: str) -> None:
    """After a change of the format: python -m harness.suite.schemas."""
    published = files("harness.suite.schemas").joinpath(f"{name}.json").read_text(encoding="utf-8")
    assert published == schema_text(name)


LABELS = "annotator: anna\nlabels: {orders: {edge-cases: fail, owasp: {label: pass, note: none found}}}\n"
EXAMPLES = {
    "compliance": COMPLIANCE,
    "routing": ROUTING,
    "golden": GOLDEN.split("---")[1],
    "labels": LABELS,
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_accepts_what_loads(name: str) -> None:
    """An editor does not mark a correct file."""
    Draft202012Validator(json.loads(schema_text(name))).validate(yaml.safe_load(EXAMPLES[name]))


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_refuses_unknown_keys(name: str) -> None:
    """An editor marks a misspelt key."""
    wrong = {**yaml.safe_load(EXAMPLES[name]), "casse": 1}
    assert not Draft202012Validator(json.loads(schema_text(name))).is_valid(wrong)
