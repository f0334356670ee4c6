"""What stands below a value: properties of literals, members of classes, elements, names of modules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from harness.response.flow.classes import class_members, classes_of, instance_members
from harness.response.flow.definitions import ELEMENT, KEY, Definition
from harness.response.flow.expressions import (
    Attribute,
    Call,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Index,
    Items,
    Mapping,
    Name,
    Opaque,
    Unary,
)
from harness.response.flow.origins import required, returned
from harness.response.flow.statements import Import, Unit
from harness.response.languages import JAVASCRIPT_FAMILY

if TYPE_CHECKING:
    from harness.response.flow.names import Names

__all__ = ["attribute_values", "classes_of", "element_values", "expression_of", "imported_values"]

Place: TypeAlias = tuple[Expression, Unit]

_MAX_ELEMENTS = 64
_MAX_SPREADS = 8
# Calls that give the keys, the values, or both in pairs: the object is an argument or what is called upon.
_VIEWS = {"keys": "keys", "values": "values", "items": "pairs", "entries": "pairs", "array_keys": "keys"}


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
        found += _entry(names, value, unit, name)
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


def _entry(names: Names, mapping: Mapping, unit: Unit, name: str | int) -> list[Place]:
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
                found = _entry(names, value, where, name) if isinstance(value, Mapping) else []
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
    if depth > _MAX_SPREADS:
        return []
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


# Elements.


def expression_of(definition: Definition) -> Expression:
    """Return the attribute or element that a path leads to, as if it had been written out."""
    node = definition.node.node
    made: Expression = definition.value or Opaque(node, ())
    is_php = definition.unit.language == "php"
    for step in definition.path:
        if step == ELEMENT:
            made = Index(node, made, None)
        elif step == KEY:
            made = Opaque(node, (made,))
        elif isinstance(step, int) or is_php:
            made = Index(node, made, Constant(node, step))
        else:
            made = Attribute(node, made, step)
    return made


def element_values(names: Names, index: Index, unit: Unit) -> list[Place]:
    """Return what an element may be; all of them where the key is not known."""
    key: object = None if index.key is None else names.constant(index.key, unit)
    found: list[Place] = []
    for value, where in names.values(index.base, unit):
        if isinstance(value, Items):
            found += _of_items(names, value, where, key)
        elif isinstance(value, Mapping):
            found += _of_mapping(names, value, where, key, is_loop=index.key is None)
        elif isinstance(key, str):
            found += member_of(names, value, where, key)
        elif index.key is None and isinstance(value, Call):
            found += _of_view(names, value, where)
        elif isinstance(value, Index) and value.key is None and isinstance(key, int):
            found += _of_pair(names, value, where, key)
    return found[:_MAX_ELEMENTS]


def _of_items(names: Names, items: Items, unit: Unit, key: object) -> list[Place]:
    parts: Sequence[Expression] = items.items
    if isinstance(key, int) and not any(isinstance(part, Unary) for part in parts[: key + 1]):
        parts = parts[key : key + 1] if -len(parts) <= key < len(parts) else ()
    return [place for part in parts[:_MAX_ELEMENTS] for place in names.values(part, unit)]


def _of_mapping(names: Names, mapping: Mapping, unit: Unit, key: object, *, is_loop: bool) -> list[Place]:
    if isinstance(key, str | int):
        return _entry(names, mapping, unit, key)
    entries = mapping.entries[:_MAX_ELEMENTS]
    if is_loop and unit.language == "python":
        return [
            place for entry in entries if entry.key is not None for place in names.values(entry.key, unit)
        ]
    return [place for entry in entries for place in names.values(entry.value, unit)]


def _viewed(call: Call) -> tuple[str, Expression] | None:
    """Return what a call like ``Object.keys(x)`` or ``x.items()`` looks at, and how."""
    callee = call.callee
    name = callee.name if isinstance(callee, Name | Attribute) else ""
    view = _VIEWS.get(name)
    if view is None:
        return None
    if call.arguments:
        return view, call.arguments[0].value
    return (view, callee.base) if isinstance(callee, Attribute) else None


def _of_view(names: Names, call: Call, unit: Unit) -> list[Place]:
    viewed = _viewed(call)
    if viewed is None or viewed[0] == "pairs":
        return []
    found: list[Place] = []
    for value, where in names.values(viewed[1], unit):
        if isinstance(value, Mapping):
            found += _side(names, value, where, viewed[0])
    return found


def _of_pair(names: Names, element: Index, unit: Unit, position: int) -> list[Place]:
    """``for k, v in x.items()``: the first of each pair is a key, the second a value."""
    found: list[Place] = []
    for value, where in names.values(element.base, unit):
        viewed = _viewed(value) if isinstance(value, Call) else None
        if viewed is None or viewed[0] != "pairs":
            continue
        for mapping, place in names.values(viewed[1], where):
            if isinstance(mapping, Mapping):
                found += _side(names, mapping, place, "values" if position else "keys")
    return found


def _side(names: Names, mapping: Mapping, unit: Unit, view: str) -> list[Place]:
    entries = mapping.entries[:_MAX_ELEMENTS]
    parts = [entry.key if view == "keys" else entry.value for entry in entries]
    return [place for part in parts if part is not None for place in names.values(part, unit)]
