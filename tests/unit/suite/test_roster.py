"""The roster as Claude Code shows it."""

from dataclasses import replace

import pytest

from harness.agentfile.parse import parse_agent
from harness.core.errors import InputError
from harness.suite.roster import RosterForm, agent_tool, fit_listing, read_roster, roster_text, router_prompt

FILE = """---
name: {name}
description: {description}
---
You are an agent. This body is secret.
"""


def write(folder, name, description="Does things.", file=""):
    path = folder / (file or f"{name}.md")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(FILE.format(name=name, description=description), encoding="utf-8")
    return path


def agent(name, description="Does things.", tools=()):
    data = FILE.format(name=name, description=description).encode()
    return replace(parse_agent(data, f"{name}.md"), tools=tools)


TALKER = agent("talker", 'Talks. <example>user: "Hi" assistant: "Ho"</example>')


@pytest.mark.parametrize(
    ("tools", "line"),
    [
        ((), "- a: Does things. (Tools: All tools)"),
        (("Read", "Edit"), "- a: Does things. (Tools: Read, Edit)"),
    ],
)
def test_a_line_names_agent_description_and_tools(tools, line):
    """Tools that are not restricted have words of their own."""
    assert roster_text([agent("a", tools=tools)]) == line


def test_the_older_form_has_a_star_for_all_tools():
    """Earlier versions of Claude Code wrote it so."""
    assert roster_text([agent("a")], RosterForm.OLDER) == "- a: Does things. (Tools: *)"


@pytest.mark.parametrize(
    ("tools", "ends"),
    [((), "(Tools: All tools except Bash, Edit)"), (("Read", "Bash"), "(Tools: Read)")],
)
def test_tools_that_an_agent_may_not_use_are_left_out(tools, ends):
    """A line says what is left."""
    given = replace(agent("a", tools=tools), extra=(("disallowedTools", "Bash, Edit"),))
    assert roster_text([given]).endswith(ends)


def test_a_spelled_out_line_break_is_one():
    """Front matter on one line writes them so, and Claude Code reads them so."""
    assert roster_text([agent("a", r"One.\nTwo.")]) == "- a: One.\nTwo. (Tools: All tools)"


def test_names_are_sorted_without_regard_to_case_and_underscores_first():
    """As Claude Code sorts them."""
    listed = roster_text([agent(name, "d") for name in ("Zoo", "a-b", "a_c", "ab", "B")])
    assert [line[2:].partition(":")[0] for line in listed.splitlines()] == ["a_c", "a-b", "ab", "B", "Zoo"]


def test_the_dialogues_are_part_of_the_line():
    """The description is listed as the file has it."""
    assert "<example>" in roster_text([TALKER])


def test_the_body_is_not():
    """A router never sees it."""
    assert "secret" not in roster_text([TALKER])


def test_lines_are_sorted_by_name():
    """The same folder gives the same roster."""
    assert roster_text([agent("b"), agent("a")]) == roster_text([agent("a"), agent("b")])


def test_without_a_budget_nothing_is_shortened():
    """The listing is the roster and has no note."""
    listing = fit_listing([TALKER])
    assert (listing.text, listing.note) == (roster_text([TALKER]), "")


def test_dialogues_go_first():
    """A little too long: only they are left out, and the note says so."""
    agents = [TALKER, agent("b")]
    listing = fit_listing(agents, fit_listing(agents).tokens - 1)
    assert listing.text == "- b: Does things. (Tools: All tools)\n- talker: Talks. (Tools: All tools)"
    assert listing.note.startswith("dialogues left out (")


def test_then_descriptions_are_cut_at_the_end_of_a_sentence():
    """Every description to the same length."""
    sentences = "Reviews code of all kinds, in many languages. " * 40
    listing = fit_listing([agent("a", sentences), agent("b", sentences)], 200)
    assert listing.text.splitlines()[0].endswith("in many languages. (Tools: All tools)")
    assert listing.tokens <= 200


def test_a_description_without_sentences_is_cut_at_a_word():
    """And the cut is shown."""
    assert "word… (Tools" in fit_listing([agent("a", "word " * 500)], 60).text


def test_at_last_only_the_names_stay():
    """Better a name than no roster."""
    agents = [
        agent(f"agent-{number:02}", "Reviews code of all kinds, in many languages") for number in range(20)
    ]
    assert fit_listing(agents, 80).text.splitlines()[0] == "- agent-00"


def test_names_that_do_not_fit_are_an_error():
    """No router can choose from a list it does not see."""
    with pytest.raises(InputError, match="names of 2 agents alone"):
        fit_listing([agent("a"), agent("b")], 1)


@pytest.mark.parametrize("by_tool", [True, False])
def test_the_prompt_holds_the_roster_under_its_heading(by_tool):
    """Both prompts."""
    assert "Available agent types:\n- a: x\n" in router_prompt("- a: x", by_tool)


def test_the_agent_tool_is_claude_codes():
    """Two required texts and the optional free name."""
    schema = agent_tool().schema
    assert (sorted(schema["properties"]), schema["required"]) == (
        ["description", "prompt", "subagent_type"],
        ["description", "prompt"],
    )


def test_a_folder_is_read_sorted_and_without_other_markdown(tmp_path):
    """A README is no agent."""
    write(tmp_path, "b")
    write(tmp_path, "a", file="sub/x.md")
    (tmp_path / "README.md").write_text("# Agents\n")
    assert [one.name for one in read_roster(tmp_path).agents] == ["a", "b"]


def test_agents_in_claude_folders_are_found(tmp_path):
    """``.claude`` is hidden, but it is where agents live."""
    write(tmp_path, "a", file=".claude/agents/a.md")
    write(tmp_path, "b", file="packages/web/.claude/agents/b.md")
    assert [one.name for one in read_roster(tmp_path).agents] == ["a", "b"]


def test_a_name_twice_is_a_warning_that_names_both_files(tmp_path):
    """The first is listed, the other kept aside."""
    write(tmp_path, "a", file="one.md")
    write(tmp_path, "a", file="two.md")
    roster = read_roster(tmp_path)
    assert (len(roster.agents), len(roster.files)) == (1, 2)
    assert "one.md" in roster.warnings[0]
    assert "two.md" in roster.warnings[0]


@pytest.mark.parametrize("make", [lambda folder: folder / "nowhere", lambda folder: folder])
def test_a_folder_without_agents_is_an_error(tmp_path, make):
    """Missing or empty, one line says so."""
    with pytest.raises(InputError, match=r"no such folder|no agent file"):
        read_roster(make(tmp_path))
