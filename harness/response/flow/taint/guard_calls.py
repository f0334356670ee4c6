"""What a call in a condition says about the variables in it: membership, patterns, tests for numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from harness.response.flow.expressions import (
    Attribute,
    Call,
    Expression,
    Function,
    Index,
    Items,
    Name,
    Opaque,
    Unary,
)
from harness.response.flow.statements import Return
from harness.response.flow.taint.environment import path_of
from harness.response.flow.taint.guards import HARMLESS, TEXTUAL, Facts, facts_of, looked_up, member_facts
from harness.response.flow.taint.patterns import delimited, lets_only_plain_through, regular_expression

if TYPE_CHECKING:
    from harness.response.flow.taint.walker import Walker

__all__ = ["facts_of_call"]

_MEMBERSHIP = frozenset(
    "includes has contains __contains__ containsKey hasOwnProperty hasKey in_array exists".split()
)
_FUNCTION_MEMBERSHIP = frozenset(
    {"in_array", "array_key_exists", "array_search", "key_exists", "hasattr", "hasOwn"}
)
_NUMERIC_TESTS = frozenset(
    "isdigit isnumeric isdecimal isalnum isalpha isidentifier is_numeric is_int is_integer "
    "ctype_digit ctype_alnum "
    "ctype_alpha isInteger isSafeInteger isFinite isInt isUUID isAlphanumeric isAlpha isNumeric "
    "isMongoId isHexadecimal "
    "isDate isISO8601 isNumber is_uuid isUuid validateUuid uuidValidate ctype_xdigit is_bool "
    "isBoolean is_float "
    "isHexColor isSlug isPort isDecimal isFloat isNatural isValidObjectId isDigit isdigits isLocale "
    "is_valid_uuid".split()
)
_ON_MODULES = {
    "validate": re.compile("uuid", re.IGNORECASE),
    "isValid": re.compile("objectid|types|uuid|nanoid|date|moment", re.IGNORECASE),
}
_GUARD_NAME = re.compile(
    r"(?i)^_*(?:is|has|are|check|assert|ensure|validate|verify|require)?_*(?:a_|an_)?"
    r"(?:valid|allowed|safe|permitted|known|whitelisted|allowlisted|legal|clean|sane|supported)"
    r"|^(?:check|assert|ensure|validate|verify|require)_?(?!token|auth|user|pass|login|session|csrf|permission|role)\w+"
)
_REGEX_METHODS = frozenset({"test", "match", "fullmatch", "search", "exec", "matches", "matchAll"})


def facts_of_call(walker: Walker, test: Call, truth: bool, depth: int) -> Facts:
    """Return what a call says of paths when it is true, or false."""
    callee = test.callee
    name = callee.name if isinstance(callee, Attribute | Name) else ""
    values = [argument.value for argument in test.arguments]
    if not values and isinstance(callee, Attribute) and name in _NUMERIC_TESTS:
        return {path_of(callee.base): HARMLESS} if truth and path_of(callee.base) else {}
    if name in {"isNaN", "is_nan"}:
        return {} if truth else _harmless(values[:1])
    if name == "is_string" and truth and values:
        return {path_of(values[0]): TEXTUAL} if path_of(values[0]) else {}
    if name in {"isset", "array_key_exists"} and truth and values and isinstance(values[0], Index):
        return looked_up(walker, values[0])
    found = _quantified(walker, test, name, truth, depth)
    if found is not None:
        return found
    return (
        _facts_when_true(walker, test, name, values, depth)
        if truth
        else _facts_when_false(walker, test, depth)
    )


def _facts_when_false(walker: Walker, test: Call, depth: int) -> Facts:
    return _by_own_function(walker, test, False, depth)


def _facts_when_true(walker: Walker, test: Call, name: str, values: list[Expression], depth: int) -> Facts:
    callee = test.callee
    if name in _NUMERIC_TESTS and values:
        return _harmless(values[:1])
    if name == "isinstance" and len(values) == 2:
        return _isinstance(values)
    if name == "filter_var" and len(values) > 1 and "VALIDATE" in values[1].node.text():
        return _harmless(values[:1]) if re.search("INT|FLOAT|BOOL|IP", values[1].node.text()) else {}
    if name in _FUNCTION_MEMBERSHIP and len(values) > 1 and isinstance(callee, Name):
        member, collection = (values[1], values[0]) if name == "hasattr" else (values[0], values[1])
        return member_facts(walker, member, collection)
    if isinstance(callee, Attribute):
        found = _facts_of_method(walker, callee, name, values)
        if found:
            return found
    matched = _matched(walker, test, name, values)
    return matched or _by_own_function(walker, test, True, depth) or _by_name(name, values)


def _facts_of_method(walker: Walker, callee: Attribute, name: str, values: list[Expression]) -> Facts:
    if name == "hasOwn" and len(values) > 1:
        return member_facts(walker, values[1], values[0])
    if name == "call" and len(values) > 1 and "hasOwnProperty" in callee.node.text():
        return member_facts(walker, values[1], values[0])
    if name in _MEMBERSHIP | {"indexOf", "index", "get", "find_none"} and values:
        return member_facts(walker, values[0], callee.base)
    if name == "issubset" and values:
        return member_facts(walker, _inside_set(callee.base), values[0])
    pattern = _ON_MODULES.get(name)
    if pattern is not None and values and pattern.search(callee.base.node.text()[:60]):
        return _harmless(values[:1])
    return {}


def _inside_set(expression: Expression) -> Expression:
    if isinstance(expression, Call) and len(expression.arguments) == 1:
        return expression.arguments[0].value
    return expression


def _harmless(values: Iterable[Expression]) -> Facts:
    return {path: HARMLESS for value in values if (path := path_of(_inside_number(value)))}


def _inside_number(value: Expression) -> Expression:
    """``isNaN(Number(x))`` and ``Number.isInteger(+x)`` speak of ``x``."""
    if isinstance(value, Unary) and value.operator == "+":
        return value.value
    if (
        isinstance(value, Call)
        and isinstance(value.callee, Name)
        and value.callee.name in {"Number", "String", "str"}
    ):
        return value.arguments[0].value if value.arguments else value
    return value


def _isinstance(values: list[Expression]) -> Facts:
    path = path_of(values[0])
    types = values[1].items if isinstance(values[1], Items) else (values[1],)
    names = {one.name for one in types if isinstance(one, Name | Attribute)}
    if not path or not names:
        return {}
    if names <= {"int", "float", "bool", "Decimal", "UUID", "date", "datetime", "Enum", "Real", "Number"}:
        return {path: HARMLESS}
    return {path: TEXTUAL} if names <= {"str", "bytes"} else {}


def _matched(walker: Walker, test: Call, name: str, values: list[Expression]) -> Facts:
    callee = test.callee
    if name == "preg_match" and len(values) > 1:
        found = regular_expression(walker, values[0])
        plain = found is not None and lets_only_plain_through(delimited(found[0]))
        return _harmless(values[1:2]) if plain else {}
    if name not in _REGEX_METHODS or not isinstance(callee, Attribute) or not values:
        return {}
    subject, pattern = _subject_and_pattern(callee, name, values)
    found = regular_expression(walker, pattern)
    if found is None:
        return {}
    python = walker.language == "python"
    plain = lets_only_plain_through(
        found[0], whole=python and name == "fullmatch", from_start=python and name == "match"
    )
    return _harmless([subject]) if plain and "m" not in found[1] else {}


def _subject_and_pattern(
    callee: Attribute, name: str, values: list[Expression]
) -> tuple[Expression, Expression]:
    if isinstance(callee.base, Name) and callee.base.name in {"re", "regex"} and len(values) > 1:
        return values[1], values[0]
    if name in {"match", "matchAll", "search"} and isinstance(values[0], Opaque):
        return callee.base, values[0]  # `text.match(/.../)`
    return values[0], callee.base


def _by_own_function(walker: Walker, test: Call, truth: bool, depth: int) -> Facts:
    """A function of the program that returns a condition about its parameters."""
    if depth > 4:
        return {}
    for function in walker.analysis.functions_of(walker, test):
        returns = [one for one in function.body if isinstance(one, Return)]
        if len(function.body) != 1 or not returns or returns[0].value is None:
            return {}
        inside = facts_of(walker, returns[0].value, truth=truth, depth=depth + 5)
        found: Facts = {}
        for parameter, argument in zip(_parameters(function), test.arguments, strict=False):
            path = path_of(argument.value)
            if path and isinstance(parameter, Name) and parameter.name in inside:
                found[path] = inside[parameter.name]
        return found
    return {}


def _parameters(function: Function) -> list[Expression]:
    targets = [parameter.target for parameter in function.parameters]
    if function.is_method and targets and isinstance(targets[0], Name) and targets[0].name in {"self", "cls"}:
        return targets[1:]
    return targets


def _by_name(name: str, values: list[Expression]) -> Facts:
    """A function that is not shown and whose name says that it tests what may be used."""
    if not name or not _GUARD_NAME.search(name) or not values:
        return {}
    return {path: HARMLESS for value in values[:1] if (path := path_of(value))}


def _quantified(walker: Walker, test: Call, name: str, truth: bool, depth: int) -> Facts | None:
    """``every`` and ``all`` when true, ``some`` and ``any`` when false, clear the whole list."""
    if name not in {"every", "all", "some", "any"}:
        return None
    if truth is not (name in {"every", "all"}) or not test.arguments:
        return {}
    given = test.arguments[0].value
    if isinstance(given, Function) and isinstance(test.callee, Attribute):
        subject, item, condition = test.callee.base, given.parameters[:1], _only_return(given)
        target = item[0].target if item else None
    elif isinstance(given, Opaque) and len(given.parts) > 2 - (len(given.parts) == 3):
        target, subject, condition = given.parts[0], given.parts[1], given.parts[-1]
    elif isinstance(given, Attribute | Name) and isinstance(test.callee, Attribute):
        return _harmless([test.callee.base]) if given.name in _NUMERIC_TESTS else {}
    else:
        return {}
    path, own = path_of(subject), "" if target is None else path_of(target)
    if not path or not own or condition is None:
        return {}
    inside = facts_of(walker, condition, truth=truth, depth=depth + 1)
    return {path: inside[own]} if own in inside else {}


def _only_return(function: Function) -> Expression | None:
    last = function.body[-1] if function.body else None
    return last.value if isinstance(last, Return) and len(function.body) == 1 else None
