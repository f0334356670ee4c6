"""What counts as a record of a change, and what is attached to what."""

from __future__ import annotations

import pytest

from harness.checks.audit.operations import Operations
from harness.checks.audit.terms import Level, level_of_keys
from harness.checks.audit.triggers import attached_triggers, loose_function
from harness.checks.base import Exchange
from harness.core.types import Outcome
from harness.response.parse import parse_response

_FUNCTION = (
    "CREATE FUNCTION note() RETURNS trigger AS $$ BEGIN\n"
    "INSERT INTO audit_log (actor, action) VALUES (current_user, TG_OP);\n"
    "RETURN NEW; END $$ LANGUAGE plpgsql;\n"
)
_HELPER = (
    "const note = (who) => "
    "pool.query('INSERT INTO audit_log (actor_id, action) VALUES ($1, $2)', [who, 'x']);"
)
_TRIGGER = "CREATE TRIGGER a AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION note();\n"


def decided(code: str) -> Outcome:
    program = parse_response(f"```js\n{code}\n```\n")
    return Operations().decide(Exchange(messages=(), files=(), program=program)).outcome


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (["actor", "action", "resource"], Level.STRONG),
        (["performedBy", "event", "orderId"], Level.STRONG),
        (["actor"], Level.WEAK),
        (["userId", "action", "orderId"], Level.WEAK),
        (["orderId", "reason"], Level.NONE),
    ],
)
def test_a_record_says_who_did_what_to_which(keys: list[str], expected: Level) -> None:
    """An actor, an action and a target; a user may be any of them."""
    assert level_of_keys(keys) is expected


def test_a_trigger_that_runs_the_function_is_attached() -> None:
    """Function and trigger together record."""
    assert attached_triggers(parse_response(f"```sql\n{_FUNCTION}{_TRIGGER}```\n"))


def test_a_function_alone_is_not_attached() -> None:
    """Nothing runs it."""
    assert not attached_triggers(parse_response(f"```sql\n{_FUNCTION}```\n"))


def test_a_trigger_in_a_comment_attaches_nothing() -> None:
    """A comment is not run."""
    assert not attached_triggers(parse_response(f"```sql\n{_FUNCTION}-- {_TRIGGER}```\n"))


def test_a_function_that_no_trigger_runs_is_found() -> None:
    """The finding stands where the function begins."""
    found = loose_function(parse_response(f"```sql\n{_FUNCTION}```\n"))
    assert found is not None
    assert found.line == 2


def test_a_record_in_a_helper_counts() -> None:
    """What the handler calls belongs to it."""
    handler = (
        "app.delete('/a/:id', async (req) => {"
        " await pool.query('DELETE FROM a'); await note(req.user.id); });"
    )
    assert decided(f"{_HELPER}\n{handler}") is Outcome.PASS


def test_a_helper_that_nobody_calls_records_nothing() -> None:
    """It is written, and that is all."""
    handler = "app.delete('/a/:id', async (req) => { await pool.query('DELETE FROM a'); });"
    assert decided(f"{_HELPER}\n{handler}") is Outcome.FAIL
