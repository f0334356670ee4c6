"""Where a logger comes from, seen from the module that a project demands for all its logging."""

from __future__ import annotations

import posixpath
from enum import StrEnum
from functools import cached_property

from ast_grep_py import SgNode

from harness.checks.logging.calls import LogCall, logging_of
from harness.checks.logging.console import server_units
from harness.checks.logging.libraries import (
    FRAMEWORK_LOGGERS,
    LIBRARIES,
    creates_logger,
    is_named_logger,
)
from harness.response.block import Origin
from harness.response.javascript.modules import is_local_specifier, stem_of
from harness.response.javascript.scopes import Definition, Unit
from harness.response.javascript.syntax import arguments_of, callee_of, string_value, unwrap
from harness.response.javascript.values import (
    CallValue,
    ClassValue,
    FunctionValue,
    Instance,
    LocalModule,
    Member,
    Module,
    ObjectValue,
    Value,
    options_of,
)
from harness.response.program import Program

__all__ = ["Place", "Standing", "is_at"]

# Modules that hand out what others made; a logger taken from one may be any.
_HANDING_ON = frozenset(
    "container di ioc inversify context registry app server services dependencies".split()
)
_MAX_STEPS = 40
_MAX_HANDS = 8


class Standing(StrEnum):
    """What a logger is to the rule: the demanded one, certainly another, or one of unknown origin."""

    DEMANDED = "demanded"
    OTHER = "other"
    UNKNOWN = "unknown"


def is_at(where: str, path: str) -> bool:
    """Say whether a file name ends in the demanded path; extensions and ``/index`` do not matter.

    What stands above ``..`` or an alias (``@/``, ``~/``, ``#``) is not known, so a longer demanded path
    is met by its last two or more parts there.
    """
    if not where:
        return False
    open_above = where.startswith(("..", "@", "~", "#"))
    ours = [part for part in stem_of(where.lstrip("@~#")).split("/") if part not in {"", ".", ".."}]
    wanted = [part for part in stem_of(path).split("/") if part not in {"", ".", ".."}]
    if not ours or not wanted:
        return False
    shared = min(len(ours), len(wanted))
    if ours[-shared:] != wanted[-shared:]:
        return False
    return shared == len(wanted) or (open_above and shared >= 2)


