"""Example dialogues in every layout that agent files use."""

# ruff: noqa: E501 - one layout on a line reads best

import pytest

from harness.agentfile.examples import ParsedDialogue, find_blocks, parse_dialogue, without_blocks
from harness.core.types import Role, Turn

USER = "I can't log in: what's wrong?"
ASSISTANT = "I'll use the login-fixer agent."
WHOLE = ParsedDialogue(
    "It broke.", (Turn(Role.USER, USER), Turn(Role.ASSISTANT, ASSISTANT)), "It knows logins."
)

LAYOUTS = {
    "literal breaks": rf"\nContext: It broke.\nuser: \"{USER}\"\nassistant: \"{ASSISTANT}\"\n<commentary>\nIt knows logins.\n</commentary>\n",
    "doubled breaks": rf"\\nContext: It broke.\\nuser: \\\"{USER}\\\"\\nassistant: \\\"{ASSISTANT}\\\"\\n<commentary>\\nIt knows logins.\\n</commentary>",
    "one line, single quotes": f"Context: It broke. user: '{USER}' assistant: '{ASSISTANT}' <commentary>It knows logins.</commentary>",
    "one line, double quotes": f'Context: It broke. user: "{USER}" assistant: "{ASSISTANT}" <commentary>It knows logins.</commentary>',
    "real breaks": f"\nContext: It broke.\nuser: '{USER}'\nassistant: '{ASSISTANT}'\n<commentary>\nIt knows logins.\n</commentary>\n",
    "mixed breaks": f"Context: It broke.\\nuser: \"{USER}\"\nassistant: \"{ASSISTANT}\"\n<commentary>It knows logins.</commentary>",
    "context on its own line": f"\nContext:\nIt broke.\nUser:\n'{USER}'\nAssistant:\n'{ASSISTANT}'\n<commentary>It knows logins.</commentary>",
    "unquoted": f"\nContext: It broke.\nuser: {USER}\nassistant: {ASSISTANT}\n<commentary>It knows logins.</commentary>",
    "bold labels": f"\n**Context:** It broke.\n**User:** \"{USER}\"\n**Assistant:** \"{ASSISTANT}\"\n**Commentary:** It knows logins.",
    "bold labels, colon outside": f"**Context**: It broke.\n**User**: {USER}\n**Assistant**: {ASSISTANT}\n<commentary>It knows logins.</commentary>",
    "italic labels": f"_Context:_ It broke.\n_User:_ '{USER}'\n_Assistant:_ '{ASSISTANT}'\n_Commentary:_ It knows logins.",
    "list items": f"- Context: It broke.\n- User: \"{USER}\"\n- Assistant: \"{ASSISTANT}\"\n- Commentary: It knows logins.",
    "typographic quotes": f"Context: It broke.\nuser: “{USER}”\nassistant: “{ASSISTANT}”\n<commentary>It knows logins.</commentary>",
    "tags": f"<context>It broke.</context>\n<user_request>{USER}</user_request>\n<assistant>{ASSISTANT}</assistant>\n<commentary>It knows logins.</commentary>",
    "speakers with names": f"Context: It broke.\nMaria: \"{USER}\"\nClaude: \"{ASSISTANT}\"\n<commentary>It knows logins.</commentary>",
    "no colon": f"Context: It broke.\nUser asks \"{USER}\"\nAssistant replies \"{ASSISTANT}\"\n<commentary>It knows logins.</commentary>",
    "verbs of saying": f"Context: It broke.\nUser says: \"{USER}\"\nAssistant responds: \"{ASSISTANT}\"\nRationale: It knows logins.",
    "an aside to the label": f"Context: It broke.\nUser (annoyed): \"{USER}\"\nAssistant (calm): \"{ASSISTANT}\"\n<commentary>It knows logins.</commentary>",
    "stage directions": f"Context: It broke.\nuser: \"{USER}\" (pastes a log)\nassistant: \"{ASSISTANT}\"\n<commentary>It knows logins.</commentary>",
    "commentary after the end": f"Context: It broke.\nuser: '{USER}'\nassistant: '{ASSISTANT}'\n</example>\n<commentary>It knows logins.</commentary>",
    "unclosed commentary": f"Context: It broke. user: '{USER}' assistant: '{ASSISTANT}' <commentary>It knows logins.",
    "backticks around": f"Context: It broke.\nuser: `{USER}`\nassistant: `{ASSISTANT}`\n<commentary>It knows logins.</commentary>",
    "unclosed quotation": f"Context: It broke.\nuser: \"{USER}\nassistant: \"{ASSISTANT}\"\n<commentary>It knows logins.</commentary>",
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_each_layout_gives_the_same_dialogue(layout: str) -> None:
    assert parse_dialogue(layout) == WHOLE


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("'it''s' as users' do'", "it''s' as users' do"),
        ("'don't cut 'this' here'", "don't cut 'this' here"),
        ('"He said "stop" twice"', 'He said "stop" twice'),
        ('"Ends with "this""', 'Ends with "this"'),
        ('"first" or "second"', '"first" or "second"'),
        ('"Write <Button label={x}> in List<int>"', "Write <Button label={x}> in List<int>"),
        ("\"Split at '\\n' please\"", "Split at '\\n' please"),
        ('"Look in C:\\temp\\new"', "Look in C:\\temp\\new"),
        ("What about `make all`?", "What about `make all`?"),
        ("**Why** is it slow?", "**Why** is it slow?"),
    ],
)
def test_only_what_surrounds_the_whole_utterance_is_taken_off(said: str, wanted: str) -> None:
    assert parse_dialogue(f"\nuser: {said}\nassistant: 'ok'\n").turns[0].text == wanted


