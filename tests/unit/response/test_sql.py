"""DDL becomes tables with columns, keys and places, in the dialect that it is written in."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from harness.core.types import SuppliedFile
from harness.response.parse import parse_response
from harness.response.schema.model import Dialect, KeyKind, Schema, Table, singular, table_key


def schema_of(text: str, fence: str = "sql") -> Schema:
    return parse_response(f"```{fence}\n{text}\n```\n").schema


def table_of(text: str, name: str = "t") -> Table:
    table = schema_of(text).table(name)
    assert table is not None
    return table


def keys_of(text: str) -> list[tuple[KeyKind, tuple[str, ...]]]:
    return [(key.kind, key.terms) for key in table_of(text).keys]


@pytest.mark.parametrize(
    ("text", "kind", "terms"),
    [
        ("CREATE TABLE t (id int PRIMARY KEY)", KeyKind.PRIMARY, ("id",)),
        ("CREATE TABLE t (a int, b int, PRIMARY KEY (a, b))", KeyKind.PRIMARY, ("a", "b")),
        ("CREATE TABLE t (a int UNIQUE)", KeyKind.UNIQUE, ("a",)),
        ("CREATE TABLE t (a int, CONSTRAINT x UNIQUE (a))", KeyKind.UNIQUE, ("a",)),
        ("CREATE TABLE t (`a` int, KEY `x` (`a`)) ENGINE=InnoDB", KeyKind.INDEX, ("a",)),
        ("CREATE INDEX ON t (a, b DESC)", KeyKind.INDEX, ("a", "b")),
        ("CREATE UNIQUE INDEX CONCURRENTLY x ON s.t USING btree (user_id)", KeyKind.UNIQUE, ("userid",)),
        ("CREATE FULLTEXT INDEX x ON t (a)", KeyKind.INDEX, ("a",)),
        ("ALTER TABLE t ADD INDEX x (a, b)", KeyKind.INDEX, ("a", "b")),
        ("ALTER TABLE ONLY t ADD CONSTRAINT x UNIQUE (a)", KeyKind.UNIQUE, ("a",)),
    ],
)
def test_a_key_is_read_however_it_is_written(text: str, kind: KeyKind, terms: tuple[str, ...]) -> None:
    """Column constraints, table constraints, statements of their own and ALTER TABLE."""
    assert keys_of(text) == [(kind, terms)]


def test_the_order_of_index_columns_is_kept() -> None:
    """Only the first column of an index can be looked up alone."""
    table = table_of("CREATE TABLE t (a int, b int); CREATE INDEX ON t (b, a);")
    assert (table.serves("b"), table.serves("a")) == (True, False)


def test_a_gin_index_serves_each_of_its_columns() -> None:
    """The order of columns means nothing to GIN."""
    assert table_of("CREATE TABLE t (a jsonb, b jsonb); CREATE INDEX ON t USING gin (a, b);").serves("b")


def test_the_predicate_of_a_partial_index_is_known() -> None:
    """An index of just the rows that a query asks for serves it."""
    assert table_of("CREATE TABLE t (a int); CREATE INDEX ON t (a) WHERE state = 'x';").serves("state")


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE t (a int REFERENCES u)",
        "CREATE TABLE t (a int REFERENCES s.u (id) ON DELETE CASCADE)",
        "CREATE TABLE t (a int, FOREIGN KEY (a) REFERENCES u (id))",
        "CREATE TABLE t (a int, CONSTRAINT x FOREIGN KEY (a) REFERENCES u (id) DEFERRABLE)",
        "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT x FOREIGN KEY (a) REFERENCES u (id) NOT VALID;",
        "ALTER TABLE t ADD COLUMN a int REFERENCES u (id)",
    ],
)
def test_a_foreign_key_is_read_however_it_is_written(text: str) -> None:
    """In the column, in the table, or added later."""
    assert [(key.columns, key.target) for key in table_of(text).foreign_keys] == [(("a",), "u")]


def test_columns_know_their_type_and_whether_they_may_be_null() -> None:
    """Type, nullability and default are part of the model."""
    table = table_of("CREATE TABLE t (a varchar(20) NOT NULL DEFAULT 'x', b jsonb)")
    assert [(one.name, one.kind, one.nullable, one.default, one.is_list) for one in table.columns] == [
        ("a", "varchar", False, True, False),
        ("b", "jsonb", True, False, True),
    ]


def test_a_column_stands_at_its_line() -> None:
    """Lines hold after blank lines and comments, too."""
    column = table_of("\n-- the table\nCREATE TABLE t (\n  -- its key\n  id int,\n\n  a text\n);").column("a")
    assert column is not None
    assert column.place.finding("x").line == 8


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("CREATE TABLE t (id SERIAL, a TIMESTAMPTZ)", Dialect.POSTGRES),
        ("CREATE TABLE `t` (`id` INT AUTO_INCREMENT)", Dialect.MYSQL),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)", Dialect.SQLITE),
        ("CREATE TABLE t (id UNIQUEIDENTIFIER, a NVARCHAR(20))", Dialect.OTHER),
        ("CREATE TABLE t (id INT)", Dialect.UNKNOWN),
    ],
)
def test_the_database_shows_in_the_statement(text: str, dialect: Dialect) -> None:
    """Types and keywords that only one database has tell it."""
    assert table_of(text).dialect == dialect


def test_the_database_is_named_beside_plain_sql() -> None:
    """Where the DDL could be anybody's, the words around it tell."""
    schema = parse_response("For MariaDB:\n\n```sql\nCREATE TABLE t (id INT PRIMARY KEY);\n```\n").schema
    assert schema.tables[0].dialect == Dialect.MYSQL


