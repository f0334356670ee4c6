"""Logger libraries, and what a logger is called."""

from __future__ import annotations

import posixpath
import re

from ast_grep_py import SgNode

from harness.response.javascript.syntax import arguments_of, callee_of, property_name, string_value, unwrap
from harness.response.javascript.values import (
    CallValue,
    Global,
    Instance,
    LocalModule,
    Member,
    Module,
    Value,
    options_of,
    origin_of,
)

__all__ = [
    "FRAMEWORK_LOGGERS",
    "LIBRARIES",
    "LOG_METHODS",
    "creates_logger",
    "is_logger",
    "is_named_logger",
    "library_of",
    "mentions_library",
    "name_of",
]

LOG_METHODS = frozenset(
    (
        "log error warn warning info debug trace fatal verbose silly http notice crit critical alert emerg "
        "emergency audit security success silent"
    ).split()
)

# Family of loggers -> the packages that log through it.
_FAMILIES = {
    "winston": "winston express-winston nest-winston winston-daily-rotate-file @google-cloud/logging-winston",
    "pino": "pino pino-http express-pino-logger koa-pino-logger hapi-pino nestjs-pino pino-multi-stream",
    "bunyan": "bunyan express-bunyan-logger bunyan-middleware restify-bunyan-logger",
    "log4js": "log4js log4js-node",
    "debug": "debug",
    "loglevel": "loglevel",
    "signale": "signale",
    "consola": "consola",
    "tslog": "tslog",
    "roarr": "roarr",
    "npmlog": "npmlog",
    "tracer": "tracer",
    "bole": "bole",
    "fancy-log": "fancy-log",
    "electron-log": "electron-log",
    "simple-node-logger": "simple-node-logger",
    "koa-logger": "koa-logger",
    "morgan-body": "morgan-body",
    "caterpillar": "caterpillar",
    "loglayer": "loglayer",
    "diary": "diary",
    "adze": "adze",
    "logplease": "logplease",
    "js-logger": "js-logger",
    "lambda-log": "lambda-log",
    "@tsed/logger": "@tsed/logger",
}
LIBRARIES = {package: family for family, packages in _FAMILIES.items() for package in packages.split()}
_QUOTED = re.compile(r"""["'`]([\w@./-]+)(?=["'`])""")

# Loggers that a framework lends: where they write is set elsewhere.
FRAMEWORK_LOGGERS = frozenset(
    {"@nestjs/common", "@nestjs/core", "fastify", "@hapi/hapi", "moleculer", "@loopback/logging"}
)

_CREATORS = frozenset({"createLogger", "getLogger", "Logger", "Signale", "pino", "colorConsole"})
_EXACT = frozenset({"log", "logs", "logging", "winston", "pino", "bunyan", "applog"})
_ENDINGS = ("logger", "loggerservice", "loggingservice", "logservice")


def mentions_library(text: str) -> bool:
    """Take a quick look for any of them as a module; the word alone proves nothing."""
    return not LIBRARIES.keys().isdisjoint(_QUOTED.findall(text))


def library_of(value: Value) -> str | None:
    """Return the family of logger libraries that a value comes from, if it is one."""
    origin = origin_of(value)
    return None if origin is None else LIBRARIES.get(origin[0])


def creates_logger(value: Value) -> bool:
    """Say whether a value is what calling a logger library for a new logger gives."""
    if not isinstance(value, (CallValue, Instance)) or library_of(value) is None:
        return False
    origin = origin_of(value.callee)
    if origin is None or isinstance(value.callee, (CallValue, Instance)):
        return False
    return not origin[1] or origin[1][-1] in _CREATORS or origin[1][-2:-1] == ("loggers",)


def is_named_logger(name: str) -> bool:
    """Say whether a name is one that people give to loggers."""
    name = name.lower().strip("_$#-.").replace("-", "").replace("_", "")
    return name in _EXACT or name.endswith(_ENDINGS)


def is_logger(value: Value, node: SgNode | None) -> bool:
    """Say whether a value is a logger: by where it comes from, else by what it is called."""
    if any(library_of(option) is not None or _called_logger(option) for option in options_of(value)):
        return True
    return node is not None and is_named_logger(name_of(node))


def name_of(node: SgNode) -> str:
    """Return the last name of an expression: ``req.log`` is ``log``, ``c.get('logger')`` is ``logger``."""
    node = unwrap(node)
    while node.kind() == "call_expression":
        callee, arguments = callee_of(node), arguments_of(node)
        if callee is None:
            return ""
        callee = unwrap(callee)
        last = (
            property_name(callee.field("property")) if callee.kind() == "member_expression" else callee.text()
        )
        if last is not None and is_named_logger(last):
            return last
        if arguments:
            # A container is asked for a logger by name, by class or by symbol.
            return string_value(arguments[0]) or name_of(arguments[0])
        node = callee
    if node.kind() == "member_expression":
        return property_name(node.field("property")) or ""
    if node.kind() == "subscript_expression":
        return string_value(node.field("index")) or ""
    return node.text() if node.kind() in {"identifier", "this"} else ""


def _called_logger(value: Value) -> bool:
    while isinstance(value, (CallValue, Instance)):
        value = value.callee
    if isinstance(value, Member):
        if is_named_logger(value.name):
            return True
        return value.name in {"child", "default"} and _called_logger(value.base)
    if isinstance(value, Module):
        return is_named_logger(_base_name(value.specifier))
    if isinstance(value, LocalModule):
        return is_named_logger(_base_name(value.unit.block.path))
    return isinstance(value, Global) and is_named_logger(value.name)


def _base_name(path: str) -> str:
    return posixpath.basename(path).partition(".")[0]
