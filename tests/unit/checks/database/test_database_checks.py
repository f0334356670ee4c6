"""What the database checks say beyond their examples: supplied files, questions, what was cut or not read."""

from __future__ import annotations

import pytest

from harness.checks.base import Check, Exchange
from harness.checks.database.indexed import Indexed
from harness.checks.database.relations import Relations
from harness.checks.database.schema_complete import SchemaComplete
from harness.core.types import Decision, Message, Outcome, Role, SuppliedFile, ToolCall
from harness.response.parse import parse_response

USERS = "CREATE TABLE users (id BIGSERIAL PRIMARY KEY, email TEXT NOT NULL UNIQUE);"


def decide(
    check: Check, text: str, *, user: str = "", supplied: str = "", calls: tuple[ToolCall, ...] = ()
) -> Decision:
    files = (SuppliedFile("db/schema.sql", supplied),) if supplied else ()
    program = parse_response(text, supplied=files, tool_calls=calls)
    messages = (Message(Role.USER, user),) if user else ()
    return check.decide(Exchange(messages, files, program))


def sql(text: str) -> str:
    return f"```sql\n{text}\n```\n"


def test_the_users_own_tables_are_not_held_against_the_answer() -> None:
    """A foreign key without an index in a supplied file was there before."""
    supplied = "CREATE TABLE a (id SERIAL PRIMARY KEY, user_id BIGINT REFERENCES users (id));"
    text = sql("CREATE TABLE b (id SERIAL PRIMARY KEY, n INT NOT NULL);")
    assert decide(Indexed(), text, supplied=supplied).outcome is Outcome.PASS


def test_a_query_on_a_supplied_table_that_has_the_index_passes() -> None:
    """The user's schema is context for the answer's query."""
    assert (
        decide(Indexed(), sql("SELECT id FROM users WHERE email = $1;"), supplied=USERS).outcome
        is Outcome.PASS
    )


def test_a_reference_to_a_supplied_table_needs_a_foreign_key() -> None:
    """The supplied table is in the same database."""
    text = sql("CREATE TABLE carts (id SERIAL PRIMARY KEY, user_id BIGINT NOT NULL);")
    assert decide(Relations(), text, supplied=USERS).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("user", "outcome"),
    [("Tables for MySQL 8, please.", Outcome.PASS), ("Tables for Postgres, please.", Outcome.FAIL)],
)
def test_the_question_names_the_database(user: str, outcome: Outcome) -> None:
    """Where the DDL is plain, the question decides who makes the indexes."""
    text = sql("CREATE TABLE b (id INT PRIMARY KEY, a INT NOT NULL, FOREIGN KEY (a) REFERENCES c (id));")
    assert decide(Indexed(), text, user=user).outcome is outcome


def test_an_index_in_a_file_that_the_agent_wrote_counts() -> None:
    """Files of tool calls and blocks are one design."""
    call = ToolCall("Write", {"file_path": "db/002.sql", "content": "CREATE INDEX ON carts (user_id);"})
    text = sql(
        "CREATE TABLE carts (id BIGSERIAL PRIMARY KEY, user_id BIGINT NOT NULL REFERENCES users (id));"
    )
    assert decide(Indexed(), text, calls=(call,)).outcome is Outcome.PASS


def test_nothing_is_held_against_an_answer_that_was_cut_off() -> None:
    """What is missing could have followed."""
    text = "CREATE TABLE a (id SERIAL PRIMARY KEY);\nCREATE TABLE b (id SERIAL PRIMARY KEY, a_id INT);"
    assert decide(Relations(), f"```sql\n{text}\nCREATE").outcome is Outcome.UNDECIDED


def test_a_finding_has_the_line_and_the_words() -> None:
    """A reader sees the column that lacks its index."""
    text = sql("CREATE TABLE b (\n  id SERIAL PRIMARY KEY,\n  user_id INT NOT NULL REFERENCES users (id)\n);")
    finding = decide(Indexed(), text).findings[0]
    assert (finding.line, finding.quote) == (4, "user_id INT NOT NULL REFERENCES users (id)")


def test_a_query_of_a_migration_needs_no_index() -> None:
    """It runs once."""
    change = "ALTER TABLE users ADD COLUMN state TEXT;\nUPDATE users SET state = 'x' WHERE name = 'y';"
    text = sql(f"-- migrations/003_backfill.sql\n{change}")
    assert decide(Indexed(), text).outcome is not Outcome.FAIL


@pytest.mark.parametrize("check", [Indexed(), Relations(), SchemaComplete()], ids=lambda check: check.id)
def test_what_cannot_be_read_is_undecided(check: Check) -> None:
    """A schema in a language without a reader is neither right nor wrong nor absent."""
    text = "```go\ntype User struct {\n\tgorm.Model\n\tEmail string\n}\n```\n"
    assert decide(check, text).outcome is Outcome.UNDECIDED