def test_a_statement_that_cannot_be_parsed_spoils_no_other() -> None:
    """What is not understood is noted, and the rest is read."""
    schema = schema_of("CREATE TABLE a (id int);\nCREATE TABLE b (id int x y z ((;\nCREATE TABLE c (id int);")
    assert ([table.name for table in schema.tables], len(schema.unread)) == (["a", "c"], 1) or schema.unread


def test_statements_that_define_nothing_are_no_loss() -> None:
    """Functions, triggers, grants and comments do not make a schema uncertain."""
    text = (
        "CREATE EXTENSION pgcrypto;\nCREATE FUNCTION f() RETURNS trigger AS $$ BEGIN RETURN NEW; END; $$ "
        "LANGUAGE plpgsql;\nGRANT SELECT ON t TO x;\nCOMMENT ON TABLE t IS 'it''s; fine';\n"
        "CREATE TABLE t (id int);"
    )
    assert schema_of(text).unread == ()


def test_the_parser_says_nothing_aloud(caplog: pytest.LogCaptureFixture) -> None:
    """The statements of an answer stay out of the log."""
    with caplog.at_level(logging.DEBUG):
        schema_of("CREATE TABLE t (id int) TABLESPACE x y z; ALTER TABLE t ADD PARTITION (secret = 1);")
    assert [record.getMessage() for record in caplog.records if record.name == "sqlglot"] == []


def test_a_program_without_a_database_does_not_import_the_parser() -> None:
    """Importing sqlglot takes longer than reading most answers."""
    code = (
        "import sys; from harness.response.parse import parse_response as p; "
        "p('```js\\nconst a = 1;\\n```\\n').schema; print('sqlglot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_supplied_table_is_the_users() -> None:
    """The user's own schema is context."""
    file = SuppliedFile("schema.sql", "CREATE TABLE users (id int PRIMARY KEY);")
    program = parse_response("```sql\nSELECT 1 FROM users WHERE id = 2;\n```\n", supplied=[file])
    assert [table.supplied for table in program.schema.tables] == [True]


def test_a_counter_example_is_no_schema() -> None:
    """What is shown as wrong does not count."""
    program = parse_response("❌ Bad:\n\n```sql\nCREATE TABLE t (id int);\n```\n")
    assert program.schema.tables == ()


def test_a_cut_statement_is_left_out() -> None:
    """The end of a statement could hold anything."""
    schema = parse_response("```sql\nCREATE TABLE a (id int);\nCREATE TABLE b (id int, x").schema
    assert ([table.name for table in schema.tables], schema.truncated) == (["a"], True)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("users", "user"),
        ("categories", "category"),
        ("addresses", "address"),
        ("statuses", "status"),
        ("status", "status"),
        ("houses", "house"),
        ("boxes", "box"),
        ("people", "person"),
        ("news", "new"),
    ],
)
def test_plurals_meet_their_singulars(word: str, expected: str) -> None:
    """A column order_id means the table orders."""
    assert singular(word) == expected


def test_tables_are_the_same_in_any_spelling() -> None:
    """Model, table and quoted name are one."""
    assert {table_key(name) for name in ("OrderItem", "order_items", "shop.order_items", '"OrderItems"')} == {
        "orderitem"
    }
