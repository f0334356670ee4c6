"""Calls that write a log, in JavaScript, TypeScript, Python and PHP alike.

A call logs by where its function comes from (the console, a logging library, a framework's facade), or by
the name of what it is called on where that is not shown (``$this->logger->info()``).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from harness.checks.logging.libraries import FRAMEWORK_LOGGERS, LIBRARIES, LOG_METHODS, is_named_logger
from harness.response.block import BlockRole
from harness.response.flow.build import Flow
from harness.response.flow.expressions import Attribute, Await, Call, Expression, Index, Name
from harness.response.flow.names import Origin
from harness.response.flow.statements import Unit
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.program import Program
from harness.response.record import record

__all__ = ["FlowLog", "Way", "called_name", "flow_logs", "server_flow_units"]

_ROLES = (BlockRole.CODE, BlockRole.SCRIPT)
_METHODS = LOG_METHODS | {"exception", "warning", "notice", "alert", "msg", "write", "bind", "fatalError"}
_PYTHON_LOGGERS = frozenset(
    {"logging", "structlog", "loguru", "eliot", "logbook", "twisted", "absl", "celery", "picologging"}
)
_DUMPS = frozenset("var_dump print_r var_export dd dump ddd debug_zval_refcount printf vprintf".split())
_PHP_LOGS = frozenset({"error_log", "syslog", "trigger_error", "user_error"})
_STREAMS = frozenset({"stdout", "stderr", "__stdout__", "__stderr__"})


class Way(Enum):
    """How something is logged: through a logger, or past every logger to the terminal or the page."""

    LOGGER = "logger"
    CONSOLE = "console"
    PRINT = "print"
    DUMP = "dump"
    SYSTEM = "system"


@record
class FlowLog:
    """One call that logs. ``origin`` is where its function comes from, if that is known."""

    unit: Unit
    call: Call
    way: Way
    origin: Origin | None


def flow_logs(program: Program) -> tuple[FlowLog, ...]:
    """Return every call of the answer's server code that logs; found once for all checks."""
    return program.once(_find)


def _find(program: Program) -> tuple[FlowLog, ...]:
    flow = program.flow
    return tuple(
        found
        for unit in server_flow_units(flow)
        for call in unit.calls
        if not flow.is_counter_example(unit, call.node)
        for found in _log(flow, unit, call)
    )


def server_flow_units(flow: Flow) -> tuple[Unit, ...]:
    """Return the blocks of the answer that run on a server, in all languages."""
    return flow.units_with(_ROLES)


def called_name(expression: Expression) -> str:
    """Return the last name of what is called, or of what it is called on: ``logger()->info`` is ``info``."""
    if isinstance(expression, Name):
        return expression.name.lstrip("$\\")
    if isinstance(expression, Attribute):
        return expression.name.lstrip("$")
    if isinstance(expression, Call):
        return called_name(expression.callee)
    if isinstance(expression, Await):
        return called_name(expression.value)
    if isinstance(expression, Index) and expression.key is not None:
        value = getattr(expression.key, "value", None)
        return value if isinstance(value, str) else ""
    return ""


def _log(flow: Flow, unit: Unit, call: Call) -> Iterator[FlowLog]:
    name = called_name(call.callee)
    if isinstance(call.callee, Index) and is_named_logger(called_name(call.callee.base)):
        yield FlowLog(unit, call, Way.LOGGER, None)  # `logger[level](…)`
        return
    if isinstance(call.callee, Call):
        name = "debug" if name == "debug" else ""
    if not name or (name not in _METHODS and name not in _FUNCTIONS and not is_named_logger(name)):
        return
    origin = flow.names.origin(call.callee, unit)
    read = (
        _javascript if unit.language in JAVASCRIPT_FAMILY else _python if unit.language == "python" else _php
    )
    way = read(call, name, origin)
    if way is not None:
        yield FlowLog(unit, call, way, origin)


_FUNCTIONS = frozenset({"print", "pprint", "pp", "debug", "info", "logger", *_DUMPS, *_PHP_LOGS})


def _javascript(call: Call, name: str, origin: Origin | None) -> Way | None:
    if origin is not None:
        first = origin.path[:1] if origin.module == "global" else (origin.module,)
        if first == ("console",):
            return Way.CONSOLE
        if first == ("process",):
            return Way.PRINT if len(origin.path) > 2 and origin.path[-2] in _STREAMS else None
        if origin.module in LIBRARIES or origin.module in FRAMEWORK_LOGGERS:
            return Way.LOGGER if name in LOG_METHODS or origin.module == "debug" else None
    return Way.LOGGER if name in LOG_METHODS and _on_logger(call) else None


def _python(call: Call, name: str, origin: Origin | None) -> Way | None:
    if origin is not None:
        if origin.dotted in {"print", "builtins.print"} or origin.module == "pprint":
            return Way.PRINT
        if origin.module == "sys" and origin.path[:1] and origin.path[0] in _STREAMS:
            return Way.PRINT
        if origin.module.partition(".")[0] in _PYTHON_LOGGERS:
            return Way.LOGGER if name in _METHODS else None
    return Way.LOGGER if name in _METHODS and name != "write" and _on_logger(call) else None


def _php(call: Call, name: str, origin: Origin | None) -> Way | None:
    if isinstance(call.callee, Name):
        if name in _DUMPS:
            returns = name in {"print_r", "var_export"} and len(call.arguments) > 1
            return None if returns or name in {"printf", "vprintf"} else Way.DUMP
        if name in _PHP_LOGS:
            return Way.SYSTEM
        return Way.LOGGER if name in {"info", "logger"} and call.arguments else None
    if origin is not None and origin.module.endswith("Facades\\Log"):
        return Way.LOGGER
    return Way.LOGGER if name in _METHODS and _on_logger(call) else None


def _on_logger(call: Call) -> bool:
    """Say whether a call is made on something that is called a logger."""
    here = call.callee
    if not isinstance(here, Attribute):
        return False
    base: Expression = here.base
    for _ in range(6):
        name = called_name(base)
        if is_named_logger(name) or name in {"Log", "log"}:
            return True
        # `logger.withContext(…).info(…)`, `Log::channel('x')->info(…)`
        if isinstance(base, Call) and isinstance(base.callee, Attribute):
            base = base.callee.base
        else:
            return False
    return False


_OTHERS = {"python": _python, "php": _php}
