"""Where a roster's descriptions collide, and which of its agents cannot be reached."""

from __future__ import annotations

import pytest
from routing_examples import agent, dialogue

from harness.routing.metrics import RoutingRow
from harness.routing.overlap import find_overlap
from harness.routing.reach import Reason, unreachable
from harness.routing.wordlist import WordTable

FRONT = agent(
    "front", "Builds React pages with tidy layout for customers.", "Animation and tooltips. Animation again."
)
PAGES = agent("pages", "Builds React pages with quick layout for customers.", "Sitemaps and robots files.")
STORE = agent("store", "Tunes Postgres replication and vacuuming.", "Write ahead logs.")
BREWER = agent("brewer", "Writes about hops.", "Malt and barley.")
ROSTER = [FRONT, PAGES, STORE, BREWER]


def overlap(rows=(), agents=None):
    return find_overlap(agents or ROSTER, agents or ROSTER, rows)


def row(expected, predicted, name="c"):
    return RoutingRow(name, expected, predicted)


def test_the_pair_with_the_same_words_is_predicted_first():
    """Two descriptions that differ in a word are the likest pair."""
    first = overlap().collisions[0]
    assert (first.first.agent, first.second.agent, first.rank, first.predicted) == ("front", "pages", 1, True)


def test_the_words_that_cause_it_are_named():
    """They are written as the descriptions write them."""
    assert {"react", "layout"} <= set(overlap().collisions[0].shared)


def test_words_that_a_description_could_say_come_from_its_body():
    """The body dwells on animation, and neither description nor the other agent speaks of it."""
    assert "animation" in overlap().collisions[0].first.could_say


def test_a_word_that_the_other_agent_has_is_no_distinction():
    """What both say helps nobody."""
    assert "react" not in overlap().collisions[0].first.could_say + overlap().collisions[0].first.says


def test_an_observed_confusion_comes_before_the_likest_pair():
    """What happened outweighs what was foretold."""
    first = overlap([row("store", "brewer")]).collisions[0]
    assert (first.observed, {first.first.agent, first.second.agent}) == (1, {"store", "brewer"})


def test_confusions_are_counted_by_direction():
    """Who lost messages to whom matters for what to change."""
    rows = [row("front", "pages", "a"), row("front", "pages", "b"), row("pages", "front", "c")]
    first = overlap(rows).collisions[0]
    assert (first.first.lost, first.second.lost) == (2, 1)


@pytest.mark.parametrize("predicted", ["none", "", "stranger", "front"])
def test_what_is_no_confusion_of_two_agents_does_not_count(predicted):
    """Answers of none, missing ones, unknown names and right choices are counted elsewhere."""
    assert overlap([row("front", predicted)]).confusions == 0


def test_foreseen_confusions_are_those_of_predicted_pairs():
    """The report says how much of what happened the texts foretold."""
    seen = overlap([row("front", "pages"), row("store", "brewer")])
    assert (seen.confusions, seen.foreseen) == (2, 1)


def test_a_roster_of_one_has_no_pair():
    """A pair needs two."""
    assert overlap(agents=[FRONT]).collisions == ()


def test_names_that_differ_in_separators_are_one_name():
    """Claude Code ignores case and separators."""
    same = overlap(agents=[agent("api-docs", "x"), agent("API_Docs", "y"), STORE]).same_names
    assert [one.names for one in same] == [("API_Docs", "api-docs")]


def test_a_roster_within_the_budget_has_no_long_line():
    """Nothing need be shortened."""
    assert overlap().long_lines == ()


def test_lines_above_an_equal_share_are_named_when_the_budget_is_exceeded():
    """The longest line is the first to shorten."""
    long = agent("long", "word " * 12_000)
    lines = overlap(agents=[long, FRONT]).long_lines
    assert [(line.agent, line.share) for line in lines] == [("long", 7_500)]


def test_agents_without_texts_are_no_error():
    """Nothing to compare is nothing alike."""
    assert overlap(agents=[agent("1"), agent("2")]).collisions == ()


# --- reach


def reasons(agents, rows=()):
    return {one.agent: one.reason for one in unreachable(agents, rows)}


def test_an_agent_without_description_is_hard_to_reach():
    """The roster shows its name alone."""
    assert reasons([agent("blank"), *ROSTER]) == {"blank": Reason.NO_DESCRIPTION}


def test_agents_with_the_same_description_cannot_be_told_apart():
    """Each is named."""
    twins = [agent("one", "Does it all."), agent("two", "does it all")]
    assert reasons([*twins, *ROSTER]) == dict.fromkeys(("one", "two"), Reason.SAME_DESCRIPTION)


def test_an_agent_whose_messages_all_went_elsewhere_is_named():
    """Two labelled messages and no hit."""
    rows = [row("store", "brewer", "a"), row("store", "brewer", "b")]
    assert reasons(ROSTER, rows) == {"store": Reason.NEVER_CHOSEN}


def test_an_agent_whose_own_work_fits_other_descriptions_is_named():
    """Its description speaks of hops, its whole body of replication and React pages."""
    body = "Postgres replication and vacuuming. React pages and layout for customers. " * 60
    others = [FRONT, PAGES, STORE, agent("db", "Postgres replication and vacuuming, React pages.")]
    assert reasons([agent("brewer", "Writes about hops.", body), *others]) == {
        "brewer": Reason.OWN_WORK_ELSEWHERE
    }


def test_dialogues_do_not_make_an_agent_reachable():
    """Only the description leads to an agent; its dialogues are measured as messages."""
    assert reasons([agent("blank", "", "", dialogue("hello")), *ROSTER]) == {"blank": Reason.NO_DESCRIPTION}


def test_words_are_given_as_written():
    """Stems are for machines."""
    table = WordTable(["optimising queries quickly", "queries and optimising", "bread"])
    assert set(table.shared(0, 1, limit=5)) == {"optimising", "queries"}
