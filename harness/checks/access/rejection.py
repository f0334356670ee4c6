"""What a shown middleware or handler does: on which condition does it turn a request away?

A *stop* is a statement after which the handler behind is not reached: an answer with an error status, a
``throw``, ``next(error)``. A function guards on what decides whether a stop is reached: the conditions around
it, the earlier conditions that let a request pass, and the ``try`` whose failure it handles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ast_grep_py import SgNode

from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    arguments_of,
    callee_of,
    named,
    parameters_of_function,
    property_name,
    unwrap,
    walk,
)
from harness.response.javascript.values import Literal, Member

__all__ = ["Stop", "called_with_request", "conditions_of", "is_next_call", "stops_of"]

_SENDS = frozenset({"json", "send", "end", "sendStatus", "render", "redirect", "jsonp", "sendFile", "throw"})
_STATUS_CALLS = frozenset({"status", "sendStatus", "code", "writeHead", "throw", "redirect"})


@dataclass(frozen=True, slots=True)
class Stop:
    """One place where a request is turned away; ``status`` is the HTTP status where it is written out."""

    node: SgNode
    status: int
    unit: Unit


def stops_of(resolver: Resolver, function: SgNode, unit: Unit) -> Iterator[Stop]:
    """Yield the stops of a function, those in its callbacks included."""
    body = function.field("body")
    if body is None:
        return
    for node in walk(body):
        kind = node.kind()
        if kind == "throw_statement":
            yield Stop(node, _status_in(resolver, node, unit), unit)
        elif kind == "call_expression":
            if is_next_call(node) and arguments_of(node):
                yield Stop(node, _status_in(resolver, node, unit), unit)
            elif _answers(node):
                status = _status_in(resolver, node, unit)
                if (status >= 400 or _redirects(node)) and _ends_there(node, function):
                    yield Stop(node, status, unit)


def is_next_call(call: SgNode) -> bool:
    """Say whether a call hands the request on (``next()``) or to the error handler (``next(error)``)."""
    callee = callee_of(call)
    return callee is not None and callee.kind() == "identifier" and callee.text() in {"next", "done"}


def _answers(call: SgNode) -> bool:
    callee = callee_of(call)
    if callee is None or callee.kind() != "member_expression":
        return False
    if property_name(callee.field("property")) not in _SENDS:
        return False
    root = callee
    while root.kind() in {"member_expression", "call_expression"}:
        inner = root.field("object") if root.kind() == "member_expression" else callee_of(root)
        if inner is None:
            return False
        root = inner
    return root.text() in {"res", "response", "reply", "ctx", "resp", "this"}


def _redirects(call: SgNode) -> bool:
    callee = callee_of(call)
    return callee is not None and property_name(callee.field("property")) == "redirect"


def _status_in(resolver: Resolver, node: SgNode, unit: Unit) -> int:
    """Return the HTTP status that a statement names: ``res.status(403)``, ``new AppError('x', 403)``."""
    for part in walk(node, into_functions=False):
        if part.kind() not in {"call_expression", "new_expression"}:
            continue
        callee = callee_of(part)
        name = "" if callee is None else (property_name(callee.field("property")) or callee.text())
        if part.kind() == "call_expression" and name not in _STATUS_CALLS | {"next"} and "rror" not in name:
            continue
        for argument in arguments_of(part):
            value = resolver.resolve(argument, unit)
            if isinstance(value, Literal) and isinstance(value.value, float) and 400 <= value.value < 600:
                return int(value.value)
            if isinstance(value, Member) and value.name.upper() in _STATUS_NAMES:
                return _STATUS_NAMES[value.name.upper()]
        if "orbidden" in name:
            return 403
        if "nauthori" in name or "nauthenticated" in name:
            return 401
        if "TooMany" in name:
            return 429
    return 0


_STATUS_NAMES = {"UNAUTHORIZED": 401, "FORBIDDEN": 403, "TOO_MANY_REQUESTS": 429, "BAD_REQUEST": 400}


def _ends_there(call: SgNode, function: SgNode) -> bool:
    """Say whether nothing of the function runs after an answer was sent.

    ``res.status(403).end(); next();`` sends an answer and still runs the handler: that is no stop.
    """
    here = call
    for up in call.ancestors():
        kind = up.kind()
        if kind in {"return_statement", "throw_statement"}:
            return True
        if kind == "arrow_function" and up.field("body") == here and here.kind() != "statement_block":
            return True
        if kind in FUNCTION_KINDS and up != function:
            return True  # the end of a callback: what follows it has been decided elsewhere
        if kind in {"statement_block", "switch_case"}:
            following = _after(up, here)
            if any(
                part.kind() in {"return_statement", "throw_statement", "break_statement"}
                for part in following
            ):
                return not any(_hands_on(part) for part in following)
            if any(_hands_on(part) for part in following):
                return False
        if up == function:
            return True
        here = up
    return True


def _after(block: SgNode, child: SgNode) -> list[SgNode]:
    parts = named(block)
    for index, part in enumerate(parts):
        if part == child:
            return parts[index + 1 :]
    return []


def _hands_on(node: SgNode) -> bool:
    return any(
        part.kind() == "call_expression" and is_next_call(part) and not arguments_of(part)
        for part in walk(node, into_functions=False)
    )


def conditions_of(stop: Stop, function: SgNode) -> list[tuple[SgNode, bool | None]]:
    """Return what decides whether a stop is reached: expressions, and whether they must hold for it.

    A ``catch`` depends on everything its ``try`` does; a callback on the call it is handed to.
    """
    found: list[tuple[SgNode, bool | None]] = []
    here = stop.node
    for up in stop.node.ancestors():
        if up == function:
            break
        kind = up.kind()
        if kind in {"if_statement", "ternary_expression"}:
            condition = up.field("condition")
            if condition is not None and condition != here:
                found.append((condition, up.field("consequence") == here))
        elif kind == "binary_expression":
            left, operator = up.field("left"), up.field("operator")
            if left is not None and left != here and operator is not None:
                found.append((left, operator.text() == "&&"))
        elif kind == "catch_clause":
            parent = up.parent()
            body = None if parent is None else parent.field("body")
            if body is not None:
                found.append((body, None))
        elif kind == "switch_statement":
            value = up.field("value")
            found += [] if value is None else [(value, None)]
        elif kind in {"statement_block", "switch_case", "switch_default"}:
            found += _passed_before(up, here)
        elif kind in FUNCTION_KINDS:
            found += _callback_source(up)
        here = up
    return found


def _passed_before(block: SgNode, child: SgNode) -> list[tuple[SgNode, bool | None]]:
    """Conditions of earlier statements that leave the function: the stop is for those that did not."""
    found: list[tuple[SgNode, bool | None]] = []
    for part in named(block):
        if part == child:
            break
        condition, consequence = part.field("condition"), part.field("consequence")
        if part.kind() == "if_statement" and condition is not None and consequence is not None:
            if _leaves(consequence):
                found.append((condition, False))
    return found


def _leaves(node: SgNode) -> bool:
    last = node
    if node.kind() == "statement_block":
        parts = named(node)
        if not parts:
            return False
        last = parts[-1]
    return last.kind() in {"return_statement", "throw_statement"}


def _callback_source(function: SgNode) -> list[tuple[SgNode, bool | None]]:
    parent = function.parent()
    call = None if parent is None else parent.parent()
    if parent is None or call is None or parent.kind() != "arguments":
        return []
    return [(call, None)]


def called_with_request(resolver: Resolver, function: SgNode, unit: Unit) -> Iterator[SgNode]:
    """Yield the calls in a function that hand the request itself on to another middleware."""
    names = {parameter.text().split(":")[0].strip() for parameter in parameters_of_function(function)[:1]}
    body = function.field("body")
    for node in walk(body) if body is not None else ():
        if node.kind() != "call_expression" or is_next_call(node):
            continue
        arguments = [unwrap(argument).text() for argument in arguments_of(node)]
        if arguments and arguments[0] in names:
            yield node
