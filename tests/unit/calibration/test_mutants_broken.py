"""Mutants that lose a guard: nothing of it acts any more, and everything else is as it was."""

from __future__ import annotations

import pytest
from mutant_sources import APP, code_of, source_of

from harness.calibration.mutants.foreign import drop_foreign
from harness.calibration.mutants.guards import Family, guards_of, is_whole
from harness.calibration.mutants.queries import write_into_query
from harness.calibration.mutants.removals import (
    comment_out,
    drop,
    drop_mount,
    ignore_result,
    put_in_string,
    reorder_mounts,
)
from harness.calibration.mutants.violations import hardcode_secret, log_to_console, swallow_errors
from harness.core.types import SuppliedFile

MOUNTED = """\
const express = require('express');
const limiter = require('express-rate-limit')({ max: 5 });
const app = express();
app.use(limiter);
app.get('/a', (req, res) => res.end());
app.post('/a', (req, res) => res.end());
module.exports = app;
"""


def test_every_guard_of_a_role_is_dropped() -> None:
    """On each route; the definition stays and guards nothing."""
    (mutant,) = drop(source_of(APP), Family.ROLE)
    code = code_of(mutant)[0]
    assert "app.post('/users',  (req, res)" in code
    assert "requireRole('admin')" not in code
    assert "const requireRole" in code


def test_other_guards_stay() -> None:
    """Who only drops the role still knows the caller."""
    (mutant,) = drop(source_of(APP), Family.ROLE)
    assert "app.use(authenticate);" in mutant.text


def test_a_guard_in_a_comment_is_one_argument_less() -> None:
    """The comma goes with it."""
    (mutant,) = comment_out(source_of(APP), Family.ROLE)
    assert "app.get('/users', /* requireRole('admin') */ (req, res)" in mutant.text


def test_a_mount_is_dropped() -> None:
    """Where no single route has the guard."""
    (mutant,) = drop_mount(source_of(MOUNTED), Family.LIMIT)
    assert "app.use(limiter)" not in mutant.text


def test_a_mount_stands_in_a_string() -> None:
    """As a statement that does nothing."""
    (mutant,) = put_in_string(source_of(MOUNTED), Family.LIMIT)
    assert '"app.use(limiter);";' in mutant.text


def test_a_mount_comes_after_the_last_route() -> None:
    """And before what follows the routes."""
    (mutant,) = reorder_mounts(source_of(MOUNTED), Family.LIMIT)
    lines = code_of(mutant)[0].split("\n")
    assert lines[-2:] == ["app.use(limiter);", "module.exports = app;"]
    assert lines[3] == ";"


@pytest.mark.parametrize(
    "code",
    [
        APP.replace("res.status(201)", "if (!may(req)) return res.status(403)"),
        APP + "app.delete('/users', (req, res) => { if (req.user.role !== 'admin') throw 1; });\n",
    ],
    ids=["a status in a handler", "a role in a handler"],
)
def test_a_guard_that_would_stay_behind_gives_no_mutant(code: str) -> None:
    """The verdict would be anyone's guess."""
    assert guards_of(source_of(code), Family.ROLE) == ()


def test_a_guard_in_a_supplied_file_gives_no_mutant() -> None:
    """The user's own code guards the routes as well."""
    supplied = (SuppliedFile("src/app.js", "if (!ok) res.status(403).end()"),)
    assert guards_of(source_of(APP, files=supplied), Family.ROLE) == ()


def test_a_router_is_not_taken_for_its_guard() -> None:
    """``app.use('/admin', requireRole('admin'), admin)`` mounts the last."""
    code = "const app = express();\napp.use('/admin', requireRole('admin'), admin);\n"
    assert [site.node.text() for site in guards_of(source_of(code), Family.ROLE)] == ["requireRole('admin')"]


def test_what_a_client_sends_is_no_route() -> None:
    """``axios.post('/x', token, options)`` guards nothing."""
    assert guards_of(source_of("axios.post('/x', authToken, options);\n"), Family.AUTHENTICATION) == ()


@pytest.mark.parametrize(
    ("code", "whole"),
    [
        (APP, True),
        ("const router = express.Router();\nrouter.get('/', f);\n", False),
        ("const app = express();\nconst r = Router();\napp.use('/v1', r);\n", True),
        ("const app = express();\nconst r = Router();\n", False),
    ],
)
def test_a_program_is_whole_when_its_app_is_shown(code: str, whole: bool) -> None:
    """Elsewhere a guard may stand where the answer does not show it."""
    assert is_whole(source_of(code)) is whole


