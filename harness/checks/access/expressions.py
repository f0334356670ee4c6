"""Runs an expression in the abstract: its calls, in the order in which they happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ast_grep_py import SgNode

from harness.checks.access.answers import error_facts, status_facts
from harness.checks.access.kinds import Fact, Nature, States
from harness.checks.access.natures import Bound
from harness.checks.access.states import NEVER, joined, with_facts
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    arguments_of,
    callee_of,
    named,
    property_name,
    unwrap,
)

if TYPE_CHECKING:
    from harness.checks.access.flow import Flow

__all__ = ["expression", "thrown_facts"]

_WITHOUT_CALLS = FUNCTION_KINDS | frozenset(
    {"identifier", "string", "number", "true", "false", "null", "undefined", "regex", "this", "comment"}
)


def expression(flow: Flow, node: SgNode, states: States, *, is_statement: bool = False) -> States:
    """Run an expression; return the states behind it. ``is_statement``: its value is not used."""
    while node.kind() == "parenthesized_expression" and named(node):
        node = named(node)[0]
    kind = node.kind()
    if kind == "await_expression" and named(node):
        return expression(flow, named(node)[0], states, is_statement=is_statement)
    if not states or kind in _WITHOUT_CALLS or not flow.step():
        return states
    flow.nesting += 1
    try:
        if kind == "call_expression":
            from harness.checks.access.calls import call  # calls and expressions need each other

            return call(flow, node, states, is_statement=is_statement)
        handler = _EXPRESSIONS.get(kind, _parts)
        return handler(flow, node, states)
    finally:
        flow.nesting -= 1


def thrown_facts(flow: Flow, node: SgNode) -> frozenset[Fact]:
    """Return what a ``throw`` statement does to the request if nobody catches it."""
    return error_facts(flow, node)


def _parts(flow: Flow, node: SgNode, states: States) -> States:
    for part in named(node):
        states = expression(flow, part, states)
    return states


def _binary(flow: Flow, node: SgNode, states: States) -> States:
    from harness.checks.access.conditions import condition

    left, right, operator = node.field("left"), node.field("right"), node.field("operator")
    sign = "" if operator is None else operator.text()
    if left is None or right is None or sign not in {"&&", "||", "??"}:
        return _parts(flow, node, states)
    true, false = condition(flow, left, states)
    if sign == "&&":
        return joined(expression(flow, right, true), false)
    return joined(true, expression(flow, right, false))


def _ternary(flow: Flow, node: SgNode, states: States) -> States:
    from harness.checks.access.conditions import condition

    test, then, otherwise = node.field("condition"), node.field("consequence"), node.field("alternative")
    if test is None or then is None or otherwise is None:
        return _parts(flow, node, states)
    true, false = condition(flow, test, states)
    return joined(expression(flow, then, true), expression(flow, otherwise, false))


def _assignment(flow: Flow, node: SgNode, states: States) -> States:
    from harness.checks.access.conditions import declared

    left, right = node.field("left"), node.field("right")
    if left is None or right is None:
        return _parts(flow, node, states)
    states = declared(flow, left, right, states)
    target = left.field("object") if left.kind() == "member_expression" else None
    if target is not None and property_name(left.field("property")) in {"statusCode", "status"}:
        natures = flow.natures.of(unwrap(target), flow.unit)
        if Nature.RESPONSE in natures:
            return with_facts(states, status_facts(flow, right))
    return states


def _new(flow: Flow, node: SgNode, states: States) -> States:
    """``new Promise((resolve, reject) => ...)`` goes on where it is resolved."""
    from harness.checks.access.calls import run_callback

    callee, arguments = callee_of(node), arguments_of(node)
    executor = flow.natures.functions(arguments[0], flow.unit) if arguments else []
    if callee is None or callee.text() != "Promise" or not executor:
        return _parts(flow, node, states)
    function = executor[0]
    entries = {
        (function, index): Bound(None, function.unit, frozenset({nature}))
        for index, nature in enumerate((Nature.RESOLVE, Nature.REJECT))
    }
    before, flow.resolved = flow.resolved, NEVER
    with flow.natures.binding(entries):
        run_callback(flow, arguments[0], states)
    after, flow.resolved = flow.resolved, before
    return after


_EXPRESSIONS: dict[str, Callable[[Flow, SgNode, States], States]] = {
    "binary_expression": _binary,
    "ternary_expression": _ternary,
    "assignment_expression": _assignment,
    "new_expression": _new,
}
