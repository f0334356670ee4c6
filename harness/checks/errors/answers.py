"""What handlers answer with: statuses, bodies that report an error, rows that may be missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus

from harness.checks.errors.terms import entries_of, judged_units, last_name, names_in
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
    Name,
)
from harness.response.flow.statements import Return, Unit
from harness.response.flow.walk import Node, walk
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.program import Program

__all__ = [
    "Answer",
    "all_answers",
    "all_statuses",
    "answers_of",
    "error_statuses",
    "reports_error",
    "status_of",
]

_SENDING = frozenset({"json", "send", "jsonp", "end"})
_RESPONSES = frozenset({"res", "response", "reply", "_res", "resp"})
_SETTERS = frozenset({"status", "code"})
_MADE = frozenset(
    {"JsonResponse", "Response", "JSONResponse", "HttpResponse", "jsonify", "ORJSONResponse", "make_response"}
)
_ERROR_KEYS = frozenset({"error", "errors"})
_DONE_KEYS = frozenset({"success", "ok", "succeeded"})
_FAILED = frozenset({"error", "fail", "failed", "failure"})
# Calls and names with a number that is a status: `abort(404)`, `new AppError('x', 404)`, `problem(422, ...)`.
_STATUS_CALL = re.compile(
    r"status|code|abort|error|exception|http|problem|answer|fail|throw|reject|respond|refuse|response|json|send|super",
    re.IGNORECASE,
)
_STATUS_NAME = re.compile(r"status|code", re.IGNORECASE)
_BY_NAME = {
    "notfound": 404,
    "badrequest": 400,
    "unauthorized": 401,
    "unauthorised": 401,
    "unauthenticated": 401,
    "authenticationfailed": 401,
    "notauthenticated": 401,
    "forbidden": 403,
    "permissiondenied": 403,
    "conflict": 409,
    "alreadyexists": 409,
    "duplicate": 409,
    "unprocessable": 422,
    "validationerror": 400,
    "validationexception": 422,
    "parseerror": 400,
    "gone": 410,
    "toomanyrequests": 429,
    "throttled": 429,
    "internalservererror": 500,
    "serviceunavailable": 503,
    "badgateway": 502,
    "notacceptable": 406,
    "preconditionfailed": 412,
}
_BY_CALL = {
    "get_object_or_404": 404,
    "get_list_or_404": 404,
    "first_or_404": 404,
    "get_or_404": 404,
    "one_or_404": 404,
    "findOrFail": 404,
    "firstOrFail": 404,
    "validate": 422,
    "validated": 422,
    "validateAsync": 400,
    "is_valid": 400,
    "celebrate": 400,
    "authorize": 403,
    "raise_for_status": 502,
    "http404": 404,
}
_NUMBER = re.compile(r"(?<!\d)([1-5]\d\d)(?!\d)")


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One answer of a handler: its status (200 where none is set, 0 where it cannot be told) and body."""

    node: Expression
    status: int
    body: Expression | None
    function: Function | None


def status_of(flow: Flow, value: Expression, unit: Unit) -> int:
    """Return the status that an expression names; 0 where that cannot be told."""
    constant = flow.names.constant(value, unit)
    if isinstance(constant, int) and not isinstance(constant, bool):
        return constant
    if isinstance(constant, str) and constant.isdecimal():
        return int(constant[:3])
    if isinstance(value, Attribute | Name):
        return _named_status(value.name)
    return 0


def _named_status(name: str) -> int:
    found = _NUMBER.search(name)
    if found is not None:
        return int(found[1])
    try:
        return HTTPStatus[name.upper()].value
    except KeyError:
        return 0


