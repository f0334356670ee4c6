"""Failures after which somebody waits in vain: results that never come, requests that nobody answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.checks.errors.catches import is_blanket, tries_in
from harness.checks.errors.terms import (
    Seen,
    entries_of,
    is_log,
    is_nothing,
    judged_units,
    last_name,
    names_in,
)
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Await,
    Call,
    Constant,
    Expression,
    Function,
    Mapping,
    Name,
)
from harness.response.flow.statements import Evaluate, Handler, Raise, Return, Statement, Try, Unit
from harness.response.flow.walk import Node, walk
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.program import Program

__all__ = ["silent_failures"]

_NO_RESULT = "the error is only logged, and the caller gets nothing in place of a result"
_NO_ANSWER = "after this failure the request is never answered"
_HIDDEN = "every failure of the other side looks like nothing was found"
_ANSWERS = frozenset(
    "json send end status sendStatus redirect render next sendFile pipe reply code jsonify respond".split()
)
_REMOTE = re.compile(
    r"^(?:https?|axios|fetch|requests|httpx|guzzle|got|superagent|urllib|urlopen|curl_exec|Http)$"
)
_MAY_FAIL = re.compile(
    r"cache|redis|memcache|metric|track|telemetry|analytics|notif|slack|^log|logger|health|ping|exists|optional|maybe|try",
    re.IGNORECASE,
)
_LOOKS = re.compile(r"=== ?false|!== ?false|false ?[!=]==|\?:|if ?\( ?!? ?\$\w+ ?\)|!\s?@|error_get_last")
_UNTIDY = re.compile(r"unlink|rmdir|mkdir|chmod|fclose|ini_set|session_|header")
_SETTLES = frozenset({"all", "race", "any"})
_ERROR_NAMES = frozenset({"err", "error", "_err", "e", "ex", "exception"})


def silent_failures(program: Program) -> Iterator[Seen]:
    """Yield the failures that end where nobody hears of them."""
    flow = program.flow
    for unit in judged_units(program):
        found = [*_of_tries(flow, unit)]
        if unit.language in JAVASCRIPT_FAMILY:
            found += [*_left_alone(flow, unit), *_short_middleware(unit)]
        elif unit.language == "php" and "@" in unit.block.text:
            found += _silenced(flow, unit)
        for node, message in found:
            if not flow.is_counter_example(unit, node.node):
                yield Seen(flow.finding(unit, node.node, message))


def _of_tries(flow: Flow, unit: Unit) -> Iterator[tuple[Node, str]]:
    if "catch" not in unit.block.text and "except" not in unit.block.text:
        return
    entries = entries_of(unit, flow, tasks=False)
    for attempt in tries_in(flow, unit):
        function = flow.names.enclosing(attempt, unit)
        for handler in attempt.handlers:
            message = ""
            if function is not None and is_blanket(handler, unit):
                message = _fault_of(attempt, handler, function, is_entry=function in entries)
            if not message and _is_bare(handler, unit):
                message = "a bare except catches what nobody can handle, the end of the program among it"
            if not message and _hands_out(handler):
                message = "the whole error is sent to the client"
            if message:
                yield handler, message


def _fault_of(attempt: Try, handler: Handler, function: Function, *, is_entry: bool) -> str:
    body = [one for one in handler.body if not is_nothing(one)]
    if body and all(is_log(one) for one in body):
        after = _after(attempt, function)
        if is_entry and _answers(attempt.body) and not _answers(after) and not attempt.final:
            return _NO_ANSWER
        if is_entry and not _answers(attempt.body) and not _answers(after) and _is_express(function):
            return _NO_ANSWER
        gives = any(isinstance(one, Return) and _is_work(one.value) for one in _own(attempt.body))
        if gives and not is_entry and not after and not _MAY_FAIL.search(_names_of(attempt, function)):
            return _NO_RESULT
    if len(body) == 1 and _gives_nothing(body[0]) and _asks_others(attempt.body):
        return "" if _MAY_FAIL.search(_names_of(attempt, function)) else _HIDDEN
    return ""


def _own(body: Sequence[Statement]) -> Iterator[Node]:
    return walk(body, into_functions=False)


def _after(attempt: Try, function: Function) -> Sequence[Statement]:
    """Return what follows a ``try`` in its function; the function itself where that lies deeper."""
    if attempt in function.body:
        return function.body[function.body.index(attempt) + 1 :]
    return function.body


def _answers(body: Sequence[Statement]) -> bool:
    return any(isinstance(one, Call) and last_name(one.callee) in _ANSWERS for one in walk(body)) or any(
        isinstance(one, Return) and one.value is not None for one in _own(body)
    )


def _is_express(function: Function) -> bool:
    """Say whether a handler must answer by itself: nothing answers for one of Express when it returns."""
    second = function.parameters[1].target if len(function.parameters) > 1 else None
    return isinstance(second, Name) and second.name in {"res", "response"} and not function.decorators


def _is_work(value: Expression | None) -> bool:
    return value is not None and any(
        isinstance(one, Call | Await) for one in walk([value], into_functions=False)
    )


def _names_of(attempt: Try, function: Function) -> str:
    calls = [one for one in walk(attempt.body) if isinstance(one, Call)]
    return " ".join([function.name, *[name for call in calls[:10] for name in names_in(call.callee)]])


def _gives_nothing(statement: Statement) -> bool:
    if not isinstance(statement, Return):
        return False
    value = statement.value
    return value is None or (isinstance(value, Constant) and value.value is None)


def _asks_others(body: Sequence[Statement]) -> bool:
    calls = [one for one in _own(body) if isinstance(one, Call)]
    return any(_REMOTE.match(name) for call in calls for name in names_in(call.callee))


def _is_bare(handler: Handler, unit: Unit) -> bool:
    if unit.language != "python" or handler.types:
        return False
    return not any(isinstance(one, Raise) for one in walk(handler.body))


def _hands_out(handler: Handler) -> bool:
    """Say whether a handler answers with the caught error itself: ``res.json({ error: err })``."""
    if not handler.name:
        return False
    for node in walk(handler.body, into_functions=False):
        if not isinstance(node, Call) or last_name(node.callee) not in {"json", "send"}:
            continue
        if names_in(node.callee)[-1:] not in (["res"], ["response"], ["reply"]):
            continue
        for argument in node.arguments:
            given = [argument.value]
            if isinstance(argument.value, Mapping):
                given += [entry.value for entry in argument.value.entries]
            if any(isinstance(one, Name) and one.name == handler.name for one in given):
                return True
    return False


def _left_alone(flow: Flow, unit: Unit) -> Iterator[tuple[Node, str]]:
    """Promises that hold several, whose failure nobody waits for: ``Promise.all(...)`` as a statement."""
    if "Promise." not in unit.block.text:
        return
    for statement in flow.names.nodes(unit, Evaluate):
        call = statement.value
        settles = isinstance(call, Call) and last_name(call.callee) in _SETTLES
        if isinstance(call, Call) and settles and names_in(call.callee)[1:] == ["Promise"]:
            yield call, "the rejection of this promise reaches nobody"


def _short_middleware(unit: Unit) -> Iterator[tuple[Node, str]]:
    """Error middleware of Express has four parameters; with three it is called for requests, not errors."""
    for call in unit.calls:
        if last_name(call.callee) != "use":
            continue
        for argument in call.arguments:
            function = argument.value
            if isinstance(function, Function) and len(function.parameters) == 3:
                first = function.parameters[0].target
                if isinstance(first, Name) and first.name in _ERROR_NAMES:
                    yield function, "error middleware has four parameters: with three it never gets an error"


def _silenced(flow: Flow, unit: Unit) -> Iterator[tuple[Node, str]]:
    """What fails under an ``@`` of PHP, where nothing looks at the result."""
    for call in unit.calls:
        around = call.node.parent()
        if around is None or around.kind() != "error_suppression_expression":
            continue
        function = flow.names.enclosing(call, unit)
        text = (unit.block.text if function is None else function.node.text())[:4_000]
        if not _LOOKS.search(text) and not _UNTIDY.match(last_name(call.callee)):
            yield call, "what fails here is silenced, and nothing looks at the result"
