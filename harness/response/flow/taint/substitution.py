"""Putting what a call gives in the place of parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from harness.response.flow.expressions import Function
from harness.response.flow.taint.values import (
    UNSEEN,
    Hole,
    Kind,
    Value,
    concatenated,
    element_of,
    member,
    text_of,
    with_holes,
)

__all__ = ["given_for", "substitute"]

_MAX_DEPTH = 5


def given_for(hole: Hole, values: Mapping[int, Value]) -> Value:
    """Return what a call gives for a parameter, or for a part of it."""
    value = values.get(hole.index, UNSEEN)
    for link in hole.path:
        value = element_of(value) if link == "*" else member(value, link)
    changes: dict[str, object] = {}
    if hole.textual:
        changes["textual"] = True
    if hole.quoted:
        changes["quoted"] = True
    if hole.doubt:
        changes["doubt"] = hole.doubt
    return with_holes(value, **changes) if changes else value


def substitute(
    value: Value, function: Function, values: Mapping[int, Value], depth: int = _MAX_DEPTH
) -> Value:
    """Return a value of a function as its caller sees it."""
    pieces = value.pieces
    found = value
    if any(_is_of(piece, function) for piece in pieces):
        if len(pieces) == 1 and isinstance(pieces[0], Hole):
            given = given_for(pieces[0], values)
            if not value.is_container:
                return replace(given, makers=given.makers | value.makers)
            found = replace(value, pieces=given.pieces)
        else:
            found = replace(value, pieces=_filled(pieces, function, values))
    if depth and value.is_container:
        found = replace(
            found,
            element=None if value.element is None else substitute(value.element, function, values, depth - 1),
            fields=tuple(
                (name, substitute(part, function, values, depth - 1)) for name, part in value.fields
            ),
            keys=None if value.keys is None else substitute(value.keys, function, values, depth - 1),
        )
    return found


def _is_of(piece: str | Hole, function: Function) -> bool:
    return isinstance(piece, Hole) and piece.kind is Kind.PARAMETER and piece.function is function


def _filled(
    pieces: tuple[str | Hole, ...], function: Function, values: Mapping[int, Value]
) -> tuple[str | Hole, ...]:
    parts: list[Value] = []
    for piece in pieces:
        if isinstance(piece, Hole) and _is_of(piece, function):
            given = given_for(piece, values)
            parts.append(Value(pieces=text_of(given) or ("x",)))
        else:
            parts.append(Value(pieces=(piece,)))
    return concatenated(parts).pieces
