"""The lexical router's answers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from routing_examples import agent, dialogue

from harness.core.errors import InputError
from harness.routing.features import Source
from harness.routing.lexical import ALL_SOURCES, FEW, MANY, LexicalRouter, Weights, load_weights
from harness.routing.metrics import NONE

AGENTS = [
    agent(
        "database-tuner", "Makes slow SQL queries fast, adds indexes", "You read execution plans of Postgres."
    ),
    agent("release-manager", "Cuts releases, writes changelogs and tags versions", "You publish packages."),
    agent(
        "test-writer",
        "Writes unit tests and integration tests",
        "You cover edge cases.",
        dialogue("Cover it"),
    ),
]
ROUTER = LexicalRouter(AGENTS)


@pytest.mark.parametrize(
    ("message", "right"),
    [
        ("This SQL query is slow, does it need an index?", "database-tuner"),
        ("Tag version 2.1 and write the changelog", "release-manager"),
        ("Please write integration tests for the parser", "test-writer"),
        ("qurey is slwo, explain the executoin plan of postgers", "database-tuner"),
    ],
)
def test_the_agent_whose_words_are_used_comes_first(message, right):
    """The router finds the agent by description, body and despite typing errors."""
    assert ROUTER.rank(message)[0][0] == right


def test_a_message_about_nothing_here_is_answered_none():
    """None of the roster's words: no agent."""
    assert ROUTER.rank_all(["what will the weather be in Lisbon tomorrow?"])[0].choice == NONE


@pytest.mark.parametrize("message", ["", "   ", "the and of", "???"])
def test_a_message_without_content_is_answered_none(message):
    """Nothing said is nothing to delegate."""
    assert ROUTER.rank_all([message])[0].choice == NONE


def test_none_stands_first_in_the_names_when_it_is_the_choice():
    """The first name is always the choice."""
    assert ROUTER.rank_all(["hello"])[0].names(3)[0] == NONE


def test_names_are_as_many_as_asked_for():
    """``none`` takes one of the places."""
    assert [len(ROUTER.rank_all([text])[0].names(2)) for text in ("hello", "slow SQL index")] == [2, 2]


def test_ties_go_by_name():
    """Agents with equal texts are ranked by name, on every machine."""
    twins = LexicalRouter([agent("b", "Deploys"), agent("a", "Deploys"), agent("c", "Deploys")])
    assert [name for name, _ in twins.rank("deploy")] == ["a", "b", "c"]


def test_batches_do_not_matter():
    """A message gets the same ranking alone and among a thousand."""
    messages = ["slow SQL index", "write tests"] * 400
    among, alone = ROUTER.rank_all(messages)[-1], ROUTER.rank_all(messages[-1:])[0]
    assert dict(among.agents) == pytest.approx(dict(alone.agents))


def test_the_order_of_the_agents_does_not_matter():
    """A roster is a set."""
    assert LexicalRouter(AGENTS[::-1]).rank("slow tests") == ROUTER.rank("slow tests")


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200))
def test_any_message_gives_every_agent_a_share(message):
    """Shares add up to one, every agent is there once, whatever the message holds."""
    ranked = ROUTER.rank(message)
    assert sorted(name for name, _ in ranked) == sorted(one.name for one in AGENTS)
    assert sum(share for _, share in ranked) == pytest.approx(1.0)


def test_an_empty_roster_is_an_error():
    """There is nothing to choose from."""
    with pytest.raises(InputError, match="roster is empty"):
        LexicalRouter([])


@pytest.mark.parametrize("sources", [(), (Source.BODY,), (Source.DIALOGUES,), tuple(ALL_SOURCES)])
def test_weights_were_learned_for_every_choice_of_sources(sources):
    """The data file has a row for each, and no weight below zero."""
    weights = load_weights(sources)
    assert min(*weights.small, *weights.large) >= 0


def test_the_threshold_decides_between_agent_and_none():
    """With a threshold above one the router never answers ``none``."""
    weights = load_weights(ALL_SOURCES)
    never = Weights(weights.small, weights.large, weights.none_bias, weights.none_slopes, 1.1)
    assert LexicalRouter(AGENTS, ALL_SOURCES, never).rank_all(["hello"])[0].choice != NONE


def test_weights_for_other_sources_are_refused():
    """Weights and features must fit together."""
    with pytest.raises(ValueError, match="6 weights for 3 features"):
        LexicalRouter(AGENTS, (), load_weights(ALL_SOURCES))


@pytest.mark.parametrize(("agents", "weight"), [(1, 2.0), (FEW, 2.0), (MANY, 6.0), (2_000, 6.0)])
def test_the_size_of_the_roster_chooses_the_weights(agents, weight):
    """Small rosters have weights of their own, large ones too."""
    assert Weights((2.0,), (6.0,), 0, (0,), 1).fusion(agents) == pytest.approx((weight,))


def test_between_small_and_large_the_weights_lie_between():
    """Half way in the logarithm of the size is half way in the weights."""
    assert Weights((2.0,), (6.0,), 0, (0,), 1).fusion(55) == pytest.approx((4.0,), abs=0.1)
