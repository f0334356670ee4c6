"""What becomes of each kind of expression."""

from __future__ import annotations

from collections.abc import Mapping as Table
from collections.abc import Sequence

from ast_grep_py import SgNode

from harness.response.flow.expressions import (
    Argument,
    Assignment,
    Attribute,
    Await,
    Binary,
    Call,
    Conditional,
    Constant,
    Entry,
    Expression,
    Index,
    Items,
    Mapping,
    Name,
    Opaque,
    Tagged,
    Text,
    Unary,
)
from harness.response.flow.javascript.functions import class_of, function_of
from harness.response.flow.javascript.lowering import Lowering, MakeExpression, Outer, Step
from harness.response.flow.javascript.patterns import identifier, key_of, parameters_of, pattern_of
from harness.response.javascript.syntax import unescaped

__all__ = ["EXPRESSIONS", "ROW", "STEPS"]


_FRAGMENTS = frozenset({"string_fragment", "escape_sequence"})


def _name(_: Lowering, node: SgNode) -> Expression:
    text = node.text()
    return Name(node, unescaped(text) if "\\" in text else text)


def _word(_: Lowering, node: SgNode) -> Expression:
    """``this``, ``super``, ``import``, ``import.meta``, ``new.target``."""
    return Name(node, node.text())


def _string(_: Lowering, node: SgNode) -> Expression:
    text = node.text()[1:-1]
    return Constant(node, unescaped(text) if "\\" in text else text)


def _number(_: Lowering, node: SgNode) -> Expression:
    text = node.text().replace("_", "").lower()
    try:
        if text.startswith(("0x", "0o", "0b")):
            return Constant(node, int(text.removesuffix("n"), 0))
        if text.removesuffix("n").isdecimal():
            return Constant(node, int(text.removesuffix("n")))
        return Constant(node, float(text))
    except ValueError:  # what the parser mended, or more digits than Python reads
        return Opaque(node, ())


def _template(low: Lowering, node: SgNode) -> Expression:
    parts = _template_parts(low, node)
    if not parts:
        return Constant(node, "")
    only = parts[0] if len(parts) == 1 else None
    if isinstance(only, Constant) and only.node.kind() in _FRAGMENTS:
        return Constant(node, only.value)
    return Text(node, parts)


def _template_parts(low: Lowering, node: SgNode) -> tuple[Expression, ...]:
    parts: list[Expression] = []
    first: SgNode | None = None
    text = ""
    for child in node.named_children():
        if child.kind() != "template_substitution":
            first = first or child
            text += child.text()
            continue
        if first is not None:
            parts.append(Constant(first, unescaped(text)))
            first, text = None, ""
        parts += low.opaque(child).parts
    if first is not None:
        parts.append(Constant(first, unescaped(text)))
    return tuple(parts)


def _object(low: Lowering, node: SgNode) -> Expression:
    entries: list[Entry] = []
    for part in node.named_children():
        kind = part.kind()
        if kind == "pair":
            key, value = part.field("key"), part.field("value")
            if key is not None and value is not None:
                entries.append(Entry(key_of(low, key), low.expression(value)))
        elif kind == "shorthand_property_identifier":
            name = identifier(part)
            entries.append(Entry(Constant(part, name), Name(part, name)))
        elif kind == "method_definition":
            key = part.field("name")
            made = function_of(low, part, is_method=True)
            entries.append(Entry(key_of(low, key) if key is not None else None, made))
        elif kind == "spread_element":
            entries += [Entry(None, inner) for inner in low.opaque(part).parts]
        elif kind != "comment":
            entries.append(Entry(None, low.expression(part, kind)))
    return Mapping(node, tuple(entries))


def _array(low: Lowering, node: SgNode) -> Expression:
    return Items(
        node, tuple(low.expression(part) for part in node.named_children() if part.kind() != "comment")
    )


def _spread(low: Lowering, node: SgNode) -> Expression:
    parts = low.opaque(node).parts
    return Unary(node, "...", parts[0] if parts else Opaque(node, ()))


def _unary(low: Lowering, node: SgNode) -> Expression:
    operator, value = node.field("operator"), node.field("argument")
    if operator is None or value is None:
        return low.opaque(node)
    return Unary(node, operator.kind(), low.expression(value))


def _await(low: Lowering, node: SgNode) -> Expression:
    parts = low.opaque(node).parts
    return Await(node, parts[0] if parts else Opaque(node, ()))


def _conditional(low: Lowering, node: SgNode) -> Expression:
    test, then, otherwise = node.field("condition"), node.field("consequence"), node.field("alternative")
    if test is None or then is None or otherwise is None:
        return low.opaque(node)
    return Conditional(node, low.expression(test), low.expression(then), low.expression(otherwise))


def _assignment(low: Lowering, node: SgNode) -> Expression:
    left, right, sign = node.field("left"), node.field("right"), node.field("operator")
    if left is None or right is None:
        return low.opaque(node)
    made = Assignment(node, Opaque(node, ()), None, "=" if sign is None else sign.kind())
    low.assignments.append(made)
    made.target = pattern_of(low, left)
    made.value = low.expression(right)
    if isinstance(made.target, (Attribute, Name)) and made.operator == "=":
        _export(low, made.target, made.value)
    return made


def _export(low: Lowering, target: Attribute | Name, value: Expression) -> None:
    """Note what CommonJS exports: ``module.exports = x``, ``exports.a = x``, ``module.exports.a = x``."""
    if _is_exports(target):
        low.exported.append(("", value))
    elif isinstance(target, Attribute) and _is_exports(target.base):
        low.exported.append((target.name, value))