def error_statuses(flow: Flow, unit: Unit) -> set[int]:
    """Return the error statuses that a unit names anywhere: in answers, errors, exceptions, mappings."""
    found: set[int] = set()
    for call in unit.calls:
        name = last_name(call.callee)
        found.add(_by_name(name))
        says_so = _STATUS_CALL.search(name) is not None
        for argument in call.arguments[:4]:
            if says_so or (argument.name and _STATUS_NAME.search(argument.name)):
                found.add(_spelled_status(flow, argument.value, unit))
    for assignment in unit.assignments:
        if assignment.value is not None and _STATUS_NAME.search(last_name(assignment.target)):
            found.add(status_of(flow, assignment.value, unit))
    for mapping in flow.names.nodes(unit, Mapping):
        found |= _in_mapping(flow, mapping, unit)
    if unit.language == "python":
        found |= _in_python(flow, unit)
    return {status for status in found if 400 <= status <= 599}


def _in_python(flow: Flow, unit: Unit) -> set[int]:
    """`return body, 404`, `status.HTTP_404_NOT_FOUND`, `raise Http404`."""
    found: set[int] = set()
    for given in flow.names.nodes(unit, Return):
        if isinstance(given.value, Items) and len(given.value.items) > 1:
            found.add(status_of(flow, given.value.items[1], unit))
    spelled = {one.name for one in flow.names.nodes(unit, Name)}
    spelled |= {one.name for one in flow.names.nodes(unit, Attribute)}
    found |= {_named_status(name) for name in spelled if name.startswith("HTTP_")}
    return found | ({404} if "Http404" in spelled else set())


def _in_mapping(flow: Flow, node: Mapping, unit: Unit) -> set[int]:
    """`{ status: 404 }` and tables of codes."""
    values = [entry.value for entry in node.entries]
    firsts = [value.items[0] if isinstance(value, Items) and value.items else value for value in values]
    numbers = [one for one in firsts if isinstance(one, Constant) and isinstance(one.value, int)]
    return {status_of(flow, value, unit) for value in numbers}


@lru_cache(maxsize=4096)
def _by_name(name: str) -> int:
    """Return the status that the name of a call or of an exception stands for; 0 where it names none."""
    plain = name.lower().replace("_", "").replace("http", "")
    return _BY_CALL.get(name) or next((status for word, status in _BY_NAME.items() if word in plain), 0)


def _spelled_status(flow: Flow, value: Expression, unit: Unit) -> int:
    """Return a status where an argument looks like one: most arguments are nothing of the kind."""
    if isinstance(value, Constant):
        return value.value if isinstance(value.value, int) else 0
    if isinstance(value, Name | Attribute) and (_STATUS_NAME.search(value.name) or value.name.isupper()):
        return status_of(flow, value, unit)
    return 0


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


def all_statuses(program: Program) -> dict[Unit, set[int]]:
    """Return the error statuses of all units that are judged."""
    return {unit: error_statuses(program.flow, unit) for unit in judged_units(program)}


def answers_of(flow: Flow, unit: Unit) -> Iterator[Answer]:
    """Yield the answers that the handlers of a unit send."""
    if unit.language in JAVASCRIPT_FAMILY:
        yield from _sent(flow, unit)
    elif unit.language == "python":
        yield from _returned(flow, unit)
    else:
        yield from _echoed(flow, unit)


def _sent(flow: Flow, unit: Unit) -> Iterator[Answer]:
    for call in unit.calls:
        callee = call.callee
        if not isinstance(callee, Attribute):
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
    for entry in entries_of(unit, flow):
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
            elif isinstance(value, Call) and last_name(value.callee) in _MADE:
                status, body = _made(flow, value, unit, status)
            yield Answer(value, status, body, entry)


def _made(flow: Flow, call: Call, unit: Unit, status: int) -> tuple[int, Expression]:
    for one in call.arguments:
        if one.name in {"status", "status_code"}:
            status = status_of(flow, one.value, unit)
    if len(call.arguments) > 1 and not call.arguments[1].name and last_name(call.callee) != "jsonify":
        status = status_of(flow, call.arguments[1].value, unit)
    if last_name(call.callee) == "jsonify" or not call.arguments:
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
        elif name == "json_encode" and call.arguments and _is_shown(flow, call, unit):
            status = 0 if _status_beside(flow, call, unit) else 200
            yield Answer(call, status, call.arguments[0].value, function)


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
            isinstance(one.value, Constant) and _NUMBER.search(str(one.value.value)) is not None
            for one in node.arguments
        )
    )
