"""What an expression may evaluate to: text with holes in it, and what it holds.

A hole is where something enters that the program did not write itself. Everything else (constants, numbers,
what an allow-list let through) is text that can be trusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Any

from harness.response.flow.expressions import Expression, Function
from harness.response.record import entity, record

__all__ = [
    "CLEAN",
    "NUMBER",
    "UNSEEN",
    "Hole",
    "Kind",
    "Value",
    "concatenated",
    "constant",
    "element_of",
    "holes_of",
    "is_clean",
    "join",
    "keys_of",
    "member",
    "opened",
    "text_of",
    "with_holes",
]

MAX_PIECES = 60
MAX_TEXT = 3_000
MAX_PATH = 5
MAX_FIELDS = 60
MAX_MAKERS = 30


class Kind(StrEnum):
    """Where what fills a hole comes from."""

    REQUEST = "request"
    PARAMETER = "parameter"
    STORED = "stored"
    OUTSIDE = "outside"
    UNKNOWN = "unknown"
    RESULT = "result"
    FIELD = "field"
    IMPORTED = "imported"


@record
class Hole:
    """Something that is not written in the program.

    ``label`` is how the program names it. For ``PARAMETER``, ``function`` and ``index`` say which one and
    ``path`` which part of it; for ``FIELD``, ``function`` is empty and ``path`` is class and field.
    ``textual`` says that it is certainly a string (no object), ``quoted`` that it was escaped for use
    between quotes, ``doubt`` why it may yet be harmless.
    """

    kind: Kind
    label: str
    path: tuple[str, ...] = ()
    function: Function | None = None
    index: int = 0
    textual: bool = False
    quoted: bool = False
    doubt: str = ""

    def __repr__(self) -> str:
        """Show it without the function that it belongs to: that is a whole tree."""
        return f"<{self.kind} {self.label}>"


@entity
class Value:
    """What an expression may be.

    ``pieces`` is it as text. ``element`` is what any element of a list (or any value of a mapping) may be,
    ``fields`` what is known by name, ``keys`` what the keys of a mapping may be. ``functions`` are those that
    it may be. ``makers`` are the expressions in which its text was put together. ``data`` is the word of
    an observer for objects that it made itself.
    """

    pieces: tuple[str | Hole, ...] = ()
    number: bool = False
    element: Value | None = None
    fields: tuple[tuple[str, Value], ...] = ()
    keys: Value | None = None
    functions: tuple[Function, ...] = ()
    makers: frozenset[Expression] = frozenset()
    data: str = ""

    def field(self, name: str) -> Value | None:
        """Return what is known of a field by its name."""
        for known, value in self.fields:
            if known == name:
                return value
        return None

    @property
    def is_container(self) -> bool:
        """Say whether this is a list, mapping or object with known parts."""
        return self.element is not None or bool(self.fields)


UNSEEN = Value()
CLEAN = Value(pieces=("x",))
NUMBER = Value(pieces=("0",), number=True)


def constant(value: str | float | bool | None) -> Value:
    """Return the value of a literal."""
    if isinstance(value, str):
        return Value(pieces=(value[:MAX_TEXT],))
    if value is None or isinstance(value, bool):
        return Value(pieces=(str(value).lower(),), number=isinstance(value, bool))
    return Value(pieces=(str(value)[:40],), number=True)


def opened(hole: Hole) -> Value:
    """Return the value that is nothing but a hole."""
    return Value(pieces=(hole,))


def text_of(value: Value) -> tuple[str | Hole, ...]:
    """Return a value as text; a list is its elements."""
    if value.pieces or value.element is None:
        return value.pieces
    return (*text_of(value.element), ",", *text_of(value.element))


def _all_holes(value: Value, depth: int = 4) -> Iterator[Hole]:
    for piece in value.pieces:
        if isinstance(piece, Hole):
            yield piece
    if depth:
        for part in _parts(value):
            yield from _all_holes(part, depth - 1)


def _parts(value: Value) -> Iterator[Value]:
    if value.element is not None:
        yield value.element
    for _, part in value.fields:
        yield part


def holes_of(value: Value, *, deep: bool = False) -> tuple[Hole, ...]:
    """Return the holes in a value's text, each once; ``deep`` also those in its parts."""
    found = _all_holes(value) if deep else (piece for piece in text_of(value) if isinstance(piece, Hole))
    return tuple(dict.fromkeys(found))


def is_clean(value: Value) -> bool:
    """Say whether nothing from outside is in a value or its parts."""
    return next(_all_holes(value), None) is None


