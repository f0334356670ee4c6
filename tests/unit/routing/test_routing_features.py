"""What the lexical router measures of a message and an agent."""

import numpy as np
import pytest
from routing_examples import agent, dialogue

from harness.core.types import Dialogue, Role, Span, Turn
from harness.routing.features import Feature, RosterFeatures, Source, features_of
from harness.routing.indexes import same_message

ASKED = "Our nightly export to the warehouse stopped half way"


def feature(features, name, message):
    measured = features.measure([message])
    return dict(zip(features.names, measured.scores[features.features.index(name), 0], strict=True))


def roster(*dialogues):
    return [agent("data-engineer", "Pipelines", "", *dialogues), agent("designer", "Colours")]


def test_a_dialogue_does_not_speak_for_its_own_message():
    """Leave-one-out: a message from an agent file gets nothing from the dialogue it comes from."""
    features = RosterFeatures(roster(dialogue(ASKED)))
    assert feature(features, Feature.DIALOGUES, ASKED)["data-engineer"] == 0


@pytest.mark.parametrize(
    "message",
    [
        f'"{ASKED}!"',
        ASKED.upper(),
        ASKED.replace(" ", "\n "),
        ASKED[:40],
        f"{ASKED}. Can you look?",
        f"{ASKED} today",
    ],
)
def test_nor_for_the_same_message_in_another_form(message):
    """Layout, case, quotes, a cut or an addition do not make it another message."""
    features = RosterFeatures(roster(dialogue(ASKED)))
    assert feature(features, Feature.DIALOGUES, message)["data-engineer"] == 0


def test_the_context_of_the_left_out_dialogue_is_left_out_too():
    """The whole dialogue goes: its context and commentary tell the agent."""
    features = RosterFeatures(
        roster(dialogue(ASKED, "The warehouse export failed", "An export needs data-engineer"))
    )
    assert feature(features, Feature.DIALOGUES, ASKED)["data-engineer"] == 0


def test_a_dialogue_goes_when_any_of_its_user_turns_is_the_message():
    """A follow-up of the dialogue is its message too."""
    turns = (Turn(Role.USER, "The warehouse is late"), Turn(Role.USER, ASKED))
    features = RosterFeatures(roster(Dialogue("", turns, "", "", Span(1, 1, 1, 2))))
    assert feature(features, Feature.DIALOGUES, ASKED)["data-engineer"] == 0


def test_a_dialogue_goes_when_all_its_user_turns_are_the_message():
    """A case made from a dialogue of several turns may join them."""
    turns = (Turn(Role.USER, "Export?"), Turn(Role.USER, "Nightly one"), Turn(Role.USER, "Late"))
    features = RosterFeatures(roster(Dialogue("", turns, "", "", Span(1, 1, 1, 2))))
    assert feature(features, Feature.DIALOGUES, "Export?\n\nNightly one\n\nLate")["data-engineer"] == 0


def test_the_other_dialogues_still_speak():
    """Only the one dialogue is left out."""
    features = RosterFeatures(
        roster(dialogue(ASKED), dialogue("The export to the warehouse is slow every night"))
    )
    assert feature(features, Feature.DIALOGUES, ASKED)["data-engineer"] > 0


def test_a_dialogue_in_the_body_does_not_count_as_body():
    """Examples in the body are not read as body, or leave-one-out would leak there."""
    body = f"You build pipelines. <example>user: {ASKED}</example>"
    features = RosterFeatures([agent("data-engineer", "", body), agent("designer", "Colours")])
    assert feature(features, Feature.TEXT, ASKED)["data-engineer"] == 0


def test_code_in_the_body_does_not_count():
    """An example in a fence does not say what the agent is for."""
    features = RosterFeatures([agent("a", "", "```\nexport nightly\n```"), agent("b", "Colours")])
    assert feature(features, Feature.TEXT, ASKED)["a"] == 0


def test_the_words_of_a_name_in_one_word_are_found():
    """``DataEngineer`` and ``data-engineer`` are two words each."""
    features = RosterFeatures([agent("DataEngineer"), agent("ui-designer")])
    assert feature(features, Feature.WORDS, "data please")["DataEngineer"] > 0


def test_without_bodies_nothing_of_the_body_is_read():
    """A router that may read descriptions only does not know the body's words."""
    features = RosterFeatures([agent("a", "x", "warehouse"), agent("b", "y", "")], ())
    assert not features.measure(["warehouse"]).evidence[0, :4].any()


@pytest.mark.parametrize(("sources", "count"), [((), 3), ((Source.BODY,), 5), (tuple(Source), 6)])
def test_features_follow_from_what_may_be_read(sources, count):
    """Each source adds its feature."""
    assert len(features_of(sources)) == count


def test_two_files_with_one_name_share_a_column():
    """The better file speaks for the name."""
    twins = [
        agent("pay", "Refunds", path="a.md"),
        agent("pay", "Invoices", path="b.md"),
        agent("x", "Colours"),
    ]
    features = RosterFeatures(twins)
    assert features.names == ("pay", "x")
    assert min(feature(features, Feature.WORDS, word)["pay"] for word in ("refund", "invoice")) > 0


def test_agents_without_any_text_are_no_error():
    """An agent may have an unusable name and no description."""
    measured = RosterFeatures([agent("-"), agent("_")]).measure(["anything", ""])
    assert not np.any(measured.scores)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("fix it", "fix it", True),
        ("fix it", "please fix it now", False),  # too short to be looked for inside
        ("make the export of orders faster", "we must make the export of orders faster", True),
        ("optimise the slow export of orders", "review the slow login of orders", False),
    ],
)
def test_same_message(first, second, same):
    """Equal, contained or nearly the same words make one message."""
    assert same_message(first, second) is same


def test_an_agent_has_the_score_of_its_best_passage():
    """A body of many subjects is not drowned by its length: one passage about the message is enough."""
    words = " ".join(f"filler{number}" for number in range(200))
    agents = [agent("a", "x", f"{words} kafka consumer lag {words}"), agent("b", "y", f"{words} {words}")]
    scores = features_score(agents, "kafka consumer lag", Feature.PASSAGES)
    assert scores[0] > 0.3 > scores[1]


def test_words_of_one_subject_meet():
    """React leads to the agent that speaks of browsers, though neither says the other's word."""
    agents = [agent("a", "what runs in the browser"), agent("b", "replication and backups of servers")]
    scores = features_score(agents, "react hook", Feature.CONCEPTS)
    assert scores[0] > scores[1]


def features_score(agents, message, feature):
    features = RosterFeatures(agents)
    return features.measure([message]).scores[features.features.index(feature), 0].tolist()