def test_breaks_in_a_row_are_no_path() -> None:
    assert (
        parse_dialogue(r"\n\nUser: Plan B:\nDo it\n\nthen stop").turns[0].text
        == "Plan B:\nDo it\n\nthen stop"
    )


def test_a_label_inside_a_quotation_is_speech() -> None:
    said = "Log says:\nuser: bob\nassistant: none\nfix it"
    assert parse_dialogue(f'user: "{said}"\nassistant: "ok"').turns[0].text == said


def test_a_second_turn_of_the_assistant_is_kept_in_order() -> None:
    text = 'user: "a"\nassistant: "b"\n<commentary>c</commentary>\nassistant: "d"'
    assert [turn.text for turn in parse_dialogue(text).turns] == ["a", "b", "d"]


def test_words_that_are_also_labels_stay_in_an_answer() -> None:
    text = "user: summarise\nassistant: Plan\n- Reasoning: none\n- Setting: quiet"
    assert parse_dialogue(text).turns[1].text == "Plan\n- Reasoning: none\n- Setting: quiet"


def test_bare_text_is_what_the_user_says() -> None:
    assert parse_dialogue("Design a REST API").turns == (Turn(Role.USER, "Design a REST API"),)


def test_a_note_about_a_function_call_is_left_out() -> None:
    text = 'user: "a"\nassistant: "b"\n<function call omitted for brevity only for this example>\n'
    assert parse_dialogue(text).turns[1].text == "b"


def test_an_example_that_is_never_closed_ends_at_the_next() -> None:
    blocks = find_blocks("<example>one<example>two</example>")
    assert [(block.inner_start, block.inner_end) for block in blocks] == [(9, 12), (21, 24)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Use it. Examples: <example>a</example> <example>b</example>", "Use it."),
        ("Use it.\\n\\nExamples:\\n<example>a</example>", "Use it."),
        ("Use it.\n\n<examples>\n- <example>a</example>\n</examples>", "Use it."),
        ("Use it. For example: <example>a</example> Not otherwise.", "Use it.\nNot otherwise."),
        ("Use it for APIs. Specifically:\n\n<example>a</example>", "Use it for APIs."),
        ("Use this agent when: <example>a</example>", "Use this agent when:"),
        ("Use it for many examples.", "Use it for many examples."),
    ],
)
def test_the_description_is_left_without_dialogues(text: str, wanted: str) -> None:
    assert without_blocks(text, find_blocks(text)) == wanted