def _is_exports(target: Expression) -> bool:
    if isinstance(target, Name):
        return target.name == "exports"
    return (
        isinstance(target, Attribute)
        and target.name == "exports"
        and isinstance(target.base, Name)
        and target.base.name == "module"
    )


def _update(low: Lowering, node: SgNode) -> Expression:
    value, sign = node.field("argument"), node.field("operator")
    if value is None or sign is None:
        return low.opaque(node)
    made = Assignment(node, low.expression(value), Constant(sign, 1), f"{sign.kind()[:1]}=")
    low.assignments.append(made)
    return made


def _new(low: Lowering, node: SgNode) -> Expression:
    callee = node.field("constructor")
    made = Call(node, Opaque(node, ()), (), is_new=True)
    low.calls.append(made)
    if callee is not None:
        made.callee = low.expression(callee)
    arguments = node.field("arguments")
    made.arguments = () if arguments is None else _arguments(low, arguments.named_children())
    return made


def _arguments(low: Lowering, parts: Sequence[SgNode]) -> tuple[Argument, ...]:
    found: list[Argument] = []
    for part in parts:
        kind = part.kind()
        if kind == "spread_element":
            found += [Argument(value, spread=True) for value in low.opaque(part).parts]
        elif kind != "comment":
            found.append(Argument(low.expression(part, kind)))
    return tuple(found)


def _function(low: Lowering, node: SgNode) -> Expression:
    return function_of(low, node)


def _class(low: Lowering, node: SgNode) -> Expression:
    return class_of(low, node)


def _single_parameter(low: Lowering, node: SgNode) -> Expression:
    """A list of parameters outside a function is what an error left over."""
    low.broken = True
    return Opaque(node, tuple(one.target for one in parameters_of(low, node)))


# Around what leans to the left.


def _outer_member(_: Lowering, node: SgNode, base: Expression) -> Expression:
    name = node.field("property")
    if name is None:
        return Attribute(node, base, "")
    text = name.text()
    return Attribute(node, base, unescaped(text) if "\\" in text else text)


def _outer_subscript(low: Lowering, node: SgNode, base: Expression) -> Expression:
    index = node.field("index")
    return Index(node, base, None if index is None else low.expression(index))


def _outer_call(low: Lowering, node: SgNode, callee: Expression) -> Expression:
    arguments = node.field("arguments")
    if arguments is not None and arguments.kind() == "template_string":
        return Tagged(node, callee, _template_parts(low, arguments))
    made = Call(node, callee, ())
    low.calls.append(made)
    parts = [] if arguments is None else arguments.named_children()
    if parts:
        made.arguments = _arguments(low, parts)
    return made


def _outer_binary(low: Lowering, node: SgNode, left: Expression) -> Expression:
    operator, right = node.field("operator"), node.field("right")
    if operator is None or right is None:
        return Opaque(node, (left,))
    return Binary(node, operator.kind(), left, low.expression(right))


def _inner(node: SgNode) -> SgNode | None:
    """Return what parentheses or a type assertion stand around: the first part that is a value."""
    second = node.child(1)
    if second is not None and second.is_named() and second.kind() != "comment":
        if second.kind() == "sequence_expression" and second.text().startswith("0,"):
            return second.named_children()[-1]  # `(0, f)(x)`, as compilers write a call of what they import
        return second
    return next((part for part in node.named_children() if part.kind() != "comment"), None)


def _first(node: SgNode) -> SgNode | None:
    return node.child(0)


def _last(node: SgNode) -> SgNode | None:
    parts = node.named_children()
    return parts[-1] if parts else None


ROW: Outer = _outer_binary
STEPS: Table[str, Step] = {
    "member_expression": ("object", _outer_member),
    "subscript_expression": ("object", _outer_subscript),
    "call_expression": ("function", _outer_call),
    "binary_expression": ("left", ROW),
    "parenthesized_expression": (_inner, None),
    "non_null_expression": (_first, None),
    "as_expression": (_first, None),
    "satisfies_expression": (_first, None),
    "instantiation_expression": (_first, None),
    "type_assertion": (_last, None),
}
EXPRESSIONS: Table[str, MakeExpression] = {
    "identifier": _name,
    "shorthand_property_identifier": _name,
    "property_identifier": _name,
    "private_property_identifier": _name,
    "this": _word,
    "super": _word,
    "import": _word,
    "meta_property": _word,
    "string": _string,
    "number": _number,
    "true": lambda _, node: Constant(node, True),
    "false": lambda _, node: Constant(node, False),
    "null": lambda _, node: Constant(node, None),
    "undefined": lambda _, node: Constant(node, None),
    "regex": lambda _, node: Opaque(node, ()),
    "template_string": _template,
    "object": _object,
    "array": _array,
    "spread_element": _spread,
    "unary_expression": _unary,
    "await_expression": _await,
    "ternary_expression": _conditional,
    "assignment_expression": _assignment,
    "augmented_assignment_expression": _assignment,
    "update_expression": _update,
    "new_expression": _new,
    "function_expression": _function,
    "arrow_function": _function,
    "generator_function": _function,
    "method_definition": _function,
    "function_declaration": _function,
    "generator_function_declaration": _function,
    "class": _class,
    "class_declaration": _class,
    "abstract_class_declaration": _class,
    "object_pattern": pattern_of,
    "array_pattern": pattern_of,
    "formal_parameters": _single_parameter,
    "ERROR": Lowering.error,
}
