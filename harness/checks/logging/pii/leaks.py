"""What of an expression reaches a log: its first personal part, followed through the program."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from harness.checks.logging.flow_calls import called_name
from harness.checks.logging.pii.personal import is_body, is_masking, is_personal, is_whole_person
from harness.checks.logging.pii.records import Records
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Await,
    Binary,
    Call,
    Conditional,
    Constant,
    Expression,
    Index,
    Items,
    Mapping,
    Name,
    Opaque,
    Text,
    Unary,
)
from harness.response.flow.origins import returned
from harness.response.flow.statements import Unit
from harness.response.record import record

__all__ = ["Leak", "Leaks"]

MAX_DEPTH = 12
_REQUESTS = frozenset({"req", "request", "ctx", "_request", "context", "res", "event"})
_SHOWN_IN_PYTHON = frozenset({"headers", "cookies", "claims", "credentials"})
_SUPERGLOBALS = frozenset({"$_POST", "$_REQUEST", "$_COOKIE"})
# Give what they are given, or what they are called on, in another form.
_FORMS = frozenset(
    "stringify dumps json_encode format sprintf inspect print_r var_export str repr String dict vars "
    "serialize assign array_merge http_build_query implode join jsonable_encoder asdict model_dump "
    "model_dump_json toJSON toObject toArray to_dict dict json toString trim toLowerCase lower upper "
    "strip strtolower concat encode decode safe_str structuredClone entries merge fromEntries copy list "
    "tuple vsprintf collect all_data serialize_model encodeURIComponent urlencode quote".split()
)
# Hand on what a check of it has let through.
_CHECKS = frozenset(
    "parse parseAsync safeParse validate validateAsync validated attempt validateSync load "
    "plainToInstance plainToClass only except matchedData".split()
)
_READS = frozenset(
    "get header input post query cookie getHeader string headers param getlist pop getHeaderLine".split()
)
_WHOLE_READS = frozenset(
    "json get_json all validated input toArray getContent getParsedBody formData text body form "
    "getAllHeaders post safe".split()
)


# What a serializer or a form of Django has let through, as one record.
_CHECKED_INPUT = frozenset({"validated_data", "cleaned_data", "initial_data"})


@record
class Leak:
    """A part of an expression that is personal, and what it is."""

    unit: Unit
    node: Expression
    what: str


@record
class _Seen:
    """Where an expression is looked at: in which unit, as part of a text, how deep."""

    unit: Unit
    textual: bool = False
    depth: int = 0

    def deeper(self, unit: Unit | None = None) -> _Seen:
        return _Seen(unit or self.unit, self.textual, self.depth + 1)

    def in_text(self) -> _Seen:
        return _Seen(self.unit, textual=True, depth=self.depth + 1)


class Leaks:
    """Asks what of an expression is personal. ``hidden`` are keys that the logger itself blanks."""

    def __init__(self, flow: Flow, hidden: frozenset[str]) -> None:
        self.flow = flow
        self.hidden = hidden
        self.records = Records(flow)
        self._readers: dict[type, Callable[[Any, _Seen], Iterator[Leak]]] = {
            Name: self._name,
            Attribute: self._attribute,
            Index: self._index,
            Text: lambda node, seen: self._all(node.parts, seen.in_text()),
            Binary: self._binary,
            Unary: self._unary,
            Conditional: lambda node, seen: self._all((node.then, node.otherwise), seen.deeper()),
            Mapping: self._mapping,
            Items: lambda node, seen: self._all(node.items, seen.deeper()),
            Call: self._call,
            Await: lambda node, seen: self._of(node.value, seen.deeper()),
            Assignment: lambda node, seen: self._all([node.value] if node.value else [], seen.deeper()),
            Opaque: lambda node, seen: self._all(node.parts, seen.deeper()),
        }

    def of(self, expression: Expression, unit: Unit) -> Leak | None:
        """Return the first personal part of an expression, or ``None``."""
        return next(self._of(expression, _Seen(unit)), None)

    def named(self, name: str, expression: Expression, unit: Unit) -> Leak | None:
        """Return a leak where something personal is handed over by its name: ``info("x", email=it)``."""
        if name.lower() in self.hidden:
            return None
        found = self.of(expression, unit)
        if found is None and is_personal(name) and self._holds_something(expression, unit):
            return Leak(unit, expression, name)
        return found

    def _of(self, expression: Expression, seen: _Seen) -> Iterator[Leak]:
        read = self._readers.get(type(expression))
        if read is not None and seen.depth < MAX_DEPTH:
            yield from read(expression, seen)

    def _all(self, expressions: Iterable[Expression], seen: _Seen) -> Iterator[Leak]:
        for expression in expressions:
            yield from self._of(expression, seen)

    # Names and what they stand for.

    def _name(self, node: Name, seen: _Seen) -> Iterator[Leak]:
        name = node.name.lstrip("$")
        values = [
            (value, unit)
            for value, unit in self.flow.names.values(node, seen.unit)
            if value is not node and not isinstance(value, Name)
        ]
        if values and all(self._is_harmless(value) for value, _ in values):
            return
        if node.name in _SUPERGLOBALS:
            yield Leak(seen.unit, node, f"all of {node.name}")
        elif is_personal(name):
            yield Leak(seen.unit, node, name)
        elif not self._is_mute(seen) and self._is_record(node, name, seen.unit):
            yield Leak(seen.unit, node, f"the whole {name}")
        else:
            for value, unit in values:
                for leak in self._of(value, seen.deeper(unit)):
                    yield Leak(seen.unit, node, leak.what)

    @staticmethod
    def _is_harmless(value: Expression) -> bool:
        if isinstance(value, Constant):
            return True
        if isinstance(value, Unary):
            return value.operator in {"!", "typeof", "-", "(bool)", "(int)"}
        if isinstance(value, Call):
            return is_masking(called_name(value.callee))
        return isinstance(value, Binary) and value.operator not in {"+", "%", "||", "??", "&&"}

    def _is_record(self, node: Name, name: str, unit: Unit) -> bool:
        """Say whether a variable is a record of a person; Python's objects need not show what they hold."""
        if is_whole_person(name) and (unit.language != "python" or name in _SHOWN_IN_PYTHON):
            return True
        return self.records.is_personal(node, unit)

    @staticmethod
    def _is_mute(seen: _Seen) -> bool:
        """Say whether an object in a text shows nothing of itself: `${user}` is "[object Object]"."""
        return seen.textual and seen.unit.language != "python"

    def _attribute(self, node: Attribute, seen: _Seen) -> Iterator[Leak]:
        yield from self._member(node, node.base, node.name.lstrip("$"), seen)

    def _index(self, node: Index, seen: _Seen) -> Iterator[Leak]:
        key = node.key.value if isinstance(node.key, Constant) else None
        if isinstance(key, str):
            yield from self._member(node, node.base, key, seen)

    def _member(self, node: Attribute | Index, base: Expression, name: str, seen: _Seen) -> Iterator[Leak]:
        if is_personal(name) and not _is_kind(base):
            yield Leak(seen.unit, node, name)
        elif self._is_mute(seen):
            return
        elif (is_body(name) and self._is_request(base)) or self._is_checked(name, seen.unit):
            yield Leak(seen.unit, node, f"all of {called_name(base)}.{name}")
        elif is_whole_person(name) and name not in {"headers", "cookies"}:
            if seen.unit.language != "python":
                yield Leak(seen.unit, node, f"the whole {name}")
        elif isinstance(node, Attribute):
            for value, unit in self.flow.names.values(node, seen.unit):
                if value is not node and isinstance(value, Mapping | Call | Text):
                    yield from self._of(value, seen.deeper(unit))

    def _is_checked(self, name: str, unit: Unit) -> bool:
        """Say whether a name is all that a serializer or form with a personal field let through."""
        return name in _CHECKED_INPUT and any(
            isinstance(one.target, Name)
            and isinstance(one.value, Call)
            and called_name(one.value.callee).endswith("Field")
            and is_personal(one.target.name)
            for one in self.flow.names.nodes(unit, Assignment)
        )

    @staticmethod
    def _is_request(base: Expression) -> bool:
        return called_name(base) in _REQUESTS

    # Texts, choices, records.

    def _binary(self, node: Binary, seen: _Seen) -> Iterator[Leak]:
        if node.operator in {"+", "%"}:
            yield from self._all((node.left, node.right), seen.in_text())
        elif node.operator in {"||", "??"}:
            yield from self._all((node.left, node.right), seen.deeper())
        elif node.operator == "&&":
            yield from self._of(node.right, seen.deeper())

    def _unary(self, node: Unary, seen: _Seen) -> Iterator[Leak]:
        if node.operator == "..." or node.operator in {"(string)", "(array)", "(object)"}:
            yield from self._of(node.value, seen.deeper())

    def _mapping(self, node: Mapping, seen: _Seen) -> Iterator[Leak]:
        inner = _Seen(seen.unit, textual=False, depth=seen.depth + 1)
        for entry in node.entries:
            key = entry.key.value if isinstance(entry.key, Constant) else None
            if isinstance(key, str) and key.lower() in self.hidden:
                continue
            found = next(self._of(entry.value, inner), None)
            if found is not None:
                yield found
            elif isinstance(key, str) and is_personal(key) and self._holds_something(entry.value, seen.unit):
                yield Leak(seen.unit, entry.value, key)

    def _holds_something(self, value: Expression, unit: Unit) -> bool:
        """Say whether what stands under a personal key is the thing itself, not a flag or a mask of it."""
        if not isinstance(value, Name | Attribute | Index):
            return False
        if is_masking(called_name(value)) or called_name(value).lower().endswith(("id", "ids", "count")):
            return False
        return not any(self._is_harmless(found) for found, _ in self.flow.names.values(value, unit))

    # Calls.

    def _call(self, node: Call, seen: _Seen) -> Iterator[Leak]:
        name = called_name(node.callee)
        base = node.callee.base if isinstance(node.callee, Attribute) else None
        first = node.arguments[0].value if node.arguments else None
        if is_masking(name):
            return
        if base is not None and not node.arguments and _is_getter(name):
            yield Leak(seen.unit, node, name)
            return
        if (
            base is not None
            and name in _WHOLE_READS
            and self._is_request(base)
            and not isinstance(first, Constant)
        ):
            yield Leak(seen.unit, node, f"all of {called_name(base)}.{name}()")
            return
        if base is not None and name in _READS and isinstance(first, Constant):
            if isinstance(first.value, str) and is_personal(first.value):
                yield Leak(seen.unit, node, first.value)
            return
        if name in _FORMS:
            # An object that is made a text this way shows all that is in it.
            inner = _Seen(seen.unit, textual=False, depth=seen.depth + 1)
            parts = [argument.value for argument in node.arguments]
            yield from self._all(parts if base is None else [base, *parts], inner)
        elif name in _CHECKS:
            yield from self._all([argument.value for argument in node.arguments], seen.deeper())
        else:
            yield from self._shown(node, seen)

    def _shown(self, node: Call, seen: _Seen) -> Iterator[Leak]:
        """What a shown function makes of things: `describe(user)` may hold the address."""
        for function, unit in self.flow.names.callees(node, seen.unit):
            if function.is_async and unit.language != "python":
                continue
            for result in returned(function)[:4]:
                if isinstance(result, Text | Binary | Mapping | Attribute):
                    for leak in self._of(result, _Seen(unit, seen.textual, seen.depth + 4)):
                        yield Leak(seen.unit, node, leak.what)


def _is_getter(name: str) -> bool:
    """Say whether a method gives one personal value: ``getEmail``."""
    return name[:3] == "get" and is_personal(name[3:])


def _is_kind(base: Expression) -> bool:
    """Say whether a member belongs to a list of kinds: ``Events.PASSWORD``, ``Field::EMAIL``."""
    name = called_name(base)
    return isinstance(base, Name) and name[:1].isupper() and not name.isupper() and not name.startswith("$")
