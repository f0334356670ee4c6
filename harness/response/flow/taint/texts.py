"""Calls that put texts and lists together: joins, formats, replacements, additions to lists."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.response.flow.expressions import Attribute, Constant, Name
from harness.response.flow.taint.environment import path_of
from harness.response.flow.taint.formatting import brace_format, sprintf, template_format
from harness.response.flow.taint.lists import LIST_HANDLERS
from harness.response.flow.taint.patterns import delimited, keeps_only_plain
from harness.response.flow.taint.values import (
    CLEAN,
    NUMBER,
    UNSEEN,
    Hole,
    Kind,
    Value,
    concatenated,
    constant,
    element_of,
    join,
    opened,
    with_holes,
)

if TYPE_CHECKING:
    from harness.response.flow.taint.calls import Given
    from harness.response.flow.taint.walker import Walker

__all__ = ["joined_list", "text_result"]


def text_result(walker: Walker, given: Given) -> Value | None:
    """Return what a call puts together, or ``None`` for calls that do something else."""
    handler = _HANDLERS.get(given.name)
    return None if handler is None else handler(walker, given)


def joined_list(value: Value, separator: Value) -> Value:
    """Return the elements of a list as one text."""
    ordered = [part for name, part in value.fields if name.isdigit()]
    element = value.element if value.element is not None else element_of(value)
    parts: list[Value] = []
    for part in [*ordered, element]:
        if parts:
            parts.append(separator)
        parts.append(with_holes(part, textual=True))
    return concatenated(parts)


def _join(walker: Walker, given: Given) -> Value | None:
    base = given.base
    if base is None:  # PHP's `join`, Python's and Node's `join` of paths
        return _implode(walker, given)
    if isinstance(base, Name | Attribute) and base.name in {"path", "posixpath", "ntpath", "Path", "os"}:
        return concatenated(given.positional)
    if given.receiver.data == "composed":
        return given.receiver
    if walker.language == "python":
        found = joined_list(given.first, given.receiver)
    else:
        found = joined_list(given.receiver, given.first if given.positional else constant(","))
    return walker.composed(found, given.call)


def _implode(walker: Walker, given: Given) -> Value | None:
    if not given.positional:
        return None
    separator, items = given.positional[0], given.positional[-1]
    if given.base is not None and len(given.positional) == 1:
        items = given.receiver  # the method of a collection
    elif len(given.positional) == 1:
        separator = constant("")
    elif separator.element is not None:
        separator, items = items, separator
    return walker.composed(joined_list(items, separator), given.call)


def _format(walker: Walker, given: Given) -> Value | None:
    base = given.base
    if isinstance(base, Name) and base.name == "str" and given.positional:
        return walker.composed(brace_format(given.first, given.positional[1:], given.named), given.call)
    if base is None or (isinstance(base, Name) and base.name == "util"):
        template, *rest = given.positional or [UNSEEN]
        return walker.composed(sprintf(template, rest), given.call)
    if walker.language != "python" and not any(
        isinstance(one, str) and "{" in one for one in given.receiver.pieces
    ):
        # `mysql.format(sql, values)` quotes the values; dates have their own format.
        return given.first if given.positional and given.first.pieces else CLEAN
    if given.receiver.data == "composed":
        return given.receiver
    named = dict(given.named)
    if given.positional and any(argument.spread for argument in given.call.arguments):
        # `"{name}".format(**values)`: any name may be any of them.
        named[""] = given.positional[-1]
    return walker.composed(brace_format(given.receiver, given.positional, named), given.call)


def _format_map(walker: Walker, given: Given) -> Value | None:
    named = dict(given.first.fields)
    named[""] = element_of(given.first)
    return walker.composed(brace_format(given.receiver, (), named), given.call)


def _sprintf(walker: Walker, given: Given) -> Value | None:
    template, *rest = given.positional or [UNSEEN]
    if given.name == "vsprintf" and rest:
        rest = [part for _, part in rest[0].fields] or [element_of(rest[0])] * 8
    return walker.composed(sprintf(template, rest), given.call)


def _template(_: Walker, given: Given) -> Value | None:
    return replace(given.first, data="template") if given.positional else None


def _substitute(walker: Walker, given: Given) -> Value | None:
    if given.receiver.data != "template":
        return None
    return walker.composed(template_format(given.receiver, given.named, given.positional), given.call)


def _builder(_: Walker, given: Given) -> Value | None:
    return Value(pieces=given.first.pieces or ("",), data="builder")


def _settype(walker: Walker, given: Given) -> Value | None:
    subject, kind = given.expression(0), given.expression(1)
    path = "" if subject is None else path_of(subject)
    if path and isinstance(kind, Constant) and str(kind.value) not in {"string", "array", "object"}:
        walker.here.refine(path, NUMBER)
    return NUMBER


def _concat(walker: Walker, given: Given) -> Value | None:
    receiver = given.receiver
    if given.base is None:
        return None
    if receiver.element is not None:
        for one in given.positional:
            receiver = join(receiver, one if one.is_container else Value(element=one))
        return receiver
    return walker.composed(concatenated([receiver, *given.positional]), given.call)


# Replacements.


def _replace(walker: Walker, given: Given) -> Value | None:
    from harness.response.flow.taint.patterns import regular_expression

    if given.base is None or not given.positional:
        return None
    pattern = given.expression(0)
    if pattern is not None and walker.language != "python":
        found = None if isinstance(pattern, Constant) else regular_expression(walker, pattern)
        if found is not None and "g" in found[1] and keeps_only_plain(found[0]) and _is_harmless(given, 1):
            return CLEAN
    return _with_replacement(given.receiver, given.positional[1:2])


def _is_harmless(given: Given, place: int) -> bool:
    replacement = given.expression(place)
    if not isinstance(replacement, Constant):
        return False
    return not set(str(replacement.value)) & set("'\"`;\\")


def _with_replacement(subject: Value, replacement: list[Value]) -> Value:
    found = subject
    for one in replacement:
        if one.pieces and any(not isinstance(piece, str) for piece in one.pieces):
            # `'... ?'.replace('?', value)`: the value is in the text now.
            found = concatenated([found, one])
    return found


def _sub(walker: Walker, given: Given) -> Value | None:
    """``re.sub(pattern, replacement, text)`` and ``PATTERN.sub(replacement, text)``."""
    from harness.response.flow.taint.patterns import regular_expression

    base = given.base
    if base is None or walker.language != "python":
        return None
    on_module = isinstance(base, Name) and base.name in {"re", "regex"}
    pattern = given.expression(0) if on_module else base
    place = 1 if on_module else 0
    subject = given.positional[place + 1] if len(given.positional) > place + 1 else UNSEEN
    found = None if pattern is None else regular_expression(walker, pattern)
    if found is not None and keeps_only_plain(found[0]) and _is_harmless(given, place):
        return CLEAN
    return _with_replacement(subject, given.positional[place : place + 1])


def _preg_replace(walker: Walker, given: Given) -> Value | None:
    from harness.response.flow.taint.patterns import regular_expression

    if len(given.positional) < 3:
        return None
    pattern = given.expression(0)
    found = None if pattern is None else regular_expression(walker, pattern)
    if found is not None and keeps_only_plain(delimited(found[0])) and _is_harmless(given, 1):
        return CLEAN
    return _with_replacement(given.positional[2], given.positional[1:2])


def _str_replace(_: Walker, given: Given) -> Value | None:
    return (
        _with_replacement(given.positional[2], given.positional[1:2]) if len(given.positional) > 2 else None
    )


def _split(_: Walker, given: Given) -> Value | None:
    is_function = given.name in {"explode", "preg_split"} and given.base is None
    subject = given.positional[-1] if is_function and given.positional else given.receiver
    return Value(element=with_holes(subject, textual=True))


def _str_repeat(_: Walker, given: Given) -> Value | None:
    return given.first if given.base is None else None


def _filter(_: Walker, given: Given) -> Value | None:
    """``filter_var($x, FILTER_VALIDATE_INT)`` and ``filter_input(INPUT_GET, 'x', FILTER_…)``."""
    place = 1 if given.name == "filter_var" else 2
    filter_ = given.expression(place)
    if filter_ is not None and re.search(
        "_(?:INT|FLOAT|BOOL|BOOLEAN|IP|NUMBER_INT)", filter_.node.text()[:80]
    ):
        return NUMBER
    if given.name == "filter_var":
        return given.first
    key = given.expression(1)
    label = str(key.value)[:40] if isinstance(key, Constant) else "filter_input()"
    return opened(Hole(Kind.REQUEST, label))


_HANDLERS: dict[str, Callable[[Walker, Given], Value | None]] = {
    "join": _join,
    "implode": _implode,
    "format": _format,
    "format_map": _format_map,
    "sprintf": _sprintf,
    "vsprintf": _sprintf,
    "Template": _template,
    "substitute": _substitute,
    "safe_substitute": _substitute,
    "concat": _concat,
    "settype": _settype,
    "StringIO": _builder,
    "StringBuilder": _builder,
    "replace": _replace,
    "replaceAll": _replace,
    "sub": _sub,
    "preg_replace": _preg_replace,
    "str_replace": _str_replace,
    "str_ireplace": _str_replace,
    "split": _split,
    "explode": _split,
    "preg_split": _split,
    "str_repeat": _str_repeat,
    "filter_var": _filter,
    "filter_input": _filter,
    **LIST_HANDLERS,
}
