"""What the callers of a function give for its parameters, where the program shows them."""

from __future__ import annotations

from harness.response.javascript.members import member_of
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.syntax import arguments_of, callee_of, named, property_name, unwrap
from harness.response.javascript.values import (
    ArrayValue,
    Member,
    Parameter,
    Unknown,
    Value,
    options_of,
)

__all__ = ["given_values"]

_MAX_DEPTH = 5
_ELEMENT_METHODS = frozenset({"forEach", "map", "some", "every", "filter", "find", "flatMap"})


def given_values(resolver: Resolver, value: Value, depth: int = 0) -> list[Value]:
    """Return what a parameter, or a property of one, stands for in the calls that are shown.

    ``({ app }) => app.use(...)`` called as ``load({ app })``, a constructor's ``routes`` in
    ``new App([...])``, and the elements of an array in ``routes.forEach((route) => ...)``. Any other value
    is itself.
    """
    if depth > _MAX_DEPTH:
        return []
    if isinstance(value, Member):
        bases = given_values(resolver, value.base, depth + 1)
        if bases == [value.base]:
            return [value]
        found = [member_of(resolver, base, value.name) for base in bases]
        return [option for one in found for option in options_of(one) if not isinstance(option, Unknown)]
    if not isinstance(value, Parameter):
        return [value]
    given = _elements(resolver, value, depth) or _arguments(resolver, value)
    found_values: list[Value] = []
    for one in given:
        for option in options_of(one):
            found_values += given_values(resolver, option, depth + 1)
    return found_values or [value]


def _arguments(resolver: Resolver, parameter: Parameter) -> list[Value]:
    found: list[Value] = []
    for call, unit in resolver.call_sites(parameter.function):
        arguments = arguments_of(call)
        if parameter.index < len(arguments):
            found.append(resolver.resolve(arguments[parameter.index], unit))
    return found


def _elements(resolver: Resolver, parameter: Parameter, depth: int) -> list[Value]:
    """Return the elements of the array that a callback is called with."""
    arguments = parameter.function.parent()
    call = None if arguments is None else arguments.parent()
    callee = None if call is None or call.kind() != "call_expression" else callee_of(call)
    if arguments is None or callee is None or arguments.kind() != "arguments" or parameter.index:
        return []
    callee = unwrap(callee)
    target = callee.field("object")
    if target is None or property_name(callee.field("property")) not in _ELEMENT_METHODS:
        return []
    found: list[Value] = []
    for option in options_of(resolver.resolve(target, parameter.unit)):
        for array in given_values(resolver, option, depth + 1):
            if isinstance(array, ArrayValue):
                found += [resolver.resolve(part, array.unit) for part in named(array.node)]
    return found