def _compact(pieces: Iterable[str | Hole]) -> tuple[str | Hole, ...]:
    """Merge neighbouring text and keep the size within bounds."""
    merged: list[str | Hole] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] = _shortened(merged[-1] + piece)
        elif piece != "":
            merged.append(piece)
    if len(merged) > MAX_PIECES:
        half = MAX_PIECES // 2
        merged = [*merged[:half], *merged[-half:]]
    return tuple(merged)


def _shortened(text: str) -> str:
    if len(text) <= MAX_TEXT:
        return text
    half = MAX_TEXT // 2
    return text[:half] + " " + text[-half:]


def concatenated(parts: Iterable[Value]) -> Value:
    """Return the text of several values, one after the other."""
    found = list(parts)
    makers: frozenset[Expression] = frozenset()
    for one in found:
        if one.makers and len(makers) < MAX_MAKERS:
            makers |= one.makers
    return Value(pieces=_compact(piece for one in found for piece in text_of(one)), makers=makers)


def _joined_text(left: Value, right: Value) -> tuple[str | Hole, ...]:
    """Return one text for two: the one with more in it, and behind it the holes that only the other has."""
    first, second = left.pieces, right.pieces
    if first == second or not second:
        return first
    if not first:
        return second
    if (_weight(second), len(second)) > (_weight(first), len(first)):
        first, second = second, first
    missing = [piece for piece in second if isinstance(piece, Hole) and piece not in first]
    if not missing:
        return first
    added: list[str | Hole] = []
    for hole in missing:
        added += [" ", hole]
    return _compact([*first, *added])


def _weight(pieces: tuple[str | Hole, ...]) -> int:
    # A hole outweighs any constant; of constants the longest says most about the statement.
    return sum(len(piece) if isinstance(piece, str) else 1_000_000 for piece in pieces)


def join(left: Value, right: Value) -> Value:
    """Return what a value is when it may be either of two."""
    if left is right or right is UNSEEN:
        return left
    if left is UNSEEN:
        return right
    return Value(
        pieces=_joined_text(left, right),
        number=left.number and right.number,
        element=_either(left.element, right.element),
        fields=_joined_fields(left.fields, right.fields),
        keys=_either(left.keys, right.keys),
        functions=tuple(dict.fromkeys((*left.functions, *right.functions)))[:4],
        makers=left.makers | right.makers,
        data=left.data or right.data,
    )


def _either(left: Value | None, right: Value | None) -> Value | None:
    if left is None or right is None:
        return left or right
    return join(left, right)


def _joined_fields(
    left: tuple[tuple[str, Value], ...], right: tuple[tuple[str, Value], ...]
) -> tuple[tuple[str, Value], ...]:
    if left is right or not right:
        return left
    if not left:
        return right
    known = dict(left)
    for name, value in right:
        known[name] = join(known[name], value) if name in known else value
    return tuple(known.items())[:MAX_FIELDS]


def member(value: Value, name: str) -> Value:
    """Return a part of a value by its name; what is part of a hole is a hole."""
    known = value.field(name)
    if known is not None:
        return known
    holes = [_narrowed(piece, name) for piece in value.pieces if isinstance(piece, Hole)]
    inside = _unioned(holes)
    if value.element is not None:
        inside = join(value.element, inside)
    return inside


def _narrowed(hole: Hole, name: str) -> Hole:
    label = f"{hole.label}.{name}" if len(hole.label) < 60 else hole.label
    if hole.kind is Kind.PARAMETER and len(hole.path) < MAX_PATH:
        return replace(hole, label=label, path=(*hole.path, name), textual=False)
    return replace(hole, label=label, textual=False)


def _unioned(holes: Iterable[Hole]) -> Value:
    whole = UNSEEN
    for hole in holes:
        whole = join(whole, opened(hole))
    return whole


def element_of(value: Value) -> Value:
    """Return what iterating over a list, or reading it at an unknown place, gives."""
    found = UNSEEN if value.element is None else value.element
    for _, part in value.fields:
        found = join(found, part)
    return join(found, _unioned(_narrowed(one, "*") for one in value.pieces if isinstance(one, Hole)))


def with_holes(value: Value, **changes: Any) -> Value:
    """Return a value whose holes are changed in some attributes."""
    if not any(isinstance(piece, Hole) for piece in value.pieces):
        return value
    pieces = [replace(piece, **changes) if isinstance(piece, Hole) else piece for piece in value.pieces]
    return replace(value, pieces=tuple(pieces))


def keys_of(value: Value) -> Value:
    """Return what the keys of a mapping may be."""
    if value.keys is not None:
        return join(value.keys, element_of(Value(pieces=value.pieces)))
    return CLEAN if value.is_container else element_of(value)
