"""Formats: ``%`` of Python, ``str.format``, ``sprintf`` and its relatives, ``string.Template``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from harness.response.flow.taint.values import (
    CLEAN,
    NUMBER,
    UNSEEN,
    Hole,
    Value,
    concatenated,
    constant,
    element_of,
    join,
    member,
    text_of,
    with_holes,
)

__all__ = ["brace_format", "percent_format", "sprintf", "template_format"]

_PERCENT = re.compile(
    r"%(?:\((?P<name>[^)]{0,80})\))?(?:(?P<place>\d+)\$)?[-+ #0',.\d*]*[hlL]?(?P<kind>[a-zA-Z%])"
)
_BRACES = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}:!]{0,80})(?:![rsa])?(?::(?P<spec>[^{}]{0,40}))?\}")
_DOLLAR = re.compile(r"\$\$|\$\{?(?P<name>[A-Za-z_]\w*)\}?")
_NUMERIC = frozenset("diouxXeEfFgGb")

Pick = Callable[["re.Match[str]"], Value]


def _filled(template: Value, pattern: re.Pattern[str], pick: Pick) -> Value:
    parts: list[Value] = []
    for piece in text_of(template):
        if isinstance(piece, Hole):
            parts.append(Value(pieces=(piece,)))
            continue
        end = 0
        for found in pattern.finditer(piece):
            parts.append(constant(piece[end : found.start()]))
            parts.append(pick(found))
            end = found.end()
        parts.append(constant(piece[end:]))
    whole = concatenated(parts)
    return Value(pieces=whole.pieces, makers=whole.makers | template.makers)


def percent_format(template: Value, given: Value) -> Value:
    """Return ``template % given``."""
    if not any(isinstance(piece, str) and "%" in piece for piece in template.pieces):
        if not any(isinstance(piece, Hole) for piece in template.pieces):
            return NUMBER
        # What the template says is not known: all that is given may be in it.
        return join(template, element_of(given) if given.is_container else given)
    values = _Row(given)

    def pick(found: re.Match[str]) -> Value:
        kind = found["kind"]
        if kind == "%":
            return constant("%")
        value = member(given, found["name"]) if found["name"] is not None else values.next()
        return NUMBER if kind in _NUMERIC else with_holes(value, textual=True)

    return _filled(template, _PERCENT, pick)


class _Row:
    """What is given to a format, one after the other."""

    def __init__(self, given: Value) -> None:
        self._given = given
        self._place = 0

    def next(self) -> Value:
        place, self._place = self._place, self._place + 1
        known = self._given.field(str(place))
        if known is not None:
            return known
        return element_of(self._given) if self._given.element is not None else self._given


def brace_format(template: Value, arguments: Sequence[Value], named: dict[str, Value]) -> Value:
    """Return ``template.format(*arguments, **named)``."""
    places = iter(range(len(arguments)))

    def pick(found: re.Match[str]) -> Value:
        whole = found[0]
        if whole in {"{{", "}}"}:
            return constant(whole[0])
        name = found["name"].strip()
        root = re.split(r"[.\[]", name, maxsplit=1)[0]
        if not root:
            value = _at(arguments, next(places, len(arguments)))
        elif root.isdigit():
            value = _at(arguments, int(root[:6]))
        else:
            value = named.get(root, named.get("", UNSEEN))
        for link in re.findall(r"[.\[](\w+)", name):
            value = member(value, link)
        spec = found["spec"] or ""
        return NUMBER if spec[-1:] in _NUMERIC and spec[-1:] else with_holes(value, textual=True)

    return _filled(template, _BRACES, pick)


def _at(arguments: Sequence[Value], place: int) -> Value:
    return arguments[place] if place < len(arguments) else UNSEEN


def sprintf(template: Value, arguments: Sequence[Value]) -> Value:
    """Return what ``sprintf`` of PHP or ``util.format`` of Node makes."""
    places = iter(range(len(arguments)))

    def pick(found: re.Match[str]) -> Value:
        kind = found["kind"]
        if kind == "%":
            return constant("%")
        place = int(found["place"]) - 1 if found["place"] else next(places, len(arguments))
        value = _at(arguments, place)
        if kind in {"I", "L"}:  # quoted as an identifier, or as a literal
            return CLEAN
        return NUMBER if kind in _NUMERIC else with_holes(value, textual=True)

    return _filled(template, _PERCENT, pick)


def template_format(template: Value, named: dict[str, Value], given: Sequence[Value]) -> Value:
    """Return what ``string.Template(template).substitute(named)`` makes."""

    def pick(found: re.Match[str]) -> Value:
        name = found["name"]
        if name is None:
            return constant("$")
        if name in named:
            return with_holes(named[name], textual=True)
        value = UNSEEN
        for one in given:
            value = join(value, member(one, name))
        return with_holes(value, textual=True)

    return _filled(template, _DOLLAR, pick)
