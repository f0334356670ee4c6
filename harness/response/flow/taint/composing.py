"""Expressions that put values together: texts, operators, literals of lists and mappings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.response.flow.expressions import (
    Assignment,
    Binary,
    Conditional,
    Constant,
    Expression,
    Function,
    Items,
    Mapping,
    Name,
    Opaque,
    Tagged,
    Text,
    Unary,
)
from harness.response.flow.taint.environment import path_of
from harness.response.flow.taint.formatting import percent_format
from harness.response.flow.taint.guards import refine
from harness.response.flow.taint.values import (
    CLEAN,
    NUMBER,
    UNSEEN,
    Value,
    concatenated,
    element_of,
    join,
    keys_of,
    with_holes,
)

if TYPE_CHECKING:
    from harness.response.flow.taint.walker import Walker

__all__ = [
    "evaluate_assignment",
    "evaluate_binary",
    "evaluate_conditional",
    "evaluate_items",
    "evaluate_mapping",
    "evaluate_opaque",
    "evaluate_tagged",
    "evaluate_text",
    "evaluate_unary",
]

_ARITHMETIC = frozenset({"-", "/", "//", "**", "&", "^", "<<", ">>", ">>>", "*", "%", "@"})
_COMPARISONS = frozenset("== != === !== < > <= >= in !in instanceof is <=> xor".split())
_CLEAN_CASTS = frozenset({"(int)", "(integer)", "(float)", "(double)", "(bool)", "(boolean)", "-", "+", "~"})
_MAX_SPINE = 2_000
COMPREHENSIONS = frozenset(
    {
        "list_comprehension",
        "set_comprehension",
        "dictionary_comprehension",
        "generator_expression",
        "for_in_clause",
    }
)


def evaluate_text(walker: Walker, expression: Text) -> Value:
    """Return what a template, an f-string or an interpolation gives."""
    parts = [_as_text(walker.evaluate(part)) for part in expression.parts]
    return walker.composed(concatenated(parts), expression)


def _as_text(value: Value) -> Value:
    # Whatever was interpolated is a string from then on.
    return with_holes(value, textual=True)


def evaluate_tagged(walker: Walker, expression: Tagged) -> Value:
    """A tag decides itself what becomes of the parts; the observer knows tags that only join them."""
    values = [walker.evaluate(part) for part in expression.parts]
    if walker.analysis.observer.joins(expression.tag):
        return walker.composed(concatenated(_as_text(one) for one in values), expression)
    walker.evaluate(expression.tag)
    walker.analysis.observer.tagged(walker, expression, values)
    return replace(CLEAN, data="composed")


def evaluate_binary(walker: Walker, expression: Binary) -> Value:
    """Return what an operator gives; long rows of ``+`` are followed without recursion."""
    operator = expression.operator
    if operator == "+":
        return _sum(walker, expression)
    if operator in _COMPARISONS:
        walker.evaluate(expression.left)
        walker.evaluate(expression.right)
        return NUMBER
    if operator in {"&&", "||", "??"}:
        return _logical(walker, expression)
    if operator == "|":
        return _either(walker, expression)
    left, right = walker.evaluate(expression.left), walker.evaluate(expression.right)
    if operator == "%" and walker.language == "python" and not left.number:
        return walker.composed(percent_format(left, right), expression)
    if operator == "*" and walker.language == "python" and not left.number:
        return _repeated(left, right)
    return NUMBER


def _sum(walker: Walker, expression: Binary) -> Value:
    operands: list[Expression] = []
    here: Expression = expression
    while isinstance(here, Binary) and here.operator == "+" and len(operands) < _MAX_SPINE:
        operands.append(here.right)
        here = here.left
    values = [walker.evaluate(here)]
    values += [walker.evaluate(one) for one in reversed(operands)]
    if all(one.number for one in values) or _adds_numbers(walker, expression, values):
        return NUMBER
    if any(one.element is not None for one in values) and not any(_is_text(one) for one in values):
        return _chained(values)
    return walker.composed(concatenated(_as_text(one) for one in values), expression)


def _adds_numbers(walker: Walker, expression: Binary | Assignment, values: list[Value]) -> bool:
    """In PHP `+` adds numbers (or unites arrays); `.`, which the form spells `+` too, joins texts."""
    if walker.language != "php" or any(one.is_container for one in values):
        return False
    return any(child.kind() in {"+", "+="} for child in expression.node.children())


def _is_text(value: Value) -> bool:
    return any(isinstance(piece, str) and piece.strip() for piece in value.pieces)


def _chained(values: list[Value]) -> Value:
    whole = values[0]
    for one in values[1:]:
        whole = join(whole, one)
    return whole


def _repeated(left: Value, right: Value) -> Value:
    if left.element is not None or _is_text(left):
        return left
    # `n * "?"` is as good as `"?" * n`; of two unknowns the product is a number.
    return right if right.element is not None or (_is_text(right) and not right.number) else NUMBER


def _logical(walker: Walker, expression: Binary) -> Value:
    left = walker.evaluate(expression.left)
    layer = walker.here.fork()
    back = walker.branch(layer)
    if expression.operator == "&&":
        refine(walker, expression.left, truth=True)
    elif expression.operator == "||":
        refine(walker, expression.left, truth=False)
    right = walker.evaluate(expression.right)
    back()
    if expression.operator == "&&":
        # What is false on the left is empty, a number or nothing.
        return right
    held = walker.here.fork()
    back = walker.branch(held)
    refine(walker, expression.left, truth=True)
    path = path_of(expression.left)
    left = (held.get(path) or left) if path else left
    back()
    return join(left, right)


def _either(walker: Walker, expression: Binary) -> Value:
    """``a | b``: bits, or the union of sets and mappings."""
    left, right = walker.evaluate(expression.left), walker.evaluate(expression.right)
    return join(left, right) if left.is_container or right.is_container else NUMBER


def evaluate_unary(walker: Walker, expression: Unary) -> Value:
    """Return what a prefix gives."""
    value = walker.evaluate(expression.value)
    operator = expression.operator
    if operator == "...":
        return value
    if operator in {"(string)", "(binary)"}:
        return with_holes(value, textual=True)
    if operator in {"(array)", "(object)", "@", "&", "clone"}:
        return value
    if operator in _CLEAN_CASTS or operator in {"!", "typeof"}:
        return NUMBER
    return UNSEEN if operator in {"void", "delete"} else CLEAN


def evaluate_items(walker: Walker, expression: Items) -> Value:
    """Return a list: each place by its number, and what any element may be."""
    fields: list[tuple[str, Value]] = []
    element: Value | None = None
    for place, item in enumerate(expression.items):
        value = walker.evaluate(item)
        if isinstance(item, Unary) and item.operator == "...":
            value = element_of(value)
        elif place < 12:
            fields.append((str(place), value))
        element = value if element is None else join(element, value)
    return Value(element=element or CLEAN, fields=tuple(fields))


def evaluate_mapping(walker: Walker, expression: Mapping) -> Value:
    """Return a mapping: parts by name, and what is under keys that are computed."""
    fields: dict[str, Value] = {}
    element: Value | None = None
    keys = CLEAN
    for entry in expression.entries:
        value = walker.evaluate(entry.value)
        if isinstance(entry.key, Constant):
            if len(fields) < 60:
                fields[str(entry.key.value)] = value
            element = element if element is None else join(element, value)
        elif entry.key is None:
            fields |= dict(value.fields)
            inner = element_of(value)
            element = inner if element is None else join(element, inner)
            keys = join(keys, keys_of(value))
        else:
            keys = join(keys, walker.evaluate(entry.key))
            element = value if element is None else join(element, value)
    return Value(element=element, fields=tuple(fields.items()), keys=keys, pieces=())


def evaluate_conditional(walker: Walker, expression: Conditional) -> Value:
    """Return either arm, each under what the condition says."""
    walker.evaluate(expression.test)
    found: list[Value] = []
    for arm, truth in ((expression.then, True), (expression.otherwise, False)):
        layer = walker.here.fork()
        back = walker.branch(layer)
        refine(walker, expression.test, truth=truth)
        found.append(walker.evaluate(arm))
        back()
    return join(found[0], found[1])


def evaluate_opaque(walker: Walker, expression: Opaque) -> Value:
    """Return what is known of a form without a word: comprehensions, and the rest as its parts."""
    if walker.language == "python" and expression.node.kind() in COMPREHENSIONS and len(expression.parts) > 2:
        return _comprehension(walker, expression)
    if expression.node.kind() == "regex":
        return CLEAN
    whole = UNSEEN
    for part in expression.parts:
        whole = join(whole, walker.evaluate(part))
    return whole


def _comprehension(walker: Walker, expression: Opaque) -> Value:
    target, iterable, *conditions, element = expression.parts
    layer = walker.here.fork()
    subject = walker.evaluate(iterable)
    back = walker.branch(layer)
    walker.assign(target, element_of(subject) if not _is_plain_mapping(subject) else keys_of(subject))
    for condition in conditions:
        walker.evaluate(condition)
        refine(walker, condition, truth=True)
    value = walker.evaluate(element)
    back()
    if isinstance(element, Opaque) and element.node.kind() == "for_in_clause":
        return value
    if expression.node.kind() == "dictionary_comprehension" and isinstance(element, Mapping):
        return value
    return Value(element=value)


def _is_plain_mapping(value: Value) -> bool:
    """Iterating over a mapping gives its keys."""
    return value.keys is not None and not value.pieces


def evaluate_assignment(walker: Walker, expression: Assignment) -> Value:
    """Bind what is assigned and return it."""
    if expression.declares and isinstance(expression.target, Name):
        walker.frame.declared.add(expression.target.name)
    elif expression.declares:
        walker.frame.declared |= _names_in(expression.target)
    if expression.value is None:
        if expression.declares == "let" and isinstance(expression.target, Name):
            walker.here.set(expression.target.name, UNSEEN)
        return UNSEEN
    value = walker.evaluate(expression.value)
    operator = expression.operator
    if operator != "=":
        value = _augmented(walker, expression, value)
    elif isinstance(expression.target, Name) and not isinstance(expression.value, Function):
        walker.frame.tests[expression.target.name] = expression.value
    walker.assign(expression.target, value)
    return value


def _names_in(target: Expression) -> set[str]:
    if isinstance(target, Name):
        return {target.name}
    if isinstance(target, Items):
        return {name for item in target.items for name in _names_in(item)}
    if isinstance(target, Mapping):
        return {name for entry in target.entries for name in _names_in(entry.value)}
    if isinstance(target, Assignment):
        return _names_in(target.target)
    return _names_in(target.value) if isinstance(target, Unary) else set()


def _augmented(walker: Walker, expression: Assignment, value: Value) -> Value:
    before = walker.evaluate(expression.target)
    operator = expression.operator
    if operator in {"||=", "??=", "&&=", "|="}:
        return join(before, value)
    if operator not in {"+=", ".="}:
        if operator == "%=" and walker.language == "python":
            return walker.composed(percent_format(before, value), expression)
        return NUMBER
    if (before.number and value.number) or _adds_numbers(walker, expression, [before, value]):
        return NUMBER
    if before.element is not None and not _is_text(before):
        return join(before, value)
    return walker.composed(concatenated([before, _as_text(value)]), expression)
