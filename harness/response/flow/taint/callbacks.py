"""Functions that are given to calls: run where they stand, on what the call is known to give them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.response.flow.expressions import Attribute, Constant, Expression, Function, Items, Name
from harness.response.flow.statements import Return
from harness.response.flow.taint.library import effect_of_function, effect_of_method
from harness.response.flow.taint.values import (
    CLEAN,
    NUMBER,
    UNSEEN,
    Hole,
    Kind,
    Value,
    element_of,
    join,
    opened,
    with_holes,
)

if TYPE_CHECKING:
    from harness.response.flow.taint.calls import Given
    from harness.response.flow.taint.walker import Walker

__all__ = ["run"]

_MAPS = frozenset({"map", "flatMap", "array_map", "collect"})
_FILTERS = frozenset(
    {"filter", "array_filter", "find", "findLast", "first", "firstWhere", "reject", "takeWhile"}
)
_EACH = frozenset(
    {"forEach", "each", "some", "every", "sort", "array_walk", "usort", "uasort", "uksort", "sorted"}
)
# Methods that hand over what a database or a promise gave.
_ANSWERS = frozenset(
    "then query execute all each get any one none many oneOrNone manyOrNone run exec find findOne fetch raw "
    "getConnection connect task tx transaction aggregate toArray".split()
)
# Where the list stands among the arguments of a plain function.
_LIST_PLACE = {
    "array_map": 1,
    "map": 1,
    "filter": 1,
    "array_filter": 0,
    "array_walk": 0,
    "usort": 0,
    "sorted": 0,
}


def run(walker: Walker, given: Given) -> Value | None:
    """Run the functions given to a call; return what the call gives where that depends on them."""
    name = given.name
    if name in {"reduce", "array_reduce", "reduceRight"} and given.callbacks:
        return _reduce(walker, given)
    is_list_work = name in _MAPS or name in _FILTERS or name in _EACH
    if is_list_work and (given.callbacks or given.positional):
        return _over_list(walker, given)
    for function in given.callbacks:
        _run_other(walker, given, function)
    return None


def _subject(given: Given) -> Value | None:
    """Return the list that a call goes over; ``None`` where it is no such call."""
    if given.base is not None:
        return given.receiver
    place = _LIST_PLACE.get(given.name)
    if place is None or place >= len(given.positional):
        return None
    return given.positional[place]


def _over_list(walker: Walker, given: Given) -> Value | None:
    subject = _subject(given)
    if subject is None:
        return None
    element = element_of(subject)
    returned = UNSEEN
    for function in given.callbacks[:2]:
        returned = walker.analysis.inline(walker, function, [element, NUMBER, subject])
    if given.name in _EACH:
        return subject if given.name in {"sort", "sorted"} else NUMBER
    if given.name in _FILTERS:
        return _filtered(walker, given, subject, element)
    if given.callbacks:
        return Value(element=returned)
    return _by_name(walker, given, element)


def _filtered(walker: Walker, given: Given, subject: Value, element: Value) -> Value | None:
    if not given.callbacks:
        return subject if given.base is None else None
    from harness.response.flow.taint.guards import facts_of

    function = given.callbacks[0]
    last = function.body[-1] if function.body else None
    condition = last.value if isinstance(last, Return) else None
    target = function.parameters[0].target if function.parameters else None
    facts = {} if condition is None else facts_of(walker, condition, truth=given.name != "reject")
    cleared = isinstance(target, Name) and facts.get(target.name) == "harmless"
    kept = CLEAN if cleared else _with_cleared(element, target, facts)
    return (
        kept
        if given.name in {"find", "findLast", "first", "firstWhere"}
        else Value(element=kept, keys=subject.keys)
    )


def _with_cleared(element: Value, target: Expression | None, facts: dict[str, str]) -> Value:
    """``.filter(([key]) => ALLOWED.includes(key))``: that part of each element is harmless."""
    if not isinstance(target, Items):
        return element
    clear = {
        str(place)
        for place, item in enumerate(target.items)
        if isinstance(item, Name) and facts.get(item.name) == "harmless"
    }
    fields = tuple((name, CLEAN if name in clear else part) for name, part in element.fields)
    return replace(element, fields=fields)


def _by_name(walker: Walker, given: Given, element: Value) -> Value | None:
    """``ids.map(Number)``, ``map(int, ids)``, ``array_map('intval', $ids)``."""
    for place in (0, 1):
        expression = given.expression(place)
        if expression is None:
            continue
        value = given.positional[place] if place < len(given.positional) else UNSEEN
        if value.functions:
            result = UNSEEN
            for function in value.functions:
                result = join(result, walker.analysis.inline(walker, function, [element, NUMBER]))
            return Value(element=result)
        effect = _effect_named(walker, expression)
        if effect in {"number", "quoting", "quoting_on_connections", "setting"}:
            return Value(element=CLEAN)
        if effect == "escaping":
            return Value(element=with_holes(element, quoted=True))
        if effect in {"passing", "textual"}:
            return Value(element=element)
    return Value(element=element) if given.base is None else None


def _effect_named(walker: Walker, expression: Expression) -> str:
    if isinstance(expression, Constant) and isinstance(expression.value, str):
        return effect_of_function(expression.value, walker.language)
    if isinstance(expression, Name):
        return effect_of_function(expression.name, walker.language)
    if isinstance(expression, Attribute):
        name = expression.name
        return effect_of_method(name, walker.language) or effect_of_function(name, walker.language)
    return ""


def _reduce(walker: Walker, given: Given) -> Value | None:
    is_method = given.base is not None
    subject = given.receiver if is_method else given.first
    start = given.positional[-1] if len(given.positional) > 1 else element_of(subject)
    result = start
    for _ in range(2):
        for function in given.callbacks[:1]:
            arguments = [result, element_of(subject), NUMBER]
            result = join(result, walker.analysis.inline(walker, function, arguments))
    return result


def _run_other(walker: Walker, given: Given, function: Function) -> None:
    if given.name == "replace":
        values: list[Value] = [given.receiver] * len(function.parameters)
    elif given.name == "then":
        values = [given.receiver if given.receiver.pieces or given.receiver.is_container else _stored(given)]
    elif given.name in _ANSWERS and not _is_route(given):
        values = [_stored(given)] * len(function.parameters)
    else:
        values = []
    walker.analysis.inline(walker, function, values)


def _is_route(given: Given) -> bool:
    """``app.get('/users', handler)`` and ``router.all(...)``."""
    first = given.expression(0)
    if isinstance(first, Constant):
        return isinstance(first.value, str) and (first.value.startswith("/") or first.value == "*")
    return given.name in {"all", "get"} and bool(given.callbacks) and len(given.callbacks[0].parameters) > 2


def _stored(given: Given) -> Value:
    label = given.call.callee.node.text().split("\n", 1)[0][:50]
    return opened(Hole(Kind.STORED, f"what {label}() gave"))
