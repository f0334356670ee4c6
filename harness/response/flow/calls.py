"""Which shown functions a call runs, what it gives them, and who calls a function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from harness.response.flow.classes import Owner, bases_of, constructor_of, own_class
from harness.response.flow.expressions import (
    Argument,
    Attribute,
    Call,
    ClassDefinition,
    Expression,
    Function,
    Name,
    Parameter,
)
from harness.response.flow.statements import Unit
from harness.response.record import entity

if TYPE_CHECKING:
    from harness.response.flow.names import Names

__all__ = ["Pair", "callees_of", "callers_by_function", "paired"]

_MAX_CALLEES = 12
_MAX_CALLERS = 12
_INVOKERS = frozenset({"call", "apply"})


@entity
class Pair:
    """A parameter and what a call gives it: its default where ``argument`` is ``None``."""

    parameter: Parameter
    value: Expression | None
    argument: Argument | None


def callees_of(names: Names, call: Call, unit: Unit) -> tuple[tuple[Function, Unit], ...]:
    """Return the shown functions that a call may run."""
    known = names.known_callees.get(call)
    if known is not None:
        return known
    names.known_callees[call] = ()  # what a cycle finds
    found = [*_direct(names, call, unit), *_given(names, call.callee, unit)]
    result = tuple({place[0]: place for place in found if not place[0].is_abstract}.values())[:_MAX_CALLEES]
    names.known_callees[call] = result
    return result


def _direct(names: Names, call: Call, unit: Unit) -> Iterator[tuple[Function, Unit]]:
    for value, where in names.values(call.callee, unit):
        if isinstance(value, Function):
            yield value, where
        elif isinstance(value, ClassDefinition):
            yield from constructor_of(names, value, where)
        elif isinstance(value, Attribute) and value.name in _INVOKERS:
            for inner, place in names.values(value.base, where):
                if isinstance(inner, Function):
                    yield inner, place
        elif isinstance(value, Name):
            for owner, place in _own_classes(names, value, where):
                yield from constructor_of(names, owner, place)


def _own_classes(names: Names, callee: Name, unit: Unit) -> list[Owner]:
    if callee.name != "super":
        return own_class(names, callee, unit)
    owner = names.index(unit).class_around(callee)
    return [] if owner is None else bases_of(names, owner, unit)


def _given(names: Names, callee: Expression, unit: Unit) -> Iterator[tuple[Function, Unit]]:
    """A parameter that is called runs what the callers of its function give it."""
    for value, where in names.values(callee, unit):
        if not isinstance(value, Name):
            continue
        for definition in names.definitions(value, where):
            function = definition.function
            if function is None or definition.path:
                continue
            for call, place in names.callers(function)[:_MAX_CALLERS]:
                for pair in paired(call, function):
                    if pair.parameter is function.parameters[definition.position] and pair.value is not None:
                        found = names.values(pair.value, place)
                        yield from [(one, home) for one, home in found if isinstance(one, Function)]


def callers_by_function(names: Names) -> dict[Function, list[tuple[Call, Unit]]]:
    """Return the calls of each shown function."""
    found: dict[Function, list[tuple[Call, Unit]]] = {}
    for unit in names.units:
        for call in unit.calls:
            for function, _ in _direct(names, call, unit):
                found.setdefault(function, []).append((call, unit))
    return found


def paired(call: Call, function: Function) -> tuple[Pair, ...]:
    """Pair parameters with arguments; what a spread gives may reach every parameter behind it."""
    parameters = list(function.parameters)
    if _has_receiver(function):
        parameters = parameters[1:]
    pairs: list[Pair] = []
    filled: set[int] = set()
    position = 0
    for argument in call.arguments:
        if argument.spread:
            pairs += [Pair(parameter, argument.value, argument) for parameter in parameters[position:]]
            filled.update(range(position, len(parameters)))
            continue
        if argument.name:
            at = _named(parameters, argument.name)
        else:
            at = min(position, len(parameters) - 1) if _takes_rest(parameters, position) else position
            position += 1
        if 0 <= at < len(parameters):
            pairs.append(Pair(parameters[at], argument.value, argument))
            filled.add(at)
    for at, parameter in enumerate(parameters):
        if at not in filled:
            pairs.append(Pair(parameter, parameter.default, None))
    return tuple(pairs)


def _has_receiver(function: Function) -> bool:
    """Say whether the first parameter is the instance or the class (Python)."""
    if not function.is_method or function.is_static or not function.parameters:
        return False
    first = function.parameters[0].target
    return isinstance(first, Name) and first.name in {"self", "cls"}


def _named(parameters: list[Parameter], name: str) -> int:
    for at, parameter in enumerate(parameters):
        target = parameter.target
        if isinstance(target, Name) and target.name.lstrip("$") == name:
            return at
    # `**kwargs` takes what no parameter is named for.
    return len(parameters) - 1 if parameters and parameters[-1].rest else -1


def _takes_rest(parameters: list[Parameter], position: int) -> bool:
    return bool(parameters) and position >= len(parameters) - 1 and parameters[-1].rest
