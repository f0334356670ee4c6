"""How the lexical router cuts text into units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.routing.words import LONGEST_TEXT, character_grams, normalised, stem, words, words_and_pairs


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("optimise", "optimization"),
        ("deploying", "deployment"),
        ("queries", "query"),
        ("debugger", "debugging"),
        ("migrate", "migrations"),
        ("secure", "security"),
    ],
)
def test_kin_share_a_stem(first, second):
    """Words that a request and a description use for one thing are equal after stemming."""
    assert stem(first) == stem(second)


@pytest.mark.parametrize("word", ["css", "k8s", "vue3", "api"])
def test_short_words_and_words_with_digits_stay(word):
    """Names of techniques are not cut."""
    assert stem(word) == word


@given(st.text(max_size=30))
def test_stemming_any_text_never_fails_and_never_lengthens(text):
    """A stem is at most one letter longer than its word lost (``-y`` becomes ``-i``)."""
    assert len(stem(text)) <= len(text)


@pytest.mark.parametrize(
    ("text", "unit"),
    [("We use C++ here", "c++"), ("port it to C#", "c#"), (".NET upgrade", ".net"), ("Next.js", "next")],
)
def test_names_of_languages_are_words(text, unit):
    """Signs that belong to the name of a language are kept, ``.js`` is not."""
    assert unit in words(text)


def test_words_without_spaces_between_them_are_single_characters():
    """Chinese is cut into characters, so that texts can share some."""
    assert words("数据库") == ["数", "据", "库"]


def test_stop_words_and_talk_about_agents_are_left_out():
    """What every message and description holds says nothing."""
    assert words("Please use the agent when the user needs help") == []


def test_pairs_ignore_the_stop_words_between():
    """The pair of "review the code" is that of "code review" read backwards, not "the code"."""
    assert words_and_pairs("review the code") == ["review", "cod", "review cod"]


def test_character_grams_of_a_misspelt_word_overlap():
    """A typing error leaves most n-grams of a word."""
    cut = character_grams()
    right, wrong = set(cut("kubernetes")), set(cut("kubernets"))
    assert len(right & wrong) / len(right) > 0.6


def test_normalised_ignores_layout_case_and_quotes():
    """The same message in another layout is the same message."""
    assert normalised('  "Fix\tthe Bug!"\n') == normalised("fix the bug")


def test_hostile_length_is_bounded():
    """Only the first characters of an endless text are looked at."""
    assert len(words("word " * LONGEST_TEXT)) <= LONGEST_TEXT // 5
