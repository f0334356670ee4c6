"""What handlers answer with: statuses and bodies, and whether a body reports an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from harness.checks.errors.statuses import NUMBER, status_of
from harness.checks.errors.terms import called, entries_of, judged_units, last_name, names_in
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Await,
    Call,
    Constant,
    Expression,
    Function,
    Items,
    Mapping,
)
from harness.response.flow.statements import Return, Unit
from harness.response.flow.walk import Node, walk
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.program import Program

__all__ = ["Answer", "all_answers", "answers_of", "nest_handlers", "reports_error", "tells_of_error"]

_LONG = 200  # characters; a longer text is a page
_SENDING = frozenset({"json", "send", "jsonp", "end"})
_RESPONSES = frozenset({"res", "response", "reply", "_res", "resp"})
_NEST = frozenset({"Get", "Post", "Put", "Patch", "Delete", "All"})
_CONTEXTS = frozenset({"c", "ctx", "context"})
_BY_CONTEXT = frozenset({"json", "text"})
# What only a caller gets wrong, or is told when something went wrong.
_SAYS_ERROR = re.compile(
    r"(?i)\b(?:not found|does ?n[o']t exist|no such|invalid|(?:is|are) required|missing|unauthori[sz]ed"
    r"|forbidden|access denied|not allowed|already (?:exists|taken|in use|registered)|incorrect|wrong"
    r"|failed to|something went wrong|could not be|must be)\b"
)
_MESSAGES = frozenset({"message", "msg", "detail", "reason", "description"})
_BESIDE = _MESSAGES | {"code", "status", "statuscode", "data", "result", "timestamp"}
_SETTERS = frozenset({"status", "code"})
_MADE = frozenset(
    {"JsonResponse", "Response", "JSONResponse", "HttpResponse", "jsonify", "ORJSONResponse", "make_response"}
)
_ERROR_KEYS = frozenset({"error", "errors"})
_DONE_KEYS = frozenset({"success", "ok", "succeeded"})
_FAILED = frozenset({"error", "fail", "failed", "failure"})


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One answer of a handler: its status (200 where none is set, 0 where it cannot be told) and body."""

    node: Expression
    status: int
    body: Expression | None
    function: Function | None


def reports_error(body: Expression | None) -> bool:
    """Say whether a body says that something failed: ``{ error: ... }``, ``{ success: false }``."""
    if isinstance(body, Call):
        named = [(one.name, one.value) for one in body.arguments if one.name]
        first = body.arguments[0].value if body.arguments else None
        return any(_is_error_entry(*pair) for pair in named) or (
            last_name(body.callee) in {"jsonify", "json_encode"} and reports_error(first)
        )
    if not isinstance(body, Mapping):
        return False
    return any(
        isinstance(entry.key, Constant) and _is_error_entry(str(entry.key.value), entry.value)
        for entry in body.entries
    )


def tells_of_error(body: Expression | None) -> bool:
    """Say whether all that a body holds is a message, whose words tell of a failure."""
    if isinstance(body, Call) and body.arguments and last_name(body.callee) in {"jsonify", "json_encode"}:
        return tells_of_error(body.arguments[0].value)
    if isinstance(body, Constant):
        return (
            isinstance(body.value, str) and len(body.value) < _LONG and bool(_SAYS_ERROR.search(body.value))
        )
    if not isinstance(body, Mapping):
        return False
    told = False
    for entry in body.entries:
        key = str(entry.key.value).lower() if isinstance(entry.key, Constant) else ""
        if key not in _BESIDE:
            return False
        words = entry.value.value if isinstance(entry.value, Constant) else None
        if key not in _MESSAGES and words is not None and not isinstance(words, int | str):
            return False
        told = told or (key in _MESSAGES and isinstance(words, str) and bool(_SAYS_ERROR.search(words)))
    return told


def _is_error_entry(key: str, value: Expression) -> bool:
    constant = value.value if isinstance(value, Constant) else ...
    key = key.lower()
    if key in _ERROR_KEYS:
        if isinstance(value, Items):
            return bool(value.items)
        return bool(constant) if isinstance(value, Constant) else True
    if key in _DONE_KEYS:
        return constant is False
    return key == "status" and isinstance(constant, str) and constant.lower() in _FAILED


