"""What the readers of Python and PHP share: tables of node kinds, lists of what was read, and bounds.

A grammar is two tables: kind of node -> how to read it as an expression or as statements. A kind without
an entry is read as ``Opaque`` with its parts, so that no call and no string in it is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from ast_grep_py import SgNode

from harness.response.block import Block
from harness.response.flow.expressions import (
    Argument,
    Assignment,
    Binary,
    Call,
    ClassDefinition,
    Expression,
    Function,
    Opaque,
)
from harness.response.flow.statements import Evaluate, Import, Statement, Unit
from harness.response.record import record

__all__ = ["ExpressionReader", "Grammar", "Reader", "StatementReader", "joined"]

# Levels of the tree that are read: a level of recursion weighs two, a link of a chain of calls one. Three
# frames of Python a level stay well below its limit, also for whoever walks over the result.
MAX_DEPTH = 240
_LEVEL = 2
# More operands than this in a row become a balanced tree: ``+``, ``&&`` and ``||`` mean the same so.
_MAX_OPERANDS = 40
_ASSOCIATIVE = frozenset({"+", "&&", "||", "??"})


@record
class Grammar:
    """How a language is read. ``skipped`` are kinds of nodes that say nothing (comments)."""

    expressions: Mapping[str, ExpressionReader]
    statements: Mapping[str, StatementReader]
    skipped: frozenset[str]


class Reader:
    """One block while it is read."""

    def __init__(self, grammar: Grammar, *, skips: bool = True) -> None:
        """Begin to read; ``skips`` is false where the block has nothing to be skipped."""
        self._skips = skips
        self._expressions = grammar.expressions
        self._statements = grammar.statements
        self._skipped = grammar.skipped
        self._depth = 0
        self.functions: list[Function | None] = []
        self.classes: list[ClassDefinition | None] = []
        self.calls: list[Call | None] = []
        self.imports: list[Import] = []
        self.assignments: list[Assignment | None] = []
        # The class whose members are read, and whether a list of statements is one of members.
        self.owner = ""
        self.in_class = False
        self.limited = False
        self.broken = False

    def expression(self, node: SgNode) -> Expression:
        """Read a node as an expression."""
        handler = self._expressions.get(node.kind())
        if self._depth >= MAX_DEPTH:
            self.limited = True
            return Opaque(node, ())
        self._depth += _LEVEL
        read = self.opaque(node) if handler is None else handler(self, node)
        self._depth -= _LEVEL
        return read

    def deeper(self, node: SgNode, links: int) -> Expression:
        """Read what a chain of so many links hangs from."""
        if self._depth + links >= MAX_DEPTH:
            self.limited = True
            return Opaque(node, ())
        self._depth += links
        read = self.expression(node)
        self._depth -= links
        return read

    def cut(self, node: SgNode) -> Opaque:
        """Return a chain that nothing is read of: there is no room left, or it has no parts."""
        if self.room() <= 0:
            self.limited = True
            return Opaque(node, ())
        return self.opaque(node)

    def room(self) -> int:
        """Return how many links a chain may have here."""
        return MAX_DEPTH - self._depth

    def opaque(self, node: SgNode) -> Opaque:
        """Read a node that the form has no word for: its parts."""
        return Opaque(node, self.expressions(self.named(node)))

    def expressions(self, nodes: Iterable[SgNode]) -> tuple[Expression, ...]:
        """Read several expressions."""
        return tuple([self.expression(node) for node in nodes])

    def named(self, node: SgNode) -> list[SgNode]:
        """Return the named children that say something."""
        nodes = node.named_children()
        if not self._skips:
            return nodes
        skipped = self._skipped
        return [child for child in nodes if child.kind() not in skipped]

    def children(self, node: SgNode) -> list[SgNode]:
        """Return all children that say something, punctuation included."""
        nodes = node.children()
        return nodes if not self._skips else [child for child in nodes if child.kind() not in self._skipped]

    def body(self, nodes: Iterable[SgNode]) -> tuple[Statement, ...]:
        """Read nodes as statements; what is no statement is evaluated."""
        found: list[Statement] = []
        if self._depth >= MAX_DEPTH:
            self.limited = True
            return ()
        self._depth += _LEVEL
        for node in nodes:
            kind = node.kind()
            handler = self._statements.get(kind)
            if handler is not None:
                found += handler(self, node)
            elif kind == "ERROR":
                self.broken = True
                found += self.body(node.named_children())
            elif kind not in self._skipped:
                found.append(Evaluate(node, self.expression(node)))
        self._depth -= _LEVEL
        return tuple(found)

    def call(
        self, node: SgNode, callee: Expression, read_arguments: ArgumentReader, given: SgNode | None
    ) -> Call:
        """Read a call and list it before the calls among its arguments."""
        place = len(self.calls)
        self.calls.append(None)
        call = Call(node, callee, () if given is None else read_arguments(self, given))
        self.calls[place] = call
        return call

    def assign(self, assignment: Assignment) -> Assignment:
        """List an assignment and return it."""
        self.assignments.append(assignment)
        return assignment

    def finish(self, block: Block, root: SgNode, body: tuple[Statement, ...]) -> Unit:
        """Make the unit of what was read."""
        return Unit(
            block=block,
            language=block.language,
            root=root,
            body=body,
            functions=tuple([one for one in self.functions if one is not None]),
            classes=tuple([one for one in self.classes if one is not None]),
            calls=tuple([one for one in self.calls if one is not None]),
            imports=tuple(self.imports),
            assignments=tuple([one for one in self.assignments if one is not None]),
            broken=self.broken or root.find(kind="ERROR") is not None,
            limited=self.limited,
        )


ExpressionReader: TypeAlias = Callable[[Reader, SgNode], Expression]
StatementReader: TypeAlias = Callable[[Reader, SgNode], Iterable[Statement]]
ArgumentReader: TypeAlias = Callable[[Reader, SgNode], tuple[Argument, ...]]


def joined(first: Expression, links: list[tuple[SgNode, str, Expression]]) -> Expression:
    """Return operands joined by operators from left to right; a long row as a balanced tree.

    Args:
        first: the leftmost operand.
        links: node, operator and right operand of each step.
    """
    if len(links) <= _MAX_OPERANDS:
        whole = first
        for node, operator, right in links:
            whole = Binary(node, operator, whole, right)
        return whole
    operators = {operator for _, operator, _ in links}
    last = links[-1][0]
    if len(operators) > 1 or not operators <= _ASSOCIATIVE:
        return Opaque(last, (first, *[right for _, _, right in links]))
    operator = links[0][1]
    row: list[tuple[SgNode, Expression]] = [
        (links[0][0], first),
        *[(node, right) for node, _, right in links],
    ]
    while len(row) > 1:
        pairs = [
            (right_node, Binary(right_node, operator, left, right))
            for (_, left), (right_node, right) in zip(row[::2], row[1::2], strict=False)
        ]
        row = [*pairs, *row[len(pairs) * 2 :]]
    return row[0][1]
