"""Calls of the standard library that only pass values on, and the parts of a request in an expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ast_grep_py import SgNode

from harness.checks.validation.terms import (
    EMPTY,
    MAX_ALTERNATIVES,
    Bound,
    Env,
    Items,
    Part,
    Terms,
    is_function,
    union,
)
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    arguments_of,
    named,
    property_name,
    unwrap,
)
from harness.response.javascript.values import CallValue, Instance, Literal, ObjectValue

if TYPE_CHECKING:
    from harness.checks.validation.evaluator import Evaluator

__all__ = ["known_call", "parts_in", "spreads_request"]

# Calls whose result is (a part of) their first argument or receiver.
_SAME_FIRST = frozenset(
    {"pick", "omit", "cloneDeep", "clone", "structuredClone", "freeze", "compact", "flatten"}
)
_SAME_RECEIVER = frozenset({"filter", "slice", "concat", "sort", "reverse", "flat", "find"})
_KNOWN = _SAME_FIRST | _SAME_RECEIVER | {"get", "map", "assign", "keys", "entries", "values"}


def known_call(evaluator: Evaluator, node: SgNode, callee: SgNode, unit: Unit, env: Env) -> Terms | None:
    """Return the result of a call of the standard library (or of lodash) that only passes values on."""
    name = property_name(callee.field("property")) or callee.text()
    if name not in _KNOWN:
        return None
    arguments = arguments_of(node)
    receiver = callee.field("object")
    if name in _SAME_FIRST and arguments:
        return evaluator.evaluate(arguments[0], unit, env)
    if receiver is None:
        return None
    if name == "get" and receiver.text() in {"_", "lodash"} and arguments:
        return evaluator.evaluate(arguments[0], unit, env)
    if receiver.text() == "Object" and arguments:
        return _object_call(evaluator, name, arguments, unit, env)
    if name in _SAME_RECEIVER:
        terms = evaluator.evaluate(receiver, unit, env)
        return terms if any(isinstance(term, Items) for term in terms) else None
    if name == "map" and arguments:
        functions = [t for t in evaluator.evaluate(arguments[0], unit, env) if is_function(t)]
        items = [t.items for t in evaluator.evaluate(receiver, unit, env) if isinstance(t, Items)]
        if functions and items:
            return (
                Items(tuple(evaluator.results(functions[0], [item]) for item in items[0][:MAX_ALTERNATIVES])),
            )
    return None


def _object_call(
    evaluator: Evaluator, name: str, arguments: list[SgNode], unit: Unit, env: Env
) -> Terms | None:
    if name == "assign":
        return union([evaluator.evaluate(argument, unit, env) for argument in arguments])
    if name not in {"keys", "entries", "values"}:
        return None
    items: list[Terms] = []
    for term in evaluator.evaluate(arguments[0], unit, env):
        for key, values in evaluator.properties(term):
            label: Terms = (Bound(Literal(key), EMPTY),)
            items.append(
                label if name == "keys" else values if name == "values" else (Items((label, values)),)
            )
    return (Items(tuple(items)),) if items else None


def spreads_request(evaluator: Evaluator, node: SgNode, unit: Unit, env: Env) -> bool:
    """Say whether all that an object spreads is of the request: ``{ ...req.body, id }``."""
    spreads = [part for part in named(node) if part.kind() == "spread_element" and named(part)]
    return bool(spreads) and all(
        any(isinstance(term, Part) for term in evaluator.evaluate(named(part)[0], unit, env))
        for part in spreads
    )


def parts_in(evaluator: Evaluator, node: SgNode, unit: Unit, env: Env, depth: int = 0) -> list[Part]:
    """Return the parts of the request that an expression is made of."""
    direct = [term for term in evaluator.evaluate(node, unit, env) if isinstance(term, Part)]
    if direct and unwrap(node).kind() != "object":
        return direct
    found: list[Part] = []
    stack = [unwrap(node)]
    while stack:
        here = stack.pop()
        kind = here.kind()
        if kind in FUNCTION_KINDS:
            continue
        if kind in {
            "member_expression",
            "subscript_expression",
            "identifier",
            "shorthand_property_identifier",
        }:
            terms = evaluator.evaluate(here, unit, env)
            parts = [term for term in terms if isinstance(term, Part)]
            found += parts
            if not parts and depth < 3:
                found += _parts_of_terms(evaluator, terms, depth)
            if parts or kind not in {"member_expression", "subscript_expression"}:
                continue
        stack.extend(named(here))
    return list(dict.fromkeys(found))


def _parts_of_terms(evaluator: Evaluator, terms: Terms, depth: int) -> list[Part]:
    found: list[Part] = []
    for term in terms:
        if isinstance(term, Bound) and isinstance(term.value, (ObjectValue, CallValue, Instance)):
            found += parts_in(evaluator, term.value.node, term.value.unit, term.env, depth + 1)
    return found
