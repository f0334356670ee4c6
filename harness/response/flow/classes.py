"""Classes whose code is shown: their members, bases and instances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from harness.response.flow.definitions import Definition
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Await,
    Binary,
    Call,
    ClassDefinition,
    Conditional,
    Expression,
    Function,
    Index,
    Name,
    Parameter,
)
from harness.response.flow.origins import class_words, returned
from harness.response.flow.statements import Unit

if TYPE_CHECKING:
    from harness.response.flow.names import Names

__all__ = [
    "Owner",
    "bases_of",
    "class_members",
    "classes_of",
    "constructor_of",
    "instance_members",
    "own_class",
]

Owner: TypeAlias = tuple[ClassDefinition, Unit]

_MAX_BASES = 12
_MAX_CALLERS = 6
_CONSTRUCTORS = ("constructor", "__init__", "__construct", "__new__")
_SUPER = frozenset({"super", "parent"})
_OWN = frozenset({"self", "static"})
# What an instance may be written as.
_FOLLOWED = frozenset({Name, Attribute, Index, Call, Await, Conditional, Binary, Assignment})


def bases_of(names: Names, owner: ClassDefinition, unit: Unit) -> list[Owner]:
    """Return the shown classes that a class extends."""
    return [
        (value, where)
        for base in owner.bases
        for value, where in names.values(base, unit)
        if isinstance(value, ClassDefinition) and value is not owner
    ]


def class_members(names: Names, owner: ClassDefinition, unit: Unit, name: str) -> list[Definition]:
    """Return what defines a member: in the class, by assignment to the instance, or in a base class."""
    work, seen = [(owner, unit)], {owner}
    while work and len(seen) <= _MAX_BASES:
        here, where = work.pop(0)
        index = names.index(where)
        scope = index.members.get(here)
        found = [] if scope is None else scope.names.get(name) or scope.names.get(f"${name}") or []
        found = [*found, *index.writes.get(here, {}).get(name, ())]
        if any(not _is_abstract(one) for one in found):
            return found
        for base in bases_of(names, here, where):
            if base[0] not in seen:
                seen.add(base[0])
                work.append(base)
    return []


def instance_members(names: Names, owner: ClassDefinition, unit: Unit, name: str) -> list[Definition]:
    """Return what defines a member of an instance; what the class lacks, those that extend it have."""
    found = class_members(names, owner, unit, name)
    if found:
        return found
    extended = names.implementers(owner)[:_MAX_BASES]
    return [one for inner, where in extended for one in class_members(names, inner, where, name)]


def _is_abstract(definition: Definition) -> bool:
    return isinstance(definition.node, Function) and definition.node.is_abstract


def constructor_of(names: Names, owner: ClassDefinition, unit: Unit) -> list[tuple[Function, Unit]]:
    """Return the constructor that making an instance runs."""
    for name in _CONSTRUCTORS:
        found = [
            (one.node, one.unit)
            for one in class_members(names, owner, unit, name)
            if isinstance(one.node, Function)
        ]
        if found:
            return found
    return []


def classes_of(names: Names, expression: Expression, unit: Unit) -> Sequence[Owner]:
    """Return the shown classes that an expression may be an instance of."""
    if type(expression) not in _FOLLOWED or not names.has_classes:
        return ()
    known = names.known_classes.get(expression)
    if known is not None:
        return known
    if names.depth >= names.max_depth:
        return ()
    names.known_classes[expression] = ()  # what a cycle finds
    names.depth += 1
    try:
        found = [
            owner
            for value, where in names.values(expression, unit)
            for owner in _instance_of(names, value, where)
        ]
    finally:
        names.depth -= 1
    result = tuple({owner[0]: owner for owner in found}.values())
    names.known_classes[expression] = result
    return result


def _instance_of(names: Names, value: Expression, unit: Unit) -> list[Owner]:
    if isinstance(value, Name):
        return _of_name(names, value, unit)
    if isinstance(value, Call):
        return _of_call(names, value, unit)
    if isinstance(value, Attribute):
        return _of_field(names, value, unit)
    return []


def _of_name(names: Names, name: Name, unit: Unit) -> list[Owner]:
    index = names.index(unit)
    if index.is_receiver(name, index.scope_of(name)) or (unit.language == "php" and name.name in _OWN):
        owner = index.class_around(name)
        return [] if owner is None else [(owner, unit)]
    if name.name in _SUPER:
        owner = index.class_around(name)
        return [] if owner is None else bases_of(names, owner, unit)
    found: list[Owner] = []
    for definition in names.definitions(name, unit):
        if definition.kind == "parameter":
            found += _of_parameter(names, definition)
    return found


def _of_parameter(names: Names, definition: Definition) -> list[Owner]:
    function = definition.function
    if function is None or definition.path:
        return []
    parameter = function.parameters[definition.position]
    if parameter.annotation:
        return _annotated(names, parameter.annotation, definition.unit)
    found: list[Owner] = []
    for call, where in names.callers(function)[:_MAX_CALLERS]:
        for pair in names.arguments(call, function):
            if pair.parameter is parameter and pair.value is not None:
                found += classes_of(names, pair.value, where)
    return found


def _annotated(names: Names, annotation: str, unit: Unit) -> list[Owner]:
    found: list[Owner] = []
    for word in class_words(annotation):
        short = word.rpartition("\\")[2]
        for definition in names.named(short, unit):
            for value, where in names.definition_values(definition):
                if isinstance(value, ClassDefinition):
                    found += [(value, where), *names.implementers(value)]
    return found


def _of_call(names: Names, call: Call, unit: Unit) -> list[Owner]:
    callee = call.callee
    if isinstance(callee, Name) and callee.name == "super" and unit.language == "python":
        owner = names.index(unit).class_around(callee)
        return [] if owner is None else bases_of(names, owner, unit)
    found: list[Owner] = []
    for value, where in names.values(callee, unit):
        if isinstance(value, ClassDefinition):
            if call.is_new or unit.language == "python":
                found.append((value, where))
        elif isinstance(value, Function):
            found += [owner for result in returned(value) for owner in classes_of(names, result, where)]
        elif isinstance(value, Name):
            found += own_class(names, value, where)
    return found


def own_class(names: Names, callee: Name, unit: Unit) -> list[Owner]:
    """Return the class that ``new self``, ``new static``, ``cls()`` and ``new this`` make an instance of."""
    index = names.index(unit)
    if unit.language == "php" and callee.name not in _OWN:
        return []
    if unit.language != "php" and not index.is_receiver(callee, index.scope_of(callee)):
        return []
    owner = index.class_around(callee)
    return [] if owner is None else [(owner, unit)]


def _of_field(names: Names, attribute: Attribute, unit: Unit) -> list[Owner]:
    """A field that only its type says something of: ``@inject() private users: Users``."""
    found: list[Owner] = []
    for owner, where in classes_of(names, attribute.base, unit):
        for definition in class_members(names, owner, where, attribute.name):
            node = definition.node
            if isinstance(node, Assignment | Parameter) and node.annotation:
                found += _annotated(names, node.annotation, definition.unit)
    return found
