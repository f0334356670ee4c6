"""What a condition is worth when validation has failed: ``error`` is true, ``isValid`` false."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from ast_grep_py import SgNode

from harness.checks.validation.evaluator import Evaluator
from harness.checks.validation.libraries import Form
from harness.checks.validation.terms import Bound
from harness.checks.validation.truth import LITERALS, comparison, logical, truth
from harness.response.javascript.members import returns_of
from harness.response.javascript.scopes import Binding, Definition, Unit
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    arguments_of,
    callee_of,
    named,
    property_name,
    string_value,
    unwrap,
    walk,
)

__all__ = ["Frame", "Path", "Shape", "Signs", "shape_of_form"]

Path: TypeAlias = tuple[str, ...]
# What the part of a result that a path leads to is worth when the input is invalid.
Shape: TypeAlias = Callable[[Path], bool | None]

_MAX_DEPTH = 25
_ELEMENTWISE = frozenset({"map", "filter", "flatMap", "find", "some", "every", "flat", "concat", "slice"})
_TEXTUAL = frozenset(
    {"join", "array", "mapped", "toString", "format", "flatten", "at", "trim", "replace", "reduce"}
)


@dataclass(eq=False)
class Frame:
    """One call of a shown function that is being run; ``call`` stands in the function of ``parent``.

    ``only_throws``: whatever the function returns, the request goes on, as with a pipe.
    """

    function: SgNode
    unit: Unit
    bound: Bound
    parent: Frame | None = None
    call: SgNode | None = None
    shapes: dict[SgNode, Shape] = field(default_factory=dict)
    depth: int = 0
    only_throws: bool = False

    def fresh(self) -> Frame:
        """Return a copy of this call and its callers that knows nothing of any failure yet."""
        parent = None if self.parent is None else self.parent.fresh()
        return replace(self, shapes={}, parent=parent)


def shape_of_form(form: Form) -> Shape:
    """Return the shape of the result of a validating call."""

    def error(path: Path) -> bool | None:
        return True if path[:1] in {("error",), ("errors",), ("issues",)} else None

    def success(path: Path) -> bool | None:
        return False if path == ("success",) else error(path)

    def boolean(path: Path) -> bool | None:
        return None if path else False

    def listed(path: Path) -> bool | None:
        return True if not path or path[0] in {"length", "#0"} else None

    def collected(path: Path) -> bool | None:
        return True if path == ("throw",) else listed(path)

    def pair(path: Path) -> bool | None:
        return True if path[:1] == ("#0",) else None

    return {
        Form.SUCCESS: success,
        Form.BOOLEAN: boolean,
        Form.REJECTS_FALSE: boolean,
        Form.LIST: listed,
        Form.REJECTS_LIST: listed,
        Form.COLLECTOR: collected,
        Form.PAIR: pair,
    }.get(form, error)


class Signs:
    """Evaluates conditions under the assumption that one validation has failed."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.resolver = evaluator.resolver

    def of(self, node: SgNode, frame: Frame, path: Path = (), depth: int = 0) -> bool | None:
        """Return whether a value is true (or false) because the validation failed; ``None``: it is open."""
        node = unwrap(node)
        shape = frame.shapes.get(node)
        if shape is not None:
            return shape(tuple(step for step in path if step != "*"))
        if depth > _MAX_DEPTH:
            return None
        kind = node.kind()
        if kind in {"identifier", "shorthand_property_identifier"}:
            return self._of_name(node, frame, path, depth)
        if kind in {"member_expression", "subscript_expression"}:
            return self._of_member(node, frame, path, depth)
        if kind == "call_expression":
            return self._of_call(node, frame, path, depth)
        if kind in {"object", "array"} and path:
            return self._of_property(node, frame, path, depth)
        if kind == "ternary_expression":
            return self._of_ternary(node, frame, path, depth)
        if kind in {"binary_expression", "unary_expression"} and not path:
            return self._of_operator(node, frame, depth)
        return None if path else truth(node)

    def speaks_of_failure(self, node: SgNode, frame: Frame) -> bool:
        """Say whether an expression has to do with the failed validation."""
        for part in walk(node):
            if part in frame.shapes:
                return True
            if part.kind() in {"identifier", "member_expression"}:
                if self.of(part, frame) is not None and part.text() != "undefined":
                    return True
                holder = part.parent()
                used = holder is not None and holder.kind() in {"arguments", "subscript_expression"}
                if used and self.of(part, frame, ("error",)) is not None:
                    return True
        return False

    # Names.

    def _of_name(self, node: SgNode, frame: Frame, path: Path, depth: int) -> bool | None:
        if node.text() == "undefined":
            return False
        binding = self.resolver.scope_of(node, frame.unit).lookup(node.text())
        if binding is None:
            return None
        if any(up.kind() == "catch_clause" for up in _first_ancestors(binding.node)):
            return True
        for definition in binding.definitions:
            sign = self._of_definition(definition, frame, path, depth + 1)
            if sign is not None:
                return sign
        if path and path != ("length",):
            return None
        return True if self._filled(binding, frame, depth) else None

    def _of_definition(self, definition: Definition, frame: Frame, path: Path, depth: int) -> bool | None:
        value = definition.value
        if value is None:
            return None
        if definition.kind == "parameter":
            return self._of_parameter(definition, frame, path, depth)
        if definition.kind != "value":
            return None
        bare = unwrap(value)
        if bare.kind() in LITERALS or bare.text() == "undefined":
            # `let valid = true` says nothing; `if (error) valid = false` does.
            return truth(bare) if not path and self._in_failing_branch(value, frame, depth) else None
        loop = value.parent()
        inner = definition.path
        if loop is not None and loop.kind() == "for_in_statement":
            inner = inner[1:]
        return self.of(value, frame, (*inner, *path), depth)

    def _of_parameter(self, definition: Definition, frame: Frame, path: Path, depth: int) -> bool | None:
        function = definition.value
        if function is None:
            return None
        shape = frame.shapes.get(function)
        if shape is not None:  # the callback that is handed the result
            return shape((f"#{definition.index}", *definition.path, *path))
        if function == frame.function:
            if frame.parent is None or frame.call is None:
                return None
            arguments = arguments_of(frame.call)
            if definition.index < len(arguments):
                return self.of(arguments[definition.index], frame.parent, (*definition.path, *path), depth)
            return None
        call = _call_of_callback(function)
        callee = None if call is None else callee_of(call)
        receiver = None if callee is None else callee.field("object")
        if receiver is None or definition.index != 0:
            return None
        return self.of(receiver, frame, (*definition.path, *path), depth)

    def _in_failing_branch(self, node: SgNode, frame: Frame, depth: int) -> bool:
        here = node
        for up in node.ancestors():
            if up.kind() in FUNCTION_KINDS:
                return False
            if up.kind() == "catch_clause":
                return True
            condition = up.field("condition") if up.kind() == "if_statement" else None
            if condition is not None and here != condition:
                sign = self.of(condition, frame, (), depth + 1)
                if sign is not None and sign is (up.field("consequence") == here):
                    return True
            here = up
        return False

    def _filled(self, binding: Binding, frame: Frame, depth: int) -> bool:
        """Say whether a list gets an entry because of the failure: `errors.push(error.message)`."""
        values = [unwrap(one.value).kind() for one in binding.definitions if one.value is not None]
        if not {"array", "object", "new_expression"}.intersection(values):
            return False
        return any(
            any(self.of(argument, frame, (), depth + 1) is not None for argument in arguments_of(call))
            or self._in_failing_branch(call, frame, depth)
            for call in self._pushes(binding, frame)
        ) or any(self._in_failing_branch(left, frame, depth) for left in self._entries(binding, frame))

    def _entries(self, binding: Binding, frame: Frame) -> list[SgNode]:
        """`errors[part] = error`: the places where an object gets an entry."""
        found = []
        for assignment in frame.unit.assignments:
            left = assignment.field("left")
            owner = None if left is None else left.field("object")
            if left is None or owner is None or owner.text() != binding.name:
                continue
            if self.resolver.scope_of(owner, frame.unit).lookup(binding.name) is binding:
                found.append(left)
        return found

    def _pushes(self, binding: Binding, frame: Frame) -> list[SgNode]:
        found = []
        for call in frame.unit.calls:
            callee = callee_of(call)
            owner = None if callee is None else callee.field("object")
            if callee is None or owner is None or owner.text() != binding.name:
                continue
            adds = property_name(callee.field("property")) in {"push", "unshift", "add", "set"}
            if adds and self.resolver.scope_of(owner, frame.unit).lookup(binding.name) is binding:
                found.append(call)
        return found

    # Expressions.

    def _of_member(self, node: SgNode, frame: Frame, path: Path, depth: int) -> bool | None:
        target = node.field("object")
        if target is None:
            return None
        index = node.field("index")
        name = property_name(node.field("property")) if index is None else string_value(index)
        step = name if name is not None else "*"
        sign = self.of(target, frame, (step, *path), depth + 1)
        if sign is None and self.of(target, frame, (), depth + 1) is True:
            return True  # what an error has: its details, its message
        return sign

    def _of_call(self, node: SgNode, frame: Frame, path: Path, depth: int) -> bool | None:
        callee = callee_of(node)
        if callee is None:
            return None
        receiver = callee.field("object")
        name = property_name(callee.field("property")) or callee.text()
        arguments = arguments_of(node)
        if receiver is None:
            if name in {"Boolean", "String", "Number"} and arguments:
                return self.of(arguments[0], frame, (), depth + 1)
            return None
        if receiver.text() in {"Promise", "Object"} and arguments:
            return self.of(arguments[0], frame, path, depth + 1)
        if name == "isEmpty":
            sign = self.of(receiver, frame, (), depth + 1)
            return None if sign is None else not sign
        if name not in _ELEMENTWISE | _TEXTUAL:
            return None
        sign = self.of(receiver, frame, path, depth + 1)
        if sign is None and arguments and arguments[0].kind() in FUNCTION_KINDS:
            signs = [self.of(result, frame, path, depth + 1) for result in returns_of(arguments[0])]
            sign = next((found for found in signs if found is not None), None)
        return sign

    def _of_property(self, node: SgNode, frame: Frame, path: Path, depth: int) -> bool | None:
        if node.kind() == "array":
            parts = named(node)
            if path == ("length",) and parts:
                return True
            index = int(path[0][1:]) if path[0].startswith("#") else len(parts)
            if index < len(parts):
                return self.of(parts[index], frame, path[1:], depth + 1)
            signs = [self.of(part, frame, path, depth + 1) for part in parts]
            return next((sign for sign in signs if sign is not None), None)
        for part in named(node):
            key = property_name(part.field("key") or part)
            value = part.field("value") if part.kind() == "pair" else part
            if key == path[0] and value is not None:
                return self.of(value, frame, path[1:], depth + 1)
        return None

    def _of_ternary(self, node: SgNode, frame: Frame, path: Path, depth: int) -> bool | None:
        condition = node.field("condition")
        sign = None if condition is None else self.of(condition, frame, (), depth + 1)
        if sign is None:
            return None
        taken = node.field("consequence" if sign else "alternative")
        return None if taken is None else self.of(taken, frame, path, depth + 1)

    def _of_operator(self, node: SgNode, frame: Frame, depth: int) -> bool | None:
        operator = node.field("operator")
        sign = "?" if operator is None else operator.text()
        if node.kind() == "unary_expression":
            argument = node.field("argument")
            inner = None if argument is None else self.of(argument, frame, (), depth + 1)
            return inner if sign != "!" or inner is None else not inner
        left, right = node.field("left"), node.field("right")
        if left is None or right is None:
            return None
        one, other = (self.of(part, frame, (), depth + 1) for part in (left, right))
        if sign in {"&&", "||", "??"}:
            return logical(sign, one, other)
        if sign == "instanceof":
            return True if one is True else None
        if sign == "in":
            return self.of(right, frame, (string_value(left) or "*",), depth + 1)
        return comparison(sign, left, right, one, other)


def _first_ancestors(node: SgNode) -> list[SgNode]:
    """The clause that declares a name: at most the pattern and its owner above it."""
    found = []
    for up in node.ancestors():
        if up.kind() in {"statement_block", "program"} or up.kind() in FUNCTION_KINDS:
            break
        found.append(up)
        if len(found) >= 4:
            break
    return found


def _call_of_callback(function: SgNode) -> SgNode | None:
    """Return the call that a function is handed to."""
    parent = function.parent()
    call = None if parent is None else parent.parent()
    if parent is None or call is None or parent.kind() != "arguments":
        return None
    return call
