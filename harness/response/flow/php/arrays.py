"""PHP's arrays, the patterns that take them apart, and ``match``."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.response.flow.expressions import (
    Binary,
    Conditional,
    Constant,
    Entry,
    Expression,
    Items,
    Mapping,
    Opaque,
    Unary,
)
from harness.response.flow.reader import ExpressionReader, Reader, joined

__all__ = ["ARRAYS", "read_match_arms"]


def _read_array(reader: Reader, node: SgNode) -> Expression:
    """Read an array: ``Items``, or ``Mapping`` where an element has a key."""
    elements: list[tuple[Expression | None, Expression]] = []
    for child in reader.named(node):
        parts = reader.named(child) if child.kind() == "array_element_initializer" else [child]
        if len(parts) == 2:
            elements.append((reader.expression(parts[0]), reader.expression(parts[1])))
        else:
            elements.append((None, reader.expression(parts[0]) if len(parts) == 1 else reader.opaque(child)))
    return _collected(node, elements)


def _collected(node: SgNode, elements: list[tuple[Expression | None, Expression]]) -> Expression:
    """Return elements (key if any, value) as ``Items``, or as ``Mapping`` where one has a key."""
    if all(key is None for key, _ in elements):
        return Items(node, tuple([value for _, value in elements]))
    entries: list[Entry] = []
    for position, (key, value) in enumerate(elements):
        if key is None and isinstance(value, Unary) and value.operator == "...":
            entries.append(Entry(None, value.value))
        else:
            entries.append(Entry(key or Constant(value.node, position), value))
    return Mapping(node, tuple(entries))


def _read_list(reader: Reader, node: SgNode) -> Expression:
    """Read the target of ``[$a, 'k' => $b] = ...``; a place that is left out is ``Opaque``."""
    elements: list[tuple[Expression | None, Expression]] = []
    key: Expression | None = None
    last: Expression | None = None
    for child in reader.children(node):
        kind = child.kind()
        if kind == "=>":
            key, last = last, None
        elif kind == "," or (kind in {"]", ")"} and last is not None):
            elements.append((key, last or Opaque(child, ())))
            key, last = None, None
        elif child.is_named():
            last = reader.expression(child)
    return _collected(node, elements)


# match


def read_match_arms(
    reader: Reader, node: SgNode
) -> tuple[Expression, list[tuple[SgNode, tuple[Expression, ...], SgNode]]]:
    """Return the subject of ``match`` and its arms: node, what is compared, and the node of the result."""
    subject: Expression = Opaque(node, ())
    arms: list[tuple[SgNode, tuple[Expression, ...], SgNode]] = []
    for child in reader.named(node):
        if child.kind() != "match_block":
            subject = reader.expression(child)
            continue
        for arm in reader.named(child):
            parts = reader.named(arm)
            if not parts:
                continue
            conditions = reader.named(parts[0]) if parts[0].kind() == "match_condition_list" else []
            arms.append((arm, reader.expressions(conditions), parts[-1]))
    return subject, arms


def _read_match(reader: Reader, node: SgNode) -> Expression:
    """Read ``match`` as a chain of conditionals; without a default the last is ``Opaque`` (it throws)."""
    subject, arms = read_match_arms(reader, node)
    is_test = isinstance(subject, Constant) and subject.value is True
    result: Expression = Opaque(node, ())
    read = [(arm, tests, reader.expression(value)) for arm, tests, value in arms]
    if len(read) > reader.room():
        return Opaque(node, (subject, *[part for _, tests, value in read for part in (*tests, value)]))
    for arm, tests, value in reversed(read):
        if not tests:
            result = value
            continue
        compared = [test if is_test else Binary(arm, "===", subject, test) for test in tests]
        condition = joined(compared[0], [(arm, "||", test) for test in compared[1:]])
        result = Conditional(arm, condition, value, result)
    return result


ARRAYS: dict[str, ExpressionReader] = {
    "array_creation_expression": _read_array,
    "list_literal": _read_list,
    "match_expression": _read_match,
}
