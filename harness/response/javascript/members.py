"""Properties of values: object literals, classes, modules, arrays, and what is written to them later."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from ast_grep_py import SgNode

from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import FUNCTION_KINDS, elements_of, named, property_name, walk
from harness.response.javascript.values import (
    UNKNOWN,
    ArrayValue,
    ClassValue,
    FunctionValue,
    Global,
    Instance,
    Literal,
    LocalModule,
    Member,
    Module,
    ObjectValue,
    Parameter,
    Union,
    Unknown,
    Value,
    options_of,
)

if TYPE_CHECKING:
    from harness.response.javascript.resolve import Resolver

__all__ = [
    "Writes",
    "concatenated",
    "constructor_of",
    "element_of",
    "member_of",
    "properties_of",
    "returns_of",
    "whole_of",
]

# (node of the object or class, property) -> expressions written to it, in one unit
Writes: TypeAlias = dict[tuple[SgNode, str], list[SgNode]]

_MAX_NAMES = 40
_MAX_SPREADS = 8
_GLOBAL_OBJECTS = frozenset({"globalThis", "window", "global", "self"})


def member_of(resolver: Resolver, base: Value, name: str) -> Value:
    """Return the property ``name`` of a value; ``*`` is a property whose name is not known."""
    if isinstance(base, Union):
        return resolver.union([member_of(resolver, option, name) for option in base.options])
    if isinstance(base, (Unknown, Literal)) or _too_long(base):
        return UNKNOWN
    if isinstance(base, Global):
        return _member_of_global(base, name)
    if isinstance(base, Module):
        # Interoperation of the module systems: the default export stands for the module.
        return base if name == "default" else _linked_export(resolver, base, name)
    if isinstance(base, LocalModule):
        found = _exported(resolver, base.unit, name, 0)
        if found is None and name == "default":
            return base  # interoperation of the module systems again: `import x from` a CommonJS module
        return Member(base, name) if found is None else found
    if isinstance(base, ObjectValue):
        return _property(resolver, base, name) or Member(base, name)
    if isinstance(base, ClassValue):
        return _class_member(resolver, base, name, static=True) or Member(base, name)
    if isinstance(base, Instance) and isinstance(base.callee, ClassValue):
        return _class_member(resolver, base.callee, name, static=False) or Member(base, name)
    return Member(base, name)


def _member_of_global(base: Global, name: str) -> Value:
    if name == "default" and base.name in {"console", "process"}:
        return base  # imported as a module
    return Global(name) if base.name in _GLOBAL_OBJECTS and name != "*" else Member(base, name)


def _too_long(value: Value) -> bool:
    """Chains of names grow without bound over many statements; nobody asks for the end of one."""
    for _ in range(_MAX_NAMES):
        if not isinstance(value, Member):
            return False
        value = value.base
    return True


def element_of(resolver: Resolver, base: Value, index: int) -> Value:
    """Return one element of an array, counted from 0."""
    if isinstance(base, ArrayValue):
        elements = resolver.elements.get(base.node)
        if elements is None:
            elements = resolver.elements[base.node] = elements_of(base.node)
        element = elements[index] if index < len(elements) else None
        before = elements[: index + 1]
        if element is not None and all(part is None or part.kind() != "spread_element" for part in before):
            return resolver.resolve(element, base.unit)
    return UNKNOWN if isinstance(base, Unknown) or _too_long(base) else Member(base, f"#{index}")


def concatenated(left: Value, right: Value) -> Value:
    """Return the constant that two constant strings make."""
    if not isinstance(left, Literal) or not isinstance(right, Literal):
        return UNKNOWN
    both = isinstance(left.value, str) and isinstance(right.value, str)
    return Literal(f"{left.value}{right.value}") if both else UNKNOWN


def properties_of(resolver: Resolver, value: ObjectValue, depth: int = 0) -> list[tuple[str, SgNode, Value]]:
    """Return name, key node and value of each written-out property, spreads of shown objects included."""
    if depth > _MAX_SPREADS:
        return []
    found: list[tuple[str, SgNode, Value]] = []
    for part in named(value.node):
        key = part.field("key") or part.field("name") or part
        name = property_name(key)
        if part.kind() == "pair":
            inner = part.field("value")
            if inner is not None:
                found.append((name or "*", key, resolver.resolve(inner, value.unit)))
        elif part.kind() == "shorthand_property_identifier":
            found.append((part.text(), part, resolver.resolve(part, value.unit)))
        elif part.kind() in FUNCTION_KINDS:
            found.append((name or "*", key, FunctionValue(part, value.unit)))
        elif part.kind() == "spread_element":
            for option in options_of(resolver.resolve(named(part)[0], value.unit)) if named(part) else ():
                if isinstance(option, ObjectValue) and option.node != value.node:
                    found += properties_of(resolver, option, depth + 1)
    return found


def returns_of(function: SgNode) -> list[SgNode]:
    """Return the expressions that a function returns, those of inner functions left out."""
    body = function.field("body")
    if body is None:
        return []
    if body.kind() != "statement_block":
        return [body]
    results: list[SgNode] = []
    for node in walk(body, into_functions=False):
        if node.kind() == "return_statement":
            results += named(node)[:1]
    return results


def _property(resolver: Resolver, base: ObjectValue, name: str) -> Value | None:
    key = (base.node, name)
    if key in resolver.properties:
        return resolver.properties[key]
    found = [
        _part_value(resolver, part, base.unit, name)
        for part in _parts_of(resolver, base.node).get(name, ())
        if part.kind() != "spread_element"
    ]
    written = _written(resolver, base.node, base.unit, name)
    value = resolver.union([*found[-1:], *written]) if found or written else _spread(resolver, base, name)
    resolver.properties[key] = value
    return value


def _parts_of(resolver: Resolver, node: SgNode) -> dict[str, list[SgNode]]:
    """Return the parts of an object, enum or class body by name, read once; spreads are ``...``."""
    known = resolver.parts.get(node)
    if known is None:
        known = resolver.parts[node] = {}
        body = node.field("body") if node.kind() != "object" else node
        for part in named(body) if body is not None else ():
            if part.kind() == "spread_element":
                known.setdefault("...", []).append(part)
                continue
            name = property_name(part.field("key") or part.field("name") or part.field("property") or part)
            if name is not None:
                known.setdefault(name, []).append(part)
    return known


def _spread(resolver: Resolver, base: ObjectValue, name: str) -> Value | None:
    """The last spread that has the name gives it; one that is not shown may have it.

    `options = { ...options, a }` spreads itself: each object is asked once for a name.
    """
    spreads = _parts_of(resolver, base.node).get("...", ())
    key = (base.node, name)
    if not spreads or key in resolver.open_spreads or len(resolver.open_spreads) > _MAX_NAMES:
        return None
    resolver.open_spreads.add(key)
    values: list[Value] = []
    try:
        for spread in reversed([named(part)[0] for part in spreads[-_MAX_SPREADS:] if named(part)]):
            source = resolver.resolve(spread, base.unit)
            if isinstance(source, ObjectValue):
                value = _property(resolver, source, name)
                if value is not None:
                    values.append(value)
                    break
            else:
                values.append(member_of(resolver, source, name))
    finally:
        resolver.open_spreads.discard(key)
    return resolver.union(values) if any(not isinstance(value, Unknown) for value in values) else None


def _part_value(resolver: Resolver, part: SgNode, unit: Unit, name: str) -> Value:
    kind = part.kind()
    if kind in {"pair", "enum_assignment"}:
        value = part.field("value")
        return UNKNOWN if value is None else resolver.resolve(value, unit)
    if kind in FUNCTION_KINDS:
        return FunctionValue(part, unit)
    if kind == "shorthand_property_identifier":
        return resolver.resolve(part, unit)
    return Literal(name)  # a bare member of an enum


def _class_member(
    resolver: Resolver, owner: ClassValue, name: str, *, static: bool, depth: int = 0
) -> Value | None:
    for part in _parts_of(resolver, owner.node).get(name, ()):
        if any(child.kind() == "static" for child in part.children()) != static:
            continue
        if part.kind() == "method_definition":
            return FunctionValue(part, owner.unit)
        initial = part.field("value")
        if initial is not None:
            return resolver.resolve(initial, owner.unit)
    written = _written(resolver, owner.node, owner.unit, name)
    if written:
        return resolver.union(written)
    injected = None if static else _parameter_property(owner, name)
    if injected is not None or depth > 8:
        return injected
    heritage = next((part for part in named(owner.node) if part.kind() == "class_heritage"), None)
    if heritage is None:
        return None
    clause = next((part for part in named(heritage) if part.kind() == "extends_clause"), heritage)
    parent = resolver.resolve(named(clause)[0], owner.unit) if named(clause) else UNKNOWN
    if isinstance(parent, ClassValue) and parent.node != owner.node:
        return _class_member(resolver, parent, name, static=static, depth=depth + 1)
    return None if isinstance(parent, Unknown) else Member(parent, name)


def constructor_of(owner: ClassValue) -> SgNode | None:
    """Return the constructor that a class itself writes out."""
    body = owner.node.field("body")
    for part in named(body) if body is not None else ():
        if part.kind() == "method_definition" and property_name(part.field("name")) == "constructor":
            return part
    return None


def _parameter_property(owner: ClassValue, name: str) -> Value | None:
    """TypeScript: ``constructor(private readonly logger: Logger)`` declares a property."""
    constructor = constructor_of(owner)
    parameters = None if constructor is None else constructor.field("parameters")
    if constructor is None or parameters is None:
        return None
    for index, parameter in enumerate(named(parameters)):
        pattern = parameter.field("pattern")
        modified = any(
            child.kind() in {"accessibility_modifier", "readonly"} for child in parameter.children()
        )
        if pattern is not None and modified and pattern.text() == name:
            return Parameter(constructor, index, owner.unit)
    return None


def _written(resolver: Resolver, target: SgNode, unit: Unit, name: str) -> list[Value]:
    """Return what the unit writes to a property later: ``api.log = ...``, ``this.log = ...``."""
    writes = resolver.writes.get(id(unit))
    if writes is None:
        writes = resolver.writes[id(unit)] = {}
        for assignment in unit.assignments:
            left, right = assignment.field("left"), assignment.field("right")
            if left is None or right is None or left.kind() != "member_expression":
                continue
            key, holder = property_name(left.field("property")), left.field("object")
            if key is None or holder is None:
                continue
            for option in options_of(resolver.resolve(holder, unit)):
                node = option.callee if isinstance(option, Instance) else option
                if isinstance(node, (ObjectValue, ClassValue)) and node.unit is unit:
                    writes.setdefault((node.node, key), []).append(right)
    return [resolver.resolve(value, unit) for value in writes.get((target, name), [])]


def _linked_export(resolver: Resolver, module: Module, name: str) -> Value:
    """A named import of a file that is shown without its name: some block exports just that name."""
    if resolver.linked and name != "*" and module.specifier.startswith((".", "@/", "~")):
        for unit in resolver.units:
            wanted = (id(unit), name)
            if unit.block.path or wanted in resolver.linking:
                continue  # two blocks that export what they import of each other would go round for ever
            resolver.linking.add(wanted)
            try:
                found = _linked_to(resolver, unit, name)
            finally:
                resolver.linking.discard(wanted)
            if found is not None:
                return found
    return Member(module, name)


def _linked_to(resolver: Resolver, unit: Unit, name: str) -> Value | None:
    exports = resolver.exports(unit)
    if name in exports.names:
        found = _exported(resolver, unit, name, 0)
        if found is not None:
            return found
    if exports.whole:
        found = _exported(resolver, unit, name, 0)
        if isinstance(found, (FunctionValue, ClassValue, ObjectValue, Instance)):
            return found
    return None


def whole_of(resolver: Resolver, module: LocalModule) -> Value:
    """Return what requiring a shown module gives."""
    exports = resolver.exports(module.unit)
    if not exports.whole:
        return module
    return resolver.union([resolver.defined(definition, module.unit) for definition in exports.whole])


def _exported(resolver: Resolver, unit: Unit, name: str, depth: int) -> Value | None:
    exports = resolver.exports(unit)
    definition = exports.names.get(name)
    if definition is not None:
        return resolver.defined(definition, unit)
    if exports.whole:
        whole = whole_of(resolver, LocalModule(unit))
        return whole if name == "default" else member_of(resolver, whole, name)
    for specifier in exports.stars if depth < 8 else ():
        module = resolver.module(specifier, unit)
        if isinstance(module, LocalModule):
            found = _exported(resolver, module.unit, name, depth + 1)
            if found is not None:
                return found
    if not exports.any and resolver.linked:
        # An excerpt that leaves its exports out still declares what is imported from it.
        binding = unit.top.names.get(name)
        return None if binding is None else resolver.binding(binding, unit)
    return None
