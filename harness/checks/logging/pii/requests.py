"""Request logging that is configured, not called: morgan's formats and tokens, winston's whitelists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checks.logging.pii.leaks import Leak, Leaks
from harness.checks.logging.pii.personal import is_personal
from harness.response.flow.build import Flow
from harness.response.flow.expressions import Call, Constant, Function, Items, Mapping
from harness.response.flow.names import Origin
from harness.response.flow.origins import returned
from harness.response.flow.statements import Unit

__all__ = ["request_log_leaks"]

_LIBRARIES = re.compile(
    r"morgan|express-winston|pino-http|koa-morgan|morgan-body|express-pino-logger|nestjs-pino"
)
_MODULES = frozenset(
    {
        "morgan",
        "express-winston",
        "pino-http",
        "koa-morgan",
        "express-pino-logger",
        "nestjs-pino",
        "morgan-body",
    }
)
# In morgan's formats the headers of a request: `:req[authorization]`.
_FORMAT = re.compile(r":req\[(authorization|cookie|x-api-key)\]", re.IGNORECASE)
_WHITELISTS = frozenset({"requestWhitelist", "bodyWhitelist", "requestwhitelist"})
_WHOLE = frozenset({"body", "headers", "cookies"})


def request_log_leaks(flow: Flow, leaks: Leaks, unit: Unit) -> Iterator[Leak]:
    """Yield what request loggers are set up to write of each request."""
    if _LIBRARIES.search(unit.block.text) is None:
        return
    for call in unit.calls:
        origin = flow.names.origin(call.callee, unit)
        module = "" if origin is None else origin.path[0] if origin.module == "global" else origin.module
        if origin is None or module not in _MODULES:
            continue
        if module == "morgan-body":
            yield Leak(unit, call, "the body of each request")
            continue
        yield from _of_arguments(leaks, unit, call)
        yield from _of_whitelists(unit, call, origin)


def _of_arguments(leaks: Leaks, unit: Unit, call: Call) -> Iterator[Leak]:
    """Formats, and what functions among the options return."""
    for argument in call.arguments:
        value = argument.value
        if isinstance(value, Constant) and isinstance(value.value, str):
            found = _FORMAT.search(value.value)
            if found is not None:
                yield Leak(unit, value, f"the header {found[1]}")
        functions = [value] if isinstance(value, Function) else []
        if isinstance(value, Mapping):
            functions += [entry.value for entry in value.entries if isinstance(entry.value, Function)]
        for function in functions:
            for result in returned(function)[:6]:
                leak = leaks.of(result, unit)
                if leak is not None:
                    yield leak


def _of_whitelists(unit: Unit, call: Call, origin: Origin) -> Iterator[Leak]:
    if origin.path[-1:] == ("push",) and len(origin.path) > 1 and origin.path[-2] in _WHITELISTS:
        yield from _named(unit, [argument.value for argument in call.arguments])
    for argument in call.arguments:
        if isinstance(argument.value, Mapping):
            for entry in argument.value.entries:
                key = entry.key.value if isinstance(entry.key, Constant) else None
                if key in _WHITELISTS and isinstance(entry.value, Items):
                    yield from _named(unit, list(entry.value.items))


def _named(unit: Unit, values: list[object]) -> Iterator[Leak]:
    for value in values:
        if isinstance(value, Constant) and isinstance(value.value, str):
            if value.value in _WHOLE:
                yield Leak(unit, value, f"the {value.value} of each request")
            elif is_personal(value.value):
                yield Leak(unit, value, value.value)
