"""What a condition says about the variables in it.

A guard clears a variable on the path that it lets through: membership in a list of known values, equality
with a constant, an anchored regular expression of harmless characters, a test for a number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Await,
    Binary,
    Call,
    Constant,
    Expression,
    Index,
    Name,
    Unary,
)
from harness.response.flow.taint.environment import path_of
from harness.response.flow.taint.values import CLEAN, Kind, Value, holes_of, with_holes

if TYPE_CHECKING:
    from harness.response.flow.taint.walker import Walker

__all__ = ["HARMLESS", "TEXTUAL", "Facts", "facts_of", "looked_up", "member_facts", "refine"]

# What is known of a path: it is harmless, or it is certainly a string.
HARMLESS, TEXTUAL = "harmless", "textual"
Facts = dict[str, str]

_MAX_DEPTH = 20
_ALLOWED_NAME = re.compile(
    r"(?i:allow|valid|permit|white|known|safe|accept|sortable|support|legal|column|field|choice|option|schema|model|enum|table"
    r"|types?$|keys?$|names?$)|^[A-Z][A-Z_]+$"
)


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
        return looked_up(walker, test)
    if isinstance(test, Call):
        from harness.response.flow.taint.guard_calls import facts_of_call

        return facts_of_call(walker, test, truth, depth)
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
        return member_facts(walker, test.left, test.right) if truth is (operator == "in") else {}
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


def member_facts(walker: Walker, member: Expression, collection: Expression) -> Facts:
    """Return what membership in a collection says of a member."""
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


def looked_up(walker: Walker, test: Index) -> Facts:
    """``if (COLUMNS[sort])``: a key of the mapping."""
    path = "" if test.key is None else path_of(test.key)
    if not path or isinstance(test.key, Constant):
        return {}
    value = walker.evaluate(test.base)
    if (value.is_container or not value.pieces) and not holes_of(value, deep=True):
        return {path: HARMLESS}
    return {}
