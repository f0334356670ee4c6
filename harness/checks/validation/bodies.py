"""The nodes of function bodies in source order: a body is walked once, however often it is run."""

from __future__ import annotations

from typing import NamedTuple

from ast_grep_py import SgNode

__all__ = ["Bodies", "Part"]


class Part(NamedTuple):
    """A node of a body, its kind, and how deep it stands: what is below it follows it, and is deeper."""

    node: SgNode
    kind: str
    depth: int


class Bodies:
    """Reads bodies, and remembers them."""

    def __init__(self) -> None:
        self._known: dict[SgNode, tuple[Part, ...]] = {}

    def of(self, body: SgNode) -> tuple[Part, ...]:
        """Return a body and all named nodes below it."""
        known = self._known.get(body)
        if known is None:
            known = self._known[body] = tuple(_read(body))
        return known


def _read(body: SgNode) -> list[Part]:
    found: list[Part] = []
    stack = [(body, 0)]
    while stack:
        node, depth = stack.pop()
        found.append(Part(node, node.kind(), depth))
        inner = [(child, depth + 1) for child in node.named_children()]
        inner.reverse()
        stack += inner
    return found
