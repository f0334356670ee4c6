"""The fence around what is judged."""

from __future__ import annotations

import pytest
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


def test_a_boundary_is_not_there_between_invisible_signs_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a text cannot be made, unless somebody breaks the hash: here somebody did."""
    digests = iter(["a" * 64, "b" * 64])

    class Broken:
        def hexdigest(self) -> str:
            return next(digests)

    monkeypatch.setattr("harness.judge.fence.hashlib.sha256", lambda _: Broken())
    assert boundary_of(f"RESPONSE-{'a' * 12}\u200b{'a' * 12}") == f"RESPONSE-{'b' * 24}"
