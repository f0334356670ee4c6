"""What stands below a value: properties of literals, members of classes, elements, names of modules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

from harness.response.flow.classes import class_members, classes_of, instance_members
from harness.response.flow.definitions import Definition
from harness.response.flow.expressions import (
    Attribute,
    Call,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Mapping,
    Name,
)
from harness.response.flow.origins import required, returned
from harness.response.flow.statements import Import, Unit
from harness.response.languages import JAVASCRIPT_FAMILY

if TYPE_CHECKING:
    from harness.response.flow.names import Names

__all__ = ["Place", "attribute_values", "classes_of", "entry_of", "imported_values", "member_of"]

Place: TypeAlias = tuple[Expression, Unit]

_MAX_SPREADS = 8
_MAX_PASSED_ON = 40  # modules that give on what others gave them


def attribute_values(names: Names, attribute: Attribute, unit: Unit) -> list[Place]:
    """Return what a property, field, method or exported name may be; nothing where it is not shown."""
    found: list[Place] = []
    for value, where in names.values(attribute.base, unit):
        found += member_of(names, value, where, attribute.name)
    return found


def member_of(names: Names, value: Expression, unit: Unit, name: str) -> list[Place]:
    """Return what a value has under a name."""
    module = module_of(names, value, unit)
    if module is not None:
        return exported(names, module, name)
    found: list[Place] = []
    if isinstance(value, Mapping):
        found += entry_of(names, value, unit, name)
    elif isinstance(value, ClassDefinition):
        found += _read(names, class_members(names, value, unit, name))
    elif isinstance(value, Name) and value.name == "this" and _object_around(names, value, unit) is not None:
        literal = _object_around(names, value, unit)
        return [] if literal is None else member_of(names, literal, unit, name)
    else:
        for owner, where in classes_of(names, value, unit):
            found += _read(names, instance_members(names, owner, where, name))
    if not isinstance(value, ClassDefinition):
        found += _written(names, value, unit, name)
    return found


def _written(names: Names, value: Expression, unit: Unit, name: str) -> list[Place]:
    """Return what is assigned to an attribute later, to an instance or to the prototype of its function."""
    owners = [(value, unit)]
    if isinstance(value, Call) and value.is_new:
        owners += [place for place in names.values(value.callee, unit) if isinstance(place[0], Function)]
    found: list[Place] = []
    for owner, where in owners:
        for definition in names.index(where).writes.get(owner, {}).get(name, ()):
            found += names.definition_values(definition)
    return found


def _read(names: Names, definitions: Iterable[Definition]) -> list[Place]:
    """Return the values of members; reading one with a getter runs it."""
    found: list[Place] = []
    for definition in definitions:
        for value, where in names.definition_values(definition):
            if isinstance(value, Function) and _is_getter(value):
                found += [place for result in returned(value) for place in names.values(result, where)]
            else:
                found.append((value, where))
    return found


def _is_getter(function: Function) -> bool:
    if function.accessor:
        return function.accessor == "get"
    return any(isinstance(one, Name) and one.name.endswith("property") for one in function.decorators)


def _object_around(names: Names, this: Name, unit: Unit) -> Mapping | None:
    """Return the object literal of a method that ``this`` stands in."""
    parents = names.index(unit).parents
    here = parents.get(this)
    while here is not None:
        if isinstance(here, Function) and not here.is_arrow:
            around = parents.get(here)
            return around if isinstance(around, Mapping) else None
        here = parents.get(here)
    return None


def entry_of(names: Names, mapping: Mapping, unit: Unit, name: str | int) -> list[Place]:
    """Return what an object literal has under a name; each is asked once, since one may spread itself."""
    key = (mapping, name)
    known = names.known_entries.get(key)
    if known is None:
        if names.depth >= names.max_depth:
            return []
        names.known_entries[key] = []  # what a cycle finds
        names.depth += 1
        try:
            known = names.known_entries[key] = _found_entry(names, mapping, unit, name)
        finally:
            names.depth -= 1
    return known


def _found_entry(names: Names, mapping: Mapping, unit: Unit, name: str | int) -> list[Place]:
    for entry in reversed(mapping.entries):
        if isinstance(entry.key, Constant) and entry.key.value == name:
            return list(names.values(entry.value, unit))
        if entry.key is None:
            for value, where in names.values(entry.value, unit):
                found = entry_of(names, value, where, name) if isinstance(value, Mapping) else []
                if found:
                    return found
    return []


# Modules.


def module_of(names: Names, value: Expression, unit: Unit) -> Unit | None:
    """Return the unit that a value is as a whole: a namespace, a package, what ``require`` gives."""
    if isinstance(value, Call):
        module = required(value)
        return None if module is None else names.module(module, unit)
    if isinstance(value, Attribute):
        return _dotted_module(names, value, unit)
    if not isinstance(value, Name):
        return None
    for definition in names.definitions(value, unit):
        node, imported = definition.node, definition.imported
        if not isinstance(node, Import) or imported is None:
            continue
        if imported.name == "" and "." not in imported.alias:
            return names.module(node.module, definition.unit)
        if definition.unit.language == "python" and imported.name:
            dot = "" if node.module.endswith(".") else "."
            return names.module(f"{node.module}{dot}{imported.name}", definition.unit)
        if imported.name == "default":
            return names.module(node.module, definition.unit)
    return None


def _dotted_module(names: Names, value: Attribute, unit: Unit) -> Unit | None:
    """After ``import a.b`` the expression ``a.b`` is the module."""
    if unit.language != "python":
        return None
    words: list[str] = []
    here: Expression = value
    while isinstance(here, Attribute):
        words.append(here.name)
        here = here.base
    if not isinstance(here, Name):
        return None
    dotted = ".".join([here.name, *reversed(words)])
    for definition in names.definitions(here, unit):
        if definition.imported is not None and definition.imported.alias == dotted:
            return names.module(dotted, definition.unit)
    return None


def exported(names: Names, module: Unit, name: str, depth: int = 0) -> list[Place]:
    """Return what a shown module gives under a name."""
    asked = (module, name)
    known = names.known_exports.get(asked)
    if known is not None:
        return known
    if depth > _MAX_SPREADS or names.passed_on > _MAX_PASSED_ON:
        return []
    names.known_exports[asked] = []  # what a circle of modules finds
    names.passed_on += 1
    try:
        found = names.known_exports[asked] = _given(names, module, name, depth)
    finally:
        names.passed_on -= 1
    return found


def _given(names: Names, module: Unit, name: str, depth: int) -> list[Place]:
    found = _listed(names, module, name, depth) if module.language in JAVASCRIPT_FAMILY else []
    if found:
        return found
    for definition in names.index(module).top.names.get(name, ()):
        found += names.definition_values(definition)
    for star in [] if found else names.index(module).stars:
        inner = names.module(star.module, module)
        found += [] if inner is None else exported(names, inner, name, depth + 1)
    return found


def _listed(names: Names, module: Unit, name: str, depth: int) -> list[Place]:
    found: list[Place] = []
    for outside, value in module.exported:
        if outside == name:
            found += names.values(value, module)
        elif outside == "" and not found:
            found += _of_whole(names, value, module, name)
        elif outside == "*" and not found and isinstance(value, Call):
            inner = names.module(required(value) or "", module)
            found += [] if inner is None else exported(names, inner, name, depth + 1)
    return found


def _of_whole(names: Names, value: Expression, module: Unit, name: str) -> list[Place]:
    """``module.exports`` is also what a default import means."""
    values = names.values(value, module)
    if name == "default":
        return list(values)
    if names.depth >= names.max_depth:
        return []  # a module that passes itself on
    names.depth += 1
    try:
        return [place for one, where in values for place in member_of(names, one, where, name)]
    finally:
        names.depth -= 1


def imported_values(names: Names, definition: Definition) -> list[Place]:
    """Return what an import gives where the module is shown; nothing for a module as a whole."""
    node, imported, unit = definition.node, definition.imported, definition.unit
    if not isinstance(node, Import) or imported is None:
        return []
    if unit.language == "php":
        return [
            place for one in names.typed(imported.name, node.module) for place in names.definition_values(one)
        ]
    module = names.module(node.module, unit)
    if module is None or module is unit:
        return []
    if imported.name == "":
        wholes = [value for outside, value in module.exported if outside == ""]
        return [place for value in wholes for place in names.values(value, module)]
    return exported(names, module, imported.name)
