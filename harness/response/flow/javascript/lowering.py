"""What one walk over a tree keeps: the lists of a unit, and how deep it is.

Reading a node costs more than anything done with it, so each node is asked for its kind and its children
once. What leans to the left (``a + b + c``, ``x.then().then()``) is walked in a loop; all other nesting is
bounded, since whoever reads the form will recurse into it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from ast_grep_py import SgNode

from harness.response.flow.expressions import (
    Assignment,
    Binary,
    Call,
    ClassDefinition,
    Expression,
    Function,
    Opaque,
)
from harness.response.flow.reader import joined
from harness.response.flow.statements import Evaluate, Import, Statement

__all__ = ["ERASED", "MAX_DEPTH", "Grammar", "Lowering", "MakeExpression", "MakeStatement", "Outer", "Step"]

# Nesting that is read: a level of recursion (at most five Python frames) weighs two, a link of a chain one.
MAX_DEPTH = 240
_LEVEL = 2
# Links after which a chain is looked at as a whole.
_MANY = 40

# Nodes without values: types, declarations without code, comments.
ERASED = frozenset(
    (
        "type_annotation type_arguments type_parameters type_alias_declaration "
        "interface_declaration type_query ambient_declaration function_signature method_signature "
        "abstract_method_signature comment construct_signature implements_clause "
        "extends_type_clause html_comment hash_bang_line type_identifier predefined_type "
        "optional_chain import_alias index_signature accessibility_modifier override_modifier "
        "statement_identifier string_fragment escape_sequence jsx_text regex_pattern regex_flags "
        "asserts_annotation type_predicate_annotation nested_type_identifier generic_type "
        "union_type literal_type object_type array_type function_type"
    ).split()
)

MakeExpression: TypeAlias = Callable[["Lowering", SgNode], Expression]
MakeStatement: TypeAlias = Callable[["Lowering", SgNode, list[Statement]], None]
# The part of a node that leans to the left (a field, or how to find it), and what is made of the node once
# that part is there; None for wrappers that change no value.
Outer: TypeAlias = Callable[["Lowering", SgNode, Expression], Expression]
Step: TypeAlias = tuple[str | Callable[[SgNode], SgNode | None], Outer | None]


class Grammar:
    """The tables by kind of node; ``row`` is what is made of binary operators."""

    __slots__ = ("expressions", "row", "statements", "steps")

    def __init__(
        self,
        expressions: Mapping[str, MakeExpression],
        statements: Mapping[str, MakeStatement],
        steps: Mapping[str, Step],
        row: Outer,
    ) -> None:
        self.expressions = expressions
        self.statements = statements
        self.steps = steps
        self.row = row


class Lowering:
    """The state of one walk."""

    __slots__ = (
        "assignments",
        "broken",
        "calls",
        "classes",
        "depth",
        "exported",
        "functions",
        "grammar",
        "imports",
        "limited",
    )

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.functions: list[Function] = []
        self.classes: list[ClassDefinition] = []
        self.calls: list[Call] = []
        self.imports: list[Import] = []
        self.assignments: list[Assignment] = []
        self.exported: list[tuple[str, Expression]] = []
        self.broken = False
        self.limited = False
        self.depth = 0

    def expression(self, node: SgNode, kind: str = "") -> Expression:
        """Return an expression in the common form; ``kind`` is the node's where the caller knows it."""
        kind = kind or node.kind()
        if self.depth >= MAX_DEPTH:
            self.limited = True
            return Opaque(node, ())
        grammar = self.grammar
        steps = grammar.steps
        step = steps.get(kind)
        if step is None:
            make = grammar.expressions.get(kind)
            self.depth += _LEVEL
            read = self.opaque(node) if make is None else make(self, node)
            self.depth -= _LEVEL
            return read
        spine: list[tuple[Outer, SgNode]] = []
        while step is not None:
            towards, outer = step
            inner = node.field(towards) if isinstance(towards, str) else towards(node)
            if inner is None:
                break
            if outer is not None:
                spine.append((outer, node))
            node, kind = inner, inner.kind()
            step = steps.get(kind)
        weight = _LEVEL + len(spine)
        if len(spine) > _MANY or self.depth + weight > MAX_DEPTH:
            return self._long(node, kind, spine)
        self.depth += weight
        make = grammar.expressions.get(kind)
        result = self.opaque(node) if make is None else make(self, node)
        for build, around in reversed(spine):
            result = build(self, around, result)
        self.depth -= weight
        return result

    def _long(self, node: SgNode, kind: str, spine: list[tuple[Outer, SgNode]]) -> Expression:
        """Read what leans far to the left: rows of operands become balanced, chains of calls are cut."""
        row = self.grammar.row
        links = sum(outer is not row for outer, _ in spine)
        room = max(MAX_DEPTH - self.depth - _LEVEL, 0)
        make = self.grammar.expressions.get(kind)
        self.depth += _LEVEL + min(links, room)
        if links > room:
            self.limited = True
            result: Expression = Opaque(node, ())
        else:
            result = self.opaque(node) if make is None else make(self, node)
        operands: list[tuple[SgNode, str, Expression]] = []
        for outer, around in reversed(spine):
            if outer is not row and links > room:
                links -= 1
                result, operands = Opaque(around, ()), []
                continue
            if outer is not row and operands:
                result, operands = joined(result, operands), []
            built = outer(self, around, result)
            if outer is row and isinstance(built, Binary):
                operands.append((around, built.operator, built.right))
            else:
                result = built
        self.depth -= _LEVEL + min(sum(outer is not row for outer, _ in spine), room)
        return joined(result, operands)

    def opaque(self, node: SgNode) -> Opaque:
        """Keep the parts of what the form has no word for."""
        found: list[Expression] = []
        for child in node.named_children():
            kind = child.kind()
            if kind in ERASED:
                continue
            if kind in self.grammar.statements:
                found += _values_of(self.body([child]))
            else:
                found.append(self.expression(child, kind))
        return Opaque(node, tuple(found))

    def error(self, node: SgNode) -> Opaque:
        """Keep the parts of what could not be parsed."""
        self.broken = True
        return self.opaque(node)

    def body(self, nodes: Sequence[SgNode]) -> tuple[Statement, ...]:
        """Return statements in the common form; an expression may stand for one (a case's, an error's)."""
        found: list[Statement] = []
        statements = self.grammar.statements
        for node in nodes:
            kind = node.kind()
            make = statements.get(kind)
            if make is not None:
                make(self, node, found)
            elif kind not in ERASED:
                found.append(Evaluate(node, self.expression(node, kind)))
        return tuple(found)

    def block(self, node: SgNode | None) -> tuple[Statement, ...]:
        """Return the statements of a block, or the single statement that stands in its place."""
        if node is None:
            return ()
        if self.depth >= MAX_DEPTH:
            self.limited = True
            return ()
        self.depth += _LEVEL
        found = self.body(node.named_children() if node.kind() == "statement_block" else [node])
        self.depth -= _LEVEL
        return found


def _values_of(statements: Sequence[Statement]) -> list[Expression]:
    """What an error swallowed may be whole statements; what they define and evaluate is kept."""
    return [one.value for one in statements if hasattr(one, "value") and one.value is not None]
