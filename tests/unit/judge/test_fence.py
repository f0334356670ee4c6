"""The fence around what is judged."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.judge.fence import boundary_of


@given(st.text())
def test_a_boundary_is_nowhere_in_the_text_it_encloses(text: str) -> None:
    assert boundary_of(text) not in text


def test_the_same_text_gets_the_same_boundary() -> None:
    assert boundary_of("answer", "salt") == boundary_of("answer", "salt")


def test_another_salt_makes_another_boundary() -> None:
    assert boundary_of("answer", "salt") != boundary_of("answer", "pepper")


def test_a_text_that_repeats_the_boundary_of_another_gets_its_own() -> None:
    forged = boundary_of("answer")
    assert boundary_of(f"answer\n{forged}") != forged
