"""JSON of others is read as the standard library reads it, except that depth is bounded."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.json_text import MAX_DEPTH, parse_json

LEAVES = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


def nested(depth: int, inner: str = "") -> str:
    return "[" * depth + inner + "]" * depth


@given(VALUES, st.booleans())
def test_what_was_written_is_read(value: object, ascii_only: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only)) == value


@given(st.text(alphabet='[]{}"\\:,a1 \n'))
def test_any_text_is_read_or_refused_as_the_standard_library_does(text: str) -> None:
    def outcome(read: object) -> object:
        try:
            return read(text)  # type: ignore[operator]
        except ValueError:
            return ValueError

    assert outcome(parse_json) == outcome(json.loads)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_bytes_are_decoded(encoding: str) -> None:
    assert parse_json('{"name": "Zoë"}'.encode(encoding)) == {"name": "Zoë"}


def test_the_deepest_that_is_allowed_is_read() -> None:
    assert json.dumps(parse_json(nested(MAX_DEPTH))) == nested(MAX_DEPTH)


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 100_000])
@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"b":', '[ "]", \n'])
def test_deeper_is_refused(depth: int, opening: str) -> None:
    with pytest.raises(ValueError, match="nested deeper than 400 levels"):
        parse_json(opening * depth)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps("[" * 1_000),
        json.dumps(['"[{' * 200, "\\" * 7, '\\"[' * 300]),
        json.dumps([[], {}] * 1_000),
        json.dumps([{"a": [1]}] * 1_000),
    ],
)
def test_brackets_in_strings_and_side_by_side_are_no_depth(text: str) -> None:
    assert parse_json(text) == json.loads(text)


def test_closing_brackets_in_strings_hide_no_depth() -> None:
    with pytest.raises(ValueError, match="nested deeper"):
        parse_json('["]]]]", ' * (MAX_DEPTH + 1))


def test_hooks_are_passed_on() -> None:
    assert parse_json('{"a": 1, "a": 2}', object_pairs_hook=list) == [("a", 1), ("a", 2)]
