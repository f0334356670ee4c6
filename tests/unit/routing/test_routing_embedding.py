"""Routers that go by the meaning of words, as token vectors have it."""

import numpy as np
import pytest
from routing_examples import agent, dialogue

from harness.core.errors import ConfigurationError
from harness.routing import embedding
from harness.routing.embedding import EmbeddedTexts, embedded, passages_of
from harness.routing.features import Feature, RosterFeatures, RouterKind, Source, features_of
from harness.routing.lexical import LexicalRouter

ROSTER = [
    agent("cook", "Prepares meals and bakes bread", "Recipes, ovens and dough."),
    agent("driver", "Drives cars and lorries", "Roads, fuel and tyres."),
    agent("teacher", "Gives lessons to pupils", "Schools, homework and grades."),
]


def test_a_text_has_a_vector_of_length_one():
    """And one without a token has none."""
    assert np.linalg.norm(embedded(["bread", ""]), axis=1) == pytest.approx([1.0, 0.0], abs=1e-6)


def test_texts_of_one_meaning_are_alike_without_a_word_in_common():
    """That is what words alone cannot see."""
    scores = EmbeddedTexts(["physician treats patients", "lorry on the motorway"]).score(
        ["doctor in a hospital"]
    )
    assert scores[0, 0] > scores[0, 1] + 0.1


def test_a_long_text_has_overlapping_passages():
    """A sentence at a border is whole in one of them."""
    text = " ".join(map(str, range(100)))
    assert [len(one.split()) for one in passages_of(text)] == [60, 60, 40, 10]


def test_a_text_without_words_is_one_passage():
    """Every agent has a passage."""
    assert passages_of("") == [""]


@pytest.mark.parametrize("kind", [RouterKind.EMBEDDING, RouterKind.HYBRID])
@pytest.mark.parametrize(
    "sources", [(), (Source.BODY,), (Source.DIALOGUES,), (Source.BODY, Source.DIALOGUES)], ids=len
)
def test_every_choice_of_texts_has_weights(kind, sources):
    """None is missing among those that are shipped."""
    router = LexicalRouter(ROSTER, sources, kind=kind)
    assert router.rank("teach the children at school")[0][0] == "teacher"


@pytest.mark.parametrize("kind", list(RouterKind))
def test_no_weight_is_below_zero(kind):
    """Likeness never speaks against an agent."""
    weights = LexicalRouter(ROSTER, kind=kind).weights
    assert min(*weights.small, *weights.large) >= 0


def test_a_hybrid_has_the_scores_of_both():
    """In one order."""
    both = {*features_of(frozenset(Source)), *features_of(frozenset(Source), RouterKind.EMBEDDING)}
    assert set(features_of(frozenset(Source), RouterKind.HYBRID)) == both == set(Feature)


def test_a_dialogue_never_speaks_for_its_own_message():
    """It would be right by heart."""
    talker = agent("cook", "Cooks", "", dialogue("Please bake me a loaf for tomorrow"))
    features = RosterFeatures([talker, ROSTER[1]], [Source.DIALOGUES], RouterKind.EMBEDDING)
    scores = features.measure(["please bake me a loaf for tomorrow!", "bake bread for the day after"]).scores
    heard = scores[features.features.index(Feature.EMBEDDED_DIALOGUES), :, 0]
    assert (heard[0], heard[1] > 0.3) == (0.0, True)


def test_without_the_vectors_the_extra_is_named(monkeypatch):
    """One line says what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    embedding._model.cache_clear()
    with pytest.raises(ConfigurationError, match=r"pip install 'agentfile-harness\[embedding\]'"):
        embedded(["x"])
