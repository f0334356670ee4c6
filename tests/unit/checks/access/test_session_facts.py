"""What the check of sessions makes of life times, endings, environments and supplied files."""

from __future__ import annotations

import pytest

from harness.checks.access.session import Session
from harness.checks.access.sessions.ground import Ground
from harness.checks.access.sessions.spans import SECONDS_OF_A_DAY, seconds
from harness.checks.base import Exchange
from harness.core.types import Decision, Outcome, SuppliedFile
from harness.response.parse import parse_response

_SIGN = (
    "```js\nconst jwt = require('jsonwebtoken');\n"
    "const t = jwt.sign({ sub: id }, key, { expiresIn: %s });\n```\n"
)


def decided(text: str, *files: SuppliedFile, truncated: bool = False) -> Decision:
    program = parse_response(text, supplied=files)
    return Session().decide(Exchange(messages=(), files=files, program=program, truncated=truncated))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("'30d'", 30 * SECONDS_OF_A_DAY),
        ("'2 weeks'", 14 * SECONDS_OF_A_DAY),
        ("'10m'", 600),
        ("60 * 60", 3_600),
        ("'never'", None),
        ("process.env.LIFE", None),
    ],
)
def test_a_life_time_is_read_as_seconds(written: str, expected: float | None) -> None:
    """Texts with units, numbers and products; what the environment says is unknown."""
    ground = Ground(parse_response(f"```js\nconst life = {written};\n```\n"))
    unit = ground.units[0]
    value = unit.assignments[0].value
    assert value is not None
    assert seconds(ground, value, unit) == expected


def test_a_long_token_is_a_fault_where_nothing_can_end_it() -> None:
    """Thirty days and no revocation."""
    assert decided(_SIGN % "'30d'").outcome is Outcome.FAIL


def test_a_long_token_is_none_where_it_can_be_revoked() -> None:
    """A list of revoked tokens ends it."""
    more = "```js\nconst isRevoked = (id) => redis.exists(`revoked:${id}`);\n```\n"
    assert decided(_SIGN % "'30d'" + more).outcome is Outcome.PASS


def test_a_life_time_of_the_environment_is_no_fault() -> None:
    """It is not known."""
    assert decided(_SIGN % "process.env.JWT_LIFE").outcome is Outcome.PASS


def test_supplied_files_are_not_held_against_the_answer() -> None:
    """The user's own session set-up is context."""
    file = SuppliedFile(
        "src/app.js", "const session = require('express-session');\napp.use(session({ secret: s }));\n"
    )
    assert (
        decided("```js\nexport const add = (a, b) => a + b;\n```\n", file).outcome is Outcome.NOT_APPLICABLE
    )


def test_an_answer_that_is_cut_off_is_undecided() -> None:
    """What is in order so far may go wrong in the rest."""
    assert decided(_SIGN % "'10m'", truncated=True).outcome is Outcome.UNDECIDED


def test_many_sites_in_one_handler_are_looked_at_once() -> None:
    """The handler is not walked anew for each of them: this takes minutes otherwise."""
    body = "req.session.userId = 1; jwt.sign({ sub: 1 }, k); const q = req.query.token;\n" * 1_500
    text = (
        f"```js\nconst jwt = require('jsonwebtoken');\napp.post('/login', (req, res) => {{\n{body}}});\n```\n"
    )
    assert decided(text).outcome is Outcome.FAIL
