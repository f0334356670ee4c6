"""Logging in a program: uses of the console, logger libraries, and calls on loggers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ast_grep_py import SgNode

from harness.response.block import BlockRole
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import (
    arguments_of,
    callee_of,
    property_name,
    string_value,
    unwrap,
)
from harness.response.javascript.values import (
    CallValue,
    Global,
    Instance,
    LocalModule,
    Member,
    Module,
    ObjectValue,
    Parameter,
    Value,
    options_of,
    origin_of,
)
from harness.response.program import Program

__all__ = [
    "LOG_METHODS",
    "OTHER_LIBRARIES",
    "ConsoleUse",
    "LogCall",
    "bypasses",
    "console_uses",
    "is_console",
    "library_of",
    "log_calls",
    "server_units",
]

LOG_METHODS = frozenset(
    (
        "log error warn warning info debug trace fatal verbose silly http notice crit critical alert emerg "
        "emergency audit security"
    ).split()
)
# Loggers of the registry by the name under which they are imported.
OTHER_LIBRARIES = frozenset(
    (
        "winston pino bunyan log4js loglevel signale consola debug tslog roarr npmlog tracer caterpillar "
        "pino-http @hapi/pino electron-log simple-node-logger log4js-node bole fancy-log"
    ).split()
)
_CONSOLE_ROOTS = frozenset({"console", "globalThis", "global", "window", "self"})
_STANDARD_STREAMS = frozenset(
    {("global", ("process", "stdout", "write")), ("global", ("process", "stderr", "write"))}
)
_SERVER_ROLES = (BlockRole.CODE, BlockRole.SCRIPT)


@dataclass(frozen=True, slots=True)
class ConsoleUse:
    """A place where the console is touched; ``how`` says in which form."""

    unit: Unit
    node: SgNode
    how: str


@dataclass(frozen=True, slots=True)
class LogCall:
    """A call that writes a log entry: the call, and the logger it is made on."""

    unit: Unit
    node: SgNode
    logger: Value
    logger_node: SgNode


def server_units(program: Program) -> tuple[Unit, ...]:
    """Return the JavaScript and TypeScript of the answer that runs on the server."""
    return program.units_with(_SERVER_ROLES)


def is_console(value: Value) -> bool:
    """Say whether a value is the global console or something taken out of it."""
    return any(
        origin is not None and origin[0] == "global" and origin[1][0] == "console"
        for origin in map(origin_of, options_of(value))
    )


def console_uses(program: Program) -> Iterator[ConsoleUse]:
    """Yield every place where server code of the answer touches the console, each once.

    The console itself (``console.log``, ``globalThis['console']``, bare ``console``), its import, and calls
    of what was taken out of it earlier.
    """
    for unit in server_units(program):
        seen: set[SgNode] = set()
        for use in (*_direct(program, unit), *_imported(unit), *_aliased(program.resolver, unit)):
            if use.node in seen or program.is_counter_example(unit, use.node):
                continue
            seen.add(use.node)
            yield use


def _direct(program: Program, unit: Unit) -> Iterator[ConsoleUse]:
    console = Global("console")
    for node, scope in unit.identifiers.items():
        if node.text() != "console" or scope.lookup("console") is not None or _only_typed(node):
            continue
        yield ConsoleUse(unit, _outermost(node), "uses")
    for node in unit.members:
        name = property_name(node.field("property"))
        may_be = name == "console" or node.kind() == "subscript_expression"
        if may_be and program.resolver.resolve(node, unit) == console:
            yield ConsoleUse(unit, _outermost(node), "uses")


def _only_typed(node: SgNode) -> bool:
    """`typeof console` asks whether there is one; it does not log."""
    parent = node.parent()
    return parent is not None and parent.kind() == "unary_expression" and parent.text().startswith("typeof")


def _outermost(node: SgNode) -> SgNode:
    """Return the member access around the console, which is what a reader looks for."""
    parent = node.parent()
    if parent is not None and parent.kind() in {"member_expression", "subscript_expression"}:
        target = parent.field("object")
        if target == node:
            return parent
    return node


def _imported(unit: Unit) -> Iterator[ConsoleUse]:
    for statement in unit.imports:
        source = string_value(statement.field("source"))
        if source is not None and source.removeprefix("node:") == "console":
            yield ConsoleUse(unit, statement, "imports")
    for call in unit.calls:
        callee, arguments = callee_of(call), arguments_of(call)
        if callee is None or len(arguments) != 1 or callee.text() not in {"require", "import"}:
            continue
        source = string_value(arguments[0])
        if source is not None and source.removeprefix("node:") == "console":
            yield ConsoleUse(unit, call, "imports")


def _aliased(resolver: Resolver, unit: Unit) -> Iterator[ConsoleUse]:
    for call in unit.calls:
        callee = callee_of(call)
        if callee is None:
            continue
        callee = unwrap(callee)
        root = callee
        while root.kind() in {"member_expression", "subscript_expression"}:
            target = root.field("object")
            if target is None:
                break
            root = unwrap(target)
        renamed = root.kind() == "identifier" and root.text() not in _CONSOLE_ROOTS
        if renamed and is_console(resolver.resolve(callee, unit)):
            yield ConsoleUse(unit, callee, "calls")


def bypasses(program: Program) -> Iterator[ConsoleUse]:
    """Yield writes that go around any logger: ``process.stdout.write`` and morgan without a stream."""
    for unit in server_units(program):
        for call in unit.calls:
            callee = callee_of(call)
            if callee is None or program.is_counter_example(unit, call):
                continue
            for option in options_of(program.resolver.resolve(callee, unit)):
                origin = origin_of(option)
                if origin in _STANDARD_STREAMS:
                    yield ConsoleUse(unit, callee, "writes past the logger with")
                elif option == Module("morgan") and not _has_stream(program.resolver, call, unit):
                    yield ConsoleUse(unit, call, "logs requests to standard output with")


def _has_stream(resolver: Resolver, call: SgNode, unit: Unit) -> bool:
    for argument in arguments_of(call)[1:]:
        for option in options_of(resolver.resolve(argument, unit)):
            if not isinstance(option, ObjectValue):
                return True  # options that are built elsewhere may hold one
            if any(
                property_name(part.field("key") or part) == "stream" for part in option.node.named_children()
            ):
                return True
    return False


def library_of(value: Value) -> str | None:
    """Return the logger library that a value comes from, if it is one."""
    origin = origin_of(value)
    if origin is None:
        return None
    module = origin[0]
    if module == "express-winston":
        return "winston"
    return module if module in OTHER_LIBRARIES else None


def log_calls(program: Program) -> Iterator[LogCall]:
    """Yield the calls that log, on loggers of every kind; the console is not one of them."""
    for unit in server_units(program):
        for call in unit.calls:
            callee = callee_of(call)
            if callee is None or call.kind() != "call_expression" or program.is_counter_example(unit, call):
                continue
            callee = unwrap(callee)
            value = program.resolver.resolve(callee, unit)
            if is_console(value):
                continue
            if callee.kind() == "member_expression":
                method, target = property_name(callee.field("property")), callee.field("object")
                if target is not None and method in LOG_METHODS:
                    logger = program.resolver.resolve(target, unit)
                    if is_logger(logger, target):
                        yield LogCall(unit, call, logger, target)
            elif any(_is_log_function(option) for option in options_of(value)):
                yield LogCall(unit, call, value, callee)


def _is_log_function(value: Value) -> bool:
    """`const { info } = require('../utils/logger')`, or the function that `debug('app')` returns."""
    if isinstance(value, Member) and value.name in LOG_METHODS:
        return is_logger(value.base, None)
    return isinstance(value, CallValue) and origin_of(value.callee) == ("debug", ())


def is_logger(value: Value, node: SgNode | None) -> bool:
    """Say whether a value is a logger: by where it comes from, else by what it is called."""
    for option in options_of(value):
        if library_of(option) is not None:
            return True
        if _called_logger(option):
            return True
    return node is not None and _named_logger(unwrap(node).text().rsplit(".", 1)[-1].rstrip("()"))


def _called_logger(value: Value) -> bool:
    if isinstance(value, (CallValue, Instance)):
        return _called_logger(value.callee)
    if isinstance(value, Module):
        return _named_logger(value.specifier.rsplit("/", 1)[-1].split(".")[0])
    if isinstance(value, LocalModule):
        return _named_logger(value.unit.block.path.rsplit("/", 1)[-1].split(".")[0])
    if isinstance(value, Member):
        return _named_logger(value.name) or (
            value.name in {"child", "default"} and _called_logger(value.base)
        )
    return isinstance(value, Global) and _named_logger(value.name)


def _named_logger(name: str) -> bool:
    name = name.lower().lstrip("_")
    return name in {"log", "logs", "logging", "winston", "pino"} or name.endswith(("logger", "loggerservice"))


def is_parameter(value: Value) -> bool:
    """Say whether a logger is handed in from outside."""
    return any(isinstance(option, Parameter) for option in options_of(value))