def test_the_result_of_a_validation_is_ignored() -> None:
    """Only the ``if`` goes."""
    code = (
        "app.post('/a', (req, res) => {\n"
        "  const { error } = schema.validate(req.body);\n"
        "  if (error) return res.status(400).end();\n"
        "  return res.end();\n"
        "});\n"
    )
    (mutant,) = ignore_result(source_of(code))
    assert code_of(mutant)[0].split("\n")[1:3] == ["  const { error } = schema.validate(req.body);", "  ;"]


def test_a_validation_that_throws_has_no_result_to_ignore() -> None:
    """Nothing asks for it."""
    assert list(ignore_result(source_of("const value = await schema.validateAsync(req.body);\n"))) == []


@pytest.mark.parametrize(
    ("language", "code", "wanted"),
    [
        ("js", "const logger = require('./l');\nlogger.info('a', b);", "console.log('a', b);"),
        ("python", "import logging\nlogger = logging.getLogger()\nlogger.info('a %s', b)", "print('a %s')"),
        ("php", "Log::info('a', $b);", "var_dump('a', $b);"),
    ],
)
def test_a_log_line_goes_to_the_console(language: str, code: str, wanted: str) -> None:
    """In the way of each language."""
    (mutant,) = log_to_console(source_of(code, language=language))
    assert wanted in mutant.text


@pytest.mark.parametrize(
    ("language", "code", "wanted"),
    [
        ("js", "try { f(); } catch (e) { next(e); }", "catch (e) {}"),
        (
            "python",
            "try:\n    f()\nexcept ValueError:\n    raise Problem()\n",
            "except Exception:\n    pass",
        ),
        ("php", "try { f(); } catch (E $e) { report($e); }", r"catch (\Throwable $error) {}"),
    ],
)
def test_an_error_is_swallowed(language: str, code: str, wanted: str) -> None:
    """The handler stays and does nothing."""
    (mutant,) = swallow_errors(source_of(code, language=language))
    assert wanted in mutant.text


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("js", "const secret = process.env.JWT_SECRET;"),
        ("python", "SECRET_KEY = os.environ['SECRET_KEY']"),
        ("php", "$secret = env('APP_SECRET');"),
    ],
)
def test_a_secret_is_written_out(language: str, code: str) -> None:
    """Instead of being read from the environment."""
    (mutant,) = hardcode_secret(source_of(code, language=language))
    assert "'v9Kq2Lx7Tz4Rb8Wn3Yc6'" in mutant.text


@pytest.mark.parametrize(
    ("language", "code", "gone"),
    [
        ("python", "@permission_required('a.b')\ndef view(request):\n    return 1\n", "permission_required"),
        (
            "python",
            "class V(APIView):\n    permission_classes = [IsAdmin]\n\n    def get(self): ...\n",
            "IsAdmin",
        ),
        ("php", "Route::post('/a', [A::class, 'b'])->middleware('can:edit');", "can:edit"),
        ("php", "class A { function b() { $this->authorize('edit'); return 1; } }", "authorize"),
    ],
)
def test_a_guard_of_another_language_is_dropped(language: str, code: str, gone: str) -> None:
    """Decorators, permission classes, middleware and calls."""
    (mutant,) = drop_foreign(source_of(code, language=language), Family.ROLE)
    assert gone not in mutant.text


@pytest.mark.parametrize(
    ("language", "code", "wanted"),
    [
        (
            "js",
            "const f = (req) => db.query('SELECT 1 WHERE b = $1 AND c = $2', [req.query.b, 3]);",
            "db.query(`SELECT 1 WHERE b = '${req.query.b}' AND c = $1`, [3])",
        ),
        (
            "js",
            "const f = (req) => {\n  const { b } = req.body;\n  db.execute('DELETE WHERE b = ?', [b]);\n}",
            "db.execute(`DELETE WHERE b = '${b}'`, [])",
        ),
        (
            "python",
            "def f(request):\n    b = request.GET.get('b')\n    c.execute('DELETE FROM a WHERE b = %s', [b])",
            'c.execute(f"""DELETE FROM a WHERE b = \'{b}\'""", [])',
        ),
    ],
)
def test_a_value_of_the_request_is_written_into_a_query(language: str, code: str, wanted: str) -> None:
    """The other parameters move up."""
    (mutant,) = write_into_query(source_of(code, language=language))
    assert wanted in mutant.text


@pytest.mark.parametrize(
    "code",
    [
        "const f = (b) => db.query('SELECT 1 FROM a WHERE b = $1', [b]);",
        "const f = (req) => { const b = Number(req.query.b); db.query('SELECT 1 WHERE b = $1', [b]); };",
        "const f = (req) => db.query(text, [req.query.b]);",
    ],
    ids=["of unknown origin", "a number", "a text elsewhere"],
)
def test_a_value_that_may_be_harmless_stays_a_parameter(code: str) -> None:
    """The verdict would be anyone's guess."""
    assert list(write_into_query(source_of(code))) == []
