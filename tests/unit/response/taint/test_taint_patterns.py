"""Which regular expressions let only harmless text through."""

from __future__ import annotations

import pytest

from harness.response.flow.taint.patterns import delimited, keeps_only_plain, lets_only_plain_through


@pytest.mark.parametrize(
    "pattern", [r"^\d+$", "^[a-z_]+$", r"\A[\w-]{1,20}\Z", "^(?:asc|desc)$", r"^[A-Za-z]\w*(?:\.\w+)?$"]
)
def test_an_anchored_class_of_letters_is_plain(pattern: str) -> None:
    """From the first to the last character."""
    assert lets_only_plain_through(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "[a-z]+",
        "^[a-z]+",
        "^.*$",
        r"^\S+$",
        "^[^;]+$",
        "^[a-z']+$",
        "^a|b$",
        r"^[\s\S]+$",
        "^[ -~]+$",
        r"^\D$",
    ],
)
def test_anything_wider_is_not(pattern: str) -> None:
    """Open ends, wide classes, quotes, loose alternatives."""
    assert not lets_only_plain_through(pattern)


def test_a_full_match_needs_no_anchors() -> None:
    """Python's fullmatch anchors itself."""
    assert lets_only_plain_through("[a-z]+", whole=True)


@pytest.mark.parametrize("pattern", ["[^a-zA-Z0-9_]", r"[^\w]+", r"\W", r"\D+"])
def test_removing_all_but_letters_keeps_plain_text(pattern: str) -> None:
    """What is left cannot end a literal."""
    assert keeps_only_plain(pattern)


@pytest.mark.parametrize("pattern", ["'", "[;']", "[^a-z']", "--"])
def test_removing_some_characters_does_not(pattern: str) -> None:
    """There are always others."""
    assert not keeps_only_plain(pattern)


def test_delimiters_of_php_are_taken_off() -> None:
    """Slashes, with flags behind them."""
    assert delimited("/^[a-z]+$/i") == "^[a-z]+$"
