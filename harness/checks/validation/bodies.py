"""The nodes of function bodies in source order: a body is walked once, however often it is run."""

from __future__ import annotations

from typing import TypeAlias

from ast_grep_py import SgNode

__all__ = ["Bodies", "Part"]

# A node of a body, its kind, and how deep it stands: what is below it follows it, and is deeper.
Part: TypeAlias = tuple[SgNode, str, int]

# What has no parts, or none that calls or reads anything.
_LEAVES = frozenset(
    {"identifier", "property_identifier", "shorthand_property_identifier", "string", "number", "comment"}
)


class Bodies:
    """Reads bodies, and remembers them."""

    def __init__(self) -> None:
        self._known: dict[SgNode, list[Part]] = {}

    def of(self, body: SgNode) -> list[Part]:
        """Return a body and the named nodes below it, parts of texts and the like left out."""
        known = self._known.get(body)
        if known is None:
            known = self._known[body] = _read(body)
        return known


def _read(body: SgNode) -> list[Part]:
    found: list[Part] = []
    stack = [(body, 0)]
    while stack:
        node, depth = stack.pop()
        kind = node.kind()
        found.append((node, kind, depth))
        if kind not in _LEAVES:
            depth += 1
            inner = [(child, depth) for child in node.named_children()]
            inner.reverse()
            stack += inner
    return found
