"""One walk over the tree of a block records its scopes, calls, members and assignments.

Nothing is resolved here. The walk keeps its own stack: nesting depth is bounded by memory, not by Python's
recursion limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, TypeAlias

from ast_grep_py import SgNode

from harness.response.block import Block
from harness.response.javascript.declarations import Declarations, Stretch
from harness.response.javascript.scopes import Callee, Definition, Scope, Unit
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    named,
    parameters_of_function,
    parse_as,
    parse_javascript,
)

__all__ = ["build_unit"]

# Subtrees that hold no values: types, declarations without code, and leaves.
_EMPTY_KINDS = frozenset(
    (
        "type_annotation type_arguments type_parameters type_alias_declaration interface_declaration "
        "type_query ambient_declaration function_signature method_signature abstract_method_signature "
        "construct_signature implements_clause extends_type_clause comment string regex number "
        "property_identifier this super private_property_identifier statement_identifier type_identifier "
        "predefined_type empty_statement jsx_text html_comment hash_bang_line string_fragment true false "
        "null undefined"
    ).split()
)
_NAMES = frozenset({"identifier", "shorthand_property_identifier"})
# Characters up to which a block with errors is parsed again with the other grammars.
_MAX_RETRIED = 60_000
_BLOCK_KINDS = ("statement_block", "for_statement", "switch_body")


def build_unit(block: Block) -> Unit:
    """Parse a block and record its scopes.

    The grammar of the block's language comes first; the others are tried only where the walk meets errors.
    """
    unit = _walked(block, parse_as(block.text, block.language))
    if unit.broken and len(block.text) <= _MAX_RETRIED:
        unit = _walked(block, parse_javascript(block.text, block.language))
    return unit


def _walked(block: Block, root: SgNode) -> Unit:
    unit = Unit(block, root, Scope(root, None, is_function=True))
    _Builder(unit).run()
    return unit


# Returns the stretches to go on with, or None for all named children in the same scope.
_Handler: TypeAlias = Callable[["_Builder", SgNode, Scope], Sequence[Stretch] | None]


class _Builder:
    """The walk over one tree."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.names = Declarations(unit)

    def run(self) -> None:
        identifiers, handlers = self.unit.identifiers, self._HANDLERS
        scope = self.unit.top
        nodes: Iterator[SgNode] = iter((self.unit.root,))
        waiting: list[tuple[Iterator[SgNode], Scope]] = []
        while True:
            # Most nodes are leaves: the loop goes on beside them, and steps down without a call elsewhere.
            for node in nodes:
                kind = node.kind()
                if kind in _EMPTY_KINDS:
                    continue
                if kind in _NAMES:
                    identifiers[node] = scope
                    continue
                waiting.append((nodes, scope))
                handler = handlers.get(kind)
                nested = None if handler is None else handler(self, node, scope)
                if nested is None:
                    nodes = iter(node.named_children())
                else:
                    waiting += [(iter(parts), home) for parts, home in reversed(nested)]
                    nodes, scope = waiting.pop()
                break
            else:
                if not waiting:
                    break
                nodes, scope = waiting.pop()
        self.names.settle()

    def _call(self, node: SgNode, scope: Scope) -> None:  # noqa: ARG002 - one signature for all handlers
        unit = self.unit
        unit.calls.append(node)
        callee = node.field("function")
        if callee is not None:
            kind, name = callee.kind(), ""
            if kind == "member_expression":
                last = callee.field("property")
                name = "" if last is None else last.text()
            elif kind == "identifier":
                name = callee.text()
            unit.callees.append(Callee(node, callee, kind, name))

    def _member(self, node: SgNode, scope: Scope) -> None:  # noqa: ARG002
        self.unit.members.append(node)

    def _error(self, node: SgNode, scope: Scope) -> None:  # noqa: ARG002
        self.unit.broken = True

    def _block(self, node: SgNode, scope: Scope) -> Sequence[Stretch]:
        return ((node.named_children(), Scope(node, scope, is_function=False)),)

    def _typed(self, node: SgNode, scope: Scope) -> Sequence[Stretch]:
        """Of `value as T` and `value satisfies T` only the value is code."""
        return ((named(node)[:1], scope),)

    def _export_specifier(self, node: SgNode, scope: Scope) -> Sequence[Stretch]:
        """Of `export { name as alias }` only the name refers to something, and with `from` not even that."""
        name, clause = node.field("name"), node.parent()
        statement = None if clause is None else clause.parent()
        elsewhere = statement is not None and statement.field("source") is not None
        return () if name is None or elsewhere else (((name,), scope),)

    def _function(self, node: SgNode, scope: Scope) -> Sequence[Stretch]:
        self.unit.functions.append(node)
        inner = Scope(node, scope, is_function=True)
        name = node.field("name")
        if name is not None and name.kind() == "identifier":
            # A function expression's own name is only seen inside it.
            home = scope if node.kind().endswith("declaration") else inner
            self.names.declare(name, home, Definition("function", node))
        nested: list[Stretch] = []
        for index, parameter in enumerate(parameters_of_function(node)):
            nested += self.names.target(parameter, inner, Definition("parameter", node, index=index))
        nested.append(([child for child in node.named_children() if child.kind() == "decorator"], scope))
        body = node.field("body")
        if body is not None:
            nested.append(((body,), inner))
        return nested

    def _class(self, node: SgNode, scope: Scope) -> None:
        name = node.field("name")
        if name is not None:
            self.names.declare(name, scope, Definition("class", node))

    def _enum(self, node: SgNode, scope: Scope) -> None:
        name = node.field("name")
        if name is not None:
            self.names.declare(name, scope, Definition("enum", node))

    def _declarator(self, node: SgNode, scope: Scope) -> Sequence[Stretch]:
        target, value = node.field("name"), node.field("value")
        if target is None:
            return ()
        home = scope
        declaration = None if scope.is_function else node.parent()
        if declaration is not None and declaration.kind() == "variable_declaration":
            # What `var` declares is seen in the whole function.
            while not home.is_function and home.parent is not None:
                home = home.parent
        if value is None:
            return self.names.target(target, home, None)
        nested = self.names.target(target, home, Definition("value", value))
        nested.append(((value,), scope))
        return nested

    def _assignment(self, node: SgNode, scope: Scope) -> Sequence[Stretch] | None:
        self.unit.assignments.append(node)
        left, right = node.field("left"), node.field("right")
        if left is None or right is None:
            return None
        kind = left.kind()
        if kind == "identifier":
            self.names.assign(left, scope, Definition("value", right))
        elif kind in {"object_pattern", "array_pattern"}:
            nested = self.names.pattern(left, scope, Definition("value", right), declare=False)
            return [*nested, ((right,), scope)]
        return None

    def _for_in(self, node: SgNode, scope: Scope) -> Sequence[Stretch]:
        inner = Scope(node, scope, is_function=False)
        nested: list[Stretch] = []
        left, right, body = node.field("left"), node.field("right"), node.field("body")
        if left is not None:
            source = Definition("value", right, ("#0",)) if right is not None else Definition("opaque")
            declares = node.field("kind") is not None
            nested += self.names.pattern(left, inner, source, declare=declares)
        nested.append(([part for part in (right, body) if part is not None], inner))
        return nested

    def _catch(self, node: SgNode, scope: Scope) -> Sequence[Stretch]:
        inner = Scope(node, scope, is_function=False)
        parameter, body = node.field("parameter"), node.field("body")
        nested = [] if parameter is None else self.names.target(parameter, inner, Definition("opaque"))
        return [*nested, ((body,), inner)] if body is not None else nested

    def _import(self, node: SgNode, scope: Scope) -> Sequence[Stretch]:
        self.unit.imports.append(node)
        self.names.imports(node, scope)
        return ()

    def _export(self, node: SgNode, scope: Scope) -> None:  # noqa: ARG002
        self.unit.exports.append(node)

    _HANDLERS: ClassVar[dict[str, _Handler]] = {
        "call_expression": _call,
        "new_expression": _call,
        "member_expression": _member,
        "subscript_expression": _member,
        "variable_declarator": _declarator,
        "assignment_expression": _assignment,
        "augmented_assignment_expression": _assignment,
        "import_statement": _import,
        "export_statement": _export,
        "class_declaration": _class,
        "abstract_class_declaration": _class,
        "class": _class,
        "enum_declaration": _enum,
        "for_in_statement": _for_in,
        "catch_clause": _catch,
        "as_expression": _typed,
        "satisfies_expression": _typed,
        "export_specifier": _export_specifier,
        "ERROR": _error,
        **dict.fromkeys(_BLOCK_KINDS, _block),
        **dict.fromkeys(FUNCTION_KINDS, _function),
    }
