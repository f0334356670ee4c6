"""BM25F over documents with fields."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.routing.bm25 import Field, FieldedIndex

DOCUMENTS = ["postgres index", "react hook state", "postgres react"]


def index(texts=DOCUMENTS, weight=1.0):
    return FieldedIndex(str.split, {"text": Field(texts, weight)})


def test_the_document_with_the_words_wins():
    """The best document holds the message's words."""
    assert index().score(["react hook"])[0].argmax() == 1


def test_a_rare_word_counts_more_than_a_common_one():
    """Of two words, the one in fewer documents decides."""
    scores = index(["alpha common", "beta common", "common gamma"]).score(["alpha common"])[0]
    assert scores[0] - scores[1] > scores[1]


def test_a_weighted_field_counts_more():
    """The same word in a heavier field scores higher."""
    fields = {"name": Field(["router", "other"], 3.0), "body": Field(["other", "router"], 1.0)}
    scores = FieldedIndex(str.split, fields).score(["router"])[0]
    assert scores[0] > scores[1]


def test_a_longer_document_needs_more_mentions():
    """Length normalisation: one mention in a short text beats one in a long text."""
    scores = index(["redis", "redis and a great many other words besides"]).score(["redis"])[0]
    assert scores[0] > scores[1]


def test_words_that_no_document_has_lower_the_score():
    """A score is a share of the whole message, known or not."""
    known, diluted = index().score(["hook", "hook unheard"])
    assert diluted.max() < known.max()


@pytest.mark.parametrize("message", ["", "unheard of"])
def test_a_message_without_known_words_scores_zero(message):
    """Nothing in common is zero, not a division by zero."""
    assert not index().score([message]).any()


def test_documents_without_words_score_zero():
    """A roster of empty texts is no error."""
    assert index(["", ""]).score(["hook"]).tolist() == [[0.0, 0.0]]


def test_content_counts_an_unheard_word_as_one():
    """How much a message says is counted in words that no document has."""
    content = index().score_and_content(["unheard"])[1]
    assert content[0] == pytest.approx(1.0)


def test_fields_of_different_lengths_are_refused():
    """Every field has one text per document."""
    with pytest.raises(ValueError, match="one per document"):
        FieldedIndex(str.split, {"a": Field(["x"], 1.0), "b": Field(["x", "y"], 1.0)})


@given(
    st.lists(st.text(alphabet="ab c", max_size=12), min_size=1, max_size=5),
    st.text(alphabet="ab cd", max_size=12),
)
def test_scores_are_shares(documents, message):
    """Whatever the texts, every score lies in [0, 1]."""
    scores = index(documents).score([message])
    assert np.all((scores >= 0) & (scores <= 1))
