"""A whole agent file: name, description, tools, dialogues with their lines, prompt and sha."""

import pytest

from harness.agentfile.parse import parse_agent
from harness.core.types import Agent

BODY = "\nYou are an agent.\n"


def parse(front: str, body: str = BODY, path: str = "agents/some-file.md") -> Agent:
    return parse_agent(f"---\n{front}\n---\n{body}".encode(), path)


def test_a_missing_name_is_the_stem_of_the_file_and_named() -> None:
    agent = parse("description: b")
    assert (agent.name, [repair.kind for repair in agent.repairs]) == ("some-file", ["missing-name"])


def test_the_listing_keeps_the_dialogues_and_the_description_does_not() -> None:
    agent = parse("name: a\ndescription: \"Use it. <example>user: 'x'</example>\"")
    assert (agent.description, agent.listing) == ("Use it.", "Use it. <example>user: 'x'</example>")


@pytest.mark.parametrize(
    ("tools", "wanted"),
    [
        ("Read, Write", ("Read", "Write")),
        ("[Read, Write]", ("Read", "Write")),
        ("\n  - Read\n  - Write", ("Read", "Write")),
        ("Bash(git add:*), Read", ("Bash(git add:*)", "Read")),
        ("Bash(a, b), Read", ("Bash(a, b)", "Read")),
        ("*", ()),
        ('"*"', ()),
        ("All tools", ()),
        ("", ()),
    ],
)
def test_tools_are_read_in_every_form(tools: str, wanted: tuple[str, ...]) -> None:
    assert parse(f"name: a\ndescription: b\ntools: {tools}").tools == wanted


def test_the_prompt_is_the_body() -> None:
    assert parse("name: a\ndescription: b").prompt == "You are an agent.\n".strip("\n")


def test_unknown_keys_are_kept_as_extra() -> None:
    assert parse("name: a\ndescription: b\ncolor: red\nlevel: 3").extra == (("color", "red"), ("level", "3"))


@pytest.mark.parametrize(
    ("front", "wanted"),
    [
        ("name: a\ndescription: Use: <example>user: x</example><example>user: y</example>", [3, 3]),
        (
            "description: |\n  Use\n  <example>\n  user: x\n  </example>\n  <example>user: y</example>",
            [4, 7],
        ),
        ("name: a\ndescription: >\n  Use\n  <example>\n  user: x\n  assistant: y\n  </example>", [5]),
        ('name: a\ndescription: "Use\\n<example>\\nuser: \\"x\\"\\n</example>"', [3]),
    ],
)
def test_a_dialogue_is_placed_at_its_opening_tag(front: str, wanted: list[int]) -> None:
    assert [dialogue.span.line for dialogue in parse(front).dialogues] == wanted


def test_unquoted_turns_in_a_folded_block_keep_their_lines_apart() -> None:
    agent = parse(
        "name: a\ndescription: >\n  <example>\n  user: say this\n  assistant: and that\n  </example>"
    )
    assert agent.dialogues[0].user == "say this"


def test_a_dialogue_in_the_body_is_read() -> None:
    agent = parse(
        "name: a\ndescription: b", "## Examples\n<example>\nuser: 'x'\nassistant: 'y'\n</example>\n"
    )
    assert [(dialogue.user, dialogue.span.line) for dialogue in agent.dialogues] == [("x", 6)]


@pytest.mark.parametrize(
    "body",
    [
        "Wrap it in `<example>` tags, and close with `</example>`.",
        "```\n---\nname: other\ndescription: <example>user: 'x'</example>\n---\n```",
        "```\n<example>\nuser: '[what the user says]'\n</example>\n```",
        "The tag <example> opens one.",
        "<!-- <example> --> <!-- </example> -->",
    ],
)
def test_a_mention_or_a_template_is_no_dialogue(body: str) -> None:
    assert parse("name: a\ndescription: b", body).dialogues == ()


def test_a_dialogue_goes_to_the_agent_that_shows_it() -> None:
    assert parse("name: a\ndescription: <example>user: 'x'</example>").dialogues[0].expected_agent == "a"


def test_line_ends_do_not_change_the_sha() -> None:
    text = "---\nname: a\ndescription: b\n---\nx\n"
    assert parse_agent(text.encode(), "a").sha == parse_agent(text.replace("\n", "\r\n").encode(), "a").sha


def test_a_file_that_is_indented_as_a_whole_is_read() -> None:
    agent = parse_agent(b"\n    ---\n    name: a\n    description: b\n    ---\n    - Never use var\n", "x.md")
    assert (agent.name, agent.rules[0].span.column, "indented-file" in {r.kind for r in agent.repairs}) == (
        "a", 5, True,
    )  # fmt: skip


def test_an_empty_file_is_an_agent_without_anything() -> None:
    agent = parse_agent(b"", "agents/empty.md")
    assert (agent.name, agent.rules, agent.dialogues) == ("empty", (), ())
