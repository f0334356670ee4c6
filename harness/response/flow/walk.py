"""The parts of expressions and statements, for whoever walks over the common form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from harness.response.flow import expressions as e
from harness.response.flow import statements as s
from harness.response.flow.expressions import Expression
from harness.response.flow.statements import Case, Handler, Statement

__all__ = ["PARTS", "Node", "parts_of", "walk"]

Node: TypeAlias = Expression | Statement | Handler | Case | e.Parameter


def parts_of(node: Node) -> list[Node]:
    """Return the parts of a node in source order (arguments and entries by what they hold)."""
    return PARTS[type(node)](node)


def walk(nodes: Iterable[Node], *, into_functions: bool = True) -> Iterator[Node]:
    """Yield nodes and all below them in source order, without recursion.

    Args:
        nodes: where to begin, such as the body of a function.
        into_functions: whether to enter functions and classes that are met (they are yielded either way).
    """
    stack: list[Node] = [*nodes]
    stack.reverse()
    parts = PARTS
    while stack:
        node = stack.pop()
        yield node
        kind = type(node)
        if not into_functions and (kind is e.Function or kind is e.ClassDefinition):
            continue
        found = parts[kind](node)
        if found:
            found.reverse()
            stack += found


def _present(*nodes: Node | None) -> list[Node]:
    return [node for node in nodes if node is not None]


def _call(node: e.Call) -> list[Node]:
    return [node.callee, *[one.value for one in node.arguments]]


def _mapping(node: e.Mapping) -> list[Node]:
    found: list[Node] = []
    for entry in node.entries:
        if entry.key is not None:
            found.append(entry.key)
        found.append(entry.value)
    return found


def _try(node: s.Try) -> list[Node]:
    return [*node.body, *node.handlers, *node.otherwise, *node.final]


def _nothing(_: Node) -> list[Node]:
    return []


# ``Any``: each reader takes the one kind of node that it stands beside.
PARTS: dict[type, Callable[[Any], list[Node]]] = {
    e.Name: _nothing,
    e.Constant: _nothing,
    e.Text: lambda node: list(node.parts),
    e.Tagged: lambda node: [node.tag, *node.parts],
    e.Binary: lambda node: [node.left, node.right],
    e.Unary: lambda node: [node.value],
    e.Attribute: lambda node: [node.base],
    e.Index: lambda node: _present(node.base, node.key),
    e.Call: _call,
    e.Mapping: _mapping,
    e.Items: lambda node: list(node.items),
    e.Conditional: lambda node: [node.test, node.then, node.otherwise],
    e.Await: lambda node: [node.value],
    e.Assignment: lambda node: _present(*node.decorators, node.target, node.value),
    e.Parameter: lambda node: _present(*node.decorators, node.target, node.default),
    e.Function: lambda node: [*node.decorators, *node.parameters, *node.body],
    e.ClassDefinition: lambda node: [*node.decorators, *node.bases, *node.body],
    e.Opaque: lambda node: list(node.parts),
    s.Evaluate: lambda node: [node.value],
    s.Return: lambda node: _present(node.value),
    s.Raise: lambda node: _present(node.value),
    s.If: lambda node: [node.test, *node.then, *node.otherwise],
    s.Loop: lambda node: _present(node.target, node.subject, *node.body),
    s.Handler: lambda node: [*node.types, *node.body],
    s.Try: _try,
    s.Case: lambda node: [*node.tests, *node.body],
    s.Switch: lambda node: [node.subject, *node.cases],
    s.With: lambda node: [*node.items, *node.body],
    s.Define: lambda node: [node.value],
    s.Import: _nothing,
    s.Jump: _nothing,
}
