"""Which texts are SQL, and where in them a name or a value stands."""

from __future__ import annotations

import pytest

from harness.checks.injection.statements import (
    in_quotes,
    is_core_statement,
    is_identifier,
    is_sql,
    is_statement,
)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM users WHERE id = 1",
        "\n  -- all of them\n  select id from users",
        "(SELECT 1)",
        "insert into t (a) values (1)",
        "UPDATE users u SET a = 1",
        "WITH recent AS (SELECT 1) SELECT * FROM recent",
        "Select * From users Where id = 1",
        "DROP TABLE IF EXISTS users",
    ],
)
def test_a_statement_is_recognised(text: str) -> None:
    """Whatever its case and what stands before it."""
    assert is_statement(text)


@pytest.mark.parametrize(
    "text",
    [
        "Select a value from the list",
        "Update your settings",
        "Delete the file",
        "call me",
        "selected from above",
        "",
    ],
)
def test_a_sentence_is_no_statement(text: str) -> None:
    """Prose has other words in the places of keywords."""
    assert not is_statement(text)


def test_a_long_row_of_dashes_is_looked_at_once() -> None:
    """A rule of dashes is a comment without an end; it must not be tried in every way."""
    assert not is_statement("\n" + "-" * 5_000 + "\nx")


@pytest.mark.parametrize("text", [" WHERE id = ", "ORDER BY ", " and name = 'x'", "values (1)"])
def test_a_part_of_a_statement_is_sql(text: str) -> None:
    """Conditions and clauses without their beginning."""
    assert is_sql(text)


@pytest.mark.parametrize("text", ["please use ", "ssh host and wait", "set up or not", "user:", "/api/from"])
def test_other_text_is_no_sql(text: str) -> None:
    """Words that SQL has, but prose as well."""
    assert not is_sql(text)


def test_a_call_is_no_core_statement() -> None:
    """`call f(x)` is Fortran, too."""
    assert not is_core_statement("call setup(x)")


@pytest.mark.parametrize(
    ("before", "inside"),
    [("a = '", True), ("a = 'b' AND c = ", False), ("a = 'it''s ", True), ('x = "', True)],
)
def test_quotes_are_counted(before: str, inside: bool) -> None:
    """Doubled quotes open and close."""
    assert in_quotes(before) is inside


@pytest.mark.parametrize(
    "before", ["SELECT * FROM ", "ORDER BY ", "JOIN a.", "INSERT INTO t (", "SELECT COUNT("]
)
def test_a_name_stands_where_no_placeholder_can(before: str) -> None:
    """Tables and columns."""
    assert is_identifier(before)


@pytest.mark.parametrize("before", ["WHERE id = ", "VALUES (1, ", "LIMIT ", "name LIKE '%"])
def test_a_value_is_no_name(before: str) -> None:
    """What a placeholder can hold."""
    assert not is_identifier(before)
