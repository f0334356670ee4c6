"""What endpoints are for, and what stands before them outside their own file."""

from __future__ import annotations

import pytest

from harness.checks.access.exposure import Exposure, exposure_of
from harness.checks.access.gateway import limited_paths
from harness.checks.access.protection import protections_of
from harness.checks.access.rbac import RoleBasedAccess
from harness.checks.base import Exchange
from harness.core.types import SuppliedFile
from harness.response.parse import parse_response


def exposure(route: str) -> Exposure:
    program = parse_response(f"```js\nconst app = require('express')();\napp.{route};\n```")
    (endpoint,) = program.routes.endpoints
    return exposure_of(endpoint)


@pytest.mark.parametrize(
    ("route", "wanted"),
    [
        ("get('/healthz', h)", Exposure.OPEN),
        ("get('/api-docs', h)", Exposure.OPEN),
        ("get('*', h)", Exposure.OPEN),
        ("post('/auth/login', h)", Exposure.ENTRY),
        ("post('/users/reset-password/:token', h)", Exposure.ENTRY),
        ("get('/auth/verify-email', h)", Exposure.ENTRY),
        ("post('/users', auth.register)", Exposure.ENTRY),
        ("post('/sessions', h)", Exposure.ENTRY),
        ("post('/webhooks/stripe', h)", Exposure.MACHINE),
        ("delete('/me/orders/:id', h)", Exposure.SELF),
        ("patch('/profile', h)", Exposure.SELF),
        ("patch('/users/:id/profile', h)", Exposure.PRIVILEGED),
        ("put('/username', h)", Exposure.SELF),
        ("post('/change-password', h)", Exposure.SELF),
        ("post('/email-campaigns', h)", Exposure.PRIVILEGED),
        ("delete('/sessions/:id', h)", Exposure.PRIVILEGED),
        ("get('/products/:id', h)", Exposure.READ),
        ("post('/products/search', h)", Exposure.READ),
        ("get('/admin/users', h)", Exposure.PRIVILEGED),
        ("delete('/products/:id', h)", Exposure.PRIVILEGED),
    ],
)
def test_the_purpose_of_an_endpoint(route: str, wanted: Exposure) -> None:
    """Method, path and handler's name say what an endpoint is for."""
    assert exposure(route) is wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("server { location /api/ { limit_req zone=a; proxy_pass http://app; } }", ("/api",)),
        ("server { location /api/ { limit_req zone=a; proxy_pass http://app/; } }", ("/",)),
        ("server { limit_req zone=a; location / { proxy_pass http://app; } }", ("/",)),
        ("limit_req_zone $binary_remote_addr zone=a:10m rate=1r/s;", ()),
        ("server { location / { # limit_req zone=a;\n proxy_pass http://app; } }", ()),
        ("server { location ~ \\.php$ { limit_req zone=a; } }", ()),
        ("} } { ; limit_req", ()),
    ],
)
def test_the_paths_that_nginx_limits(text: str, wanted: tuple[str, ...]) -> None:
    """`limit_req` limits its location; a zone alone limits nothing."""
    assert limited_paths(parse_response(f"```nginx\n{text}\n```")) == wanted


def test_a_finding_of_a_chain_stands_at_its_method() -> None:
    """`router.route(p).get(a).post(b)`: the line is that of `.post`."""
    code = "const app = require('express')();\napp.route('/x')\n  .get(h)\n  .post(h);\n"
    decision = RoleBasedAccess().decide(Exchange((), (), parse_response(f"```js\n{code}```")))
    assert [(finding.line, finding.quote) for finding in decision.findings] == [(5, ".post(h)")]


def test_supplied_files_guard_but_are_not_judged() -> None:
    """A supplied application mounts the guard; its own open route is not the answer's."""
    app = (
        "const app = require('express')();\napp.post('/legacy', h);\n"
        "app.use('/x', authenticate, requireRole('a'), require('./x'));\n"
    )
    router = "const router = require('express').Router();\nrouter.post('/', h);\nmodule.exports = router;"
    answer = f"```js\n// src/x.js\n{router}\n```"
    program = parse_response(answer, supplied=[SuppliedFile("src/app.js", app)])
    decision = RoleBasedAccess().decide(Exchange((), (), program))
    assert (decision.outcome.value, len(protections_of(program))) == ("pass", 1)


@pytest.mark.parametrize(
    "code",
    [
        "app.post('/x', (q, s, n) => {" + "if (a) {" * 2_000 + "n()" + "}" * 2_000 + "}, h);",
        "app.post('/x', " + "wrap(" * 2_000 + "g" + ")" * 2_000 + ", h);",
        "app.post('/x', (q, s, n) => { if (" + "!" * 3_000 + "q.user) n(); }, h);",
        "app.post('/x', (q, s, n) => { p" + ".then(() => { if (q.user) n(); })" * 800 + "}, h);",
        "const f = (q, s, n) => f(q, s, n); const g = (a) => { if (a) g(a); }; app.post('/x', f, g(1), h);",
    ],
    ids=["if", "wrappers", "negations", "promises", "recursion"],
)
def test_deep_and_recursive_code_is_survived(code: str) -> None:
    """Whatever is nested or calls itself ends in a decision."""
    program = parse_response(f"```js\nconst app = require('express')();\n{code}\n```")
    assert RoleBasedAccess().decide(Exchange((), (), program)).outcome.value == "fail"
