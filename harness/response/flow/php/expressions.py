"""PHP's expressions in the common form."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.response.flow.expressions import (
    Argument,
    Assignment,
    Attribute,
    Binary,
    Call,
    Conditional,
    Constant,
    Expression,
    Index,
    Name,
    Opaque,
    Unary,
)
from harness.response.flow.php.arrays import ARRAYS
from harness.response.flow.php.source import ECHO
from harness.response.flow.php.strings import STRINGS
from harness.response.flow.reader import ExpressionReader, Reader, joined

__all__ = ["EXPRESSIONS", "call_named", "read_arguments"]

_OPERATORS = {".": "+", "and": "&&", "or": "||", "<>": "!="}
_CASTS = {"integer": "int", "boolean": "bool", "double": "float", "real": "float", "binary": "string"}
_MAX_DIGITS = 400


def _read_name(_: Reader, node: SgNode) -> Expression:
    return Name(node, node.text())


def _read_integer(_: Reader, node: SgNode) -> Expression:
    text = node.text().replace("_", "").lower()
    try:
        octal = text.startswith("0") and text.isdigit()
        return Constant(node, int(text, 8 if octal else 0) if len(text) <= _MAX_DIGITS else 0)
    except ValueError:
        return Constant(node, 0)


def _read_float(_: Reader, node: SgNode) -> Expression:
    try:
        return Constant(node, float(node.text().replace("_", "")[:_MAX_DIGITS]))
    except ValueError:
        return Constant(node, 0.0)


def _read_inner(reader: Reader, node: SgNode) -> Expression:
    """Read what only wraps one expression: parentheses, a silenced expression, a reference."""
    inner = reader.named(node)
    while len(inner) == 1 and inner[0].kind() == "parenthesized_expression":
        node = inner[0]
        inner = reader.named(node)
    return reader.expression(inner[0]) if len(inner) == 1 else reader.opaque(node)


# Operators.


def _read_row(reader: Reader, node: SgNode) -> Expression:
    steps: list[tuple[SgNode, str, SgNode]] = []
    while node.kind() == "binary_expression":
        parts = reader.children(node)
        if len(parts) != 3:
            break
        left, operator, right = parts
        word = operator.kind().lower()
        steps.append((node, _OPERATORS.get(word, word), right))
        node = left
    first = reader.expression(node) if steps else reader.opaque(node)
    steps.reverse()
    return joined(first, [(whole, operator, reader.expression(right)) for whole, operator, right in steps])


def _read_unary(reader: Reader, node: SgNode) -> Expression:
    parts = reader.children(node)
    return Unary(node, parts[0].kind(), reader.expression(parts[-1])) if parts else Opaque(node, ())


def _read_cast(reader: Reader, node: SgNode) -> Expression:
    parts = reader.named(node)
    if len(parts) != 2:
        return reader.opaque(node)
    word = parts[0].text().strip().lower()
    return Unary(node, f"({_CASTS.get(word, word)})", reader.expression(parts[1]))


def _read_spread(reader: Reader, node: SgNode) -> Expression:
    inner = reader.named(node)
    return Unary(node, "...", reader.expression(inner[-1])) if inner else Opaque(node, ())


def _read_conditional(reader: Reader, node: SgNode) -> Expression:
    parts = reader.expressions(reader.named(node))
    if len(parts) == 2:
        return Binary(node, "||", parts[0], parts[1])
    return Conditional(node, *parts) if len(parts) == 3 else Opaque(node, parts)


def _read_assignment(reader: Reader, node: SgNode) -> Expression:
    parts = reader.named(node)
    if len(parts) != 2:
        return reader.opaque(node)
    target = reader.expression(parts[0])
    if isinstance(target, Name) and target.name == ECHO and node.text().startswith(f"{ECHO}="):
        # `<?= value ?>`, see the module that prepares the text.
        return call_named(reader, node, "echo", [parts[1]])
    place = len(reader.assignments)
    reader.assignments.append(None)
    assignment = Assignment(node, target, reader.expression(parts[1]))
    reader.assignments[place] = assignment
    return assignment


def _read_augmented(reader: Reader, node: SgNode) -> Expression:
    parts = reader.children(node)
    if len(parts) != 3:
        return reader.opaque(node)
    target, operator, value = parts
    word = operator.kind()
    place = len(reader.assignments)
    reader.assignments.append(None)
    assignment = Assignment(
        node, reader.expression(target), reader.expression(value), "+=" if word == ".=" else word
    )
    reader.assignments[place] = assignment
    return assignment


def _read_update(reader: Reader, node: SgNode) -> Expression:
    """Read ``$i++`` as ``$i += 1``."""
    targets = reader.named(node)
    signs = [child for child in node.children() if child.kind() in {"++", "--"}]
    if len(targets) != 1 or not signs:
        return reader.opaque(node)
    sign = signs[0]
    target = reader.expression(targets[0])
    return reader.assign(Assignment(node, target, Constant(sign, 1), f"{sign.kind()[:1]}="))


# Chains of calls, attributes and subscripts.

_LINKS = {
    "member_access_expression": "attribute",
    "nullsafe_member_access_expression": "attribute",
    "class_constant_access_expression": "attribute",
    "scoped_property_access_expression": "static",
    "member_call_expression": "method",
    "nullsafe_member_call_expression": "method",
    "scoped_call_expression": "method",
    "function_call_expression": "call",
    "subscript_expression": "subscript",
    "parenthesized_expression": "inner",
}


def _read_chain(reader: Reader, node: SgNode) -> Expression:
    links: list[tuple[SgNode, str, list[SgNode]]] = []
    room = reader.room()
    while len(links) < room and (link := _LINKS.get(node.kind())) is not None:
        parts = reader.named(node)
        if not parts:
            break
        if link != "inner":
            links.append((node, link, parts[1:]))
        elif len(parts) > 1:
            break
        node = parts[0]
    if not links:
        return reader.cut(node)
    base = reader.deeper(node, len(links))
    for whole, link, rest in reversed(links):
        base = _link(reader, whole, link, rest, base)
    return base


def _link(reader: Reader, node: SgNode, link: str, rest: list[SgNode], base: Expression) -> Expression:
    if link == "subscript" and len(rest) <= 1:
        return Index(node, base, reader.expression(rest[0]) if rest else None)
    if link in {"attribute", "static"} and len(rest) == 1:
        return _member(reader, node, base, rest[0], link)
    if link == "method" and len(rest) == 2:
        return _called(reader, node, _member(reader, node, base, rest[0], link), rest[1])
    if link == "call" and len(rest) == 1:
        return _called(reader, node, base, rest[0])
    return Opaque(node, (base, *reader.expressions(rest)))


def _member(reader: Reader, node: SgNode, base: Expression, name: SgNode, link: str) -> Expression:
    """Read ``->name`` as an attribute; ``->$name`` and ``->{'name'}`` are as ``[name]``."""
    kind = name.kind()
    if (kind == "name" and not name.named_children()) or (kind == "variable_name" and link == "static"):
        return Attribute(node, base, name.text())
    return Index(node, base, reader.expression(name))


def _called(reader: Reader, node: SgNode, callee: Expression, arguments: SgNode) -> Expression:
    """Read a call; ``f(...)`` is the function itself."""
    given = arguments.named_children()
    if len(given) == 1 and given[0].kind() == "variadic_placeholder":
        return callee
    return reader.call(node, callee, read_arguments, arguments)


def read_arguments(reader: Reader, node: SgNode) -> tuple[Argument, ...]:
    """Read the arguments of a call or of an attribute."""
    return tuple([_argument(reader, child) for child in reader.named(node)])


def _argument(reader: Reader, node: SgNode) -> Argument:
    parts = reader.named(node) if node.kind() == "argument" else [node]
    if len(parts) == 2 and parts[0].kind() == "name":
        return Argument(reader.expression(parts[1]), name=parts[0].text())
    if len(parts) != 1:
        return Argument(reader.opaque(node))
    if parts[0].kind() == "variadic_unpacking":
        inner = reader.named(parts[0])
        return Argument(reader.expression(inner[-1]) if inner else Opaque(node, ()), spread=True)
    return Argument(reader.expression(parts[0]))


def call_named(reader: Reader, node: SgNode, name: str, given: list[SgNode]) -> Call:
    """Read what the language spells without parentheses as a call: ``echo``, ``exit``, ``require``."""
    place = len(reader.calls)
    reader.calls.append(None)
    call = Call(node, Name(node, name), tuple([Argument(reader.expression(one)) for one in given]))
    reader.calls[place] = call
    return call


def _read_include(reader: Reader, node: SgNode) -> Expression:
    return call_named(reader, node, node.kind().removesuffix("_expression"), reader.named(node))


def _read_print(reader: Reader, node: SgNode) -> Expression:
    return call_named(reader, node, "print", reader.named(node))


EXPRESSIONS: dict[str, ExpressionReader] = {
    **STRINGS,
    **ARRAYS,
    **dict.fromkeys(_LINKS, _read_chain),
    **dict.fromkeys(
        (
            "include_expression",
            "include_once_expression",
            "require_expression",
            "require_once_expression",
        ),
        _read_include,
    ),
    **dict.fromkeys(
        ("variable_name", "name", "qualified_name", "relative_name", "namespace_name", "relative_scope"),
        _read_name,
    ),
    "integer": _read_integer,
    "float": _read_float,
    "boolean": lambda _, node: Constant(node, node.text().lower() == "true"),
    "null": lambda _, node: Constant(node, None),
    "parenthesized_expression": _read_inner,
    "error_suppression_expression": _read_inner,
    "by_ref": _read_inner,
    "named_type": _read_inner,
    "argument": _read_inner,
    "attribute_group": _read_inner,
    "binary_expression": _read_row,
    "unary_op_expression": _read_unary,
    "cast_expression": _read_cast,
    "variadic_unpacking": _read_spread,
    "conditional_expression": _read_conditional,
    "assignment_expression": _read_assignment,
    "reference_assignment_expression": _read_assignment,
    "augmented_assignment_expression": _read_augmented,
    "update_expression": _read_update,
    "print_intrinsic": _read_print,
}
