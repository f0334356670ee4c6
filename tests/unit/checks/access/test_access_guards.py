"""What a shown middleware demands is read from its code, path by path."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness.checks.access.guards import GuardReader
from harness.checks.access.kinds import Guard
from harness.response.parse import parse_response

AUTHENTICATION, ROLE, LIMIT = Guard.AUTHENTICATION, Guard.AUTHORISATION, Guard.RATE_LIMIT


def demanded(middleware: str, before: str = "") -> frozenset[Guard]:
    program = parse_response(
        f"```js\nconst jwt = require('jsonwebtoken');\n{before}\nconst app = require('express')();\n"
        f"app.post('/x', {middleware}, answer);\n```"
    )
    (endpoint,) = program.routes.endpoints
    reader = GuardReader(program.resolver)
    return frozenset().union(*(reader.middleware(handler).guards for handler in endpoint.middleware))


GUARDS = yaml.safe_load(Path(__file__).with_name("guards.yaml").read_text(encoding="utf-8"))
ROLE_GUARDS, NO_ROLE_GUARDS = GUARDS["role guards"], GUARDS["no role guards"]
AUTHENTICATING, NOT_AUTHENTICATING = GUARDS["authenticating"], GUARDS["not authenticating"]


@pytest.mark.parametrize("name", ROLE_GUARDS)
def test_a_role_guard_is_recognised(name: str) -> None:
    """A middleware that lets only fitting roles pass demands authorisation."""
    assert ROLE in demanded(ROLE_GUARDS[name])


@pytest.mark.parametrize("name", NO_ROLE_GUARDS)
def test_what_lets_others_pass_is_no_role_guard(name: str) -> None:
    """One path without a fitting role is enough to be no guard."""
    assert ROLE not in demanded(NO_ROLE_GUARDS[name])


@pytest.mark.parametrize("name", AUTHENTICATING)
def test_authentication_is_recognised(name: str) -> None:
    """A middleware that only lets known callers pass authenticates."""
    assert AUTHENTICATION in demanded(AUTHENTICATING[name])


@pytest.mark.parametrize("name", NOT_AUTHENTICATING)
def test_what_lets_strangers_pass_does_not_authenticate(name: str) -> None:
    """Nobody's identity is established by the presence of a header."""
    assert AUTHENTICATION not in demanded(NOT_AUTHENTICATING[name])


def test_a_factory_without_a_right_demands_no_right() -> None:
    """`every` of no rights holds for everybody."""
    factory = (
        "const auth = (...rights) => (q, s, n) => { const mine = R[q.user.role] || [];"
        " if (!rights.every((right) => mine.includes(right))) return s.sendStatus(403); n(); };"
    )
    assert [ROLE in demanded(call, factory) for call in ("auth('write')", "auth()")] == [True, False]


def test_a_wrapper_hands_the_guard_on() -> None:
    """A shown wrapper is entered with what it is given."""
    wrapper = "const wrap = (fn) => (q, s, n) => Promise.resolve(fn(q, s, n)).catch(n);"
    guard = "wrap(async (q, s, n) => { if (q.user.role !== 'a') throw new Error('no'); n(); })"
    assert ROLE in demanded(guard, wrapper)


@pytest.mark.parametrize(
    ("middleware", "wanted"),
    [
        ("authorize('admin')", {AUTHENTICATION, ROLE}),
        ("restrictTo('editor')", {AUTHENTICATION, ROLE}),
        ("isAdmin", {AUTHENTICATION, ROLE}),
        ("auth('manageUsers')", {AUTHENTICATION, ROLE}),
        ("role(RoleCode.ADMIN)", {AUTHENTICATION, ROLE}),
        ("auth()", {AUTHENTICATION}),
        ("passport.authenticate('jwt', { session: false })", {AUTHENTICATION}),
        ("requireUser", {AUTHENTICATION}),
        ("apiLimiter", {LIMIT}),
        ("require('express-rate-limit')({ max: 5 })", {LIMIT}),
        ("helmet()", set()),
        ("validate(schema)", set()),
        ("upload.single('file')", set()),
    ],
)
def test_what_is_not_shown_is_judged_by_its_name(middleware: str, wanted: set[Guard]) -> None:
    """Name and arguments decide where there is no code."""
    assert demanded(middleware) == wanted


@pytest.mark.parametrize(
    ("middleware", "limits"),
    [
        ("(q, s, n) => limiter.consume(q.ip).then(() => n()).catch(() => s.sendStatus(429))", True),
        ("async (q, s, n) => { if ((await r.incr(q.ip)) > 9) return s.status(429).end(); n(); }", True),
        ("async (q, s, n) => { if ((await r.incr(q.ip)) > 9) s.status(429); n(); }", False),
        ("async (q, s, n) => { if ((await r.incr(q.ip)) > 9) log('many'); n(); }", False),
        ("(q, s, n) => limiter.consume(q.ip).then(() => n()).catch(() => n())", False),
    ],
)
def test_a_limiter_turns_requests_away(middleware: str, limits: bool) -> None:
    """Counting alone limits nothing."""
    assert (LIMIT in demanded(middleware)) is limits
