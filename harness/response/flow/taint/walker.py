"""Following one function, or the body of a module, statement by statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Await,
    Binary,
    Call,
    ClassDefinition,
    Conditional,
    Constant,
    Expression,
    Function,
    Index,
    Items,
    Mapping,
    Name,
    Opaque,
    Tagged,
    Text,
    Unary,
)
from harness.response.flow.statements import Statement, Unit
from harness.response.flow.taint.environment import Environment, path_of
from harness.response.flow.taint.values import (
    UNSEEN,
    Value,
    constant,
    element_of,
    join,
    member,
)

if TYPE_CHECKING:
    from harness.response.flow.taint.analysis import Analysis

__all__ = ["Walker"]

MAX_DEPTH = 130


@dataclass(slots=True)
class Frame:
    """What belongs to the function that is being followed."""

    function: Function | None
    owner: str = ""
    returned: list[Value] = field(default_factory=list)
    # Variables that hold the outcome of a condition.
    tests: dict[str, Expression] = field(default_factory=dict)
    # What was known where the function ended normally.
    exits: list[Environment] = field(default_factory=list)
    declared: set[str] = field(default_factory=set)
    # The loops and switches around, innermost last: where each began, and where it was left early.
    loops: list[tuple[Environment, list[Environment]]] = field(default_factory=list)


class Walker:
    """The state while one unit is followed, and the evaluation of its expressions."""

    def __init__(self, analysis: Analysis, unit: Unit, environment: Environment, frame: Frame) -> None:
        self.analysis = analysis
        self.unit = unit
        self.here = environment
        self.frame = frame
        self.language = unit.language

    # Expressions.

    def evaluate(self, expression: Expression | None) -> Value:
        """Return what an expression may be; what it calls is told to the observer."""
        if expression is None:
            return UNSEEN
        analysis = self.analysis
        if analysis.depth >= MAX_DEPTH or not analysis.spend():
            analysis.exceeded = True
            return UNSEEN
        analysis.depth += 1
        found = _EVALUATORS[type(expression)](self, expression)
        analysis.depth -= 1
        return found

    def walk(self, statements: Iterable[Statement]) -> bool:
        """Follow statements; say whether the end of them is reached."""
        from harness.response.flow.taint.execution import execute

        return all(execute(self, statement) for statement in statements)

    def branch(self, environment: Environment) -> Callable[[], None]:
        """Go on in another environment; calling what is returned comes back."""
        before, self.here = self.here, environment

        def back() -> None:
            self.here = before

        return back

    def read(self, environment: Environment, path: str) -> Value:
        """Return what a path means in an environment that does not hold it."""
        back = self.branch(environment)
        root, *links = path.split("\t")
        found = environment.get(root)
        value = self.analysis.named(self, root) if found is None else found
        for link in links:
            value = self.part_of(value, root, link) if value is not None else UNSEEN
            root = ""
        back()
        return value

    def part_of(self, value: Value, root: str, name: str) -> Value:
        """Return a member; fields of the own object are known by the class."""
        if root in {"this", "self", "$this", "cls", "static"} and self.frame.owner:
            return self.analysis.field_of(self.frame.owner, name, root)
        return member(value, name)

    def merge(self, branches: list[Environment]) -> None:
        """Go on with what any of several branches may have left."""
        if branches:
            self.here.merge(branches, self.read)

    def assign(self, target: Expression, value: Value) -> None:
        """Bind a target: a variable, a member, or the names of a pattern."""
        if isinstance(target, Name | Attribute | Index | Await):
            self._assign_path(target, value)
        elif isinstance(target, Assignment):
            given = value if value.is_container or value.pieces else UNSEEN
            self.assign(target.target, join(given, self.evaluate(target.value)))
        elif isinstance(target, Unary):
            self.assign(target.value, Value(element=element_of(value), keys=value.keys))
        elif isinstance(target, Items):
            for place, item in enumerate(target.items):
                self.assign(item, self._item(value, place))
        elif isinstance(target, Mapping):
            for entry in target.entries:
                key = entry.key
                name = str(key.value) if isinstance(key, Constant) else ""
                part = member(value, name) if name else element_of(value)
                self.assign(entry.value, value if key is None else part)

    def _item(self, value: Value, place: int) -> Value:
        known = value.field(str(place))
        if known is not None:
            return known
        return element_of(value) if value.element is not None else member(value, str(place))

    def _assign_path(self, target: Expression, value: Value) -> None:
        path = path_of(target)
        if path:
            self.here.set(path, value)
            root, tab, rest = path.partition("\t")
            if tab and "\t" not in rest:
                self.analysis.note_field(self, root, rest, value)
            if not tab:
                return
        if isinstance(target, Index | Attribute):
            self._extend(target.base, target, value)

    def _extend(self, base: Expression, target: Index | Attribute, value: Value) -> None:
        """Note a new part of a list or mapping: ``a[] = x``, ``a[k] = x``, ``a.b = x``."""
        path = path_of(base)
        if not path or path in {"this", "self", "$this"}:
            return
        held = self.evaluate(base)
        if isinstance(target, Attribute):
            added = Value(fields=((target.name, value),))
        elif isinstance(target.key, Constant):
            added = Value(fields=((str(target.key.value), value),))
        else:
            keys = None if target.key is None else self.evaluate(target.key)
            added = Value(element=value, keys=keys)
        kept = replace(held, fields=tuple(one for one in held.fields if one[0] not in dict(added.fields)))
        self.here.refine(path, join(kept, added))
        root, tab, rest = path.partition("\t")
        if tab and "\t" not in rest:
            self.analysis.note_field(self, root, rest, join(kept, added))

    def composed(self, value: Value, maker: Expression) -> Value:
        """Ask the observer whether a text that was just put together is of interest."""
        if self.analysis.observer.is_of_interest(value):
            self.analysis.note_maker(self, maker, value)
            return replace(value, makers=value.makers | {maker})
        return value


def _evaluate_constant(_: Walker, expression: Expression) -> Value:
    assert isinstance(expression, Constant)  # noqa: S101 - the table says so
    return constant(expression.value)


def _evaluate_await(walker: Walker, expression: Expression) -> Value:
    assert isinstance(expression, Await)  # noqa: S101 - the table says so
    return walker.evaluate(expression.value)


def _evaluate_function(walker: Walker, expression: Expression) -> Value:
    assert isinstance(expression, Function)  # noqa: S101 - the table says so
    walker.analysis.defer(walker, expression)
    return Value(functions=(expression,))


def _evaluate_class(walker: Walker, expression: Expression) -> Value:
    assert isinstance(expression, ClassDefinition)  # noqa: S101 - the table says so
    walker.analysis.enter_class(walker, expression)
    return UNSEEN


def _evaluators() -> dict[type[Any], Callable[[Walker, Any], Value]]:
    from harness.response.flow.taint import calls, composing, reading

    return {
        Name: reading.evaluate_name,
        Attribute: reading.evaluate_attribute,
        Index: reading.evaluate_index,
        Constant: _evaluate_constant,
        Text: composing.evaluate_text,
        Tagged: composing.evaluate_tagged,
        Binary: composing.evaluate_binary,
        Unary: composing.evaluate_unary,
        Items: composing.evaluate_items,
        Mapping: composing.evaluate_mapping,
        Conditional: composing.evaluate_conditional,
        Opaque: composing.evaluate_opaque,
        Assignment: composing.evaluate_assignment,
        Await: _evaluate_await,
        Function: _evaluate_function,
        ClassDefinition: _evaluate_class,
        Call: calls.evaluate_call,
    }


class _Lazy(dict[type[Any], Callable[["Walker", Any], Value]]):
    """The table of evaluators: their modules import this one."""

    def __missing__(self, key: type[Any]) -> Callable[[Walker, Any], Value]:
        self.update(_evaluators())
        return self[key]


_EVALUATORS = _Lazy()
