"""The terms that expressions evaluate to, and the environments that they are evaluated under."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ast_grep_py import SgNode

from harness.response.javascript.scopes import Unit
from harness.response.javascript.values import UNKNOWN, FunctionValue, Literal, Member, Unknown, Value
from harness.response.record import entity, record

__all__ = [
    "EMPTY",
    "MAX_ALTERNATIVES",
    "NOTHING",
    "REQUEST_PARTS",
    "SOURCES",
    "Bound",
    "Env",
    "Items",
    "Key",
    "Part",
    "Term",
    "Terms",
    "is_function",
    "is_undefined",
    "key_of",
    "strings_of",
    "union",
]

SOURCES = ("body", "query", "params")
REQUEST_PARTS = frozenset({*SOURCES, "headers", "cookies", "signedCookies", "file", "files", "fields"})
MAX_ALTERNATIVES = 8
_SAME_SOURCE = {"payload": "body"}  # as hapi calls it

Key: TypeAlias = tuple[int, SgNode, int]


class Env:
    """What the parameters of the functions being run stand for. ``known`` remembers results."""

    __slots__ = ("bound", "known")

    def __init__(self, bound: dict[Key, Terms] | None = None) -> None:
        self.bound = bound or {}
        self.known: dict[tuple[int, SgNode], Terms] = {}

    def extended(self, more: dict[Key, Terms]) -> Env:
        """Return a new environment with more parameters bound."""
        return Env({**self.bound, **more})


@entity
class Bound:
    """A symbolic value with the environment that its parameters belong to."""

    value: Value
    env: Env


@record
class Part:
    """The request (empty path) or something inside it: ``("body", "email")``."""

    path: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """Return ``body``, ``query`` and so on; empty for the request itself."""
        return _SAME_SOURCE.get(self.path[0], self.path[0]) if self.path else ""


@entity
class Items:
    """A list whose elements are known, each with its alternatives."""

    items: tuple[Terms, ...]


Term: TypeAlias = Bound | Part | Items
Terms: TypeAlias = tuple[Term, ...]

EMPTY = Env()
NOTHING: Terms = (Bound(UNKNOWN, EMPTY),)


def key_of(unit: Unit, function: SgNode, index: int) -> Key:
    """Return the key of a parameter in an environment."""
    return (id(unit), function, index)


def is_function(term: Term) -> bool:
    """Say whether a term is a function whose code is shown."""
    return isinstance(term, Bound) and isinstance(term.value, FunctionValue)


def is_undefined(term: Term) -> bool:
    """Say whether a term is ``undefined`` or ``null``."""
    return isinstance(term, Bound) and isinstance(term.value, Literal) and term.value.value is None


def union(groups: Sequence[Terms]) -> Terms:
    """Join alternatives; what is unknown is left out."""
    if len(groups) == 1 and len(groups[0]) == 1:
        # Nearly every value has one alternative.
        only = groups[0][0]
        return () if isinstance(only, Bound) and isinstance(only.value, Unknown) else groups[0]
    found: list[Term] = []
    for group in groups:
        for term in group:
            unknown = isinstance(term, Bound) and isinstance(term.value, Unknown)
            if not unknown and not any(term is other or _same(term, other) for other in found):
                found.append(term)
    return tuple(found[:MAX_ALTERNATIVES])


def _same(one: Term, other: Term) -> bool:
    if isinstance(one, Bound) and isinstance(other, Bound):
        return one.env is other.env and one.value == other.value
    return one == other


def strings_of(terms: Terms) -> list[str]:
    """Return the constant strings among some terms; ``Segments.BODY`` counts as ``body``."""
    found: list[str] = []
    for term in terms:
        if isinstance(term, Bound) and isinstance(term.value, Literal):
            if isinstance(term.value.value, str):
                found.append(term.value.value)
        elif isinstance(term, Bound) and isinstance(term.value, Member):
            name = term.value.name.lower()
            found += [part for part in sorted(REQUEST_PARTS) if name in {part.lower(), part.rstrip("s")}]
    return found
