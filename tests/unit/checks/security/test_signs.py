"""What code shows of input, injection and authentication."""

from __future__ import annotations

import pytest

from harness.checks.security.signs import ACCESS, INJECTION, INPUT, Signs, signs_of
from harness.response.parse import parse_response


def signs(code: str, language: str = "js") -> Signs:
    return parse_response(f"```{language}\n{code}\n```").once(signs_of)


EXPRESS = "const express = require('express');\nconst app = express();\n"


def test_a_route_that_takes_a_body_has_input_and_callers() -> None:
    """Both are surfaces."""
    assert signs(f"{EXPRESS}app.post('/a', b);").relevant == {INPUT, ACCESS}


def test_a_route_that_takes_nothing_has_callers_only() -> None:
    """Nothing is there to be checked."""
    assert signs(f"{EXPRESS}app.get('/a', (req, res) => res.json(1));").relevant == {ACCESS}


@pytest.mark.parametrize(
    ("code", "handled"),
    [
        ("pool.query('SELECT a FROM b WHERE c = $1', [c]);", True),
        ("const sql = 'SELECT a FROM b';\npool.query(sql);", True),
        ("const table = 'b';\npool.query(`SELECT a FROM ${table}`);", True),
        ("prisma.$queryRawUnsafe('SELECT a FROM b ' + c);", False),
        ("pool.query(`SELECT a FROM b WHERE c = ${req.query.c}`);", False),
    ],
)
def test_values_are_kept_out_of_queries(code: str, handled: bool) -> None:
    """A text made of constants is as good as one text."""
    found = signs(code)
    assert (INJECTION in found.relevant, INJECTION in found.handled) == (True, handled)


def test_a_query_that_is_put_together_is_doubtful() -> None:
    """What stands in it is not followed here."""
    assert signs("pool.query(`SELECT a FROM b ORDER BY ${column}`);").doubtful == {INJECTION}


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("js", f"{EXPRESS}app.post('/a', authenticate, b);"),
        ("js", f"{EXPRESS}app.post('/a', passport.authenticate('jwt'), b);"),
        ("python", "@router.post('/a')\ndef a(user: User = Depends(current_user)): ..."),
        ("python", "class A(APIView):\n    permission_classes = [IsAuthenticated]"),
        ("php", "Route::middleware('auth:sanctum')->post('/a', A::class);"),
    ],
)
def test_callers_are_known(language: str, code: str) -> None:
    """In the ways of each framework."""
    assert ACCESS in signs(code, language).handled


def test_a_token_that_is_only_read_leaves_callers_unknown() -> None:
    """Anybody can write a token."""
    code = f"{EXPRESS}const jwt = require('jsonwebtoken');\napp.get('/a', (q, s) => s.json(jwt.decode(q.t)));"
    assert signs(code).open == {ACCESS}


def test_a_token_that_is_verified_as_well_is_fine() -> None:
    """To read its header first is common."""
    code = f"const jwt = require('jsonwebtoken');\n{EXPRESS}const h = jwt.decode(t);\njwt.verify(t, key(h));"
    assert signs(code).open == frozenset()
