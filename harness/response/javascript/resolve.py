"""From an expression to its value, through names, blocks and modules.

The work is bounded: results are remembered, cycles end in ``Unknown``, and so do chains deeper than
``MAX_DEPTH``.
"""

from __future__ import annotations

from collections.abc import Sequence

from ast_grep_py import SgNode

from harness.response.block import BlockRole
from harness.response.javascript import members
from harness.response.javascript.expressions import EXPRESSIONS
from harness.response.javascript.linking import Lenders, lent_names
from harness.response.javascript.modules import Exports, ModuleMap, exports_of, is_local_specifier
from harness.response.javascript.scopes import Binding, Definition, Scope, Unit
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    callee_of,
    unwrap,
)
from harness.response.javascript.values import (
    UNKNOWN,
    ClassValue,
    FunctionValue,
    Global,
    Literal,
    LocalModule,
    Module,
    ObjectValue,
    Parameter,
    Union,
    Unknown,
    Value,
    options_of,
)

__all__ = ["MAX_DEPTH", "Resolver"]

MAX_DEPTH = 40
MAX_OPTIONS = 8

# Names of the runtime: another block that happens to declare one does not lend it to its neighbours.
RUNTIME_GLOBALS = frozenset(
    (
        "console process require module exports globalThis global window self Buffer Promise Object Array "
        "JSON Math Date Error String Number Boolean Symbol Map Set RegExp setTimeout setInterval "
        "setImmediate queueMicrotask fetch URL __dirname __filename undefined"
    ).split()
)


