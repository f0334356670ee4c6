"""Following a whole program: modules first, then every function once, calls by summaries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Attribute,
    Call,
    ClassDefinition,
    Expression,
    Function,
    Name,
)
from harness.response.flow.statements import Statement, Unit
from harness.response.flow.taint.definitions import Definitions
from harness.response.flow.taint.environment import Environment, path_of
from harness.response.flow.taint.fields import Fields
from harness.response.flow.taint.observer import Observer
from harness.response.flow.taint.records import Entry, Maker, Summary
from harness.response.flow.taint.substitution import substitute
from harness.response.flow.taint.values import (
    CLEAN,
    UNSEEN,
    Hole,
    Kind,
    Value,
    join,
    opened,
    with_holes,
)
from harness.response.flow.taint.walker import MAX_DEPTH, Frame, Walker
from harness.response.lazy import lazy

if TYPE_CHECKING:
    from harness.response.flow.taint.calls import Given

__all__ = ["Analysis"]

MAX_STEPS = 400_000
MAX_ENTRIES = 24
_RECEIVERS = frozenset({"self", "cls"})


class Analysis(Fields, Definitions):
    """One pass over the units of a program on behalf of an observer."""

    def __init__(self, flow: Flow, observer: Observer) -> None:
        self.flow = flow
        self.names = flow.names
        self.observer = observer
        self.depth = 0
        self.steps = 0
        self.exceeded = False
        self.modules: dict[Unit, Environment] = {}
        self.classes: dict[str, ClassDefinition] = {}
        self.fields: dict[tuple[str, str], Value] = {}
        self.entries: dict[Function, list[Entry]] = {}
        self.makers: dict[Expression, Maker] = {}
        self._summaries: dict[Function, Summary | None] = {}
        self._captured: dict[Function, tuple[Unit, Environment, str]] = {}
        self._waiting: list[Function] = []
        self._inlined: set[Function] = set()
        self.evaluated: dict[Expression, Value | None] = {}
        self._entering: set[Expression] = set()
        self.entered: set[Expression] = set()

    # Bounds.

    def spend(self) -> bool:
        """Count a step; say whether there are steps left."""
        self.steps += 1
        return self.steps <= MAX_STEPS

    def room_for(self, statement: Statement) -> bool:
        """Say whether a statement may still be followed."""
        del statement
        if self.depth >= MAX_DEPTH or not self.spend():
            self.exceeded = True
            return False
        return True

    # The order of work.

    def run(self, units: Sequence[Unit]) -> None:
        """Follow units, and all functions in them."""
        for unit in units:
            for one in unit.classes:
                if one.name:
                    self.classes.setdefault(one.name, one)
        for unit in units:
            self.module(unit)
        while self._waiting:
            function = self._waiting.pop(0)
            if function not in self._inlined:
                self.summary(function)

    def module(self, unit: Unit) -> Environment:
        """Return what the names at the top of a unit stand for at its end."""
        known = self.modules.get(unit)
        if known is None:
            known = self.modules[unit] = Environment()
            walker = Walker(self, unit, known, Frame(None))
            walker.walk(unit.body)
        return known

    def defer(self, walker: Walker, function: Function, owner: str = "") -> None:
        """Note a function that is written here; it is followed later, or when it is called."""
        if function not in self._captured:
            owner = owner or function.owner or walker.frame.owner
            self._captured[function] = (walker.unit, walker.here, owner)
            self._waiting.append(function)

    def functions_of(self, walker: Walker, call: Call) -> list[Function]:
        """Return the functions of the program that a call may run."""
        callee = call.callee
        if isinstance(callee, Name):
            held = walker.here.get(callee.name)
            if held is not None and held.functions:
                return list(held.functions)
        found = [
            function for function, _ in self.names.callees(call, walker.unit) if not function.is_abstract
        ]
        if not found and walker.language == "php" and isinstance(callee, Attribute):
            # Eloquent calls `scopeActive` by the name `active`.
            found = self._scopes.get(callee.name.lower(), [])
        return found

    @lazy
    def _scopes(self) -> dict[str, list[Function]]:
        found: dict[str, list[Function]] = {}
        for unit in self.flow.units:
            for function in unit.functions:
                if function.is_method and function.name.startswith("scope") and unit.language == "php":
                    found.setdefault(function.name.removeprefix("scope").lower(), []).append(function)
        return found

    def summary(self, function: Function) -> Summary | None:
        """Return what is known of a function; ``None`` while it is being followed."""
        if function in self._summaries:
            return self._summaries[function]
        captured = self._captured.get(function)
        if captured is None:
            unit = self._unit_of(function)
            if unit is None:
                return None
            captured = (unit, self.module(unit), function.owner)
        if self.depth > MAX_DEPTH // 2:
            return None
        self._summaries[function] = None
        unit, below, owner = captured
        found = self._follow(function, unit, below, owner)
        self._summaries[function] = found
        return found

    def _unit_of(self, function: Function) -> Unit | None:
        root = function.node
        for unit in self.flow.units:
            if function in unit.functions:
                return unit
        del root
        return None

    def _follow(self, function: Function, unit: Unit, below: Environment, owner: str) -> Summary:
        is_php = unit.language == "php" and not function.is_arrow
        layer = Environment(None if is_php else below)
        if is_php:
            for name in function.captures:
                held = below.get(name)
                if held is not None:
                    layer.set(name, held)
        walker = Walker(self, unit, layer, Frame(function, owner=owner))
        defaults = self._bind(walker, function)
        reached = walker.walk(function.body)
        exits = [*walker.frame.exits, *([layer] if reached else [])]
        returned = UNSEEN
        for value in walker.frame.returned[:16]:
            returned = join(returned, value)
        return Summary(returned, self._cleared(function, exits), defaults)

    def _bind(self, walker: Walker, function: Function) -> dict[int, Value]:
        defaults: dict[int, Value] = {}
        for index, parameter in enumerate(function.parameters):
            value = self._parameter(walker, function, index)
            walker.assign(parameter.target, value)
            if parameter.default is not None:
                defaults[index] = walker.evaluate(parameter.default)
        return defaults

    def _parameter(self, walker: Walker, function: Function, index: int) -> Value:
        parameter = function.parameters[index]
        target = parameter.target
        name = target.name if isinstance(target, Name) else ""
        if name in _RECEIVERS and index == 0:
            return UNSEEN
        typed = self.observer.typed(walker, function, parameter)
        if typed is not None:
            return typed
        hole = Hole(Kind.PARAMETER, name or f"parameter {index + 1}", function=function, index=index)
        if parameter.rest:
            return Value(element=opened(hole))
        return opened(hole)

    def _cleared(
        self, function: Function, exits: list[Environment]
    ) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """Return the parameters that are harmless wherever the function ends normally."""
        found: list[tuple[int, tuple[str, ...]]] = []
        for index, parameter in enumerate(function.parameters):
            target = parameter.target
            if isinstance(target, Name) and exits:
                values = [one.get(target.name) for one in exits]
                if all(value is CLEAN for value in values):
                    found.append((index, ()))
        return tuple(found)

    def apply(self, walker: Walker, given: Given, function: Function) -> Value:
        """Return what a function of the program gives to a call, and note the call."""
        values = self._paired(given, function)
        entries = self.entries.setdefault(function, [])
        if len(entries) < MAX_ENTRIES and not any(one.call is given.call for one in entries):
            entries.append(Entry(given.call, walker.unit, values))
        summary = self.summary(function)
        if summary is None:
            return _through_recursion(values)
        for index, default in summary.defaults.items():
            values.setdefault(index, default)
        for index, _ in summary.cleared:
            self._clear_argument(walker, given, function, index)
        if function.name in {"constructor", "__init__", "__construct"}:
            return UNSEEN
        return substitute(summary.returned, function, values)

    def _paired(self, given: Given, function: Function) -> dict[int, Value]:
        first = _offset(function)
        values: dict[int, Value] = {}
        count = len(function.parameters)
        for place, value in enumerate(given.positional):
            index = first + place
            if index < count:
                values[index] = value
            elif count and function.parameters[-1].rest:
                held = values.get(count - 1, UNSEEN)
                values[count - 1] = join(held, Value(element=value))
        for name, value in given.named.items():
            for index, parameter in enumerate(function.parameters):
                target = parameter.target
                if isinstance(target, Name) and target.name.lstrip("$") == name:
                    values[index] = value
        return values

    def _clear_argument(self, walker: Walker, given: Given, function: Function, index: int) -> None:
        expression = given.expression(index - _offset(function))
        path = "" if expression is None else path_of(expression)
        if path:
            walker.here.refine(path, CLEAN)

    def inline(self, walker: Walker, function: Function, values: list[Value]) -> Value:
        """Follow a function where it is given to a call: what it does to variables around it stays."""
        self._inlined.add(function)
        if function in self._entering or self.depth > MAX_DEPTH:
            return UNSEEN
        self._entering.add(function)
        captured = self._captured.get(function)
        owner = walker.frame.owner if captured is None else captured[2]
        layer = walker.here.fork()
        inner = Walker(self, walker.unit, layer, Frame(function, owner=owner))
        for index, parameter in enumerate(function.parameters):
            given = values[index] if index < len(values) and not parameter.rest else None
            typed = None if given is None else self.observer.typed(inner, function, parameter)
            value = self._parameter(inner, function, index) if given is None else typed or given
            inner.assign(parameter.target, value)
            if isinstance(parameter.target, Name):
                inner.frame.declared.add(parameter.target.name)
        inner.walk(function.body)
        self._entering.discard(function)
        self._keep(walker, inner, layer)
        returned = UNSEEN
        for value in inner.frame.returned[:16]:
            returned = join(returned, value)
        return returned

    def _keep(self, walker: Walker, inner: Walker, layer: Environment) -> None:
        """Keep what a function changed outside itself."""
        own = inner.frame.declared
        kept = walker.here.fork()
        if walker.language == "javascript" or walker.language in {"typescript", "tsx"}:
            for path in layer.changed():
                if path.partition("\t")[0] not in own:
                    value = layer.get(path)
                    if value is not None:
                        kept.refine(path, value)
        elif inner.frame.function is not None:
            for path in layer.changed():
                if path.partition("\t")[0] in inner.frame.function.captures:
                    kept.refine(path, layer.get(path) or UNSEEN)
        walker.merge([kept, walker.here.fork()])

    # Texts of interest.

    def note_maker(self, walker: Walker, maker: Expression, value: Value) -> None:
        """Note an expression in which a text of interest was put together."""
        known = self.makers.get(maker)
        if known is None:
            self.makers[maker] = Maker(walker.unit, value, walker.frame.function)
        else:
            known.value = join(known.value, value)
        for inner in value.makers:
            if inner is not maker and inner in self.makers:
                self.makers[inner].uses.add("composed")

    def note_use(self, value: Value, how: str) -> None:
        """Note what became of a text of interest."""
        for maker in value.makers:
            known = self.makers.get(maker)
            if known is not None:
                known.uses.add(how)


def _has_receiver(function: Function) -> bool:
    if not function.parameters or not function.is_method:
        return False
    target = function.parameters[0].target
    return isinstance(target, Name) and target.name in _RECEIVERS


def _through_recursion(values: dict[int, Value]) -> Value:
    """Return what a function that is still being followed may give: what it was given."""
    found = UNSEEN
    for value in values.values():
        found = join(found, with_holes(value, doubt="it passes through a recursion"))
    return found


def _offset(function: Function) -> int:
    """Return how many parameters a call does not give: ``self``, the builder of a scope."""
    is_scope = function.is_method and function.name.startswith("scope") and function.name[5:6].isupper()
    return 1 if is_scope or _has_receiver(function) else 0