def all_answers(program: Program) -> dict[Unit, tuple[Answer, ...]]:
    """Return the answers of all units that are judged."""
    return {unit: tuple(answers_of(program.flow, unit)) for unit in judged_units(program)}


def answers_of(flow: Flow, unit: Unit) -> Iterator[Answer]:
    """Yield the answers that the handlers of a unit send."""
    if unit.language in JAVASCRIPT_FAMILY:
        yield from _sent(flow, unit)
        yield from _lambda_answers(flow, unit)
    elif unit.language == "python":
        yield from _returned(flow, unit)
    else:
        yield from _echoed(flow, unit)
        yield from _spoken(flow, unit)


def _of_context(flow: Flow, unit: Unit, call: Call) -> Answer | None:
    """What Hono answers with: ``c.json({ error: 'x' }, 404)``."""
    names = names_in(call.callee)
    if len(names) != 2 or names[0] not in _BY_CONTEXT or names[1] not in _CONTEXTS or not call.arguments:
        return None
    function = flow.names.enclosing(call, unit)
    if len(call.arguments) > 1:
        status = status_of(flow, call.arguments[1].value, unit)
    else:
        status = 0 if f"{names[1]}.status(" in unit.block.text else 200
    return Answer(call, status, call.arguments[0].value, function)


def _sent(flow: Flow, unit: Unit) -> Iterator[Answer]:
    yield from _assigned(flow, unit)
    for call in unit.calls:
        callee = call.callee
        answer = _of_context(flow, unit, call)
        if answer is not None:
            yield answer
        if not isinstance(callee, Attribute) or not (callee.name in _SENDING or callee.name == "sendStatus"):
            continue
        names = names_in(callee)
        if names[-1] not in _RESPONSES and not (len(names) > 1 and names[-2] in _RESPONSES):
            continue
        function = flow.names.enclosing(call, unit)
        first = call.arguments[0].value if call.arguments else None
        if callee.name == "sendStatus" and first is not None:
            yield Answer(call, status_of(flow, first, unit), None, function)
        elif callee.name in _SENDING:
            yield Answer(call, _status_in_chain(flow, callee.base, unit, function), first, function)


def _assigned(flow: Flow, unit: Unit) -> Iterator[Answer]:
    """What Koa answers with: ``ctx.body = { error: 'x' }``."""
    if ".body" not in unit.block.text:
        return
    for one in unit.assignments:
        if names_in(one.target) == ["body", "ctx"] and one.value is not None:
            function = flow.names.enclosing(one, unit)
            status = 0 if function is None or _sets_status(function) else 200
            yield Answer(one, status, one.value, function)


def _lambda_answers(flow: Flow, unit: Unit) -> Iterator[Answer]:
    """What a function in the cloud returns, `{ statusCode: 404, body: ... }`, and a handler of NestJS.

    NestJS sends what a handler returns, whatever it holds, with the status of the handler.
    """
    if not any(word in unit.block.text for word in ("statusCode", "@nestjs", "@Get", "@Post")):
        return
    for given in flow.names.nodes(unit, Return):
        if not isinstance(given.value, Mapping):
            continue
        entries = {
            entry.key.value: entry.value for entry in given.value.entries if isinstance(entry.key, Constant)
        }
        function = flow.names.enclosing(given, unit)
        if function is not None and any(last_name(one) in _NEST for one in function.decorators):
            yield Answer(given.value, 200, given.value, function)
        elif "statusCode" in entries:
            yield Answer(given.value, status_of(flow, entries["statusCode"], unit), None, function)


def nest_handlers(unit: Unit) -> Iterator[Function]:
    """Yield the methods that NestJS calls for requests; what they return is an answer without a word."""
    if "@Controller" in unit.block.text:
        yield from (one for one in unit.functions if any(last_name(each) in _NEST for each in one.decorators))


def _status_in_chain(flow: Flow, base: Expression, unit: Unit, function: Function | None) -> int:
    here = base
    while isinstance(here, Call) and isinstance(here.callee, Attribute):
        if here.callee.name in _SETTERS and here.arguments:
            return status_of(flow, here.arguments[0].value, unit)
        here = here.callee.base
    return 0 if function is not None and _sets_status(function) else 200


