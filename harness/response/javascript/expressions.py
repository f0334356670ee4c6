"""What each kind of expression stands for; one small function per kind of node."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ast_grep_py import SgNode

from harness.response.javascript.members import concatenated, element_of, member_of
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import arguments_of, callee_of, named, property_name, string_value
from harness.response.javascript.values import (
    UNKNOWN,
    ArrayValue,
    CallValue,
    ClassValue,
    Instance,
    Literal,
    Member,
    ObjectValue,
    Value,
    origin_of,
)

if TYPE_CHECKING:
    from harness.response.javascript.resolve import Resolver

__all__ = ["EXPRESSIONS"]

_IDENTITY_CALLS = frozenset({("Object", "freeze"), ("Object", "seal"), ("Object", "preventExtensions")})
# Functions that give the module they are asked for.
_LOADERS = frozenset(
    {
        ("global", ("require",)),
        ("global", ("module", "require")),
        ("global", ("process", "getBuiltinModule")),
        ("module", ("createRequire",)),
    }
)


def _member_expression(resolver: Resolver, node: SgNode, unit: Unit) -> Value:
    target = node.field("object")
    if target is None:
        return UNKNOWN
    name = property_name(node.field("property"))
    return member_of(resolver, resolver.resolve(target, unit), name or "*")


def _subscript(resolver: Resolver, node: SgNode, unit: Unit) -> Value:
    target, index = node.field("object"), node.field("index")
    if target is None or index is None:
        return UNKNOWN
    key = resolver.resolve(index, unit)
    base = resolver.resolve(target, unit)
    if isinstance(key, Literal) and isinstance(key.value, str):
        return member_of(resolver, base, key.value)
    if isinstance(key, Literal) and isinstance(key.value, float) and isinstance(base, ArrayValue):
        return element_of(resolver, base, int(key.value))
    return Member(base, "*")


def _call(resolver: Resolver, node: SgNode, unit: Unit) -> Value:
    callee_node = callee_of(node)
    if callee_node is None:
        return UNKNOWN
    arguments = arguments_of(node)
    if callee_node.kind() == "import" and arguments:
        return _required(resolver, arguments[0], unit)
    callee = resolver.resolve(callee_node, unit)
    origin = origin_of(callee)
    if origin is not None and arguments:
        module, path = origin
        if (module, path) in _LOADERS and _is_require(callee):
            return _required(resolver, arguments[0], unit)
        if module == "global" and path in _IDENTITY_CALLS:
            return resolver.resolve(arguments[0], unit)
    if isinstance(callee, Member) and callee.name == "bind":
        return callee.base
    return CallValue(callee, node, unit)


def _required(resolver: Resolver, specifier: SgNode, unit: Unit) -> Value:
    value = resolver.resolve(specifier, unit)
    if isinstance(value, Literal) and isinstance(value.value, str):
        return resolver.required(value.value, unit)
    return UNKNOWN


def _new(resolver: Resolver, node: SgNode, unit: Unit) -> Value:
    callee = callee_of(node)
    return UNKNOWN if callee is None else Instance(resolver.resolve(callee, unit), node, unit)


def _binary(resolver: Resolver, node: SgNode, unit: Unit) -> Value:
    left, right, operator = node.field("left"), node.field("right"), node.field("operator")
    if left is None or right is None or operator is None:
        return UNKNOWN
    sign = operator.text()
    if sign in {"||", "??"}:
        return resolver.union([resolver.resolve(left, unit), resolver.resolve(right, unit)])
    if sign == "&&":
        return resolver.resolve(right, unit)
    if sign == "+":
        return concatenated(resolver.resolve(left, unit), resolver.resolve(right, unit))
    return UNKNOWN


def _ternary(resolver: Resolver, node: SgNode, unit: Unit) -> Value:
    parts = [node.field("consequence"), node.field("alternative")]
    return resolver.union([resolver.resolve(part, unit) for part in parts if part is not None])


def _assigned(resolver: Resolver, node: SgNode, unit: Unit) -> Value:
    right = node.field("right")
    return UNKNOWN if right is None else resolver.resolve(right, unit)


def _template(resolver: Resolver, node: SgNode, unit: Unit) -> Value:
    text = ""
    for part in node.named_children():
        if part.kind() != "template_substitution":
            text += part.text()
            continue
        inner = named(part)
        value = resolver.resolve(inner[0], unit) if inner else UNKNOWN
        if not isinstance(value, Literal) or not isinstance(value.value, str):
            return UNKNOWN
        text += value.value
    return Literal(text)


def _this(_: Resolver, node: SgNode, unit: Unit) -> Value:
    for up in node.ancestors():
        kind = up.kind()
        if kind == "class_body":
            owner = up.parent()
            return UNKNOWN if owner is None else Instance(ClassValue(owner, unit), node, unit)
        if kind in {"function_declaration", "function_expression"}:
            return UNKNOWN
        if kind == "object":
            return ObjectValue(up, unit)
    return UNKNOWN


def _is_require(callee: Value) -> bool:
    """Of ``createRequire`` it is the function it returns that loads modules."""
    return isinstance(callee, CallValue) == (origin_of(callee) == ("module", ("createRequire",)))


def _literal_string(_: Resolver, node: SgNode, __: Unit) -> Value:
    return Literal(string_value(node))


def _number(_: Resolver, node: SgNode, __: Unit) -> Value:
    try:
        return Literal(float(node.text().replace("_", "")))
    except ValueError:  # hexadecimal and the like: no check asks for their value
        return UNKNOWN


EXPRESSIONS: dict[str, Callable[[Resolver, SgNode, Unit], Value]] = {
    "member_expression": _member_expression,
    "subscript_expression": _subscript,
    "call_expression": _call,
    "new_expression": _new,
    "binary_expression": _binary,
    "ternary_expression": _ternary,
    "assignment_expression": _assigned,
    "augmented_assignment_expression": _assigned,
    "template_string": _template,
    "string": _literal_string,
    "number": _number,
    "true": lambda _, __, ___: Literal(True),
    "false": lambda _, __, ___: Literal(False),
    "null": lambda _, __, ___: Literal(None),
    "undefined": lambda _, __, ___: Literal(None),
    "object": lambda _, node, unit: ObjectValue(node, unit),
    "array": lambda _, node, unit: ArrayValue(node, unit),
    "this": _this,
}
