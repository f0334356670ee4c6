"""What calls give back: well-known functions, functions of the program, and what is not shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.response.flow.expressions import Attribute, Call, Constant, Expression, Function, Name
from harness.response.flow.taint import callbacks, texts
from harness.response.flow.taint.environment import callee_of, path_of
from harness.response.flow.taint.files import reads_request
from harness.response.flow.taint.library import effect_of_function, effect_of_method
from harness.response.flow.taint.values import (
    CLEAN,
    NUMBER,
    UNSEEN,
    Hole,
    Kind,
    Value,
    element_of,
    holes_of,
    is_clean,
    join,
    member,
    opened,
    with_holes,
)

if TYPE_CHECKING:
    from harness.response.flow.taint.walker import Walker

__all__ = ["Given", "evaluate_call"]


@dataclass(slots=True)
class Given:
    """A call with what its parts evaluated to. ``name`` is the last name of what is called."""

    call: Call
    name: str
    receiver: Value
    positional: list[Value]
    named: dict[str, Value] = field(default_factory=dict)
    callbacks: list[Function] = field(default_factory=list)

    @property
    def first(self) -> Value:
        """The first argument."""
        return self.positional[0] if self.positional else UNSEEN

    @property
    def base(self) -> Expression | None:
        """The expression of the object that a method is called on."""
        callee = callee_of(self.call)
        return callee.base if isinstance(callee, Attribute) else None

    def expression(self, place: int) -> Expression | None:
        """Return the expression of a positional argument."""
        arguments = [one for one in self.call.arguments if not one.name]
        return arguments[place].value if 0 <= place < len(arguments) else None

    @property
    def everything(self) -> list[Value]:
        """All arguments."""
        return [*self.positional, *self.named.values()]


def evaluate_call(walker: Walker, call: Call) -> Value:
    """Return what a call may give; the observer sees every call."""
    callee = callee_of(call)
    if isinstance(callee, Function):
        return _at_once(walker, call, callee)
    if isinstance(callee, Attribute):
        given = Given(call, callee.name, walker.evaluate(callee.base), [])
    else:
        given = Given(call, walker.analysis.name_of(walker, callee), UNSEEN, [])
        if not isinstance(callee, Name):
            given.receiver = walker.evaluate(callee)
    _give(walker, given)
    answered = callbacks.run(walker, given)
    seen = walker.analysis.observer.sight(walker, given)
    if seen is not None:
        return seen
    if answered is not None:
        return answered
    return _result(walker, given)


def _at_once(walker: Walker, call: Call, function: Function) -> Value:
    """Return what a function gives that is called where it is written."""
    values = [walker.evaluate(one.value) for one in call.arguments]
    return walker.analysis.inline(walker, function, values)


def _give(walker: Walker, given: Given) -> None:
    for argument in given.call.arguments:
        expression = argument.value
        if isinstance(expression, Function):
            given.callbacks.append(expression)
            value = Value(functions=(expression,))
        else:
            value = walker.evaluate(expression)
        if argument.name:
            given.named[argument.name] = value
        elif argument.spread and value.fields and value.keys is not None:
            given.named |= dict(value.fields)
        elif argument.spread:
            given.positional.append(element_of(value))
        else:
            given.positional.append(value)


def _result(walker: Walker, given: Given) -> Value:
    shown = _of_program(walker, given)
    if shown is not None:
        return shown
    text = texts.text_result(walker, given)
    if text is not None:
        return text
    is_method = given.base is not None
    effect = (
        effect_of_method(given.name, walker.language) or effect_of_function(given.name, walker.language)
        if is_method
        else effect_of_function(given.name, walker.language)
    )
    handler = _EFFECTS.get(effect)
    if handler is not None:
        return handler(walker, given)
    if is_method and given.name == "of" and isinstance(given.base, Name) and given.base.name == "Str":
        return given.first  # Laravel's text with methods
    return _unknown(given)


def _of_program(walker: Walker, given: Given) -> Value | None:
    """Return what functions of the program give, or ``None`` where none is shown."""
    found: Value | None = None
    for function in walker.analysis.functions_of(walker, given.call)[:4]:
        result = walker.analysis.apply(walker, given, function)
        found = result if found is None else join(found, result)
    return found


# What the table of well-known functions names.


def _number(_: Walker, __: Given) -> Value:
    return NUMBER


def _clean(_: Walker, __: Given) -> Value:
    return CLEAN


def _source(given: Given) -> Value:
    """What a function changes: its first argument; what a method changes: its object."""
    if given.base is not None and not _is_module(given.base):
        return given.receiver
    return given.first


_MODULE = re.compile(
    r"(?:JSON|Object|Array|String|Number|Buffer|_|lodash|json|html|urllib|parse|copy|re|shlex|base64|markupsafe|bleach"
    r"|validator|he|qs|querystring|Str|Arr|escape|utils?|helpers?|sanitizer|xss|DOMPurify|django|flask|werkzeug|mysql2?|SqlString|pgp)"
)


def _is_module(base: Expression) -> bool:
    name = base.name if isinstance(base, Name | Attribute) else ""
    return _MODULE.fullmatch(name) is not None


def _passing(walker: Walker, given: Given) -> Value:
    if given.name == "from" and walker.language == "php":
        return CLEAN  # a case of an enumeration
    return _source(given)


def _textual(_: Walker, given: Given) -> Value:
    return with_holes(_source(given), textual=True)


def _escaping(_: Walker, given: Given) -> Value:
    value = given.positional[-1] if given.positional else UNSEEN
    return with_holes(value, quoted=True)


_CONNECTION = re.compile(
    r"(?i)(?:conn|\bcon\b|pool|mysql|db|pdo|sql|client|knex|sequelize|engine|dialect|driver|link|adapter|pg|cursor|platform|database)"
)


def _quoting_on_connections(_: Walker, given: Given) -> Value:
    base = given.base
    text = "" if base is None else base.node.text()[-60:]
    if _CONNECTION.search(text):
        return CLEAN
    return given.first


def _member(_: Walker, given: Given) -> Value:
    receiver = given.receiver
    key = given.expression(0)
    rest = given.positional[1:]
    if given.base is None:
        return _outside(_, given)
    if isinstance(key, Constant):
        path = path_of(given.base)
        held = _.here.get(f"{path}\t{key.value}") if path else None
        found = member(receiver, str(key.value)) if held is None else held
    elif key is None:
        return receiver
    else:
        found = element_of(receiver)
    if receiver is UNSEEN and key is not None:
        return _unknown(given)
    for default in rest[:1]:
        found = join(found, default)
    return found


def _listing(_: Walker, given: Given) -> Value:
    return given.receiver


def _setting(_: Walker, __: Given) -> Value:
    return CLEAN


def _label(given: Given) -> str:
    text = given.call.callee.node.text().split("\n", 1)[0][:50]
    return f"{text}()"


def _outside(_: Walker, given: Given) -> Value:
    kind = Kind.REQUEST if reads_request(given.name, given.first) else Kind.OUTSIDE
    return opened(Hole(kind, _label(given), textual=True))


def _stored(_: Walker, given: Given) -> Value:
    return opened(Hole(Kind.STORED, _label(given)))


def _merging(_: Walker, given: Given) -> Value:
    whole = given.receiver
    for one in given.positional:
        whole = join(whole, one)
    return whole


_EFFECTS: dict[str, Callable[[Walker, Given], Value]] = {
    "number": _number,
    "quoting": _clean,
    "quoting_on_connections": _quoting_on_connections,
    "escaping": _escaping,
    "passing": _passing,
    "textual": _textual,
    "members": _member,
    "listing": _listing,
    "setting": _setting,
    "outside": _outside,
    "stored": _stored,
    "merging": _merging,
}

# Functions that are not shown.

_SANITISER = re.compile(
    r"(?i)(?:escape|quote|sani[ts]|clean|white_?list|allow|valid|safe|purif|strip_?sql|to_?int|parse_?int|to_?num|uuid|hash|hmac"
    r"|encrypt|sign|digest|slug|normali[sz]e_?(?:id|column|sort)|resolve_?(?:column|sort|order|table)|placeholder|bind|param|where|condition|filter|clause)"
)


def _unknown(given: Given) -> Value:
    """Return what a function gives that is not shown: perhaps what it was given, perhaps anything."""
    if given.call.is_new or _is_class(given):
        return _made(given)
    if given.name in {"from", "tryFrom"} and given.base is not None and given.base.node.text()[:1].isupper():
        return CLEAN  # a case of an enumeration; `Array.from` is a list
    dirty = [one for one in given.everything if not is_clean(one)]
    receiver = given.receiver
    if given.base is not None and holes_of(receiver) and not dirty:
        return _method_of_hole(given, receiver)
    if dirty:
        doubt = f"what {_label(given)} makes of it is not shown"
        found = UNSEEN
        for one in dirty:
            inside = one if holes_of(one) else element_of(one)
            found = join(found, with_holes(inside, doubt=doubt))
        return replace(found, makers=frozenset())
    if given.base is not None and receiver.pieces:
        return CLEAN  # a method of a constant or a number, with harmless arguments
    if given.everything and not any(isinstance(one.value, Constant) for one in given.call.arguments):
        return CLEAN  # `snakeCase(column)` of a column that is known
    sanitises = _SANITISER.search(given.name) is not None
    doubt = f"what {_label(given)} gives is not shown" if sanitises else ""
    return opened(Hole(Kind.RESULT, _label(given), doubt=doubt))


def _is_class(given: Given) -> bool:
    callee = given.call.callee
    return isinstance(callee, Name) and callee.name[:1].isupper() and not callee.name.isupper()


def _made(given: Given) -> Value:
    """An object that was constructed: what it was given is somewhere in it."""
    if given.name in {
        "Set",
        "Map",
        "Array",
        "WeakSet",
        "URLSearchParams",
        "URL",
        "Object",
        "String",
        "Collection",
    }:
        return _collection(given)
    if given.name in {"Date", "Number", "ObjectId", "ObjectID", "Decimal", "BigNumber", "UUID", "DateTime"}:
        return NUMBER
    named = tuple(given.named.items())
    return Value(fields=named) if named else UNSEEN


def _collection(given: Given) -> Value:
    first = given.first
    if not given.positional:
        return Value(element=CLEAN, keys=CLEAN if given.name == "Map" else None)
    if given.name == "Map" and first.element is not None:
        pair = first.element
        return Value(element=member(pair, "1"), keys=member(pair, "0"))
    return first


def _result_label(hole: Hole, given: Given) -> str:
    return f"{hole.label[:60]}.{given.name}()"


def _method_of_hole(given: Given, receiver: Value) -> Value:
    unknown = _SANITISER.search(given.name) is not None or (
        not given.everything and any(hole.label == "require()" for hole in holes_of(receiver))
    )
    doubt = f"what {_label(given)} gives is not shown" if unknown else ""
    found = UNSEEN
    for hole in holes_of(receiver):
        kind = Kind.RESULT if hole.kind in {Kind.PARAMETER, Kind.UNKNOWN} else hole.kind
        changed = replace(hole, kind=kind, label=_result_label(hole, given), doubt=hole.doubt or doubt)
        found = join(found, opened(changed))
    return found
