"""The literals that an expression stands for, however they are wrapped, joined or handed on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from harness.checks.config.secrets.values import is_code_word, is_identifier
from harness.response.flow.expressions import (
    Attribute,
    Await,
    Binary,
    Call,
    Conditional,
    Constant,
    Expression,
    Index,
    Items,
    Name,
    Text,
)
from harness.response.flow.names import Names
from harness.response.flow.statements import Unit
from harness.response.record import record

__all__ = ["Reading", "asked_name", "last_name", "readings_of", "text_of"]

MAX_DEPTH = 8
MAX_READINGS = 8

# Calls that give the text they were given in another form: bytes, a wrapper that hides it, a hash of it.
_WRAPPERS = frozenset(
    "from SecretStr Secret SecretBytes encode decode stringify b64decode b64encode urlsafe_b64decode a2b_hex "
    "unhexlify fromhex base64_decode base64_encode hex2bin parse toString trim strip String str bytes "
    "bytearray atob btoa hash hashSync make bcrypt password_hash make_password generate_password_hash "
    "hash_password hashpw hashPassword createSecretKey Redacted mark_safe Utf8 utf8 concat sha256 sha1 "
    "md5 sha512".split()
)
# Those of them whose text is their base: `"secret".encode()`.
_METHODS = frozenset("encode decode trim strip toString concat".split())
_ENCODINGS = frozenset(
    "utf8 utf16 utf16le latin1 ascii base64 base64url hex binary iso88591 cp1252 idna".split()
)
_DEFAULTS = frozenset({"default", "catch", "prefault"})
_FIELDS = frozenset({"Field", "field", "Setting", "StringVar", "Parameter", "Query"})


@record
class Reading:
    """One text that an expression may be, and the literal it stands in.

    ``asked`` is the name that the environment or a configuration was asked for before, where the literal is
    only what stands in for it; ``is_fallback`` says so also where no name is known.
    """

    text: str
    node: Constant
    unit: Unit
    asked: str = ""
    is_fallback: bool = False
    is_made: bool = False


def last_name(expression: Expression) -> str:
    """Return the last name of a variable, attribute, element or call."""
    if isinstance(expression, Name):
        return expression.name.lstrip("$")
    if isinstance(expression, Attribute):
        return expression.name.lstrip("$")
    if isinstance(expression, Index):
        key = expression.key
        return key.value if isinstance(key, Constant) and isinstance(key.value, str) else ""
    if isinstance(expression, Await):
        return last_name(expression.value)
    return ""


def text_of(expression: Expression) -> str | None:
    """Return the text of a string literal."""
    value = expression.value if isinstance(expression, Constant) else None
    return value if isinstance(value, str) else None


def asked_name(expression: Expression) -> str:
    """Return the name that a value is asked for by: ``env.KEY``, ``getenv("KEY")``, ``$_ENV["KEY"]``."""
    if isinstance(expression, Call):
        for argument in expression.arguments[:1]:
            return text_of(argument.value) or ""
        return ""
    if isinstance(expression, Binary) and expression.operator in {"||", "??"}:
        return asked_name(expression.right) or asked_name(expression.left)
    return last_name(expression)


def readings_of(names: Names, expression: Expression, unit: Unit) -> list[Reading]:
    """Return the texts that an expression may be; nothing where any part of a text is not known."""
    return list(_readings(names, expression, unit, 0))[:MAX_READINGS]


def _readings(names: Names, expression: Expression, unit: Unit, depth: int) -> Iterator[Reading]:
    read = _READERS.get(type(expression))
    if read is not None and depth < MAX_DEPTH:
        yield from read(names, expression, unit, depth + 1)


def _of_constant(_: Names, constant: Constant, unit: Unit, __: int) -> Iterator[Reading]:
    if isinstance(constant.value, str | int) and not isinstance(constant.value, bool):
        yield Reading(str(constant.value), constant, unit)


def _of_conditional(names: Names, node: Conditional, unit: Unit, depth: int) -> Iterator[Reading]:
    yield from _readings(names, node.then, unit, depth)
    yield from _readings(names, node.otherwise, unit, depth)


def _of_name(names: Names, name: Name | Attribute, unit: Unit, depth: int) -> Iterator[Reading]:
    for value, where in names.values(name, unit):
        if value is not name and isinstance(value, Constant | Binary | Call | Text):
            yield from _readings(names, value, where, depth + 2)


def _of_binary(names: Names, binary: Binary, unit: Unit, depth: int) -> Iterator[Reading]:
    if binary.operator in {"||", "??"}:
        asked = asked_name(binary.left)
        for reading in _readings(names, binary.right, unit, depth):
            yield Reading(reading.text, reading.node, reading.unit, reading.asked or asked, is_fallback=True)
        yield from _readings(names, binary.left, unit, depth)
    elif binary.operator == "+":
        yield from _joined(names, (binary.left, binary.right), unit, depth)


def _joined(names: Names, parts: tuple[Expression, ...], unit: Unit, depth: int) -> Iterator[Reading]:
    """A text of several parts, if each of them is known."""
    texts: list[str] = []
    first: Reading | None = None
    for part in parts[:40]:
        reading = next(_readings(names, part, unit, depth), None)
        if reading is None or reading.is_fallback:
            return
        if first is None or len(reading.text) > len(first.text):
            first = reading
        texts.append(reading.text)
    if first is not None:
        yield Reading("".join(texts), first.node, first.unit, is_made=True)


def _of_call(names: Names, call: Call, unit: Unit, depth: int) -> Iterator[Reading]:
    for read in (_of_join, _of_default, _of_method, _of_wrapper, _of_shown):
        found = list(read(names, call, unit, depth))
        if found:
            yield from found
            return


def _of_join(names: Names, call: Call, unit: Unit, depth: int) -> Iterator[Reading]:
    """`['a', 'b'].join('')`, `''.join(['a', 'b'])`."""
    if last_name(call.callee) == "join":
        base = call.callee.base if isinstance(call.callee, Attribute) else None
        for items in (base, *(argument.value for argument in call.arguments[:1])):
            if isinstance(items, Items):
                yield from _joined(names, items.items, unit, depth)


def _of_default(names: Names, call: Call, unit: Unit, depth: int) -> Iterator[Reading]:
    """`z.string().default('…').describe('…')`, `Field(default='…')`."""
    for link in _chain(call):
        name = last_name(link.callee)
        if name in _DEFAULTS and link.arguments and isinstance(link.callee, Attribute):
            for reading in _readings(names, link.arguments[0].value, unit, depth):
                yield Reading(reading.text, reading.node, reading.unit, is_fallback=True)
        elif name in _FIELDS:
            for argument in link.arguments:
                if argument.name in {"default", "value"}:
                    yield from _readings(names, argument.value, unit, depth)


def _of_method(names: Names, call: Call, unit: Unit, depth: int) -> Iterator[Reading]:
    """`"secret".encode()`."""
    if not isinstance(call.callee, Attribute) or call.callee.name not in _METHODS:
        return
    if isinstance(call.callee.base, Constant | Name | Binary | Call):
        yield from _readings(names, call.callee.base, unit, depth)


def _of_wrapper(names: Names, call: Call, unit: Unit, depth: int) -> Iterator[Reading]:
    """`Buffer.from("…", "hex")`, `SecretStr("…")`."""
    name = last_name(call.callee)
    if name == "toString":
        return  # what is given to it is a form: `key.toString("ssh-private")`
    if name in _WRAPPERS and call.arguments:
        for reading in _readings(names, call.arguments[0].value, unit, depth):
            # `password.encode("latin1")`, `key.toString("hex")`
            is_kind = reading.text.lower().replace("-", "") in _ENCODINGS or is_code_word(reading.text)
            if not is_kind:
                yield reading


def _of_shown(names: Names, call: Call, unit: Unit, depth: int) -> Iterator[Reading]:
    """A shown function that is given nothing but a literal makes nothing but a literal of it.

    A word of the program is what it looks up: ``required('DB_PASSWORD')``.
    """
    if not isinstance(call.callee, Name) or len(call.arguments) != 1 or depth >= MAX_DEPTH - 3:
        return
    reading = next(_readings(names, call.arguments[0].value, unit, depth), None)
    if reading is None or is_identifier(reading.text) or len(reading.text) < 8:
        return
    if names.callees(call, unit):
        yield Reading(reading.text, reading.node, reading.unit, is_made=True)


def _chain(call: Call) -> Iterator[Call]:
    here: Expression = call
    for _ in range(MAX_DEPTH):
        if not isinstance(here, Call):
            return
        yield here
        if not isinstance(here.callee, Attribute):
            return
        here = here.callee.base


# ``Any``: each reader takes the one kind of expression that it stands beside.
_READERS: dict[type, Callable[[Names, Any, Unit, int], Iterator[Reading]]] = {
    Constant: _of_constant,
    Await: lambda names, node, unit, depth: _readings(names, node.value, unit, depth),
    Binary: _of_binary,
    Conditional: _of_conditional,
    Text: lambda names, node, unit, depth: _joined(names, node.parts, unit, depth),
    Call: _of_call,
    Name: _of_name,
    Attribute: _of_name,
}
