"""Statuses that a program names: in answers, errors, exceptions and tables of codes."""

from __future__ import annotations

import re
from functools import lru_cache
from http import HTTPStatus

from harness.checks.errors.terms import called, judged_units, last_name
from harness.response.flow.build import Flow
from harness.response.flow.expressions import Attribute, Constant, Expression, Items, Mapping, Name
from harness.response.flow.statements import Return, Unit
from harness.response.program import Program

__all__ = ["NUMBER", "all_statuses", "error_statuses", "status_of"]

# Calls and names with a number that is a status: `abort(404)`, `ctx.assert(row, 404)`, `problem(422, ...)`.
_STATUS_CALL = re.compile(
    r"status|code|abort|assert|error|exception|http|problem|answer|fail|throw|reject|respond|refuse|response|json|send|super",
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
NUMBER = re.compile(r"(?<!\d)([1-5]\d\d)(?!\d)")


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
    found = NUMBER.search(name)
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
        name = called(call.callee, unit)
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
    for given in flow.names.nodes(unit, Return):
        if isinstance(given.value, Items):
            found |= {_spelled_status(flow, one, unit) for one in given.value.items[:2]}
    if unit.language == "python":
        found |= _in_python(flow, unit)
    return {status for status in found if 400 <= status <= 599}


def _in_python(flow: Flow, unit: Unit) -> set[int]:
    """`status.HTTP_404_NOT_FOUND`, `raise Http404`."""
    spelled = {one.name for one in flow.names.nodes(unit, Name)}
    spelled |= {one.name for one in flow.names.nodes(unit, Attribute)}
    found = {_named_status(name) for name in spelled if name.startswith("HTTP_")}
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


def all_statuses(program: Program) -> dict[Unit, set[int]]:
    """Return the error statuses of all units that are judged."""
    return {unit: error_statuses(program.flow, unit) for unit in judged_units(program)}
