"""A refusal is one line with an end, whatever it quotes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import LONGEST_MESSAGE, HarnessError, InputError, TransientProviderError


@given(st.text(max_size=60), st.integers(1, 300))
def test_a_message_is_one_line_with_an_end(text: str, times: int) -> None:
    said = str(InputError(text * times))
    assert len(said.splitlines()) <= 1
    assert len(said) <= LONGEST_MESSAGE


def test_a_long_message_keeps_its_place_and_its_remedy() -> None:
    said = str(InputError(f"a.yaml:3: unknown key {'x' * 9_000!r}; remove it"))
    assert said.startswith("a.yaml:3: unknown key")
    assert said.endswith("; remove it")


@pytest.mark.parametrize("text", ["", "a.yaml:3: ❌ is no name; write one", "tab\tstays"])
def test_an_ordinary_message_stays_as_it_is(text: str) -> None:
    assert str(HarnessError(text)) == text


def test_what_a_server_said_is_one_line_too() -> None:
    assert str(TransientProviderError("server", "500: a\nb\x1b[2J")) == "500: a\\nb\\x1b[2J"
