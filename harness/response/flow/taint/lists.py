"""Calls that add to lists, sets, mappings and builders, and calls that take them apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.response.flow.expressions import Expression, Name
from harness.response.flow.taint.environment import path_of
from harness.response.flow.taint.values import (
    NUMBER,
    UNSEEN,
    Value,
    concatenated,
    element_of,
    join,
    keys_of,
    member,
)

if TYPE_CHECKING:
    from harness.response.flow.taint.calls import Given
    from harness.response.flow.taint.walker import Walker

__all__ = ["LIST_HANDLERS"]


def _append(walker: Walker, given: Given) -> Value | None:
    base = given.base
    if base is None:
        return None
    added = given.positional
    if given.name in {"set", "insert", "splice"} and len(added) > 1:
        added = added[1:]
    _add(walker, base, added, given)
    return UNSEEN


def _extend(walker: Walker, given: Given) -> Value | None:
    base = given.base
    if base is None:
        return None
    _add(walker, base, [element_of(one) for one in given.positional], given)
    return UNSEEN


def _array_push(walker: Walker, given: Given) -> Value | None:
    subject = given.expression(0)
    if subject is not None:
        _add(walker, subject, given.positional[1:], given, held=given.first)
    return NUMBER


_LIST_METHODS = frozenset({"push", "append", "unshift", "extend", "array_push", "array_unshift"})


def _add(
    walker: Walker, target: Expression, added: list[Value], given: Given, held: Value | None = None
) -> None:
    path = path_of(target)
    if not path or not added:
        return
    before = given.receiver if held is None else held
    if (
        given.name not in _LIST_METHODS
        and before is not UNSEEN
        and not before.is_container
        and not before.data
    ):
        return  # `db.update(...)`: no list
    if before.data == "builder":
        value = replace(walker.composed(concatenated([before, *added]), given.call), data="builder")
    else:
        element = added[0]
        for one in added[1:]:
            element = join(element, one)
        value = join(before, Value(element=element))
    walker.here.refine(path, value)
    root, tab, rest = path.partition("\t")
    if tab and "\t" not in rest:
        walker.analysis.note_field(walker, root, rest, value)


# Parts of mappings and lists.


def _entries(_: Walker, given: Given) -> Value | None:
    subject = given.first if given.base is None or _is_object(given.base) else given.receiver
    pair = Value(fields=(("0", keys_of(subject)), ("1", element_of(subject))))
    return Value(element=pair)


def _is_object(base: Expression) -> bool:
    return isinstance(base, Name) and base.name in {"Object", "_", "Reflect"}


def _from_entries(_: Walker, given: Given) -> Value | None:
    pair = element_of(given.first)
    return Value(element=member(pair, "1"), keys=member(pair, "0"))


def _keys(_: Walker, given: Given) -> Value | None:
    subject = given.first if given.base is None or _is_object(given.base) else given.receiver
    return Value(element=keys_of(subject))


def _values(_: Walker, given: Given) -> Value | None:
    subject = given.first if given.base is None or _is_object(given.base) else given.receiver
    return Value(element=element_of(subject))


def _enumerate(_: Walker, given: Given) -> Value | None:
    return Value(element=Value(fields=(("0", NUMBER), ("1", element_of(given.first)))))


def _zip(_: Walker, given: Given) -> Value | None:
    fields = tuple((str(place), element_of(one)) for place, one in enumerate(given.positional[:10]))
    return Value(element=Value(fields=fields))


def _next(_: Walker, given: Given) -> Value | None:
    if given.base is not None or not given.positional:
        return None
    found = element_of(given.first)
    return join(found, given.positional[1]) if len(given.positional) > 1 else found


def _array_fill(_: Walker, given: Given) -> Value | None:
    return Value(element=given.positional[-1]) if given.positional else None


def _fill(_: Walker, given: Given) -> Value | None:
    return Value(element=given.first) if given.base is not None and given.positional else None


def _pick(_: Walker, given: Given) -> Value | None:
    """``pick(body, ['a', 'b'])``: only the keys named are left."""
    if not given.positional or (given.base is not None and not _is_object(given.base)):
        return None
    return Value(element=element_of(given.first), keys=element_of(given.positional[-1]))


LIST_HANDLERS: dict[str, Callable[[Walker, Given], Value | None]] = {
    "push": _append,
    "append": _append,
    "unshift": _append,
    "add": _append,
    "insert": _append,
    "write": _append,
    "set": _append,
    "extend": _extend,
    "update": _extend,
    "array_push": _array_push,
    "array_unshift": _array_push,
    "entries": _entries,
    "items": _entries,
    "iteritems": _entries,
    "keys": _keys,
    "fromEntries": _from_entries,
    "array_keys": _keys,
    "getOwnPropertyNames": _keys,
    "ownKeys": _keys,
    "values": _values,
    "itervalues": _values,
    "array_values": _values,
    "enumerate": _enumerate,
    "zip": _zip,
    "array_fill": _array_fill,
    "next": _next,
    "fill": _fill,
    "pick": _pick,
}
