"""Expressions whose value is known for certain."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from harness.response.flow.expressions import (
    Attribute,
    Binary,
    Call,
    Constant,
    Expression,
    Index,
    Items,
    Name,
    Text,
    Unary,
)
from harness.response.flow.statements import Unit

if TYPE_CHECKING:
    from harness.response.flow.names import Names

__all__ = ["NOT_CONSTANT", "constant_of"]


class _NotConstant:
    """The marker for what is no constant; ``None`` is one."""

    def __repr__(self) -> str:
        return "NOT_CONSTANT"

    def __bool__(self) -> bool:
        return False


NOT_CONSTANT: Final = _NotConstant()
_MAX_TEXT = 20_000
_METHODS: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "strip": str.strip,
    "toUpperCase": str.upper,
    "toLowerCase": str.lower,
    "trim": str.strip,
    "toString": str,
}


def constant_of(names: Names, expression: Expression, unit: Unit) -> object:
    """Return the one constant that an expression can be, or the marker."""
    if isinstance(expression, Constant):
        return expression.value
    known = names.known_constants.get(expression, names)
    if known is not names:
        return known
    if names.depth >= names.max_depth:
        return NOT_CONSTANT
    names.known_constants[expression] = NOT_CONSTANT  # what a cycle finds
    names.depth += 1
    try:
        found = _folded(names, expression, unit)
    finally:
        names.depth -= 1
    names.known_constants[expression] = found
    return found


def _folded(names: Names, expression: Expression, unit: Unit) -> object:
    if isinstance(expression, Text):
        return _joined(names, expression.parts, unit)
    if isinstance(expression, Binary):
        return _binary(names, expression, unit)
    if isinstance(expression, Unary):
        return _unary(names, expression, unit)
    if isinstance(expression, Call):
        return _called(names, expression, unit)
    if isinstance(expression, Name | Attribute | Index):
        return _referred(names, expression, unit)
    return NOT_CONSTANT


def _referred(names: Names, expression: Name | Attribute | Index, unit: Unit) -> object:
    """A name is constant where all that may define it is the same constant."""
    if isinstance(expression, Attribute) and expression.name == "value":
        inner = constant_of(names, expression.base, unit)  # a member of an enum
        if inner is not NOT_CONSTANT:
            return inner
    if isinstance(expression, Name) and not _all_known(names, expression, unit):
        return NOT_CONSTANT
    found: object = NOT_CONSTANT
    for value, where in names.values(expression, unit):
        if value is expression:
            return NOT_CONSTANT
        one = constant_of(names, value, where)
        if one is NOT_CONSTANT or (
            found is not NOT_CONSTANT and (found != one or type(found) is not type(one))
        ):
            return NOT_CONSTANT
        found = one
    return found


def _all_known(names: Names, name: Name, unit: Unit) -> bool:
    definitions = names.definitions(name, unit)
    if not definitions:
        return False
    return all(one.kind in {"value", "import"} and not one.is_partial for one in definitions)


def _joined(names: Names, parts: tuple[Expression, ...], unit: Unit) -> object:
    texts: list[str] = []
    for part in parts:
        value = constant_of(names, part, unit)
        if value is NOT_CONSTANT:
            return NOT_CONSTANT
        texts.append(_spelled(value, unit))
    whole = "".join(texts)
    return whole if len(whole) <= _MAX_TEXT else NOT_CONSTANT


def _spelled(value: object, unit: Unit) -> str:
    """Return how a language writes a constant into a string."""
    if unit.language == "python":
        return str(value)
    if unit.language == "php":
        return "" if value is None or value is False else "1" if value is True else str(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _binary(names: Names, expression: Binary, unit: Unit) -> object:
    left = constant_of(names, expression.left, unit)
    if left is NOT_CONSTANT:
        return NOT_CONSTANT
    operator = expression.operator
    if operator in {"||", "&&", "??"}:
        if (
            (operator == "||" and left)
            or (operator == "&&" and not left)
            or (operator == "??" and left is not None)
        ):
            return left
        return constant_of(names, expression.right, unit)
    right = constant_of(names, expression.right, unit)
    if right is NOT_CONSTANT:
        return NOT_CONSTANT
    if operator == "+" and (isinstance(left, str) or isinstance(right, str)):
        whole = _spelled(left, unit) + _spelled(right, unit)
        return whole if len(whole) <= _MAX_TEXT else NOT_CONSTANT
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _arithmetic(operator, left, right)
    return NOT_CONSTANT


def _arithmetic(operator: str, left: float, right: float) -> object:
    if abs(left) > 1e15 or abs(right) > 1e15:
        return NOT_CONSTANT
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    if operator == "/" and right:
        return left / right
    return NOT_CONSTANT


def _unary(names: Names, expression: Unary, unit: Unit) -> object:
    value = constant_of(names, expression.value, unit)
    if isinstance(value, int | float) and not isinstance(value, bool) and expression.operator in {"-", "+"}:
        return -value if expression.operator == "-" else value
    if expression.operator == "!" and value is not NOT_CONSTANT:
        return not value
    return NOT_CONSTANT


def _called(names: Names, call: Call, unit: Unit) -> object:
    """Fold the few functions and methods of strings that answers use on constants."""
    callee = call.callee
    if isinstance(callee, Name) and callee.name in {"str", "String", "strval"} and len(call.arguments) == 1:
        value = constant_of(names, call.arguments[0].value, unit)
        return value if value is NOT_CONSTANT else _spelled(value, unit)
    if not isinstance(callee, Attribute):
        return NOT_CONSTANT
    if callee.name == "join" and len(call.arguments) == 1:
        given = call.arguments[0].value
        return _list_joined(names, callee.base, given, unit)
    method = _METHODS.get(callee.name)
    base = NOT_CONSTANT if method is None or call.arguments else constant_of(names, callee.base, unit)
    return method(base) if method is not None and isinstance(base, str) else NOT_CONSTANT


def _list_joined(names: Names, base: Expression, given: Expression, unit: Unit) -> object:
    """``', '.join(names)`` in Python, ``names.join(', ')`` in JavaScript."""
    separator, items = (base, given) if unit.language == "python" else (given, base)
    between = constant_of(names, separator, unit)
    values = names.values(items, unit)
    if not isinstance(between, str) or len(values) != 1 or not isinstance(values[0][0], Items):
        return NOT_CONSTANT
    listed, where = values[0]
    parts = [constant_of(names, part, where) for part in listed.items] if isinstance(listed, Items) else []
    if any(part is NOT_CONSTANT for part in parts):
        return NOT_CONSTANT
    whole = between.join(_spelled(part, unit) for part in parts)
    return whole if len(whole) <= _MAX_TEXT else NOT_CONSTANT
