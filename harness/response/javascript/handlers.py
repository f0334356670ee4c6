"""The middleware and handler arguments of a registration, arrays of them opened."""

from __future__ import annotations

from collections.abc import Iterable

from ast_grep_py import SgNode

from harness.response.javascript.members import member_of, properties_of
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    arguments_of,
    named,
    parameters_of_function,
    unwrap,
)
from harness.response.javascript.values import (
    ArrayValue,
    CallValue,
    FunctionValue,
    Literal,
    Member,
    ObjectValue,
    Parameter,
    Value,
    options_of,
)
from harness.response.record import record

__all__ = ["Handler", "flatten_handlers", "handler_style"]


@record
class Handler:
    """One middleware or handler: its value, and the expression in ``unit`` that it was written as.

    Of an array of middleware that is the element of the array, wherever that stands.
    """

    value: Value
    node: SgNode
    unit: Unit


def handler_style(function: SgNode) -> str:
    """Name the framework whose handlers take what a function takes; empty for Express and plain functions."""
    names = [
        (one.field("pattern") or one).text().partition(":")[0].strip("_? ")
        for one in parameters_of_function(function)[:3]
    ]
    if names[:1] == ["ctx"] and (len(names) == 1 or names[1] == "next"):
        return "Koa"
    if names == ["c"]:
        return "Hono"
    return "Fastify" if names[1:2] == ["reply"] else ""


def flatten_handlers(
    resolver: Resolver, arguments: Iterable[SgNode], unit: Unit, call: CallValue | None = None
) -> list[Handler]:
    """Return the handlers of an argument list; arrays are opened, spread, named, or made by a shown function.

    Args:
        resolver: names and values of the program.
        arguments: the expressions.
        unit: where they stand.
        call: the call of the function that the expressions stand in, when that function makes an array.
    """
    found: list[Handler] = []
    for argument in arguments:
        inner = named(argument)[0] if argument.kind() == "spread_element" and named(argument) else argument
        inner = _chosen(resolver, unwrap(inner), unit, call)
        value = resolver.resolve(inner, unit)
        made = [] if isinstance(value, ArrayValue) else _made_arrays(resolver, value)
        if isinstance(value, ArrayValue):
            found += flatten_handlers(resolver, named(value.node), value.unit, call)
        elif made and isinstance(value, CallValue) and call is None:
            for array in made[:1]:
                found += flatten_handlers(resolver, named(array.node), array.unit, value)
        else:
            found.append(Handler(value, inner, unit))
    return found


def _made_arrays(resolver: Resolver, value: Value) -> list[ArrayValue]:
    """`secured({ action })` may return the whole chain of a route as an array.

    An array that holds the code of a guard itself stays closed: that code speaks of the function's
    parameters, which only the call as a whole binds.
    """
    if not isinstance(value, CallValue) or not isinstance(value.callee, FunctionValue):
        return []
    returned = options_of(resolver.returned(value.callee))
    return [
        option
        for option in returned
        if isinstance(option, ArrayValue)
        and not any(part.kind() in FUNCTION_KINDS for part in named(option.node))
    ]


def _chosen(resolver: Resolver, node: SgNode, unit: Unit, call: CallValue | None) -> SgNode:
    """Of `action ? [can(action)] : []` take the branch that the call of the function decides."""
    condition, yes, no = node.field("condition"), node.field("consequence"), node.field("alternative")
    if call is None or node.kind() != "ternary_expression" or condition is None or yes is None or no is None:
        return node
    return unwrap(yes if _is_given(resolver, condition, unit, call) else no)


def _is_given(resolver: Resolver, condition: SgNode, unit: Unit, call: CallValue) -> bool:
    """Say whether a call gives a parameter, or a property of one, that a condition asks for."""
    names: list[str] = []
    value = resolver.resolve(condition, unit)
    while isinstance(value, Member):
        names.append(value.name)
        value = value.base
    arguments = arguments_of(call.node)
    if not isinstance(value, Parameter) or value.index >= len(arguments):
        return False
    given = resolver.resolve(arguments[value.index], call.unit)
    for name in reversed(names):
        if isinstance(given, ObjectValue) and name not in {
            key for key, _, _ in properties_of(resolver, given)
        }:
            return False
        given = member_of(resolver, given, name)
    return not isinstance(given, Literal) or bool(given.value)


def _names_of(resolver: Resolver, value: ObjectValue) -> set[str]:
    return {key for key, _, _ in properties_of(resolver, value)}
