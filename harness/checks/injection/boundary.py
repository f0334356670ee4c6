"""Parts of requests that a route tests before its handler runs: express-validator, schemas in middleware."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.checks.injection.validated import plain_fields, scalar_fields
from harness.response.flow.expressions import Attribute, Call, Constant, Mapping, Name
from harness.response.flow.statements import Unit

__all__ = ["scalar_parts", "tested_parts"]

_TESTS = frozenset(
    "isIn isInt isUUID isNumeric isAlphanumeric isAlpha isBoolean isMongoId isISO8601 isFloat isDate "
    "isHexadecimal toInt isDecimal".split()
)
# Besides those above, tests that no object passes: the library compares what an object is as text.
_SCALAR_TESTS = _TESTS | {"isString", "isEmail", "isURL", "isJWT", "isStrongPassword", "isMobilePhone"}
_PARTS = frozenset({"query", "param", "body", "check", "header", "cookie"})
_OBJECTS = frozenset({"object", "keys", "shape", "strictObject"})
_MAX_LINKS = 20


def tested_parts(units: Sequence[Unit]) -> frozenset[str]:
    """Return the names of parts that are tested to be a choice, a number, or letters only."""
    return frozenset(name for unit in units for call in unit.calls for name in _of_call(call))


def scalar_parts(units: Sequence[Unit]) -> frozenset[str]:
    """Return the names of parts that a schema or a test lets be a text, a number or a date, but no object."""
    return frozenset(name for unit in units for call in unit.calls for name in _scalars_of_call(call))


def _of_call(call: Call) -> Iterator[str]:
    callee = call.callee
    if not isinstance(callee, Attribute):
        return
    if callee.name in _TESTS:
        yield from _validated(callee)
    elif callee.name in _OBJECTS and call.arguments and isinstance(call.arguments[0].value, Mapping):
        yield from plain_fields(call.arguments[0].value)


def _scalars_of_call(call: Call) -> Iterator[str]:
    callee = call.callee
    if not isinstance(callee, Attribute):
        return
    if callee.name in _SCALAR_TESTS:
        yield from _validated(callee)
    elif callee.name in _OBJECTS and call.arguments and isinstance(call.arguments[0].value, Mapping):
        yield from scalar_fields(call.arguments[0].value)


def _validated(callee: Attribute) -> Iterator[str]:
    """``query('sort').isIn([...])``: follow the chain to where it begins."""
    here = callee.base
    for _ in range(_MAX_LINKS):
        if not isinstance(here, Call):
            return
        inner = here.callee
        if isinstance(inner, Name):
            first = here.arguments[0].value if here.arguments else None
            if inner.name in _PARTS and isinstance(first, Constant):
                yield str(first.value)
            return
        if not isinstance(inner, Attribute):
            return
        here = inner.base
