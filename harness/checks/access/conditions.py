"""Splits the states of a request by a condition: those in which it holds, and those in which it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ast_grep_py import SgNode

from harness.checks.access.expressions import expression
from harness.checks.access.factories import Made, functions_made
from harness.checks.access.kinds import Fact, States
from harness.checks.access.leaves import settled_by, static_truth
from harness.checks.access.states import NEVER, joined, marked, with_facts
from harness.checks.access.words import ROLE_WORDS, words_of
from harness.response.javascript.scopes import Binding
from harness.response.javascript.syntax import arguments_of, callee_of, unwrap, walk

if TYPE_CHECKING:
    from harness.checks.access.flow import Flow

__all__ = ["condition", "declared"]

Split: TypeAlias = tuple[States, States]

_CONSTANTS = frozenset({"true", "false", "null", "undefined"})
# Expressions whose outcome a variable may carry to a later condition.
_TESTS = frozenset(
    {"true", "false", "binary_expression", "unary_expression", "ternary_expression", "call_expression"}
)


def condition(flow: Flow, node: SgNode, states: States) -> Split:
    """Return the states in which a condition holds, and those in which it does not."""
    node = unwrap(node)
    if not states or not flow.step():
        return states, states
    flow.nesting += 1
    try:
        return _split(flow, node, states)
    finally:
        flow.nesting -= 1


def _split(flow: Flow, node: SgNode, states: States) -> Split:
    kind = node.kind()
    if kind in _CONSTANTS:
        return (states, NEVER) if kind == "true" else (NEVER, states)
    if kind == "unary_expression" and node.text().startswith("!"):
        argument = node.field("argument")
        return (states, states) if argument is None else condition(flow, argument, states)[::-1]
    if kind == "binary_expression":
        connected = _connected(flow, node, states)
        if connected is not None:
            return connected
    if kind == "ternary_expression":
        return _ternary(flow, node, states)
    if kind == "call_expression":
        made = functions_made(flow.natures, callee_of(node) or node, flow.unit)
        if made:
            return _shown_call(flow, node, made, states)
    if kind == "identifier":
        remembered = _remembered(flow, node, states)
        if remembered is not None:
            return remembered
    return _leaf(flow, node, states)


def _connected(flow: Flow, node: SgNode, states: States) -> Split | None:
    left, right, operator = node.field("left"), node.field("right"), node.field("operator")
    sign = "" if operator is None else operator.text()
    if left is None or right is None or sign not in {"&&", "||", "??"}:
        return None
    true, false = condition(flow, left, states)
    if sign == "&&":
        both, second = condition(flow, right, true)
        return both, joined(false, second)
    second, neither = condition(flow, right, false)
    return joined(true, second), neither


def _ternary(flow: Flow, node: SgNode, states: States) -> Split:
    test, then, otherwise = node.field("condition"), node.field("consequence"), node.field("alternative")
    if test is None or then is None or otherwise is None:
        return states, states
    true, false = condition(flow, test, states)
    first, second = condition(flow, then, true), condition(flow, otherwise, false)
    return joined(first[0], second[0]), joined(first[1], second[1])


def _leaf(flow: Flow, node: SgNode, states: States) -> Split:
    states = expression(flow, node, states)
    truth = static_truth(flow.natures, node, flow.unit)
    if truth is not None:
        return (states, NEVER) if truth else (NEVER, states)
    true, false = settled_by(flow.natures, node, flow.unit)
    flow.asked |= true | false
    if not true and not false and _words(node) & ROLE_WORDS:
        flow.asked.add(Fact.ROLE)  # it asks for a role, though in vain
    return with_facts(states, true), with_facts(states, false)


def _shown_call(flow: Flow, call: SgNode, made: list[Made], states: States) -> Split:
    """Whether a shown function returns something true: by the conditions at its ``return`` statements."""
    for argument in arguments_of(call):
        states = expression(flow, argument, states)
    true, false = NEVER, NEVER
    for function, entries in made[:3]:
        given = flow.natures.arguments(function, arguments_of(call), flow.unit)
        with flow.natures.binding({**entries, **given}):
            for value, reached in flow.enter(function, states):
                if value is None:
                    false = joined(false, reached)
                    continue
                with flow.within(function.unit):
                    split = condition(flow, value, reached)
                true, false = joined(true, split[0]), joined(false, split[1])
    return true, false


# Variables that hold the outcome of a condition.


def declared(flow: Flow, target: SgNode | None, value: SgNode, states: States) -> States:
    """Run ``name = value``; where the value is a condition that settles something, remember its outcome."""
    if target is None or target.kind() != "identifier":
        return expression(flow, value, states)
    variable = _variable(flow, target)
    if variable is None:
        return expression(flow, value, states)
    plain = unwrap(value)
    if plain.kind() not in _TESTS:
        after = expression(flow, value, states)
        return frozenset(_forgotten(state, variable) for state in after)
    true, false = condition(flow, value, states)
    if true == false:
        return frozenset(_forgotten(state, variable) for state in true)
    return joined(marked(true, variable, value=True), marked(false, variable, value=False))


def _forgotten(state: frozenset[object], variable: object) -> frozenset[object]:
    return state - {(variable, True), (variable, False)}


def _variable(flow: Flow, name: SgNode) -> Binding | None:
    scope = flow.unit.identifiers.get(name)
    if scope is not None:
        return scope.lookup(name.text())
    return flow.natures.declarations(flow.unit).get(name)


def _remembered(flow: Flow, name: SgNode, states: States) -> Split | None:
    variable = _variable(flow, name)
    if variable is None:
        return None
    true = frozenset(state for state in states if (variable, True) in state)
    false = frozenset(state for state in states if (variable, False) in state)
    open_states = states - true - false
    if not true and not false:
        return None
    known = _leaf(flow, name, open_states) if open_states else (NEVER, NEVER)
    return joined(true, known[0]), joined(false, known[1])


def _words(node: SgNode) -> set[str]:
    kinds = {"identifier", "property_identifier", "shorthand_property_identifier"}
    return {word for part in walk(node) if part.kind() in kinds for word in words_of(part.text())}
