"""Texts with holes: joining, formats, parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.response.flow.taint.formatting import brace_format, percent_format, sprintf
from harness.response.flow.taint.values import (
    NUMBER,
    Hole,
    Kind,
    Value,
    concatenated,
    constant,
    element_of,
    holes_of,
    join,
    member,
    opened,
    text_of,
)

DIRTY = opened(Hole(Kind.REQUEST, "q"))


def labels(value: Value) -> list[str]:
    return [hole.label for hole in holes_of(value)]


def test_neighbouring_text_is_one_piece() -> None:
    """Holes stay between."""
    assert len(concatenated([constant("a"), constant("b"), DIRTY, constant("c")]).pieces) == 3


def test_a_part_of_a_hole_is_a_hole() -> None:
    """Its name says the way."""
    assert labels(member(DIRTY, "sort")) == ["q.sort"]


def test_a_known_field_is_itself() -> None:
    """Beside a hole elsewhere."""
    value = Value(pieces=DIRTY.pieces, fields=(("sort", constant("name")),))
    assert labels(member(value, "sort")) == []


def test_an_element_may_be_any_of_a_list() -> None:
    """Holes of each place count."""
    assert labels(element_of(Value(element=constant("a"), fields=(("1", DIRTY),)))) == ["q"]


@pytest.mark.parametrize(
    ("template", "found"), [("a = '%s'", ["q"]), ("a = %d", []), ("a = %(x)s", ["q.x"]), ("100%%", [])]
)
def test_percent_fills_by_kind(template: str, found: list[str]) -> None:
    """Numbers leave no room for text."""
    assert labels(percent_format(constant(template), DIRTY)) == found


@pytest.mark.parametrize(("template", "found"), [("{}", ["q"]), ("{x}", ["n"]), ("{0:d}", []), ("{{}}", [])])
def test_braces_are_filled_by_place_and_name(template: str, found: list[str]) -> None:
    """As str.format does."""
    named = {"x": opened(Hole(Kind.PARAMETER, "n"))}
    assert labels(brace_format(constant(template), [DIRTY], named)) == found


def test_sprintf_quotes_what_pg_format_quotes() -> None:
    """%I and %L are escaped."""
    assert labels(sprintf(constant("%I %L %s"), [DIRTY, DIRTY, DIRTY])) == ["q"]


def test_joining_keeps_the_holes_of_both() -> None:
    """Whichever branch was taken."""
    other = concatenated([constant("b"), opened(Hole(Kind.STORED, "row"))])
    assert sorted(labels(join(concatenated([constant("a"), DIRTY]), other))) == ["q", "row"]


@given(st.lists(st.sampled_from([constant("a"), constant("b"), DIRTY, NUMBER]), max_size=200))
def test_texts_stay_bounded(parts: list[Value]) -> None:
    """However many parts there are."""
    assert len(text_of(concatenated(parts))) <= 60
