"""What the lexical router knows of words beforehand."""

from __future__ import annotations

import pytest

from harness.routing.vocabulary import concepts, everyday_weight
from harness.routing.words import stem


def test_an_everyday_word_says_less():
    """Monday counts half of what redis counts."""
    assert everyday_weight(stem("monday")) == everyday_weight("redis") / 2


def test_a_pair_of_one_everyday_word_and_another_lies_between():
    """Pairs take the geometric mean of their words."""
    assert 0.5 < everyday_weight(f"redis {stem('monday')}") < 1.0


@pytest.mark.parametrize(
    ("text", "subject"),
    [("pgbouncer", "database-server"), ("Die Seite ist langsam", "performance"), ("kubectl", "containers")],
)
def test_a_word_belongs_to_its_subject(text, subject):
    """The words of the list are found in texts, those of other languages too."""
    assert subject in concepts(text)


def test_a_text_about_nothing_technical_has_no_subject():
    """Small talk belongs nowhere."""
    assert concepts("my grandmother loves hydrangeas") == []


def test_endings_of_japanese_words_belong_to_no_subject():
    """They are in every sentence; the other characters of a word speak for it."""
    assert concepts("どうしたらいいですか。") == []
