"""Resolvers of GraphQL: every field of ``Query`` and ``Mutation`` is an endpoint behind one path."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.response.endpoints.model import Passed, PassedKind, ServerEndpoint
from harness.response.endpoints.reading import Reading
from harness.response.flow.expressions import Assignment, Call, Constant, Expression, Function, Mapping
from harness.response.flow.statements import Unit
from harness.response.flow.walk import walk

__all__ = ["graphql_endpoints"]

_RULES = re.compile(
    r"\bshield\s*\(|@(?:auth|authorize|authenticated|has\w+|require\w*|is\w+)\b[^\n]{0,80}$", re.MULTILINE
)
_GRAPH = re.compile(r"graphql|apollo|\bgql\b|\bextend type\b", re.IGNORECASE)
_ROOTS = {"Query": "get", "Mutation": "post"}


def graphql_endpoints(reading: Reading) -> Iterator[ServerEndpoint]:
    """Yield the resolvers that maps of resolvers hold."""
    # What graphql-shield or a directive of the schema demands is not read.
    is_open = any(_RULES.search(block.text) for block in reading.program.blocks)
    is_graph = any(_GRAPH.search(block.text) for block in reading.program.blocks)
    held: set[Expression] = set()
    for unit in reading.units:
        text = unit.block.text
        if "Mutation" not in text and "Query" not in text:
            continue
        for node in walk(unit.body):
            if isinstance(node, Mapping):
                for entry in node.entries:
                    root = entry.key.value if isinstance(entry.key, Constant) else ""
                    if root in _ROOTS:
                        held.update(value for value, _ in reading.names.values(entry.value, unit))
                        yield from _resolvers(reading, str(root), (entry.value, unit), is_open=is_open)
    for unit in reading.units if is_graph else ():
        for root, value, where in _exported(reading, unit):
            if value not in held:
                held.add(value)
                yield from _resolvers(reading, root, (value, where), is_open=is_open)


def _exported(reading: Reading, unit: Unit) -> Iterator[tuple[str, Mapping, Unit]]:
    """`export const Mutation = {...}`: what another file puts into the map of all resolvers."""
    for root, value in unit.exported:
        for found, where in reading.names.values(value, unit) if root in _ROOTS else ():
            if isinstance(found, Mapping):
                yield root, found, where


def _resolvers(
    reading: Reading, root: str, held: tuple[Expression, Unit], *, is_open: bool
) -> Iterator[ServerEndpoint]:
    for name, (resolver, where) in reading.entries(*held).items():
        guards: list[Passed] = []
        functions = reading.functions(resolver, where)
        inner = resolver
        while not functions and isinstance(inner, Call) and inner.arguments:
            # `authorized('admin')(resolver)` and `combine(isAdmin, resolver)`
            guards.append(reading.passed(PassedKind.DECORATOR, inner.callee, where))
            guards += [
                reading.passed(PassedKind.DECORATOR, one.value, where)
                for one in inner.arguments[:-1]
                if not isinstance(one.value, Constant)
            ]
            inner = inner.arguments[-1].value
            functions = reading.functions(inner, where)
        function, home = functions[0] if functions else (None, where)
        if function is None and isinstance(inner, Constant | Mapping | Assignment):
            continue
        yield ServerEndpoint(
            "GraphQL",
            _ROOTS[root],
            f"/{root}/{name}",
            function if isinstance(function, Function) and home is where else resolver,
            where,
            function,
            home,
            guards=tuple(guards),
            name=name,
            hidden=function is None,
            open=is_open,
        )