def _sets_status(function: Function) -> bool:
    """Say whether a function sets a status apart from the answer itself."""
    for node in walk(function.body, into_functions=False):
        if isinstance(node, Assignment) and last_name(node.target) in {"statusCode", "status_code", "status"}:
            return True
        if isinstance(node, Call) and last_name(node.callee) in {
            "writeHead",
            "http_response_code",
            "setStatusCode",
        }:
            return True
    return False


def _returned(flow: Flow, unit: Unit) -> Iterator[Answer]:
    for entry in entries_of(unit, flow, tasks=False):
        sets = _sets_status(entry)
        for node in flow.names.inside(entry, unit, Return):
            if node.value is None:
                continue
            value = node.value.value if isinstance(node.value, Await) else node.value
            status = 0 if sets else 200
            body: Expression = value
            if isinstance(value, Items):
                if len(value.items) > 1:
                    status = status_of(flow, value.items[1], unit)
                body = value.items[0] if value.items else value
            elif isinstance(value, Call) and called(value.callee, unit) in _MADE:
                status, body = _made(flow, value, unit, status)
            yield Answer(value, status, body, entry)


def _made(flow: Flow, call: Call, unit: Unit, status: int) -> tuple[int, Expression]:
    for one in call.arguments:
        if one.name in {"status", "status_code"}:
            status = status_of(flow, one.value, unit)
    if len(call.arguments) > 1 and not call.arguments[1].name and called(call.callee, unit) != "jsonify":
        status = status_of(flow, call.arguments[1].value, unit)
    if called(call.callee, unit) == "jsonify" or not call.arguments:
        return status, call
    content = [one.value for one in call.arguments if one.name in {"", "content", "data"}]
    return status, content[0] if content else call


def _echoed(flow: Flow, unit: Unit) -> Iterator[Answer]:
    for call in unit.calls:
        name = last_name(call.callee)
        function = flow.names.enclosing(call, unit)
        if name == "json" and isinstance(call.callee, Attribute) and "response" in names_in(call.callee):
            status = status_of(flow, call.arguments[1].value, unit) if len(call.arguments) > 1 else 200
            for one in call.arguments:
                status = status_of(flow, one.value, unit) if one.name == "status" else status
            if call.arguments:
                yield Answer(call, status, call.arguments[0].value, function)
        elif name == "noContent" and "response" in names_in(call.callee):
            yield Answer(call, 204, None, function)
        elif name == "json_encode" and call.arguments and _is_shown(flow, call, unit):
            status = 0 if _status_beside(flow, call, unit) else 200
            yield Answer(call, status, call.arguments[0].value, function)


def _spoken(flow: Flow, unit: Unit) -> Iterator[Answer]:
    """What a script for requests says in so many words: ``die('Invalid credentials')``."""
    if re.search(r"\$_(?:GET|POST|REQUEST)\b", unit.block.text) is None:
        return
    for call in unit.calls:
        if last_name(call.callee) in {"echo", "exit", "die", "print"} and call.arguments:
            body = call.arguments[0].value
            if tells_of_error(body) and "<" not in str(getattr(body, "value", "")):
                status = 0 if _status_beside(flow, call, unit) else 200
                yield Answer(call, status, body, flow.names.enclosing(call, unit))


def _is_shown(flow: Flow, call: Call, unit: Unit) -> bool:
    around = flow.names.parent(call, unit)
    return isinstance(around, Call) and last_name(around.callee) in {"echo", "exit", "die", "print"}


def _status_beside(flow: Flow, call: Call, unit: Unit) -> bool:
    """Say whether a status is set in the same statements as an answer, or in the function around."""
    child: Node = call
    for node in flow.names.path_to(call, unit):
        if isinstance(node, Function):
            return any(_sets(part) for part in walk(node.body))
        for body in (getattr(node, "then", ()), getattr(node, "otherwise", ()), getattr(node, "body", ())):
            if isinstance(body, tuple) and child in body and any(_sets(part) for part in walk(body)):
                return True
        child = node
    return any(_sets(part) for part in walk(unit.body, into_functions=False))


def _sets(node: Node) -> bool:
    return (
        isinstance(node, Call)
        and last_name(node.callee) in {"http_response_code", "header", "problem", "answer"}
        and any(
            isinstance(one.value, Constant) and NUMBER.search(str(one.value.value)) is not None
            for one in node.arguments
        )
    )
