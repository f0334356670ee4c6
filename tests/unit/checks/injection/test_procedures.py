"""Statements that SQL puts together itself."""

from __future__ import annotations

import pytest

from harness.checks.injection.procedures import dynamic_statements
from harness.response.block import Block, BlockRole

FUNCTION = """CREATE FUNCTION f(p_table text, p_id bigint, p_kind regclass) RETURNS void AS $$
DECLARE
  v_sql text;
BEGIN
  {body}
END $$;
"""


def joined(body: str) -> list[str]:
    text = FUNCTION.format(body=body)
    block = Block(1, "sql", BlockRole.CODE, text, 1)
    return [one.joined for one in dynamic_statements(block)]


@pytest.mark.parametrize(
    "body",
    [
        "EXECUTE 'DELETE FROM ' || p_table;",
        "v_sql := 'DELETE FROM ' || p_table; EXECUTE v_sql;",
        "EXECUTE format('DELETE FROM %s', p_table);",
        "SET @q = CONCAT('DELETE FROM ', p_table); PREPARE s FROM @q;",
    ],
)
def test_a_text_that_is_joined_as_it_is_is_found(body: str) -> None:
    """The name of what is joined is told."""
    assert joined(body) == ["p_table"]


@pytest.mark.parametrize(
    "body",
    [
        "EXECUTE 'DELETE FROM ' || quote_ident(p_table);",
        "EXECUTE format('DELETE FROM %I WHERE id = %L', p_table, p_id);",
        "EXECUTE 'DELETE FROM a WHERE id = ' || p_id;",
        "EXECUTE 'DELETE FROM ' || p_kind;",
        "EXECUTE 'SELECT 1' USING p_table;",
        "EXECUTE 'it''s' || '''quoted''';",
    ],
)
def test_quoted_names_and_numbers_are_safe(body: str) -> None:
    """quote_ident, %I and %L, numbers, and tables of the catalogue."""
    assert joined(body) == [""]


def test_a_trigger_executes_no_text() -> None:
    """EXECUTE FUNCTION names a function."""
    assert joined("NULL; END $$; CREATE TRIGGER t AFTER INSERT ON a EXECUTE FUNCTION f();") == []


def test_many_quotes_are_read_once() -> None:
    """Doubled quotes have one reading."""
    assert joined("EXECUTE " + "'" + "a''" * 500 + "'" + " || p_table;") == ["p_table"]