class Place:
    """The demanded module within one program."""

    def __init__(self, program: Program, path: str) -> None:
        """Take the path as the rule names it."""
        self.program = program
        self.path = path

    # The module itself.

    def holds(self, unit: Unit) -> bool:
        """Say whether a block is the demanded module."""
        return is_at(unit.block.path, self.path) or unit is self._unnamed

    def may_hold(self, unit: Unit, made: SgNode) -> bool:
        """Say whether a block without file name that makes a logger could be the demanded module.

        It then only sets the logger up: gives it a name or exports it, and leaves its use to others.
        """
        if unit.block.path or unit.block.origin is not Origin.RESPONSE or not _only_sets_up(unit):
            return False
        holder = made.parent()
        if holder is None or holder.kind() not in _HOLDERS:
            return False
        used_here = any(call.unit is unit for call in logging_of(self.program).calls)
        return self.program.resolver.exports(unit).any or not used_here

    @cached_property
    def _unnamed(self) -> Unit | None:
        """The block that is shown without its name, while other blocks import from the demanded path."""
        resolver = self.program.resolver
        setting_up = dict.fromkeys(
            call.unit
            for call in logging_of(self.program).library_calls
            if call.creates
            and not call.unit.block.path
            and resolver.exports(call.unit).any
            and not self._imports(call.unit)
        )
        if len(setting_up) != 1 or any(is_at(unit.block.path, self.path) for unit in self.program.units):
            return None
        return next(iter(setting_up)) if any(map(self._imports, self.program.units)) else None

    @cached_property
    def is_imported(self) -> bool:
        """Whether server code of the answer imports the demanded module at all."""
        return any(map(self._imports, server_units(self.program)))

    def _imports(self, unit: Unit) -> bool:
        return any(
            self.meant_by(definition, unit) for binding in unit.bindings for definition in binding.definitions
        )

    # Imports.

    def meant_by(self, definition: Definition, unit: Unit, depth: int = 0) -> bool:
        """Say whether a name is defined by importing from the demanded path, if need be by way of others."""
        specifier = definition.module if definition.kind == "import" else _required(definition.value)
        if specifier:
            return self.is_specifier(specifier, unit) or self._handed_on(definition, specifier, unit, depth)
        node = definition.value
        if node is None or node.kind() != "identifier" or depth > _MAX_HANDS:
            return False
        binding = unit.top.names.get(node.text())
        return binding is not None and any(
            self.meant_by(one, unit, depth + 1) for one in binding.definitions if one is not definition
        )

    def _handed_on(self, definition: Definition, specifier: str, unit: Unit, depth: int) -> bool:
        """Say whether a shown module exports under a name what it imports from the demanded path."""
        resolver = self.program.resolver
        shown = resolver.modules.find(specifier, unit)
        if shown is None or depth > _MAX_HANDS:
            return False
        exports = resolver.exports(shown)
        name = definition.path[0] if definition.path else "default"
        exported = exports.names.get(name)
        found = exports.whole if exported is None else [exported]
        return any(self.meant_by(one, shown, depth + 1) for one in found) or any(
            self.is_specifier(star, shown) for star in exports.stars
        )

    def is_specifier(self, specifier: str, unit: Unit) -> bool:
        """Say whether a module specifier in a block means the demanded module."""
        if specifier.startswith(".") and unit.block.path:
            specifier = posixpath.normpath(posixpath.join(posixpath.dirname(unit.block.path), specifier))
        return is_at(specifier, self.path)

    # Loggers.

    def of_call(self, call: LogCall) -> Standing:
        """Return the standing of the logger that a call is made on."""
        if self._root_is_demanded(call):
            return Standing.DEMANDED
        standings = {self.of_value(option) for option in options_of(call.logger)}
        if standings == {Standing.DEMANDED}:
            return Standing.DEMANDED
        return Standing.OTHER if Standing.OTHER in standings else Standing.UNKNOWN

    def _root_is_demanded(self, call: LogCall) -> bool:
        """The import itself decides, whatever the module that it means hands on."""
        node = unwrap(call.logger_node)
        while node.kind() in _STEPS:
            inner = _step(node)
            if inner is None:
                return False
            node = inner
        if node.kind() != "identifier":
            return False
        resolver, unit = self.program.resolver, call.unit
        binding = resolver.scope_of(node, unit).lookup(node.text())
        if binding is None and resolver.linked:
            binding, unit = resolver.linked_binding(node.text(), unit) or (None, unit)
        if binding is None or not binding.definitions:
            return False
        return all(self.meant_by(definition, unit) for definition in binding.definitions)

    def of_value(self, value: Value) -> Standing:
        """Return the standing of a logger by where its value comes from."""
        names: list[str] = []
        for _ in range(_MAX_STEPS):
            unit = getattr(value, "unit", None)
            if isinstance(unit, Unit) and self.holds(unit):
                return Standing.DEMANDED
            if isinstance(value, (CallValue, Instance)) and creates_logger(value):
                return Standing.UNKNOWN if self.may_hold(value.unit, value.node) else Standing.OTHER
            if isinstance(value, (CallValue, Instance)):
                value = value.callee
            elif isinstance(value, Member):
                names.append(value.name)
                value = value.base
            elif isinstance(value, FunctionValue):
                return self._of_made(value)
            else:
                break
        if isinstance(value, Module):
            return self._of_module(value.specifier, names)
        if isinstance(value, LocalModule):
            return self._of_module(value.unit.block.path, names)
        return Standing.UNKNOWN

    def _of_made(self, function: FunctionValue) -> Standing:
        """What a shown function returns; of anything it computes nothing is known."""
        returned = self.program.resolver.returned(function)
        made = {
            self.of_value(option)
            for option in options_of(returned)
            if not isinstance(option, (FunctionValue, ObjectValue)) and not _calls_function(option)
        }
        return made.pop() if len(made) == 1 else Standing.UNKNOWN

    def _of_module(self, specifier: str, names: list[str]) -> Standing:
        if is_at(specifier, self.path):
            return Standing.DEMANDED
        if specifier in LIBRARIES:
            return Standing.OTHER
        if specifier in FRAMEWORK_LOGGERS:
            return Standing.UNKNOWN
        base = posixpath.basename(stem_of(specifier))
        if not is_local_specifier(specifier) and "/" not in specifier.lstrip("@"):
            alias = specifier.startswith(("#", "@", "~"))  # `@logger` may be an alias of any file
            return Standing.OTHER if is_named_logger(base) and not alias else Standing.UNKNOWN
        if is_named_logger(base):
            single = specifier.startswith(("#", "~", "@")) and specifier.count("/") == 0
            return Standing.UNKNOWN if single else Standing.OTHER
        folder = posixpath.basename(posixpath.dirname(stem_of(self.path)))
        hands_on = base.lower() in _HANDING_ON or base.lstrip("@~#") == folder or not base.strip(".")
        local = is_local_specifier(specifier)
        return Standing.OTHER if local and names and not hands_on else Standing.UNKNOWN


_HOLDERS = frozenset({"variable_declarator", "assignment_expression", "export_statement"})
_STEPS = frozenset({"member_expression", "subscript_expression", "call_expression"})


def _step(node: SgNode) -> SgNode | None:
    inner = callee_of(node) if node.kind() == "call_expression" else node.field("object")
    return None if inner is None else unwrap(inner)


def _required(value: SgNode | None) -> str | None:
    """Return the module that an expression like ``require('./logger').child({…})`` begins with."""
    node = None if value is None else unwrap(value)
    while node is not None and node.kind() in _STEPS:
        callee = callee_of(node) if node.kind() == "call_expression" else None
        if callee is not None and callee.text() in {"require", "import"}:
            arguments = arguments_of(node)
            return string_value(arguments[0]) if arguments else None
        node = _step(node)
    return None


def _calls_function(value: Value) -> bool:
    """A function that calls another shown one is not followed further."""
    return isinstance(value, (CallValue, Instance)) and isinstance(value.callee, (FunctionValue, ClassValue))


def _only_sets_up(unit: Unit) -> bool:
    """Say whether a block declares no functions or classes of its own: imports, constants, a logger."""
    return all(
        not isinstance(definition_kind, str) or definition_kind not in {"function", "class"}
        for binding in unit.top.names.values()
        for definition_kind in (definition.kind for definition in binding.definitions)
    )
