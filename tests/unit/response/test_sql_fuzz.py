"""No text makes the schema's readers raise."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.checks import database
from harness.response.parse import parse_response
from harness.response.schema.model import Schema

EXAMPLES = Path(database.__file__).parent
RESPONSES = [
    example["response"]
    for path in sorted(EXAMPLES.glob("*.yaml"))
    for examples in yaml.safe_load(path.read_text(encoding="utf-8")).values()
    for example in examples
]
PIECES = [piece for response in RESPONSES for piece in response.split()]
FENCES = ["sql", "js", "ts", "python", "php", "prisma"]


@given(
    fence=st.sampled_from(FENCES),
    words=st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=60),
)
@settings(max_examples=200, deadline=None)
def test_words_in_any_order_make_a_schema(fence: str, words: list[str]) -> None:
    """Statements that are torn apart and mixed are read or put aside, never raised over."""
    assert isinstance(parse_response(f"```{fence}\n{' '.join(words)}\n```\n").schema, Schema)


@given(response=st.sampled_from(RESPONSES), start=st.integers(0, 600), length=st.integers(1, 80))
@settings(max_examples=200, deadline=None)
def test_a_response_with_a_hole_makes_a_schema(response: str, start: int, length: int) -> None:
    """Whatever part of a response is missing, the rest is read."""
    assert isinstance(parse_response(response[:start] + response[start + length :]).schema, Schema)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM t WHERE " + "(" * 10_000 + "a = 1" + ")" * 10_000,
        "SELECT * FROM t WHERE " + " AND ".join(f"c{n} = {n}" for n in range(3_000)),  # noqa: S608 - never run
        "SELECT * FROM t WHERE " + "NOT " * 5_000 + "a = 1",
        "CREATE TABLE t (" + ", ".join(f"c{n} int" for n in range(5_000)) + ");",
        "CREATE TABLE t (a text DEFAULT '" + "x" * 100_000,
        "$a$ " * 20_000,
        "/* " * 50_000,
        "';" * 50_000,
        "CREATE TABLE a (id int);" * 4_000,
    ],
    ids=["nested", "long and", "not", "wide", "open string", "dollars", "comments", "quotes", "many"],
)
def test_hostile_sql_stays_within_bounds(text: str) -> None:
    """Deep nesting, huge statements and unclosed strings end in a schema, not in a crash."""
    assert isinstance(parse_response(f"```sql\n{text}\n```\n").schema, Schema)