class Resolver:
    """Resolves the expressions of all units of one program.

    ``linked`` says that the units are fragments of one answer: a name that one leaves open may be
    declared in another.
    """

    def __init__(self, units: Sequence[Unit], *, linked: bool) -> None:
        self.units = tuple(units)
        self.linked = linked
        self.modules = ModuleMap([unit for unit in units if unit.block.role is not BlockRole.COUNTER_EXAMPLE])
        self._known: dict[tuple[int, SgNode], Value] = {}
        self._exports: dict[int, Exports] = {}
        self._depth = 0
        self.linking: set[tuple[int, str]] = set()  # exports of nameless blocks that are being looked up
        self._lent: tuple[dict[str, Lenders], dict[str, Lenders]] | None = None
        self._calls: dict[SgNode, list[tuple[SgNode, Unit]]] | None = None
        self.open_spreads: set[tuple[SgNode, str]] = set()
        self.properties: dict[tuple[SgNode, str], Value | None] = {}
        self.parts: dict[SgNode, dict[str, list[SgNode]]] = {}
        self.elements: dict[SgNode, list[SgNode | None]] = {}
        self.mentioned: frozenset[str] | None = None
        self.writes: dict[int, members.Writes] = {}

    # Expressions.

    def resolve(self, node: SgNode, unit: Unit) -> Value:
        """Return what an expression stands for."""
        node = unwrap(node)
        key = (id(unit), node)
        known = self._known.get(key)
        if known is not None:
            return known
        if self._depth >= MAX_DEPTH:
            return UNKNOWN
        self._known[key] = UNKNOWN  # what a cycle finds
        self._depth += 1
        try:
            value = self._expression(node, unit)
        finally:
            self._depth -= 1
        self._known[key] = value
        return value

    def _expression(self, node: SgNode, unit: Unit) -> Value:
        kind = node.kind()
        if kind in {"identifier", "shorthand_property_identifier"}:
            return self.name(node.text(), self.scope_of(node, unit), unit)
        if kind in FUNCTION_KINDS:
            return FunctionValue(node, unit)
        if kind in {"class_declaration", "class", "abstract_class_declaration"}:
            return ClassValue(node, unit)
        handler = EXPRESSIONS.get(kind)
        return handler(self, node, unit) if handler is not None else UNKNOWN

    # Names.

    def scope_of(self, node: SgNode, unit: Unit) -> Scope:
        """Return the scope that an identifier stands in."""
        return unit.identifiers.get(node, unit.top)

    def name(self, name: str, scope: Scope, unit: Unit) -> Value:
        """Return what a name stands for in a scope."""
        if name == "undefined":
            return Literal(None)
        binding = scope.lookup(name)
        if binding is not None:
            return self.binding(binding, unit)
        if self.linked and name not in RUNTIME_GLOBALS:
            found = self.linked_binding(name, unit)
            if found is not None:
                return self.binding(*found)
        return Global(name)

    def linked_binding(
        self, name: str, unit: Unit, *, made_there: bool = False
    ) -> tuple[Binding, Unit] | None:
        """Find the top-level declaration of a name in the other blocks of the answer.

        The nearest block before comes first, then the nearest after, then supplied files. A
        counter-example lends its names to nobody, a test or browser code only to its like. With
        ``made_there`` blocks that only import the name do not count.
        """
        if len(self.units) < 2:
            return None
        if self._lent is None:
            self._lent = lent_names(self.units)
        lenders = self._lent[made_there].get(name)
        return None if lenders is None else lenders.nearest(unit)

    def binding(self, binding: Binding, unit: Unit) -> Value:
        """Return what a binding may hold: all that is ever assigned to it."""
        value = self.union(
            [self.defined(definition, unit) for definition in binding.definitions[:MAX_OPTIONS]]
        )
        if self.linked and isinstance(value, Module) and is_local_specifier(value.specifier):
            return self._shown_without_name(binding.name, value, unit)
        return value

    def _shown_without_name(self, name: str, module: Module, unit: Unit) -> Value:
        """Answers often show a file without naming it: `const auth = require('./auth')`, then its code."""
        found = self.linked_binding(name, unit, made_there=True)
        if found is None or found[1].block.path or self._depth >= MAX_DEPTH:
            return module
        self._depth += 1
        try:
            value = self.binding(*found)
        finally:
            self._depth -= 1
        return module if isinstance(value, (Module, Unknown)) else value

    def defined(self, definition: Definition, unit: Unit) -> Value:
        """Return the value that one definition gives."""
        if self._depth >= MAX_DEPTH:
            return UNKNOWN
        self._depth += 1
        try:
            value = self._source(definition, unit)
            for step in definition.path:
                if step.startswith("#"):
                    value = members.element_of(self, value, int(step[1:]))
                else:
                    value = members.member_of(self, value, step)
            return value
        finally:
            self._depth -= 1

    def _source(self, definition: Definition, unit: Unit) -> Value:
        kind, node = definition.kind, definition.value
        if kind == "import":
            whole = not definition.path
            return self.required(definition.module, unit) if whole else self.module(definition.module, unit)
        if node is None:
            return UNKNOWN
        if kind == "enum":
            return ObjectValue(node, unit)
        if kind == "parameter":
            return Parameter(node, definition.index, unit)
        if kind == "name":
            return self.name(node.text(), unit.top, unit)
        return self.resolve(node, unit)

    # Modules.

    def module(self, specifier: str, unit: Unit) -> Value:
        """Return the module that a specifier means for a unit."""
        specifier = specifier.removeprefix("node:")
        if specifier in {"console", "process"}:
            return Global(specifier)
        found = self.modules.find(specifier, unit)
        return Module(specifier) if found is None else LocalModule(found)

    def required(self, specifier: str, unit: Unit) -> Value:
        """Return what ``require`` gives: of a shown CommonJS module the value of ``module.exports``."""
        value = self.module(specifier, unit)
        return members.whole_of(self, value) if isinstance(value, LocalModule) else value

    def exports(self, unit: Unit) -> Exports:
        """Return what a unit exports, read once."""
        known = self._exports.get(id(unit))
        if known is None:
            known = self._exports[id(unit)] = exports_of(unit)
        return known

    # Functions and their callers.

    def call_sites(self, function: SgNode) -> list[tuple[SgNode, Unit]]:
        """Return the calls of a shown function, with their units."""
        if self._calls is None:
            self._calls = {}
            for unit in self.units:
                for call in unit.calls:
                    callee = callee_of(call)
                    for option in options_of(self.resolve(callee, unit)) if callee is not None else ():
                        if isinstance(option, FunctionValue):
                            self._calls.setdefault(option.node, []).append((call, unit))
                        elif isinstance(option, ClassValue):
                            constructor = members.constructor_of(option)
                            if constructor is not None:
                                self._calls.setdefault(constructor, []).append((call, unit))
        return self._calls.get(function, [])

    def returned(self, function: FunctionValue) -> Value:
        """Return what a shown function may return, its parameters left symbolic."""
        return self.union([self.resolve(node, function.unit) for node in members.returns_of(function.node)])

    @staticmethod
    def union(values: Sequence[Value]) -> Value:
        """Join values; what is unknown among known ones is left out."""
        if len(values) == 1:
            return values[0]
        flat = dict.fromkeys(option for value in values for option in options_of(value))
        known = [option for option in flat if not isinstance(option, Unknown)]
        if not known:
            return UNKNOWN
        return known[0] if len(known) == 1 else Union(tuple(known[:MAX_OPTIONS]))
