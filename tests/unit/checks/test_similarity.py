"""Likeness of a rule to the phrases of a kind: what makes a rule another rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checks.similarity import Likeness, PhraseIndex
from harness.checks.wording import clauses_of
from harness.core.types import Polarity

INDEX = PhraseIndex(
    {
        "backup": ("Backup and recovery procedures", "Regular backups", "Test backups and restores"),
        "index": ("Index foreign keys", "Add indexes for frequent queries"),
        "performance": ("Consider performance implications", "Discuss performance and optimization"),
        "observability": ("Logging, monitoring and alerting", "Metrics, logs and traces"),
        "secrets": ("Never hardcode secrets", "No secrets in code"),
        "other 1": ("Write tests for the parser",),
    }
)


def likeness(kind: str, text: str, polarity: Polarity = Polarity.SHOULD) -> Likeness:
    return INDEX.likenesses(INDEX.read(clauses_of(text, polarity)))[kind]


def test_a_phrase_is_wholly_like_itself() -> None:
    """Nothing is missing, nothing is left over."""
    assert likeness("index", "Index foreign keys").score == pytest.approx(1)


def test_word_order_costs_little() -> None:
    """The same demand in other words still binds."""
    assert likeness("index", "Foreign keys must be indexed").score > 0.8


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("backup", "Jenkins backups"),
        ("performance", "Optimize performance"),
        ("observability", "Monitor progress"),
        ("observability", "Metrics"),
        ("secrets", "Hardcode secrets"),
        ("index", "Search index of the website"),
    ],
)
def test_what_only_shares_a_word_is_no_match(kind: str, text: str) -> None:
    """A word more, another thing done with it, the opposite sign: another rule."""
    assert likeness(kind, text).score < 0.6


def test_a_clause_of_several_words_can_match() -> None:
    """A rule may explain itself after a dash."""
    assert likeness("secrets", "Never hardcode secrets - take them from the vault").score > 0.7


def test_a_misspelt_word_is_read() -> None:
    """Rules are written by people."""
    assert likeness("secrets", "Never hardcode secretes").score > 0.8


def test_the_core_is_what_most_phrases_share() -> None:
    """Without it, a rule is of another kind."""
    assert INDEX.core("index") == {"index"}


@given(st.text(max_size=200), st.sampled_from(Polarity))
def test_a_likeness_is_a_share(text: str, polarity: Polarity) -> None:
    """Whatever the text, the score lies between 0 and 1."""
    found = INDEX.likenesses(INDEX.read(clauses_of(text, polarity)))
    assert all(0 <= item.score <= 1 + 1e-9 for item in found.values())
