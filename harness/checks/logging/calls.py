"""What a program logs: calls on loggers, loggers it creates, and writes that go past every logger."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from harness.checks.logging.console import Use, is_console, server_units
from harness.checks.logging.libraries import (
    LOG_METHODS,
    creates_logger,
    is_logger,
    library_of,
    mentions_library,
)
from harness.response.block import BlockRole
from harness.response.javascript.members import returns_of
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import arguments_of, property_name, string_value, unwrap
from harness.response.javascript.values import (
    CallValue,
    FunctionValue,
    Instance,
    Literal,
    Member,
    Module,
    ObjectValue,
    Unknown,
    Value,
    options_of,
    origin_of,
)
from harness.response.program import Program
from harness.response.record import record

__all__ = ["LibraryCall", "LogCall", "Logging", "is_log_function", "logging_of", "option_of"]

_ACCESS = frozenset({"member_expression", "subscript_expression"})
_STANDARD_OUTPUT = re.compile(r"stdout|stderr|writeSync|morgan")
# Names of methods that may log, or call one that does.
_TELLING = LOG_METHODS | {"call", "apply", "write", "end", "writeSync", "default"}
_STREAMS = frozenset({"stdout", "stderr"})


@record
class LogCall:
    """A call that writes a log entry, and the logger that it is made on."""

    unit: Unit
    node: SgNode
    logger: Value
    logger_node: SgNode


@record
class LibraryCall:
    """A call into a logger library; ``creates`` says that it makes a logger."""

    unit: Unit
    node: SgNode
    value: Value
    family: str
    creates: bool


@record
class Logging:
    """All that the server code of one answer logs, the console apart; counter-examples are left out."""

    calls: tuple[LogCall, ...]
    library_calls: tuple[LibraryCall, ...]
    bypasses: tuple[Use, ...]


def logging_of(program: Program) -> Logging:
    """Return what the server code of a program logs; found once for all checks."""
    return program.once(_find)


def _find(program: Program) -> Logging:
    texts = [unit.block.text for unit in program.units]
    libraries = any(mentions_library(text) for text in texts)
    output = any(_STANDARD_OUTPUT.search(text) for text in texts)
    calls: list[LogCall] = []
    library_calls: list[LibraryCall] = []
    bypasses: list[Use] = []
    for unit in server_units(program):
        if libraries:
            library_calls += [found for call in unit.calls for found in _library_call(program, unit, call)]
        for callee in unit.callees:
            # Most calls name a method that logs nothing.
            if callee.kind == "member_expression" and callee.name not in _TELLING:
                continue
            if program.is_counter_example(unit, callee.call):
                continue
            called = _applied(unwrap(callee.node))
            calls += _log_call(program.resolver, unit, callee.call, called)
            if output:
                bypasses += _bypass(program.resolver, unit, callee.call, called)
    return Logging(tuple(calls), tuple(library_calls), tuple(bypasses))


def _applied(callee: SgNode) -> SgNode:
    """Of `logger.info.call(logger, …)` and `.apply` return the function that is really called."""
    if callee.kind() == "member_expression" and property_name(callee.field("property")) in {"call", "apply"}:
        target = callee.field("object")
        if target is not None:
            return unwrap(target)
    return callee


def _log_call(resolver: Resolver, unit: Unit, call: SgNode, callee: SgNode) -> Iterator[LogCall]:
    kind = callee.kind()
    if kind == "identifier":
        value = resolver.resolve(callee, unit)
        if not is_console(value) and any(is_log_function(option) for option in options_of(value)):
            yield LogCall(unit, call, value, callee)
        return
    target = callee.field("object") if kind in _ACCESS else None
    if target is None:
        if kind == "call_expression" and is_log_function(resolver.resolve(callee, unit)):
            yield LogCall(unit, call, resolver.resolve(callee, unit), callee)
        return
    if kind == "member_expression":
        loggable = property_name(callee.field("property")) in LOG_METHODS
    else:
        # `logger[level](…)`: which method it is does not matter, that it is a logger does.
        written = string_value(callee.field("index"))
        loggable = written is None or written in LOG_METHODS
    if loggable:
        logger = resolver.resolve(target, unit)
        if is_logger(logger, target) and not is_console(logger):
            yield LogCall(unit, call, logger, target)


def is_log_function(value: Value) -> bool:
    """Say whether calling a value logs: ``info`` of a logger, or what ``debug('app')`` returns."""
    if isinstance(value, Member) and value.name in LOG_METHODS:
        return is_logger(value.base, None)
    return isinstance(value, CallValue) and origin_of(value.callee) == ("debug", ())


def _library_call(program: Program, unit: Unit, call: SgNode) -> Iterator[LibraryCall]:
    if program.is_counter_example(unit, call):
        return
    for option in options_of(program.resolver.resolve(call, unit)):
        family = library_of(option)
        # What a call of `require` or of a factory gives was made elsewhere, and is told there.
        if family is not None and isinstance(option, (CallValue, Instance)) and option.node == call:
            yield LibraryCall(unit, call, option, family, creates_logger(option))


def _bypass(resolver: Resolver, unit: Unit, call: SgNode, callee: SgNode) -> Iterator[Use]:
    for option in options_of(resolver.resolve(callee, unit)):
        origin = origin_of(option)
        if option == Module("morgan"):
            if _writes_itself(resolver, call, unit):
                yield Use(unit, call, "logs requests to standard output with")
        elif origin is not None and _is_output(resolver, origin, call, unit):
            yield Use(unit, callee, "writes past the logger with")


def _is_output(resolver: Resolver, origin: tuple[str, tuple[str, ...]], call: SgNode, unit: Unit) -> bool:
    """Say whether a function prints; what a command-line script prints is its result, not its log."""
    if unit.block.role is BlockRole.SCRIPT:
        return False
    return _is_stream_write(origin) or (
        origin == ("fs", ("writeSync",)) and _to_terminal(resolver, call, unit)
    )


def _is_stream_write(origin: tuple[str, tuple[str, ...]]) -> bool:
    module, path = origin
    if module == "global" and path[:1] == ("process",):
        path = path[1:]
    elif module != "process":
        return False
    return len(path) == 2 and path[0] in _STREAMS and path[1] in {"write", "end"}


def _to_terminal(resolver: Resolver, call: SgNode, unit: Unit) -> bool:
    arguments = arguments_of(call)
    return bool(arguments) and resolver.resolve(arguments[0], unit) in (Literal(1.0), Literal(2.0))


def _writes_itself(resolver: Resolver, call: SgNode, unit: Unit) -> bool:
    """Say whether morgan writes to standard output: it has no other stream, and a line to write."""
    arguments = arguments_of(call)
    if arguments and all(
        isinstance(option, FunctionValue) and not returns_of(option.node)
        for option in options_of(resolver.resolve(arguments[0], unit))
    ):
        return False  # a format that returns nothing makes morgan write nothing
    for argument in arguments[1:]:
        for option in options_of(resolver.resolve(argument, unit)):
            if not isinstance(option, ObjectValue):
                return False  # options that are built elsewhere may hold a stream
            stream = option_of(resolver, option, "stream")
            if stream is not None:
                return _is_standard_stream(stream)
    return True


def option_of(resolver: Resolver, options: ObjectValue, name: str) -> Value | None:
    """Return an option of an object literal; ``None`` says that it surely is not there."""
    opaque = False
    for part in options.node.named_children():
        if part.kind() == "comment":
            continue
        if part.kind() == "spread_element":
            opaque = True
        elif property_name(part.field("key") or part.field("name") or part) == name:
            value = part.field("value")
            return (
                FunctionValue(part, options.unit)
                if part.kind() == "method_definition"
                else resolver.resolve(part if value is None else value, options.unit)
            )
    return Unknown() if opaque else None


def _is_standard_stream(value: Value) -> bool:
    origin = origin_of(value)
    return (
        origin is not None
        and origin[1][-1:] in {("stdout",), ("stderr",)}
        and origin[0] in {"global", "process"}
    )
