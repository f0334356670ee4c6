"""Columns and expressions in the form in which an index and a condition are compared."""

from __future__ import annotations

from sqlglot import exp

from harness.response.schema.model import canonical

__all__ = ["plain_columns", "term_of"]

_WRAPPERS = (exp.Ordered, exp.Opclass, exp.Paren, exp.Collate, exp.Cast, exp.ColumnPrefix, exp.WithOperator)


def plain_columns(node: exp.Expression | None) -> tuple[str, ...]:
    """Return the names of all columns below a node."""
    return () if node is None else tuple(column.name for column in node.find_all(exp.Column))


def term_of(node: exp.Expression) -> str:
    """Return the canonical form of an indexed or compared thing: a column, or an expression on columns."""
    while isinstance(node, _WRAPPERS):
        inner = node.this
        if not isinstance(inner, exp.Expression):
            return ""
        node = inner
    if isinstance(node, exp.Identifier):
        return canonical(node.name)
    if isinstance(node, exp.Column):
        return canonical(node.name)
    names = ",".join(sorted({canonical(name) for name in plain_columns(node)}))
    rest = ",".join(sorted(literal.name.lower() for literal in node.find_all(exp.Literal, exp.JSONPathKey)))
    name = node.name.lower() if isinstance(node, exp.Anonymous) else type(node).__name__.lower()
    return f"{name}({names}|{rest})" if names else ""
