"""Python's expressions in the common form."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.response.flow.expressions import (
    Argument,
    Assignment,
    Attribute,
    Await,
    Binary,
    Conditional,
    Constant,
    Entry,
    Expression,
    Index,
    Items,
    Mapping,
    Name,
    Opaque,
    Unary,
)
from harness.response.flow.python.strings import read_concatenation, read_string
from harness.response.flow.reader import ExpressionReader, Reader, joined

__all__ = ["EXPRESSIONS", "read_one_or_more"]

_OPERATORS = {
    "and": "&&",
    "or": "||",
    "not in": "!in",
    "is": "===",
    "is not": "!==",
    "<>": "!=",
}
_ROWS = frozenset({"binary_operator", "boolean_operator"})
_LINKS = frozenset({"call", "attribute", "subscript"})
_MAX_DIGITS = 400


def _read_name(_: Reader, node: SgNode) -> Expression:
    return Name(node, node.text())


def _read_integer(_: Reader, node: SgNode) -> Expression:
    text = node.text().replace("_", "").rstrip("lLjJ")
    try:
        value = int(text, 0) if len(text) <= _MAX_DIGITS else 0
    except ValueError:
        value = int(text, 8) if text.isdigit() and text.strip("01234567") == "" else 0
    return Constant(node, value)


def _read_float(_: Reader, node: SgNode) -> Expression:
    try:
        return Constant(node, float(node.text().replace("_", "").rstrip("jJ")[:_MAX_DIGITS]))
    except ValueError:
        return Constant(node, 0.0)


def read_one_or_more(reader: Reader, nodes: list[SgNode], whole: SgNode) -> Expression | None:
    """Read ``a`` as it is, ``a, b`` as a tuple, and nothing as ``None``."""
    if not nodes:
        return None
    return reader.expression(nodes[0]) if len(nodes) == 1 else Items(whole, reader.expressions(nodes))


def _read_inner(reader: Reader, node: SgNode) -> Expression:
    """Read what only wraps one expression: parentheses, ``type``, a pattern of ``match``."""
    inner = reader.named(node)
    while len(inner) == 1 and inner[0].kind() == "parenthesized_expression":
        node = inner[0]
        inner = reader.named(node)
    return reader.expression(inner[0]) if len(inner) == 1 else reader.opaque(node)


# Operators.


def _read_row(reader: Reader, node: SgNode) -> Expression:
    steps: list[tuple[SgNode, str, SgNode]] = []
    while node.kind() in _ROWS:
        parts = reader.children(node)
        if len(parts) != 3:
            break
        left, operator, right = parts
        word = operator.kind()
        steps.append((node, _OPERATORS.get(word, word), right))
        node = left
    first = reader.expression(node) if steps else reader.opaque(node)
    steps.reverse()
    return joined(first, [(whole, operator, reader.expression(right)) for whole, operator, right in steps])


def _read_comparison(reader: Reader, node: SgNode) -> Expression:
    """Read ``a < b < c`` as ``a < b && b < c``."""
    parts = reader.children(node)
    if len(parts) % 2 == 0 or any(part.is_named() for part in parts[1::2]):
        return reader.opaque(node)  # an error stands among the operands
    operands = reader.expressions(parts[::2])
    words = [part.kind() for part in parts[1::2]]
    steps: list[Expression] = [
        Binary(node, _OPERATORS.get(word, word), left, right)
        for word, left, right in zip(words, operands, operands[1:], strict=False)
    ]
    return joined(steps[0], [(node, "&&", step) for step in steps[1:]]) if steps else Opaque(node, operands)


def _read_not(reader: Reader, node: SgNode) -> Expression:
    inner = reader.named(node)
    return Unary(node, "!", reader.expression(inner[-1])) if inner else Opaque(node, ())


def _read_unary(reader: Reader, node: SgNode) -> Expression:
    parts = reader.children(node)
    return Unary(node, parts[0].kind(), reader.expression(parts[-1])) if parts else Opaque(node, ())


def _read_spread(reader: Reader, node: SgNode) -> Expression:
    inner = reader.named(node)
    return Unary(node, "...", reader.expression(inner[-1])) if inner else Opaque(node, ())


def _read_conditional(reader: Reader, node: SgNode) -> Expression:
    parts = reader.expressions(reader.named(node))
    if len(parts) != 3:
        return Opaque(node, parts)
    return Conditional(node, parts[1], parts[0], parts[2])


def _read_await(reader: Reader, node: SgNode) -> Expression:
    inner = reader.named(node)
    return Await(node, reader.expression(inner[-1])) if inner else Opaque(node, ())


def _read_walrus(reader: Reader, node: SgNode) -> Expression:
    parts = reader.named(node)
    if len(parts) != 2:
        return reader.opaque(node)
    return reader.assign(Assignment(node, reader.expression(parts[0]), reader.expression(parts[1])))


def _read_as(reader: Reader, node: SgNode) -> Expression:
    """Read ``value as target``; within a pattern of ``match`` what is bound is not the pattern."""
    inner = reader.named(node)
    parts = reader.expressions(inner)
    if len(parts) != 2 or inner[0].kind() == "case_pattern":
        return Opaque(node, parts)
    return reader.assign(Assignment(node, parts[1], parts[0]))


# Chains of calls, attributes and subscripts.


def _read_chain(reader: Reader, node: SgNode) -> Expression:
    links: list[tuple[SgNode, str, list[SgNode]]] = []
    room = reader.room()
    while len(links) < room and (kind := node.kind()) in _LINKS:
        parts = reader.named(node)
        if not parts:
            break
        links.append((node, kind, parts[1:]))
        node = parts[0]
    if not links:
        return reader.cut(node)
    base = reader.deeper(node, len(links))
    for whole, kind, rest in reversed(links):
        if kind == "attribute" and len(rest) == 1:
            base = Attribute(whole, base, rest[0].text())
        elif kind == "call" and rest:
            base = reader.call(whole, base, _read_arguments, rest[-1])
        elif kind == "subscript":
            base = Index(whole, base, read_one_or_more(reader, rest, whole))
        else:
            base = Opaque(whole, (base, *reader.expressions(rest)))
    return base


def _read_arguments(reader: Reader, node: SgNode) -> tuple[Argument, ...]:
    if node.kind() == "generator_expression":
        return (Argument(reader.expression(node)),)
    return tuple([_argument(reader, child) for child in reader.named(node)])


def _argument(reader: Reader, node: SgNode) -> Argument:
    kind = node.kind()
    if kind == "keyword_argument":
        parts = reader.named(node)
        if len(parts) == 2:
            return Argument(reader.expression(parts[1]), name=parts[0].text())
    elif kind in {"list_splat", "dictionary_splat"}:
        parts = reader.named(node)
        if parts:
            return Argument(reader.expression(parts[-1]), spread=True)
    return Argument(reader.expression(node))


def _read_generic(reader: Reader, node: SgNode) -> Expression:
    """Read ``Name[types]`` where a type stands."""
    base, *rest = reader.named(node) or [node]
    inner = [one for part in rest for one in reader.named(part)]
    if base is node or not inner:
        return reader.opaque(node) if base is node else reader.expression(base)
    return Index(node, reader.expression(base), read_one_or_more(reader, inner, node))


# Collections.


def _read_items(reader: Reader, node: SgNode) -> Expression:
    return Items(node, reader.expressions(reader.named(node)))


def _entry(reader: Reader, node: SgNode) -> Entry:
    parts = reader.named(node)
    if node.kind() == "pair" and len(parts) == 2:
        return Entry(reader.expression(parts[0]), reader.expression(parts[1]))
    if node.kind() == "dictionary_splat" and parts:
        return Entry(None, reader.expression(parts[-1]))
    return Entry(None, reader.expression(node))


def _read_mapping(reader: Reader, node: SgNode) -> Expression:
    return Mapping(node, tuple([_entry(reader, child) for child in reader.named(node)]))


def _read_pair(reader: Reader, node: SgNode) -> Expression:
    return Mapping(node, (_entry(reader, node),))


def _read_comprehension(reader: Reader, node: SgNode) -> Expression:
    """Read a comprehension: ``Opaque(target, iterable, *conditions, element)``.

    The element of an outer ``for`` is the ``Opaque`` of the next one.
    """
    parts_of_all = reader.named(node)
    if not parts_of_all:
        return Opaque(node, ())
    element_node, *clauses = parts_of_all
    loops: list[tuple[SgNode, list[Expression]]] = []
    for clause in clauses:
        parts = reader.expressions(reader.named(clause))
        if clause.kind() == "for_in_clause":
            target, *iterables = parts or (Opaque(clause, ()),)
            # `for x in a, b` is a tuple without parentheses.
            subject = iterables[0] if len(iterables) == 1 else Items(clause, tuple(iterables))
            loops.append((clause, [target, subject]))
        elif loops:
            loops[-1][1].extend(parts)
    inner = reader.expression(element_node)
    for clause, bound in reversed(loops[1:]):
        inner = Opaque(clause, (*bound, inner))
    return Opaque(node, (*loops[0][1], inner)) if loops else Opaque(node, (inner,))


def _read_dotted(reader: Reader, node: SgNode) -> Expression:
    """Read ``a.b`` where the grammar has a name with dots (patterns of ``match``)."""
    first, *rest = reader.named(node) or [node]
    base: Expression = Name(first, first.text())
    for part in rest:
        base = Attribute(node, base, part.text())
    return base


EXPRESSIONS: dict[str, ExpressionReader] = {
    "identifier": _read_name,
    "dotted_name": _read_dotted,
    "_": _read_name,
    "integer": _read_integer,
    "float": _read_float,
    "true": lambda _, node: Constant(node, True),
    "false": lambda _, node: Constant(node, False),
    "none": lambda _, node: Constant(node, None),
    "string": read_string,
    "concatenated_string": read_concatenation,
    "parenthesized_expression": _read_inner,
    "parenthesized_list_splat": _read_inner,
    "type": _read_inner,
    "case_pattern": _read_inner,
    "as_pattern_target": _read_inner,
    "with_item": _read_inner,
    "binary_operator": _read_row,
    "boolean_operator": _read_row,
    "comparison_operator": _read_comparison,
    "not_operator": _read_not,
    "unary_operator": _read_unary,
    "list_splat": _read_spread,
    "list_splat_pattern": _read_spread,
    "dictionary_splat": _read_spread,
    "dictionary_splat_pattern": _read_spread,
    "splat_pattern": _read_spread,
    "conditional_expression": _read_conditional,
    "await": _read_await,
    "named_expression": _read_walrus,
    "as_pattern": _read_as,
    "call": _read_chain,
    "attribute": _read_chain,
    "subscript": _read_chain,
    "generic_type": _read_generic,
    "list": _read_items,
    "tuple": _read_items,
    "set": _read_items,
    "expression_list": _read_items,
    "pattern_list": _read_items,
    "tuple_pattern": _read_items,
    "list_pattern": _read_items,
    "dictionary": _read_mapping,
    "pair": _read_pair,
    "list_comprehension": _read_comprehension,
    "set_comprehension": _read_comprehension,
    "dictionary_comprehension": _read_comprehension,
    "generator_expression": _read_comprehension,
}
