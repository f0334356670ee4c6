"""The nodes of one unit by their class and by the function around them, so that checks need not walk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar, cast

from harness.response.flow.expressions import Function
from harness.response.flow.walk import Node
from harness.response.lazy import lazy

__all__ = ["Kind", "Nodes"]

Kind = TypeVar("Kind", bound=Node)


class Nodes:
    """Made of the parents of all nodes, which stand in source order, each after its parent."""

    def __init__(self, parents: Mapping[Node, Node | None]) -> None:
        self._parents = parents
        self._grouped: dict[type, dict[Function | None, list[Node]]] = {}

    @lazy
    def _by_kind(self) -> dict[type, list[Node]]:
        found: defaultdict[type, list[Node]] = defaultdict(list)
        for node in self._parents:
            found[type(node)].append(node)
        return dict(found)

    def of(self, kind: type[Kind]) -> Sequence[Kind]:
        """Return all nodes of a class."""
        return cast("Sequence[Kind]", self._by_kind.get(kind, ()))

    def around(self, node: Node) -> Function | None:
        """Return the innermost function around a node."""
        parents = self._parents
        here = parents.get(node)
        while here is not None and not isinstance(here, Function):
            here = parents.get(here)
        return here

    def inside(self, function: Function | None, kind: type[Kind]) -> Sequence[Kind]:
        """Return the nodes of a class in a function (or in none), those of functions in it left out."""
        grouped = self._grouped.get(kind)
        if grouped is None:
            grouped = self._grouped[kind] = {}
            for node in self._by_kind.get(kind, ()):
                grouped.setdefault(self.around(node), []).append(node)
        return cast("Sequence[Kind]", grouped.get(function, ()))
