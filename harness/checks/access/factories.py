"""Functions that other functions make: ``authorize('admin')``, ``asyncHandler(guard)``."""

from __future__ import annotations

from typing import TypeAlias

from ast_grep_py import SgNode

from harness.checks.access.natures import Bound, Natures
from harness.response.javascript.members import constructor_of, returns_of
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import arguments_of, callee_of, unwrap
from harness.response.javascript.values import (
    CallValue,
    ClassValue,
    FunctionValue,
    Instance,
    Value,
    options_of,
)

__all__ = ["Made", "functions_made", "functions_made_as"]

# A function with what the parameters of the factories around it stand for.
Made: TypeAlias = tuple[FunctionValue, dict[tuple[FunctionValue, int], Bound]]

_MAX_LEVELS = 5


def functions_made(natures: Natures, node: SgNode, unit: Unit, depth: int = 0) -> list[Made]:
    """Return the shown functions that an expression stands for, calls of shown factories followed."""
    node = unwrap(node)
    made = functions_made_as(natures, natures.resolver.resolve(node, unit), depth)
    target = node.field("object") if node.kind() == "member_expression" else None
    owner = None if target is None or not made else natures.resolver.resolve(target, unit)
    if not isinstance(owner, Instance) or not isinstance(owner.callee, ClassValue):
        return made
    # A method knows what its object was made with: `new Policy(req.user).can('write')`.
    constructor = constructor_of(owner.callee)
    if constructor is None or owner.node.kind() != "new_expression":
        return made
    function = FunctionValue(constructor, owner.callee.unit)
    known = natures.arguments(function, arguments_of(owner.node), owner.unit)
    return [(one, {**known, **entries}) for one, entries in made]


def functions_made_as(natures: Natures, value: Value, depth: int = 0) -> list[Made]:
    """Return the shown functions that a value is."""
    found: list[Made] = []
    for option in options_of(value) if depth <= _MAX_LEVELS else ():
        if isinstance(option, FunctionValue):
            found.append((option, {}))
        elif isinstance(option, CallValue):
            found += _made_by(natures, option.node, option.unit, depth)
        else:
            bound = natures.bound_to(option)
            if bound is not None and bound.given and not bound.is_rest:
                found += functions_made(natures, bound.given[0], bound.unit, depth + 1)
    return found


def _made_by(natures: Natures, call: SgNode, unit: Unit, depth: int) -> list[Made]:
    callee = callee_of(call)
    if callee is None:
        return []
    found: list[Made] = []
    for factory, outer in functions_made(natures, callee, unit, depth + 1):
        entries = {**outer, **natures.arguments(factory, arguments_of(call), unit)}
        with natures.binding(entries):
            for returned in returns_of(factory.node):
                for function, inner in functions_made(natures, returned, factory.unit, depth + 1):
                    found.append((function, {**entries, **inner}))
    return found
