"""How code of any language turns a request away: the status that it names."""

from __future__ import annotations

from harness.checks.access.words import words_of
from harness.response.endpoints.reading import Reading, last_name
from harness.response.flow.expressions import (
    Attribute,
    Await,
    Call,
    Constant,
    Expression,
    Items,
    Name,
)
from harness.response.flow.statements import Unit
from harness.response.flow.walk import Node, parts_of

__all__ = ["STOPPING", "refused"]

UNAUTHORISED, FORBIDDEN, TOO_MANY = 401, 403, 429
_CODES = {UNAUTHORISED, FORBIDDEN, TOO_MANY}
_WORDS = (
    (UNAUTHORISED, frozenset("unauthorized unauthorised unauthenticated unauth".split())),
    (FORBIDDEN, frozenset("forbidden denied".split())),
    (TOO_MANY, frozenset("throttled ratelimit ratelimited toomany".split())),
)
_PAIRS = (
    ({"not", "authenticated"}, UNAUTHORISED),
    ({"authentication", "failed"}, UNAUTHORISED),
    ({"authentication", "exception"}, UNAUTHORISED),
    ({"authentication", "error"}, UNAUTHORISED),
    ({"invalid", "token"}, UNAUTHORISED),
    ({"auth", "error"}, UNAUTHORISED),
    ({"authorization", "exception"}, FORBIDDEN),
    ({"authorization", "error"}, FORBIDDEN),
    ({"permission", "error"}, FORBIDDEN),
    ({"too", "many"}, TOO_MANY),
    ({"rate", "limit"}, TOO_MANY),
)
_WAYS_OUT = frozenset("login signin auth unauthorized forbidden".split())
_REDIRECTS = frozenset("redirect redirect_to_login RedirectResponse HttpResponseRedirect to_route".split())
# Calls that end the request themselves.
STOPPING = frozenset("abort exit die throw_error error problem fail deny reject halt abort_json".split())
_MAX_NODES = 80


def refused(reading: Reading, expression: Expression | None, unit: Unit) -> int:
    """Return the status with which an expression turns a request away: 401, 403, 429 or 0."""
    if expression is None:
        return 0
    if last_name(expression) in _REDIRECTS or _is_location(expression):
        return UNAUTHORISED if _leads_out(expression) else 0
    work: list[Node] = [expression]
    visits = 0
    while work and visits < _MAX_NODES:
        visits += 1
        node = work.pop()
        found = _status(node)
        if found:
            return found
        if isinstance(node, Call | Attribute | Items | Await):
            work += parts_of(node)
        elif isinstance(node, Name):
            work += [
                value for value, _ in reading.names.values(node, unit) if isinstance(value, Constant | Call)
            ][:2]
    return 0


def _status(node: Node) -> int:
    if isinstance(node, Constant):
        value = node.value
        return int(value) if isinstance(value, int | float) and value in _CODES else 0
    if not isinstance(node, Name | Attribute):
        return 0
    words = {word.lower() for word in words_of(last_name(node))}
    if words & {"valid", "handler"} and "invalid" not in words:
        return 0
    number = next((int(word) for word in words if word.isdigit() and int(word) in _CODES), 0)
    if number:
        return number
    for code, spelled in _WORDS:
        if words & spelled:
            return code
    return next((code for pair, code in _PAIRS if pair <= words), 0)


def _is_location(expression: Expression) -> bool:
    """`header('Location: /login.php')`."""
    if not isinstance(expression, Call) or last_name(expression) != "header" or not expression.arguments:
        return False
    first = expression.arguments[0].value
    return isinstance(first, Constant) and str(first.value).lower().startswith("location")


def _leads_out(expression: Expression) -> bool:
    if last_name(expression) == "redirect_to_login":
        return True
    work: list[Node] = [expression]
    for _ in range(_MAX_NODES):
        if not work:
            break
        node = work.pop()
        text = node.value if isinstance(node, Constant) else None
        if isinstance(text, str) and set(words_of(text)) & _WAYS_OUT:
            return True
        work += parts_of(node) if isinstance(node, Call | Attribute | Items | Await) else []
    return False
