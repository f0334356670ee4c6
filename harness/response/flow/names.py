"""What names mean, over all blocks of a program and for all languages alike.

Nothing here knows a framework. ``origin`` says where a value comes from, ``values`` what it may be,
``constant`` what it is for certain, ``callees`` what a call may run. All of it ignores the order in which
statements run. Answers are remembered, and chains of names are followed to a bounded depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from harness.response.block import BlockRole
from harness.response.flow import calls, constants, elements, members, origins
from harness.response.flow.classes import Owner, bases_of, classes_of
from harness.response.flow.definitions import Definition
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
from harness.response.flow.modules import Lenders, Modules, family_of, is_own, lenders_of
from harness.response.flow.nodes import Kind
from harness.response.flow.origins import Origin
from harness.response.flow.scopes import Index as UnitIndex
from harness.response.flow.statements import Evaluate, Import, Unit
from harness.response.flow.walk import Node
from harness.response.javascript.resolve import RUNTIME_GLOBALS
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.lazy import lazy

__all__ = ["MAX_DEPTH", "Names", "Origin", "Place"]

# An expression with the unit that it stands in.
Place: TypeAlias = tuple[Expression, Unit]

MAX_DEPTH = 40
MAX_OPTIONS = 12
_CHOICES = frozenset({"||", "??", "&&"})
# What stands for nothing but itself.
_ENDS = frozenset({Constant, Text, Tagged, Unary, Mapping, Items, Function, ClassDefinition})
# Calls whose result is their argument, as far as names go.
_IDENTITIES = frozenset({"freeze", "seal", "preventExtensions"})


class Names:
    """Answers questions about names. ``linked`` says that the units are fragments of one answer."""

    def __init__(self, units: Sequence[Unit], *, linked: bool) -> None:
        self.units = tuple(units)
        self.linked = linked
        self._indexes: dict[Unit, UnitIndex] = {}
        self._definitions: dict[tuple[str, str, Unit], list[Definition]] = {}
        self._by_name: dict[Name, Sequence[Definition]] = {}
        self._values: dict[Expression, tuple[Place, ...]] = {}
        self._made: dict[Definition, Expression] = {}
        self._callers: dict[Function, list[tuple[Call, Unit]]] | None = None
        self.depth = 0
        self.passed_on = 0  # modules that give on what the next gives, while it is looked up
        self.max_depth = MAX_DEPTH
        self.known_exports: dict[tuple[Unit, str], list[Place]] = {}
        self.known_classes: dict[Expression, Sequence[Owner]] = {}
        self.known_entries: dict[tuple[Mapping, str | int], list[Place]] = {}
        self.known_origins: dict[Expression, Origin | None] = {}
        self.known_constants: dict[Expression, object] = {}
        self.known_callees: dict[Call, tuple[tuple[Function, Unit], ...]] = {}

    @lazy
    def has_classes(self) -> bool:
        """Whether any class is shown at all."""
        return any(unit.classes for unit in self.units)

    # One unit.

    def index(self, unit: Unit) -> UnitIndex:
        """Return the scopes and parents of a unit."""
        known = self._indexes.get(unit)
        if known is None:
            known = self._indexes[unit] = UnitIndex(unit)
        return known

    def parent(self, node: Node, unit: Unit) -> Node | None:
        """Return what a node stands in; ``None`` at the top of its block."""
        return self.index(unit).parents.get(node)

    def path_to(self, node: Node, unit: Unit) -> list[Node]:
        """Return all that stands around a node, the innermost first."""
        parents, found = self.index(unit).parents, []
        here = parents.get(node)
        while here is not None:
            found.append(here)
            here = parents.get(here)
        return found

    def enclosing(self, node: Node, unit: Unit) -> Function | None:
        """Return the innermost function around a node."""
        return self.index(unit).nodes.around(node)

    def nodes(self, unit: Unit, kind: type[Kind]) -> Sequence[Kind]:
        """Return all nodes of a class in a unit, in source order."""
        return self.index(unit).nodes.of(kind)

    def inside(self, function: Function | None, unit: Unit, kind: type[Kind]) -> Sequence[Kind]:
        """Return the nodes of a class in a function, those of functions in it left out."""
        return self.index(unit).nodes.inside(function, kind)

    # What defines a name.

    def definitions(self, name: Name, unit: Unit) -> Sequence[Definition]:
        """Return everything that may define a name: here, or in another block of the same answer."""
        known = self._by_name.get(name)
        if known is None:
            index = self.index(unit)
            found = index.lookup(name.name, index.scope_of(name))
            known = self._by_name[name] = self._defining(name.name, found, unit)
        return known

    def named(self, name: str, unit: Unit) -> Sequence[Definition]:
        """Return what defines a name that is used at the top of a block."""
        index = self.index(unit)
        return self._defining(name, index.lookup(name, index.top), unit)

    def _defining(self, name: str, found: list[Definition] | None, unit: Unit) -> Sequence[Definition]:
        if found is not None:
            return self._shown(name, found, unit) if self.linked and found else found
        key = (family_of(unit.language), name, unit)
        known = self._definitions.get(key)
        if known is None:
            known = self._definitions[key] = self._from_elsewhere(name, unit)
        return known

    def _from_elsewhere(self, name: str, unit: Unit) -> list[Definition]:
        for star in self.index(unit).stars:
            module = self.module(star.module, unit)
            if module is not None and name in self.index(module).top.names:
                return self.index(module).top.names[name]
        if unit.language == "php" and not name.startswith("$"):
            short = name.rpartition("\\")[2]
            typed = self.typed(short, name.rpartition("\\")[0].strip("\\") or self._namespace(unit))
            if typed or "\\" in name:
                return list(typed)
        lent = self._lent_definitions(name, unit, made_there=False)
        return [] if lent is None else lent[0]

    def _lent_definitions(
        self, name: str, unit: Unit, *, made_there: bool
    ) -> tuple[list[Definition], Unit] | None:
        is_javascript = unit.language in JAVASCRIPT_FAMILY
        local = name.startswith("$") or (is_javascript and name in RUNTIME_GLOBALS)
        if not self.linked or len(self.units) < 2 or local:
            return None
        lenders = self._lent[made_there].get((family_of(unit.language), name))
        return None if lenders is None else lenders.nearest(unit)

    def _shown(self, name: str, found: list[Definition], unit: Unit) -> Sequence[Definition]:
        """Answers often show a file without naming it: ``const auth = require('./auth')``, then its code."""
        module = self.imported_module(found[0]) if len(found) == 1 else None
        if module is None or not is_own(module, unit.language) or self.module(module, unit) is not None:
            return found
        lent = self._lent_definitions(name, unit, made_there=True)
        return found if lent is None or lent[1].block.path else lent[0]

    @lazy
    def _lent(self) -> tuple[dict[tuple[str, str], Lenders], dict[tuple[str, str], Lenders]]:
        return lenders_of(self.units, self.index, lambda found: self.imported_module(found) is not None)

    def imported_module(self, definition: Definition) -> str | None:
        """Return the module that a definition takes its name from: an import, or a plain ``require``."""
        if isinstance(definition.node, Import):
            return definition.node.module
        value = definition.value
        return None if not isinstance(value, Call) else origins.required(value)

    @lazy
    def modules(self) -> Modules:
        """The units by the modules that they are."""
        return Modules(self.units)

    def module(self, module: str, importer: Unit) -> Unit | None:
        """Return the unit that a module means to a unit, where the program shows it."""
        return self.modules.find(module, importer)

    # What an expression may be.

    def values(self, expression: Expression, unit: Unit) -> tuple[Place, ...]:
        """Return what an expression may be, aliases followed: literals, functions, classes, calls.

        What cannot be followed stays as it is: the name of a parameter or of something that is not shown,
        an attribute of such a name. A name that a pattern takes out of such a value is given as the attribute
        or element that it is: after ``const { body } = req`` the values of ``body`` are ``req.body``.
        """
        if type(expression) in _ENDS:
            return ((expression, unit),)
        known = self._values.get(expression)
        if known is not None:
            return known
        if self.depth >= MAX_DEPTH:
            return ((expression, unit),)
        self._values[expression] = ()  # what a cycle finds
        self.depth += 1
        try:
            found = self._followed(expression, unit)
        finally:
            self.depth -= 1
        if len(found) > 1:
            found = list({place[0]: place for place in found}.values())[:MAX_OPTIONS]
        result = tuple(found) or ((expression, unit),)
        self._values[expression] = result
        return result

    def _followed(self, expression: Expression, unit: Unit) -> Sequence[Place]:
        if isinstance(expression, Name):
            return self._name_values(expression, unit)
        if isinstance(expression, Attribute):
            return members.attribute_values(self, expression, unit)
        if isinstance(expression, Index):
            return elements.element_values(self, expression, unit)
        parts: Sequence[Expression] = ()
        if isinstance(expression, Conditional):
            parts = (expression.then, expression.otherwise)
        elif isinstance(expression, Binary) and expression.operator in _CHOICES:
            parts = (expression.left, expression.right)
        elif isinstance(expression, Await | Assignment):
            parts = () if expression.value is None else (expression.value,)
        elif isinstance(expression, Call):
            parts = _passed_through(expression)
        elif isinstance(expression, Opaque) and expression.node.kind() == "sequence_expression":
            parts = expression.parts[-1:]
        return [place for part in parts for place in self.values(part, unit)]

    def _name_values(self, name: Name, unit: Unit) -> list[Place]:
        found: list[Place] = []
        for definition in self.definitions(name, unit)[:MAX_OPTIONS]:
            found += self.definition_values(definition)
        return found

    def definition_values(self, definition: Definition) -> Sequence[Place]:
        """Return what one definition may give its name; nothing for a parameter or what is not shown."""
        node, unit = definition.node, definition.unit
        if isinstance(node, Function | ClassDefinition):
            return ((node, unit),)
        if isinstance(node, Import):
            return members.imported_values(self, definition)
        if definition.value is None or definition.is_partial:
            return ((node, unit),) if isinstance(node, Assignment) and definition.is_partial else ()
        if not definition.path:
            return self.values(definition.value, unit)
        made = self._made.get(definition)
        if made is None:
            made = self._made[definition] = elements.expression_of(definition)
        return self.values(made, unit)

    # Questions that have a module of their own.

    def origin(self, expression: Expression, unit: Unit) -> Origin | None:
        """Return where a value comes from, ``Origin("flask", ("request",))``; ``None`` for what is local."""
        return origins.origin_of(self, expression, unit)

    def constant(self, expression: Expression, unit: Unit) -> object:
        """Return the constant that an expression always is, or ``constants.NOT_CONSTANT``."""
        return constants.constant_of(self, expression, unit)

    def classes(self, expression: Expression, unit: Unit) -> Sequence[tuple[ClassDefinition, Unit]]:
        """Return the shown classes that an expression may be an instance of."""
        return classes_of(self, expression, unit)

    def typed(self, name: str, namespace: str) -> Sequence[Definition]:
        """Return the shown classes of PHP with a name; one without a namespace may be of any."""
        found = self._php_types.get(name, ())
        same = [one for one in found if self._namespace(one.unit) == namespace]
        return same or [one for one in found if not self._namespace(one.unit)]

    @lazy
    def _php_types(self) -> dict[str, list[Definition]]:
        found: dict[str, list[Definition]] = {}
        for unit in self.units:
            if unit.language == "php" and unit.block.role is not BlockRole.COUNTER_EXAMPLE:
                for name, definitions in self.index(unit).top.names.items():
                    defined = [one for one in definitions if one.kind in {"class", "function"}]
                    found.setdefault(name, []).extend(defined)
        return found

    @staticmethod
    def _namespace(unit: Unit) -> str:
        for statement in unit.body:
            value = statement.value if isinstance(statement, Evaluate) else None
            if isinstance(value, Opaque) and value.node.kind() == "namespace_definition" and value.parts:
                return value.parts[0].name if isinstance(value.parts[0], Name) else ""
        return ""

    def implementers(self, base: ClassDefinition) -> Sequence[Owner]:
        """Return the shown classes that extend or implement a class."""
        return self._implementers.get(base, ())

    @lazy
    def _implementers(self) -> dict[ClassDefinition, list[Owner]]:
        found: dict[ClassDefinition, list[Owner]] = {}
        for unit in self.units:
            for one in unit.classes:
                for base, _ in bases_of(self, one, unit):
                    found.setdefault(base, []).append((one, unit))
        return found

    def callees(self, call: Call, unit: Unit) -> tuple[tuple[Function, Unit], ...]:
        """Return the shown functions that a call may run, callbacks among them."""
        return calls.callees_of(self, call, unit)

    def arguments(self, call: Call, function: Function) -> tuple[calls.Pair, ...]:
        """Return what a call gives each parameter of a function."""
        return calls.paired(call, function)

    def callers(self, function: Function) -> Sequence[tuple[Call, Unit]]:
        """Return the calls of a shown function."""
        if self._callers is None:
            # While it is made, what a call gives its parameters is not known yet.
            self._callers = {}
            self._callers = calls.callers_by_function(self)
            self.known_callees.clear()
            if self.has_classes:
                self.known_classes.clear()
                self.known_exports.clear()
                self._values.clear()
        return self._callers.get(function, ())


def _passed_through(call: Call) -> Sequence[Expression]:
    callee = call.callee
    if isinstance(callee, Attribute):
        if callee.name in _IDENTITIES and len(call.arguments) == 1:
            return (call.arguments[0].value,)
        if callee.name == "bind":
            return (callee.base,)
    return ()
