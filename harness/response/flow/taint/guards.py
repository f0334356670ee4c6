"""What a condition says about the variables in it.

A guard clears a variable on the path that it lets through: membership in a list of known values, equality
with a constant, an anchored regular expression of harmless characters, a test for a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Await,
    Binary,
    Call,
    Constant,
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
from harness.response.flow.taint.patterns import delimited, lets_only_plain_through, pattern_of
from harness.response.flow.taint.values import CLEAN, Kind, Value, holes_of, with_holes

if TYPE_CHECKING:
    from harness.response.flow.taint.walker import Walker

__all__ = ["facts_of", "refine", "regular_expression"]

# What is known of a path: it is harmless, or it is certainly a string.
HARMLESS, TEXTUAL = "harmless", "textual"
Facts = dict[str, str]

_MAX_DEPTH = 20
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
_ALLOWED_NAME = re.compile(
    r"(?i:allow|valid|permit|white|known|safe|accept|sortable|support|legal|column|field|choice|option|schema|model|enum|table"
    r"|types?$|keys?$|names?$)|^[A-Z][A-Z_]+$"
)
_GUARD_NAME = re.compile(
    r"(?i)^_*(?:is|has|are|check|assert|ensure|validate|verify|require)?_*(?:a_|an_)?"
    r"(?:valid|allowed|safe|permitted|known|whitelisted|allowlisted|legal|clean|sane|supported)"
    r"|^(?:check|assert|ensure|validate|verify|require)_?(?!token|auth|user|pass|login|session|csrf|permission|role)\w+"
)
_REGEX_METHODS = frozenset({"test", "match", "fullmatch", "search", "exec", "matches", "matchAll"})


def refine(walker: Walker, test: Expression, *, truth: bool) -> None:
    """Note in the current environment what a condition says when it is true, or false."""
    for path, fact in facts_of(walker, test, truth=truth).items():
        held = walker.here.get(path) or walker.read(walker.here, path)
        walker.here.refine(path, _refined(held, fact))


def _refined(held: Value, fact: str) -> Value:
    if fact == HARMLESS:
        return CLEAN if not held.is_container else Value(element=CLEAN, pieces=("x",))
    return with_holes(held, textual=True)


def facts_of(walker: Walker, test: Expression, *, truth: bool, depth: int = 0) -> Facts:
    """Return what a condition says of paths when it is true, or false."""
    if depth > _MAX_DEPTH:
        return {}
    if isinstance(test, Unary) and test.operator == "!":
        return facts_of(walker, test.value, truth=not truth, depth=depth + 1)
    if isinstance(test, Await):
        return facts_of(walker, test.value, truth=truth, depth=depth + 1)
    if isinstance(test, Binary):
        return _facts_of_binary(walker, test, truth, depth)
    if isinstance(test, Assignment) and test.value is not None:
        return facts_of(walker, test.value, truth=truth, depth=depth + 1)
    if isinstance(test, Name):
        held = walker.frame.tests.get(test.name)
        return {} if held is None else facts_of(walker, held, truth=truth, depth=depth + 1)
    if isinstance(test, Index) and truth:
        return _looked_up(walker, test)
    if isinstance(test, Call):
        return _facts_of_call(walker, test, truth, depth)
    return {}


def _facts_of_binary(walker: Walker, test: Binary, truth: bool, depth: int) -> Facts:
    operator = test.operator
    if operator in {"&&", "||"}:
        left = facts_of(walker, test.left, truth=truth, depth=depth + 1)
        if truth is (operator == "&&"):
            return left | facts_of(walker, test.right, truth=truth, depth=depth + 1)
        right = facts_of(walker, test.right, truth=truth, depth=depth + 1)
        return {path: fact for path, fact in left.items() if right.get(path) == fact}
    if operator in {"in", "!in"}:
        return _member_facts(walker, test.left, test.right) if truth is (operator == "in") else {}
    if operator in {"==", "===", "!=", "!=="}:
        same = operator in {"==", "==="}
        return _compared(walker, test, same is truth, depth)
    if operator in {">", ">=", "<", "<="}:
        return _ordered(walker, test, truth, depth)
    return {}


def _compared(walker: Walker, test: Binary, same: bool, depth: int) -> Facts:
    left, right = test.left, test.right
    if isinstance(left, Constant):
        left, right = right, left
    if isinstance(left, Unary) and left.operator == "typeof" and isinstance(right, Constant):
        return _typed(left.value, str(right.value), same)
    if isinstance(right, Constant) and (right.value in (0, 1, None) or isinstance(right.value, bool)):
        # `preg_match(...) === 1`, `in_array(...) == false`, `re.match(...) is not None`
        return facts_of(walker, left, truth=same is bool(right.value), depth=depth + 1)
    if _is_minus_one(right):
        return facts_of(walker, left, truth=not same, depth=depth + 1)
    if not same:
        return {}
    return _equal(walker, left, right)


def _equal(walker: Walker, left: Expression, right: Expression) -> Facts:
    for one, other in ((left, right), (right, left)):
        path = path_of(one)
        if path and isinstance(other, Constant) and isinstance(other.value, str):
            return {path: HARMLESS}
        if path and not holes_of(walker.evaluate(other)) and (walker.evaluate(other)).pieces:
            return {path: HARMLESS}
    return {}


def _is_minus_one(expression: Expression) -> bool:
    if isinstance(expression, Unary) and expression.operator == "-":
        return isinstance(expression.value, Constant) and expression.value.value == 1
    return isinstance(expression, Constant) and expression.value == -1


def _typed(value: Expression, kind: str, same: bool) -> Facts:
    path = path_of(value)
    if not path or not same:
        return {}
    if kind in {"number", "boolean", "bigint"}:
        return {path: HARMLESS}
    return {path: TEXTUAL} if kind == "string" else {}


def _ordered(walker: Walker, test: Binary, truth: bool, depth: int) -> Facts:
    """``list.indexOf(x) > -1``, ``>= 0`` and ``< 0``."""
    if not isinstance(test.left, Call):
        return {}
    found = (test.operator == ">" and _is_minus_one(test.right)) or (
        test.operator == ">=" and isinstance(test.right, Constant) and test.right.value == 0
    )
    missing = test.operator == "<" and isinstance(test.right, Constant) and test.right.value == 0
    if not (found or missing):
        return {}
    return facts_of(walker, test.left, truth=truth is found, depth=depth + 1)


def _member_facts(walker: Walker, member: Expression, collection: Expression) -> Facts:
    path = path_of(_without_conversion(member))
    if path and _is_list_of_known(walker, collection, path):
        return {path: HARMLESS}
    return {}


def _without_conversion(expression: Expression) -> Expression:
    """``sort.toLowerCase()`` in a list says as much about ``sort``, quotes have no case."""
    names = {
        "lower",
        "upper",
        "toLowerCase",
        "toUpperCase",
        "strtolower",
        "strtoupper",
        "str",
        "String",
        "trim",
        "strip",
    }
    while isinstance(expression, Call):
        callee = expression.callee
        if not isinstance(callee, Attribute | Name) or callee.name not in names:
            break
        if isinstance(callee, Attribute):
            expression = callee.base
        elif len(expression.arguments) == 1:
            expression = expression.arguments[0].value
        else:
            break
    return expression


def _is_list_of_known(walker: Walker, collection: Expression, path: str) -> bool:
    if isinstance(collection, Constant):
        return False
    value = walker.evaluate(collection)
    holes = [
        *holes_of(value, deep=False),
        *(() if value.element is None else holes_of(value.element, deep=True)),
    ]
    if value.keys is not None and not value.pieces:
        holes = list(holes_of(value.keys))
    own = collection.name if isinstance(collection, Name | Attribute) else collection.node.text()[:60]
    root = path.partition("\t")[0]
    for hole in holes:
        if hole.kind is Kind.REQUEST or hole.label.partition(".")[0] == root:
            return False
        if hole.kind is Kind.PARAMETER and not _ALLOWED_NAME.search(own):
            return False
    return not any(isinstance(piece, str) and " " in piece for piece in value.pieces)


def _looked_up(walker: Walker, test: Index) -> Facts:
    """``if (COLUMNS[sort])``: a key of the mapping."""
    path = "" if test.key is None else path_of(test.key)
    if not path or isinstance(test.key, Constant):
        return {}
    value = walker.evaluate(test.base)
    if (value.is_container or not value.pieces) and not holes_of(value, deep=True):
        return {path: HARMLESS}
    return {}


# Calls.


def _facts_of_call(walker: Walker, test: Call, truth: bool, depth: int) -> Facts:
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
        return _looked_up(walker, values[0])
    found = _quantified(walker, test, name, truth, depth)
    if found is not None:
        return found
    return _facts_when_true(walker, test, name, values, depth) if truth else _facts_when_false(walker, test, depth)


def _facts_when_false(walker: Walker, test: Call, depth: int) -> Facts:
    return _by_own_function(walker, test, False, depth)


def _facts_when_true(
    walker: Walker, test: Call, name: str, values: list[Expression], depth: int
) -> Facts:
    callee = test.callee
    if name in _NUMERIC_TESTS and values:
        return _harmless(values[:1])
    if name == "isinstance" and len(values) == 2:
        return _isinstance(values)
    if name == "filter_var" and len(values) > 1 and "VALIDATE" in values[1].node.text():
        return _harmless(values[:1]) if re.search("INT|FLOAT|BOOL|IP", values[1].node.text()) else {}
    if name in _FUNCTION_MEMBERSHIP and len(values) > 1 and isinstance(callee, Name):
        member, collection = (values[1], values[0]) if name == "hasattr" else (values[0], values[1])
        return _member_facts(walker, member, collection)
    if isinstance(callee, Attribute):
        found = _facts_of_method(walker, callee, name, values)
        if found:
            return found
    matched = _matched(walker, test, name, values)
    return matched or _by_own_function(walker, test, True, depth) or _by_name(name, values)


def _facts_of_method(walker: Walker, callee: Attribute, name: str, values: list[Expression]) -> Facts:
    if name == "hasOwn" and len(values) > 1:
        return _member_facts(walker, values[1], values[0])
    if name == "call" and len(values) > 1 and "hasOwnProperty" in callee.node.text():
        return _member_facts(walker, values[1], values[0])
    if name in _MEMBERSHIP | {"indexOf", "index", "get", "find_none"} and values:
        return _member_facts(walker, values[0], callee.base)
    if name == "issubset" and values:
        return _member_facts(walker, _inside_set(callee.base), values[0])
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


def regular_expression(walker: Walker, expression: Expression) -> tuple[str, str] | None:
    """Return a regular expression as written: in place, by a name, compiled or constructed."""
    found = pattern_of(expression)
    if found is not None:
        return found
    if isinstance(expression, Call) and expression.arguments:
        name = expression.callee.name if isinstance(expression.callee, Name | Attribute) else ""
        return pattern_of(expression.arguments[0].value) if name in {"compile", "RegExp", "regex"} else None
    if isinstance(expression, Name | Attribute):
        written = walker.analysis.written(walker, expression)
        if written is not None and written is not expression and not isinstance(written, Name | Attribute):
            return regular_expression(walker, written)
    return None


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
