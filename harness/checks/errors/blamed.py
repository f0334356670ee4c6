"""What the caller got wrong and is answered as a failure of the server."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checks.errors.catches import is_blanket
from harness.checks.errors.statuses import status_of
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Attribute,
    Call,
    Conditional,
    Constant,
    Expression,
    Function,
    Items,
    Name,
)
from harness.response.flow.statements import Handler, If, Raise, Return, Switch, Try, Unit
from harness.response.flow.walk import walk
from harness.response.languages import JAVASCRIPT_FAMILY

__all__ = ["own_mistakes"]

# What only a caller can get wrong, in the words that it is told by.
_CALLERS = re.compile(
    r"(?i)\b(?:not found|no [\w-]+ (?:match(?:es)?|found|exists?)|does not exist|is not (?:supported|allowed)"
    r"|already (?:exists|taken|in use|registered)"
    r"|(?:is|are) required|invalid|must (?:be|not be|have|contain))\b"
)
_LOGIN = re.compile(
    r"(?i)\b(?:invalid|wrong|bad|incorrect)\s+(?:credentials|password|e-?mail|user\s?name|token)\b"
)
# What a server lacks itself: settings, keys, files of its own.
_SERVERS = re.compile(
    r"(?i)config|settings?\b|environ|\benv\b|process|secret|api_?key|credential|template|server"
)


def own_mistakes(flow: Flow, unit: Unit) -> Iterator[Expression]:
    """Yield answers of 500, given on a condition, whose own words name a mistake of the caller."""
    if "500" not in unit.block.text and "INTERNAL_SERVER_ERROR" not in unit.block.text:
        return
    for test in flow.names.nodes(unit, If):
        if _SERVERS.search(test.test.node.text()[:400]) or _in_handler(flow, test, unit):
            continue
        for node in walk(test.then, into_functions=False):
            if not isinstance(node, Return | Raise) or node.value is None or _nested(flow, node, test, unit):
                continue
            if _is_server_error(flow, node.value, unit) and _names_caller(node.value):
                yield node.value
    yield from _caught_as_ours(flow, unit)


def _caught_as_ours(flow: Flow, unit: Unit) -> Iterator[Expression]:
    """Yield the 500 of a handler for everything, where what is tried raises on a condition itself."""
    if unit.language in JAVASCRIPT_FAMILY:
        return  # there the check looks at each handler of errors with what it answers
    for attempt in flow.names.nodes(unit, Try):
        only = attempt.handlers[0] if len(attempt.handlers) == 1 else None
        if only is None or not is_blanket(only, unit) or not _raises_on_condition(attempt):
            continue
        if any(isinstance(node, If | Conditional | Switch) for node in walk(only.body)):
            continue
        ends = [node for node in walk(only.body, into_functions=False) if isinstance(node, Raise | Return)]
        values = [node.value for node in ends if node.value is not None]
        if values and len(values) == len(ends) and all(_is_server_error(flow, one, unit) for one in values):
            yield values[0]


def _raises_on_condition(attempt: Try) -> bool:
    return any(
        isinstance(node, Raise)
        for test in walk(attempt.body, into_functions=False)
        if isinstance(test, If) and not _SERVERS.search(test.test.node.text()[:400])
        for node in walk(test.then, into_functions=False)
    )


def _nested(flow: Flow, node: Return | Raise, test: If, unit: Unit) -> bool:
    """Say whether a condition further inside decides; that one is looked at by itself."""
    for around in flow.names.path_to(node, unit):
        if around is test:
            return False
        if isinstance(around, If | Handler):
            return True
    return False


def _in_handler(flow: Flow, test: If, unit: Unit) -> bool:
    for around in flow.names.path_to(test, unit):
        if isinstance(around, Function):
            return False
        if isinstance(around, Handler):
            return True
    return False


def _is_server_error(flow: Flow, value: Expression, unit: Unit) -> bool:
    """Say whether 500 is handed over as a status: to the call itself, one of its chain, or beside a body."""
    if isinstance(value, Items):
        return len(value.items) > 1 and status_of(flow, value.items[1], unit) == 500
    while isinstance(value, Call):
        for argument in value.arguments[:3]:
            if isinstance(argument.value, Constant | Name | Attribute) and (
                status_of(flow, argument.value, unit) == 500
            ):
                return True
        value = value.callee.base if isinstance(value.callee, Attribute) else value.callee
    return False


def _names_caller(value: Expression) -> bool:
    texts = [one.value for one in walk([value], into_functions=False) if isinstance(one, Constant)]
    said = " ".join(text[:200] for text in texts if isinstance(text, str))
    if _LOGIN.search(said):
        return True
    return _CALLERS.search(said) is not None and _SERVERS.search(said) is None
