"""Asking a model where a message goes, and reading its choice."""

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from routing_examples import agent, answer, case, delegate, user

from harness.core.errors import ConfigurationError, InputError
from harness.core.types import Message, Role, StopReason, ToolCall
from harness.routing.route import NONE, last_message, plan_routing, read_choice
from harness.run.settings import Settings

NAMES = ["backend-architect", "qa-engineer", "UI Designer"]
ROSTER = {"base": [agent("qa-engineer", "Tests things"), agent("backend-architect", "Designs APIs")]}


@dataclass
class Model:
    """A provider that is never asked."""

    supports_tools: bool = True
    lists_agents: bool = False
    supports_schema: bool = True
    name: str = "anthropic:m"
    max_concurrency: int = 1

    async def generate(self, request):
        raise AssertionError("planning asks nobody")

    async def close(self):
        """Nothing to close."""


@pytest.fixture(autouse=True)
def _server(monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test-key")


def plan(model=None, rosters=ROSTER, trials=1, **more):
    cases = [case("one", user("Write tests")), case("two", user("Design it"))]
    return plan_routing(
        cases, rosters, model or Model(), Settings("anthropic:m", trials=trials, max_tokens=64), **more
    )


@pytest.mark.parametrize(
    ("asked", "right"),
    [
        ("backend-architect", "backend-architect"),
        ("Backend_Architect", "backend-architect"),
        ("backend architect", "backend-architect"),
        ("ui-designer", "UI Designer"),
        ("None", NONE),
    ],
)
def test_names_match_without_case_and_separators(asked, right):
    """As Claude Code matches them."""
    assert read_choice(answer("", delegate(asked)), NAMES).agent == right


def test_an_exact_name_wins_over_a_similar_one():
    """Two names that differ in separators only can both be chosen."""
    assert (
        read_choice(answer("", delegate("qa_engineer")), ["qa-engineer", "qa_engineer"]).agent
        == "qa_engineer"
    )


def test_no_tool_call_is_none():
    """The model answers itself."""
    choice = read_choice(answer("You could write a test."), NAMES)
    assert (choice.agent, choice.known) == (NONE, True)


def test_the_older_name_of_the_tool_is_understood():
    """Task is what the tool was called before."""
    assert read_choice(answer("", delegate("qa-engineer", "Task")), NAMES).agent == "qa-engineer"


def test_another_tool_is_no_delegation():
    """Reading a file is not handing over; the note says so."""
    choice = read_choice(answer("", ToolCall("Read", {"path": "x"})), NAMES)
    assert (choice.agent, "Read" in choice.note) == (NONE, True)


def test_of_several_calls_the_first_counts():
    """And the note says how many there were."""
    choice = read_choice(answer("", delegate("qa-engineer"), delegate("backend-architect")), NAMES)
    assert (choice.agent, choice.note) == ("qa-engineer", "2 agents were called; the first counts")


def test_an_unknown_agent_is_kept_and_not_known():
    """It is counted wrong later, under its own name."""
    choice = read_choice(answer("", delegate("general-purpose")), NAMES)
    assert (choice.agent, choice.known) == ("general-purpose", False)


@pytest.mark.parametrize("given", [None, "", 7, ["qa-engineer"]])
def test_a_call_that_names_no_agent_is_none(given):
    """subagent_type is optional and may be anything."""
    assert read_choice(answer("", delegate(given)), NAMES).agent == NONE


@pytest.mark.parametrize(
    "text", ['{"agent": "qa-engineer"}', '```json\n{"agent": "qa-engineer"}\n```', ' {"agent":"QA Engineer"}']
)
def test_a_json_answer_is_read(text):
    """The way of models without tools, fenced or not."""
    assert read_choice(answer(text), NAMES).agent == "qa-engineer"


@pytest.mark.parametrize("text", ['{"agent": "qa-', '{"agent": 5}', "{}"])
def test_a_broken_json_answer_is_missing(text):
    """Not readable is not wrong, and not ``none``."""
    assert read_choice(answer(text), NAMES).agent == ""


def test_an_answer_cut_off_before_a_choice_is_missing():
    """The call might have come."""
    assert read_choice(answer("Let me think about", stop=StopReason.MAX_TOKENS), NAMES).agent == ""


def test_a_call_in_a_cut_off_answer_counts():
    """The choice was made before the cut."""
    sample = answer("", delegate("qa-engineer"), stop=StopReason.MAX_TOKENS)
    assert read_choice(sample, NAMES).agent == "qa-engineer"


@given(st.text(max_size=60))
def test_whatever_a_model_says_is_read(text):
    """No answer crashes the reader, as text, as a name, or as JSON."""
    samples = [answer(text), answer("", delegate(text)), answer(json.dumps({"agent": text}))]
    for sample in samples:
        choice = read_choice(sample, NAMES)
        assert choice.known == (choice.agent in {*NAMES, NONE})


def test_a_model_with_tools_is_given_the_agent_tool():
    """And no schema."""
    request = plan()[0].request
    assert ([tool.name for tool in request.tools], request.output_schema) == (["Agent"], {})


def test_a_model_without_tools_must_answer_with_a_name_or_none():
    """The schema lists exactly the choices, sorted."""
    request = plan(Model(supports_tools=False))[0].request
    assert request.output_schema["properties"]["agent"]["enum"] == ["backend-architect", "qa-engineer", NONE]


def test_a_model_with_neither_is_refused():
    """The message names the model."""
    with pytest.raises(ConfigurationError, match="anthropic:m: cannot route"):
        plan(Model(supports_tools=False, supports_schema=False))


def test_the_roster_is_in_the_system_prompt():
    """One line per agent, under the heading of Claude Code."""
    system = plan()[0].request.system
    assert (
        "Available agent types:\n- backend-architect: Designs APIs (Tools: All tools)\n- qa-engineer"
        in system
    )


def test_each_trial_and_case_is_a_request_of_its_own():
    """Two cases, three trials, two rosters: twelve different requests."""
    rosters = {**ROSTER, "edited": [agent("qa-engineer", "Tests everything")]}
    assert len({call.sha for call in plan(trials=3, rosters=rosters)}) == 12


def test_the_order_of_the_agents_does_not_alter_the_request():
    """Or a stored answer would not be found again."""
    turned = {"base": ROSTER["base"][::-1]}
    assert [call.sha for call in plan()] == [call.sha for call in plan(rosters=turned)]


@pytest.mark.parametrize(
    ("agents", "found"), [([], "roster is empty"), ([agent("a"), agent("a")], "names 'a' twice")]
)
def test_an_unusable_roster_is_refused(agents, found):
    """Nobody to choose from, or two that cannot be told apart."""
    with pytest.raises(InputError, match=found):
        plan(rosters={"base": agents})


def test_the_last_user_turn_is_the_message():
    """For routers that know no conversation."""
    turns = (user("First"), Message(Role.ASSISTANT, "Yes?"), user("Second"))
    assert last_message(case("c", *turns)) == "Second"
