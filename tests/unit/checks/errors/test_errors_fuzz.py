"""Mutilated programs: the checks of errors always decide, and never raise."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.checks.base import Check, Exchange
from harness.checks.code.handles_errors import HandlesErrors
from harness.checks.decide import run_check
from harness.checks.errors.handled import Handled
from harness.checks.errors.status_codes import StatusCodes
from harness.core.types import Outcome
from harness.response.parse import parse_response

PIECES = {
    "js": (
        "router.get('/a', |async (req, res, next) => {|}|);|try {|} catch (err) {|} finally {|await f(|)|"
        ".then(x => x)|.catch(() => {})|res.status(400).json({ error: 'x' });|res.json(|next(err);|"
        "throw new E(|class A extends Error {|if (!x) |return |(err, rows) => {|"
        "app.use((err, req, res, next) => {|;|,|"
    ),
    "python": (
        "def f(request):\n|    try:\n|        x = g()\n|    except Exception as e:\n|        pass\n|"
        "    except:\n|        print(e)\n|        return {}\n|@app.get('/a')\n|"
        "    raise HTTPException(404)\n|"
        "    return a, 404\n|class V(APIView):\n|    x = M.objects.get(pk=1)\n|with suppress(Exception):\n|"
    ),
    "php": (
        "<?php |try {|} catch (\\Exception $e) {|}|echo $e->getMessage();|http_response_code(400);|"
        "echo json_encode(['error' => 1]);|function f($x) {|$pdo = new PDO($x);|if (!$x) {|exit;|"
        "return response()->json(['ok' => false]);|class C extends Controller {|throw new E();|"
    ),
}
CHECKS = {check.id: check for check in (Handled(), StatusCodes(), HandlesErrors())}


@st.composite
def answers(draw: st.DrawFn) -> str:
    language = draw(st.sampled_from(sorted(PIECES)))
    pieces = draw(st.lists(st.sampled_from(PIECES[language].split("|")), max_size=30))
    return f"```{language}\n{''.join(pieces)}\n{draw(st.sampled_from(['```', '']))}"


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@given(answer=answers())
@settings(max_examples=60, deadline=None)
def test_every_program_is_decided(check: Check, answer: str) -> None:
    decision = run_check(check, Exchange((), (), parse_response(answer)))
    assert decision.outcome is not Outcome.ERROR, decision.reason


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_a_fail_has_a_place(check: Check) -> None:
    handler = "async (req, res) => { const x = await f(req.body); res.json({ error: x }); }"
    program = parse_response(f"```js\nrouter.post('/a', {handler});\n```")
    assert run_check(check, Exchange((), (), program)).findings
