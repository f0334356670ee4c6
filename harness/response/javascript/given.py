"""What the callers of a function give for its parameters, where the program shows them."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.response.javascript.members import member_of
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import arguments_of, callee_of, named, property_name, unwrap
from harness.response.javascript.values import (
    ArrayValue,
    Literal,
    Member,
    Parameter,
    Unknown,
    Value,
    options_of,
)

__all__ = ["given_values", "never_runs"]

_MAX_STEPS = 24
_MAX_DEPTH = 2
_MAX_CALLERS = 8
_MAX_ELEMENTS = 24
_ELEMENT_METHODS = frozenset({"forEach", "map", "some", "every", "filter", "find", "flatMap"})


def given_values(resolver: Resolver, value: Value, depth: int = 0) -> list[Value]:
    """Return what a parameter, or a property of one, stands for in the calls that are shown.

    ``({ app }) => app.use(...)`` called as ``load({ app })``, a constructor's ``routes`` in
    ``new App([...])``, and the elements of an array in ``routes.forEach((route) => ...)``. What no shown call
    gives stays as it is; after a bounded number of steps the rest is left out.
    """
    found: dict[Value, None] = {}
    seen: set[Value] = set()
    work = [value]
    while work and len(seen) < _MAX_STEPS:
        here = work.pop()
        if here in seen:
            continue
        seen.add(here)
        names, root = _flattened(here)
        given = _given(resolver, root, depth) if isinstance(root, Parameter) else []
        if not given:
            found[here] = None
            continue
        for one in given:
            for name in names:
                one = member_of(resolver, one, name)  # noqa: PLW2901 - a path is followed step by step
            work += [option for option in options_of(one) if not isinstance(option, Unknown)]
    return list(found) or [value]


def _flattened(value: Value) -> tuple[list[str], Value]:
    names: list[str] = []
    while isinstance(value, Member):
        names.append(value.name)
        value = value.base
    return names[::-1], value


def _given(resolver: Resolver, parameter: Parameter, depth: int) -> list[Value]:
    return _elements(resolver, parameter, depth) or _arguments(resolver, parameter)


def _arguments(resolver: Resolver, parameter: Parameter) -> list[Value]:
    found: list[Value] = []
    for call, unit in resolver.call_sites(parameter.function)[:_MAX_CALLERS]:
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
        for array in given_values(resolver, option, depth + 1) if depth < _MAX_DEPTH else ():
            if isinstance(array, ArrayValue):
                found += [resolver.resolve(part, array.unit) for part in named(array.node)[:_MAX_ELEMENTS]]
    return found


def never_runs(resolver: Resolver, method: str, call: SgNode, unit: Unit) -> bool:
    """Say whether a registration is dead: below ``if (false)``, or middleware in a function nobody mentions.

    Routes in such a function still are what the answer proposes; a guard there protects nothing else.
    """
    here = call
    for up in call.ancestors():
        kind = up.kind()
        if kind == "if_statement" and up.field("consequence") == here:
            condition = up.field("condition")
            if condition is not None and resolver.resolve(condition, unit) == Literal(False):
                return True
        if kind == "function_declaration" and method == "use":
            name, parent = up.field("name"), up.parent()
            is_exported = parent is not None and parent.kind() == "export_statement"
            if name is not None and not is_exported and name.text() not in _mentioned(resolver):
                return True
        if kind == "method_definition" and method == "use" and _is_private(up):
            called = property_name(up.field("name"))
            if called is not None and called not in _properties(resolver):
                return True
        here = up
    return False


def _is_private(method: SgNode) -> bool:
    """Say whether only its own class can call a method: `private`, `protected` or `#name`."""
    name = method.field("name")
    modifiers = {child.text() for child in method.children() if child.kind() == "accessibility_modifier"}
    return bool(modifiers & {"private", "protected"}) or (
        name is not None and name.kind() == "private_property_identifier"
    )


def _properties(resolver: Resolver) -> set[str | None]:
    """All names of properties that are read or called anywhere in the program."""
    return {property_name(node.field("property")) for unit in resolver.units for node in unit.members}


def _mentioned(resolver: Resolver) -> frozenset[str]:
    """All names that are used as values anywhere in the program."""
    if resolver.mentioned is None:
        resolver.mentioned = frozenset(node.text() for unit in resolver.units for node in unit.identifiers)
    return resolver.mentioned
