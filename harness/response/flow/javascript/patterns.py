"""Parameters and the targets of assignments: names and patterns."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.response.flow.expressions import (
    Assignment,
    Constant,
    Entry,
    Expression,
    Items,
    Mapping,
    Name,
    Opaque,
    Parameter,
    Unary,
)
from harness.response.flow.javascript.lowering import MAX_DEPTH, Lowering
from harness.response.javascript.syntax import elements_of, string_value, unescaped

__all__ = ["annotation_of", "identifier", "key_of", "parameters_of", "pattern_of"]

_NAMES = frozenset(
    {
        "property_identifier",
        "private_property_identifier",
        "identifier",
        "shorthand_property_identifier",
        "shorthand_property_identifier_pattern",
    }
)
_PATTERNS = frozenset({"object_pattern", "array_pattern"})
_WITH_DEFAULT = frozenset({"assignment_pattern", "object_assignment_pattern"})


def identifier(node: SgNode) -> str:
    """Return the name that an identifier means."""
    text = node.text()
    return unescaped(text) if "\\" in text else text


def key_of(low: Lowering, node: SgNode) -> Expression:
    """Return the key of a property: a constant for what is written out."""
    kind = node.kind()
    if kind in _NAMES:
        return Constant(node, identifier(node))
    if kind == "string":
        return Constant(node, string_value(node))
    if kind == "computed_property_name":
        inner = node.named_children()
        return low.expression(inner[-1]) if inner else Opaque(node, ())
    return low.expression(node, kind)


def annotation_of(node: SgNode | None) -> str:
    """Return the text of a type without the colon."""
    return "" if node is None else node.text().lstrip(":").strip()


def pattern_of(low: Lowering, node: SgNode, kind: str = "") -> Expression:
    """Return the target of an assignment or parameter."""
    kind = kind or node.kind()
    if kind in _NAMES:
        return Name(node, identifier(node))
    if low.depth >= MAX_DEPTH:
        low.limited = True
        return Opaque(node, ())
    low.depth += 2
    if kind == "object_pattern":
        entries = [_entry(low, part) for part in node.named_children()]
        target: Expression = Mapping(node, tuple(entry for entry in entries if entry is not None))
    elif kind == "array_pattern":
        parts = elements_of(node)
        # A hole keeps the place of those behind it.
        items = (Opaque(node, ()) if part is None else pattern_of(low, part) for part in parts)
        target = Items(node, tuple(items))
    elif kind in _WITH_DEFAULT:
        target = _with_default(low, node)
    elif kind == "rest_pattern":
        inner = node.named_children()
        target = Unary(node, "...", pattern_of(low, inner[-1]) if inner else Opaque(node, ()))
    else:
        target = low.expression(node, kind)
    low.depth -= 2
    return target


def _with_default(low: Lowering, node: SgNode) -> Expression:
    left, right = node.field("left"), node.field("right")
    target = Opaque(node, ()) if left is None else pattern_of(low, left)
    return target if right is None else Assignment(node, target, low.expression(right))


def _entry(low: Lowering, part: SgNode) -> Entry | None:
    kind = part.kind()
    if kind == "shorthand_property_identifier_pattern":
        name = identifier(part)
        return Entry(Constant(part, name), Name(part, name))
    if kind == "pair_pattern":
        key, value = part.field("key"), part.field("value")
        if key is None or value is None:
            return None
        return Entry(key_of(low, key), pattern_of(low, value))
    if kind == "object_assignment_pattern":
        left = part.field("left")
        return None if left is None else Entry(Constant(left, identifier(left)), pattern_of(low, part, kind))
    if kind == "comment":
        return None
    return Entry(None, pattern_of(low, part, kind))


def parameters_of(low: Lowering, node: SgNode) -> tuple[Parameter, ...]:
    """Return the parameters of a list of parameters."""
    found: list[Parameter] = []
    for part in node.named_children():
        kind = part.kind()
        if kind == "comment":
            continue
        parameter = (
            _typed(low, part)
            if kind in {"required_parameter", "optional_parameter"}
            else _parameter(low, part, kind)
        )
        if parameter is not None:
            found.append(parameter)
    return tuple(found)


def _parameter(low: Lowering, node: SgNode, kind: str) -> Parameter:
    target = pattern_of(low, node, kind)
    if isinstance(target, Assignment):
        return Parameter(node, target.target, target.value)
    if isinstance(target, Unary) and target.operator == "...":
        return Parameter(node, target.value, rest=True)
    return Parameter(node, target)


def _typed(low: Lowering, node: SgNode) -> Parameter | None:
    """Read a parameter of TypeScript; that of ``this`` only declares a type."""
    pattern, default, decorators = node.field("pattern"), None, []
    if pattern is None or pattern.kind() == "this":
        return None
    value = node.field("value")
    if value is not None:
        default = low.expression(value)
    first = node.child(0)
    if first is not None and first.kind() == "decorator":
        decorators = [low.opaque(child) for child in node.named_children() if child.kind() == "decorator"]
    parameter = _parameter(low, pattern, pattern.kind())
    parameter.node = node
    parameter.default = parameter.default or default
    parameter.annotation = annotation_of(node.field("type"))
    parameter.decorators = tuple(part for one in decorators for part in one.parts)
    return parameter
