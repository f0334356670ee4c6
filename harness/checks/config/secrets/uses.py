"""Secrets by where they are used: arguments of functions that take one, whatever the variable is called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.checks.config.secrets.circumstances import place_of_node
from harness.checks.config.secrets.judge import Setting, called, is_secret, is_used_secret
from harness.checks.config.secrets.place import Hardcoded
from harness.checks.config.secrets.readings import Reading, last_name, readings_of, text_of
from harness.checks.config.secrets.sinks import Sink, assigned_names, last_names, modules, sinks_of
from harness.checks.config.secrets.values import is_placeholder
from harness.checks.config.secrets.words import Sense, sense_of
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Attribute,
    Call,
    Constant,
    Expression,
    Function,
    Items,
    Mapping,
    Name,
)
from harness.response.flow.names import Origin
from harness.response.flow.statements import Unit

__all__ = ["secrets_in_use"]

MAX_DEPTH = 4


def secrets_in_use(flow: Flow, units: Sequence[Unit]) -> Iterator[Hardcoded]:
    """Yield the literals that reach a place where only a secret is wanted."""
    wanting = _wanting(flow)
    callable_modules = not modules().isdisjoint(_imported(flow))
    for unit in units:
        yield from _assigned(flow, unit)
        for call in unit.calls:
            if not call.arguments:
                continue
            name = last_name(call.callee)
            if name in wanting or ("" in wanting and _hands_text(call)):
                yield from _of_shown(flow, call, unit)
            is_known = name in last_names() or name.rpartition("\\")[2] in last_names()
            if is_known or (callable_modules and isinstance(call.callee, Name | Call)):
                yield from _of_library(flow, call, unit)


def _assigned(flow: Flow, unit: Unit) -> Iterator[Hardcoded]:
    """`app.keys = [...]` of Koa: an attribute that is a secret, whatever it is called."""
    for node in unit.assignments:
        target, value = node.target, node.value
        if not isinstance(target, Attribute) or target.name not in assigned_names() or value is None:
            continue
        origin = flow.names.origin(target.base, unit)
        for sink in () if origin is None else sinks_of(_dotted(origin.below(target.name))):
            for text in _texts(value):
                yield from _read(flow, text, unit, sink)


def _hands_text(call: Call) -> bool:
    return any(text_of(argument.value) for argument in call.arguments if not argument.name)


def _imported(flow: Flow) -> Iterator[str]:
    """Yield the modules that any block imports."""
    for unit in flow.units:
        yield from (one.module for one in unit.imports)
        for call in unit.calls:
            if isinstance(call.callee, Name) and call.callee.name in {"require", "import"} and call.arguments:
                yield text_of(call.arguments[0].value) or ""


def _wanting(flow: Flow) -> frozenset[str]:
    """Return the names of shown functions and classes that have a secret among their parameters.

    The empty name is that of a function without one: whatever it is exported as may call it.
    """
    found: set[str] = set()
    for unit in flow.units:
        for function in unit.functions:
            if any(sense_of(last_name(one.target)) >= Sense.SECRET for one in function.parameters):
                found |= {function.name, function.owner} - {""} or {""}
    return frozenset(found)


def _of_shown(flow: Flow, call: Call, unit: Unit) -> Iterator[Hardcoded]:
    for function, _ in flow.names.callees(call, unit):
        yield from _of_parameters(flow, call, function, unit)


def _of_parameters(flow: Flow, call: Call, function: Function, unit: Unit) -> Iterator[Hardcoded]:
    for pair in flow.names.arguments(call, function):
        parameter, value = pair.parameter, pair.value
        if pair.argument is None:
            continue
        name = last_name(parameter.target)
        if value is None or sense_of(name) < Sense.SECRET or not isinstance(value, Constant):
            continue
        text = text_of(value)
        if text and is_secret(name, text, Setting.WRITTEN) and not flow.is_counter_example(unit, value.node):
            yield Hardcoded(place_of_node(unit, value), f"{called(name)} is written into the code")


def _of_library(flow: Flow, call: Call, unit: Unit) -> Iterator[Hardcoded]:
    for sink in _sinks(flow, call, unit):
        for value in _taken(flow, call, unit, sink):
            yield from _read(flow, value, unit, sink)


def _read(flow: Flow, value: Expression, unit: Unit, sink: Sink) -> Iterator[Hardcoded]:
    for reading in readings_of(flow.names, value, unit):
        if _is_secret(reading, sink) and not flow.is_counter_example(reading.unit, reading.node.node):
            yield Hardcoded(
                place_of_node(reading.unit, reading.node), f"{sink.what} is written into the code"
            )


def _is_secret(reading: Reading, sink: Sink) -> bool:
    if not isinstance(reading.node.value, str) or not is_used_secret(reading.text):
        return False
    if reading.text.startswith(("-----BEGIN PUBLIC", "-----BEGIN CERT", "-----BEGIN RSA PUBLIC")):
        return False
    return not (sink.foreign and (is_placeholder(reading.text) or len(reading.text) < 8))


def _sinks(flow: Flow, call: Call, unit: Unit) -> tuple[Sink, ...]:
    origin = flow.names.origin(call.callee, unit)
    found = () if origin is None else sinks_of(_dotted(origin))
    if found or (origin is not None and origin.path and origin.module != "global"):
        return found
    return sinks_of(_spelled(call.callee))


def _dotted(origin: Origin) -> str:
    return origin.dotted.removeprefix("global.")


def _spelled(callee: Expression) -> str:
    """Return a callee as it is written, at most two names: what no import explains."""
    if isinstance(callee, Name):
        return callee.name.lstrip("\\")
    if isinstance(callee, Attribute) and isinstance(callee.base, Name):
        return f"{callee.base.name.lstrip('$')}.{callee.name}"
    return ""


def _taken(flow: Flow, call: Call, unit: Unit, sink: Sink) -> Iterator[Expression]:
    position = 0
    for argument in call.arguments:
        if argument.name:
            if argument.name in sink.names:
                yield argument.value
            continue
        if position in sink.at and not argument.spread:
            yield from _texts(argument.value)
        position += 1
        if sink.options:
            for value, _ in flow.names.values(argument.value, unit):
                if isinstance(value, Mapping):
                    yield from _options(value, sink)


def _texts(value: Expression) -> Iterator[Expression]:
    """Yield a value; of an object or list that stands in its place the texts."""
    if isinstance(value, Items):
        yield from value.items[:20]
    elif isinstance(value, Mapping):
        yield from (
            entry.value for entry in value.entries if _key_of(entry.key) in {"key", "secret", "passphrase"}
        )
    else:
        yield value


def _options(mapping: Mapping, sink: Sink) -> Iterator[Expression]:
    for path in sink.options:
        value: Expression | None = mapping
        for name in path:
            found = value.entries if isinstance(value, Mapping) else ()
            value = next((entry.value for entry in found if _key_of(entry.key) == name), None)
        if isinstance(value, Items):
            yield from value.items[:20]
        elif isinstance(value, Mapping):
            yield from (entry.value for entry in value.entries)
        elif value is not None:
            yield value


def _key_of(key: Expression | None) -> str:
    return "" if key is None else (text_of(key) or "")
