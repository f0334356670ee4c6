"""Following a whole program: modules first, then every function once, calls by summaries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from harness.response.flow.build import Flow
from harness.response.flow.constants import NOT_CONSTANT
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Call,
    ClassDefinition,
    Expression,
    Function,
    Name,
    Opaque,
    Parameter,
)
from harness.response.flow.statements import Define, Evaluate, Statement, Unit
from harness.response.flow.taint.environment import Environment, path_of
from harness.response.flow.taint.observer import Observer
from harness.response.flow.taint.reading import free_name, is_constant_name
from harness.response.flow.taint.substitution import substitute
from harness.response.flow.taint.values import (
    CLEAN,
    UNSEEN,
    Hole,
    Kind,
    Value,
    constant,
    join,
    opened,
    with_holes,
)
from harness.response.flow.taint.walker import MAX_DEPTH, Frame, Walker

if TYPE_CHECKING:
    from harness.response.flow.taint.calls import Given

__all__ = ["Analysis", "Entry", "Maker"]

MAX_STEPS = 400_000
MAX_ENTRIES = 24
_RECEIVERS = frozenset({"self", "cls"})


@dataclass(slots=True)
class Entry:
    """A call of a function of the program, with what it gives each parameter."""

    call: Call
    unit: Unit
    values: dict[int, Value]


@dataclass(slots=True)
class Maker:
    """An expression in which a text of interest was put together."""

    unit: Unit
    value: Value
    function: Function | None
    uses: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Summary:
    """What is known of a function for its callers: what it gives, and what it tests before it ends."""

    returned: Value
    cleared: tuple[tuple[int, tuple[str, ...]], ...] = ()
    defaults: dict[int, Value] = field(default_factory=dict)


class Analysis:
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
        self._evaluated: dict[Expression, Value | None] = {}
        self._entering: set[Expression] = set()

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

    def enter_class(self, walker: Walker, definition: ClassDefinition) -> None:
        """Note the fields of a class, and its methods; the constructor is followed first."""
        if definition in self._entering:
            return
        self._entering.add(definition)
        self.classes.setdefault(definition.name, definition)
        constructors: list[Function] = []
        outer, walker.frame = walker.frame, Frame(walker.frame.function, owner=definition.name)
        layer = walker.here.fork()
        back = walker.branch(layer)
        for statement in definition.body:
            if isinstance(statement, Define) and isinstance(statement.value, Function):
                self.defer(walker, statement.value, definition.name)
                if statement.value.name in {"constructor", "__init__", "__construct"}:
                    constructors.append(statement.value)
            elif isinstance(statement, Evaluate) and isinstance(statement.value, Assignment):
                self._enter_field(walker, definition, statement.value)
            else:
                walker.walk((statement,))
        back()
        walker.frame = outer
        for function in constructors:
            self.summary(function)

    def _enter_field(self, walker: Walker, definition: ClassDefinition, assignment: Assignment) -> None:
        if not isinstance(assignment.target, Name):
            walker.evaluate(assignment)
            return
        name = assignment.target.name.lstrip("$#")
        if assignment.value is None:
            return
        value = walker.evaluate(assignment.value)
        walker.here.set(assignment.target.name, value)
        self.fields[definition.name, name] = value

    # Functions.

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

    @cached_property
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

    # Names, fields and texts.

    def named(self, walker: Walker, name: str) -> Value:
        """Return what a root name means that no layer holds."""
        return free_name(walker, name)

    def defined(self, walker: Walker, name: Name) -> Value | None:
        """Return what a name means by its definitions elsewhere; ``None`` where there are none."""
        definitions = self.names.definitions(name, walker.unit)
        if not definitions:
            return None
        found = self.names.constant(name, walker.unit)
        if found is not NOT_CONSTANT and isinstance(found, str | int | float | bool):
            return constant(found)
        whole: Value | None = None
        for value, unit in self.names.values(name, walker.unit):
            if value not in self._evaluated:
                self._evaluated[value] = None  # what a cycle finds
                self._evaluated[value] = self._elsewhere(walker, value, unit)
            one = self._evaluated[value]
            if one is not None:
                whole = one if whole is None else join(whole, one)
        if whole is not None:
            return whole
        if any(one.kind == "import" for one in definitions) or self.names.imported_module(definitions[0]):
            if is_constant_name(name.name):
                return CLEAN
            return opened(Hole(Kind.IMPORTED, name.name, doubt=f"{name.name} is not shown"))
        return None

    def name_of(self, walker: Walker, callee: Expression) -> str:
        """Return what a function is called where it comes from: an import may give it another name."""
        if not isinstance(callee, Name):
            return ""
        for definition in self.names.definitions(callee, walker.unit)[:1]:
            imported = definition.imported
            if imported is not None and imported.name not in {"", "*", "default"}:
                return imported.name
            if definition.path and isinstance(definition.path[-1], str) and self.names.imported_module(definition):
                return definition.path[-1]
        return callee.name

    def is_imported(self, walker: Walker, name: Name) -> bool:
        """Say whether nothing but imports define a name."""
        return all(one.kind == "import" for one in self.names.definitions(name, walker.unit))

    def _elsewhere(self, walker: Walker, value: Expression, unit: Unit) -> Value | None:
        if isinstance(value, Function):
            return Value(functions=(value,))
        if isinstance(value, ClassDefinition):
            return UNSEEN
        if isinstance(value, Name | Attribute | Opaque | Parameter):
            return None
        inside = self.names.enclosing(value, unit)
        if inside is not None and inside is not walker.frame.function:
            return None
        home = Walker(self, unit, self.module(unit).fork(), Frame(None))
        return home.evaluate(value.value if isinstance(value, Assignment) and value.value else value)

    def written(self, walker: Walker, expression: Expression) -> Expression | None:
        """Return the expression that a name stands for, as written."""
        for value, _ in self.names.values(expression, walker.unit):
            return value
        return None

    def note_field(self, walker: Walker, root: str, name: str, value: Value) -> None:
        """Note what is assigned to a field of the own object."""
        owner = walker.frame.owner
        if owner and root in {"this", "self", "$this", "cls", "static"}:
            known = self.fields.get((owner, name))
            self.fields[owner, name] = value if known is None else join(known, value)

    def field_of(self, owner: str, name: str, root: str) -> Value:
        """Return what a field may hold, by all assignments that are shown; else a hole."""
        here, seen = owner, 0
        while here and seen < 5:
            known = self.fields.get((here, name))
            if known is not None:
                return known
            bases = self.classes[here].bases if here in self.classes else ()
            here = next((one.name for one in bases if isinstance(one, Name)), "")
            seen += 1
        inherited = self._field_of_heirs(owner, name)
        return self._unknown_field(owner, name, root) if inherited is None else inherited

    def _field_of_heirs(self, owner: str, name: str) -> Value | None:
        """An abstract class reads what its subclasses say."""
        found: Value | None = None
        for heir in self._heirs.get(owner, ()):
            known = self.fields.get((heir, name))
            if known is not None:
                found = known if found is None else join(found, known)
        return found

    @cached_property
    def _heirs(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for definition in self.classes.values():
            for base in definition.bases:
                if isinstance(base, Name | Attribute):
                    found.setdefault(base.name, []).append(definition.name)
        return found

    def _unknown_field(self, owner: str, name: str, root: str) -> Value:
        if name in {"request", "req", "ctx"}:
            return opened(Hole(Kind.REQUEST, f"{root}.{name}"))
        if is_constant_name(name) or _SCHEMA_NAME.search(name):
            return CLEAN
        return opened(Hole(Kind.FIELD, f"{root}.{name}", path=(owner, name)))

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


_SCHEMA_NAME = re.compile(r"(?i)(?:table|prefix|schema|collection|model|_meta|primary_?key|dialect|db_?name)")


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
