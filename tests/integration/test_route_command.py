"""``harness route`` as a user runs it: its lines, its figures, its exit codes."""

from __future__ import annotations

import json

import pytest
from messages_api import Answer, Fault, MessagesApi

from harness.cli.app import main

pytestmark = pytest.mark.usefixtures("project")

AGENTS = {
    "database-tuner": "Makes slow SQL queries fast and adds indexes.",
    "release-manager": "Cuts releases, writes changelogs and tags versions.",
    "test-writer": "Writes unit tests and integration tests. "
    "<example>user: 'Cover the parser' assistant: 'Yes.'</example>",
}
CASES = [
    {"message": "This SQL query is slow, add an index", "agent": "database-tuner", "id": "sql"},
    {"message": "Tag the release and write the changelog", "agent": "release-manager"},
    {"message": "What is the weather in Lisbon?", "agent": "none", "tags": ["off"]},
]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with agents and cases; the tests run inside it."""
    for name, description in AGENTS.items():
        text = f'---\nname: {name}\ndescription: "{description}"\n---\nYou do that.\n'
        (tmp_path / "agents").mkdir(exist_ok=True)
        (tmp_path / "agents" / f"{name}.md").write_text(text, encoding="utf-8")
    (tmp_path / "cases.jsonl").write_text(
        "".join(json.dumps(case) + "\n" for case in CASES), encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test-key")
    return tmp_path


def run(capsys, *arguments):
    code = main(["route", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def rows(out):
    lines = [json.loads(line) for line in out.splitlines()]
    return lines[:-1], lines[-1]["summary"]


def choose(seen):
    """A model that knows one word per agent and is wrong about releases."""
    words = {"SQL": "Database_Tuner", "release": "test-writer"}
    for word, name in words.items():
        if word in seen.question:
            call = {"description": "d", "prompt": "p", "subagent_type": name}
            return Answer("", "tool_use", ("Agent", call))
    return Answer("Sunny.")


def ask(capsys, monkeypatch, script, *more):
    with MessagesApi(script) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        result = run(capsys, "--cases", "cases.jsonl", "--router", "anthropic:m", "--json", *more)
    return *result, server.seen


def test_each_line_is_the_documented_one(capsys):
    """Five keys per line, in the order of the cases."""
    _, out, _ = run(capsys, "--cases", "cases.jsonl", "--router", "lexical", "--json")
    assert rows(out)[0][0] == {
        "id": "sql",
        "predicted": "database-tuner",
        "ranked": ["database-tuner", "test-writer", "release-manager"],
        "expected": "database-tuner",
        "correct": True,
    }


def test_the_last_line_is_the_summary(capsys):
    """All three are right, the one for nobody too."""
    code, out, _ = run(capsys, "--cases", "cases.jsonl", "--json")
    summary = rows(out)[1]
    assert (code, summary["accuracy"], summary["n"], summary["missing"]) == (0, 1.0, 3, 0)
    assert summary["none"] == {"recall": 1.0, "precision": 1.0, "expected": 1}


def test_an_id_defaults_to_the_line(capsys):
    """The second line has no id."""
    assert rows(run(capsys, "--cases", "cases.jsonl", "--json")[1])[0][1]["id"] == 2


def test_without_cases_the_dialogues_are_asked(capsys):
    """The one example of the roster is the one case."""
    lines, _ = rows(run(capsys, "--agents", "agents", "--json")[1])
    assert [(line["id"], line["expected"]) for line in lines] == [("test-writer/dialogue-1", "test-writer")]


def test_the_tables_fit_100_columns(capsys):
    """And say accuracy, n and what was missing."""
    _, out, _ = run(capsys, "--cases", "cases.jsonl")
    assert max(len(line) for line in out.splitlines()) <= 100
    assert "n 3 · missing 0" in out


def test_a_model_chooses_by_calling_the_tool(capsys, monkeypatch):
    """Right, wrong and no call are read off the calls."""
    code, out, _, _ = ask(capsys, monkeypatch, choose)
    lines, summary = rows(out)
    assert [line["predicted"] for line in lines] == ["database-tuner", "test-writer", "none"]
    assert (code, summary["confusions"]) == (
        0,
        [{"expected": "release-manager", "predicted": "test-writer", "count": 1}],
    )


def test_the_request_is_claude_codes(capsys, monkeypatch):
    """The Agent tool is offered, not forced; the roster stands in the system prompt."""
    *_, seen = ask(capsys, monkeypatch, choose)
    body = seen[0].body
    assert [tool["name"] for tool in body["tools"]] == ["Agent"]
    assert body.get("tool_choice", {"type": "auto"})["type"] == "auto"
    assert "- database-tuner: Makes slow SQL queries fast and adds indexes. (Tools: All tools)" in json.dumps(
        body["system"]
    )


def test_a_failed_call_is_missing_and_the_exit_code_says_so(capsys, monkeypatch):
    """Predicted and correct are null, the accuracy is over the rest."""

    def script(seen):
        return Fault(400, "invalid_request_error") if "weather" in seen.question else choose(seen)

    code, out, _, _ = ask(capsys, monkeypatch, script)
    lines, summary = rows(out)
    assert (lines[2]["predicted"], lines[2]["correct"], lines[2]["ranked"]) == (None, None, [])
    assert (code, summary["accuracy"], summary["n"], summary["missing"]) == (3, 0.5, 2, 1)


def test_an_unknown_agent_is_wrong_and_counted(capsys, monkeypatch):
    """Its name is kept."""

    def script(_seen):
        return Answer("", "tool_use", ("Agent", {"subagent_type": "general-purpose"}))

    lines, summary = rows(ask(capsys, monkeypatch, script)[1])
    assert (lines[0]["predicted"], lines[0]["correct"], summary["unknown"]) == ("general-purpose", False, 3)


def test_trials_are_lines_of_their_own(capsys, monkeypatch):
    """Three cases, two trials: six calls and six lines."""
    _, out, _, seen = ask(capsys, monkeypatch, choose, "--trials", "2")
    assert ([line["trial"] for line in rows(out)[0]], len(seen)) == ([1, 1, 1, 2, 2, 2], 6)


def test_what_was_asked_once_is_not_asked_again(capsys, monkeypatch):
    """A second measurement takes the stored answers."""
    _, first, _, _ = ask(capsys, monkeypatch, choose)
    _, second, _, seen = ask(capsys, monkeypatch, choose)
    assert (len(seen), rows(second)[0]) == (0, rows(first)[0])


def test_a_shortened_roster_is_said(capsys, monkeypatch):
    """In the summary, with the budget that asked for it."""
    _, out, _, _ = ask(capsys, monkeypatch, choose, "--roster-tokens", "75")
    assert rows(out)[1]["notes"][0].startswith("roster shortened: dialogues left out")


def test_limit_spreads_over_the_cases(project, capsys):
    """Not the first ones only: datasets are sorted by agent."""
    (project / "many.jsonl").write_text(
        "".join(json.dumps({"message": f"SQL {number}", "agent": "none"}) + "\n" for number in range(100))
    )
    lines, _ = rows(run(capsys, "--cases", "many.jsonl", "--limit", "4", "--json")[1])
    assert [line["id"] for line in lines] == [1, 26, 51, 76]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--agents", "nowhere"], "nowhere: no such folder"),
        (["--agents", "empty"], "empty: no agent file"),
        (["--cases", "nowhere.jsonl"], "nowhere.jsonl: no such file"),
        (["--cases", "label.jsonl"], "label.jsonl:1: no agent of the roster is named 'ghost'"),
        (["--cases", "broken.jsonl"], "broken.jsonl:1: not valid JSON"),
        (["--cases", "cases.jsonl", "--router", "nonsense"], "unknown provider 'nonsense'"),
        (["--cases", "cases.jsonl", "--trials", "2"], "--trials"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(project, capsys, arguments, found):
    """Where, what, and what to do; no traceback."""
    (project / "empty").mkdir()
    (project / "label.jsonl").write_text('{"message": "x", "agent": "ghost"}')
    (project / "broken.jsonl").write_text("{")
    code, out, err = run(capsys, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert found in err


def test_a_hostile_name_cannot_steer_the_terminal(project, capsys):
    """Control characters of an agent file are shown, not obeyed."""
    (project / "agents" / "evil.md").write_text('---\nname: "evil\\e[2J"\ndescription: SQL SQL index\n---\n')
    (project / "evil.jsonl").write_text('{"message": "SQL index", "agent": "database-tuner"}')
    assert "\x1b" not in run(capsys, "--cases", "evil.jsonl")[1]


def test_overlap_joins_prediction_and_observation(capsys, monkeypatch):
    """The pair that the model confused stands first, with the count and what each could say."""
    code, out, _, _ = ask(capsys, monkeypatch, choose, "--overlap")
    found = rows(out)[1]["overlap"]
    first = found["collisions"][0]
    assert (code, found["confusions"], first["observed"], [side["agent"] for side in first["agents"]]) == (
        0,
        1,
        1,
        ["release-manager", "test-writer"],
    )


def test_overlap_needs_no_message(capsys, project):
    """Files without dialogues have descriptions all the same."""
    (project / "agents" / "test-writer.md").unlink()
    code, out, _ = run(capsys, "--overlap")
    assert (code, "Overlap · 2 agents" in out) == (0, True)


def test_overlap_fits_a_terminal_of_eighty_columns(capsys, monkeypatch):
    """No line is longer."""
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = run(capsys, "--overlap")
    assert max(len(line) for line in out.splitlines()) <= 80


def test_a_model_is_held_against_the_lexical_router(capsys, monkeypatch):
    """The summary says how often both choose the same, and which cases were hardest."""
    _, out, _, _ = ask(capsys, monkeypatch, choose)
    summary = rows(out)[1]
    assert (summary["agreement"]["router"], [hard["case"] for hard in summary["hardest"]]) == (
        "lexical",
        ["2"],
    )


def test_the_lexical_router_states_how_sure_it_is(capsys):
    """Its confidence is held against what was right."""
    _, out, _ = run(capsys, "--cases", "cases.jsonl", "--json")
    assert 0 <= rows(out)[1]["calibration"]["brier"] <= 1


def test_changed_copies_are_asked_beside_their_originals(capsys):
    """Three messages and their three polite copies; the figures have a tag for them."""
    _, out, _ = run(capsys, "--cases", "cases.jsonl", "--perturb", "politeness", "--json")
    lines, summary = rows(out)
    assert ([line["id"] for line in lines][:2], summary["tags"]["politeness"]["n"]) == (
        ["sql", "sql~politeness"],
        3,
    )


def test_a_message_that_names_its_agent_is_reported(capsys, project):
    """A router that knows names would be right without understanding."""
    leak = {"message": "Ask the Database Tuner about this", "agent": "database-tuner", "id": "leak"}
    (project / "leak.jsonl").write_text(json.dumps(leak), encoding="utf-8")
    _, _, err = run(capsys, "--cases", "leak.jsonl", "--json")
    assert "1 of 1 messages name the agent that should get them: leak" in err


def test_the_older_form_lists_the_agents_in_the_task_tool(capsys, monkeypatch):
    """The prompt does not repeat them."""
    *_, seen = ask(capsys, monkeypatch, choose, "--roster-form", "older")
    tool = seen[0].body["tools"][0]
    assert (
        tool["name"],
        "- test-writer: " in tool["description"],
        "test-writer" in str(seen[0].body["system"]),
    ) == (
        "Task",
        True,
        False,
    )


def test_the_older_form_demands_an_agent(capsys, monkeypatch):
    """The current one lets the model leave the type out."""
    *_, seen = ask(capsys, monkeypatch, choose, "--roster-form", "older")
    assert "subagent_type" in seen[0].body["tools"][0]["input_schema"]["required"]
