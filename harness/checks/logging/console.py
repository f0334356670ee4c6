"""Every place where server code touches the console, by whatever route it gets there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from harness.response.block import BlockRole
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import (
    arguments_of,
    callee_of,
    named,
    property_name,
    string_value,
    unescaped,
    unwrap,
)
from harness.response.javascript.values import CallValue, Global, Instance, Member, Value, options_of
from harness.response.program import Program
from harness.response.record import record

__all__ = ["Use", "console_uses", "is_console", "server_units"]

_CONSOLE = Global("console")
_SERVER_ROLES = (BlockRole.CODE, BlockRole.SCRIPT)
_ACCESS = frozenset({"member_expression", "subscript_expression"})
# Without one of these there is no way to the console: its name, an object that holds it, or an escape.
_MENTIONED = re.compile(r"console|global|window|self|\\[ux]")


@record
class Use:
    """A place where something is logged past the loggers; ``how`` says in which form."""

    unit: Unit
    node: SgNode
    how: str

    @property
    def text(self) -> str:
        """The first line of the code, short enough for a message."""
        return self.node.text().split("\n", 1)[0][:60]


def server_units(program: Program) -> tuple[Unit, ...]:
    """Return the JavaScript and TypeScript of the answer that runs on the server."""
    return program.units_with(_SERVER_ROLES)


def console_uses(program: Program) -> tuple[Use, ...]:
    """Return every place where server code of the answer touches the console, each once.

    These are the console itself and what is taken out of it (``console.log``, ``globalThis['console']``,
    a bare ``console`` that is passed on), its import, and whatever is called or passed on under another name.
    """
    return program.once(_find)


def is_console(value: Value) -> bool:
    """Say whether a value is the global console, a part of it, or a console made by its constructor."""
    return any(_is_part(option) for option in options_of(value))


def _is_part(value: Value) -> bool:
    while True:
        if isinstance(value, Member):
            value = value.base
        elif isinstance(value, (Instance, CallValue)) and value.callee == Member(_CONSOLE, "Console"):
            return True
        else:
            return value == _CONSOLE


def _find(program: Program) -> tuple[Use, ...]:
    if not any(_MENTIONED.search(unit.block.text) for unit in program.units):
        return ()
    found: list[Use] = []
    for unit in server_units(program):
        seen: set[SgNode] = set()
        for use in (
            *_imported(program.resolver, unit),
            *_itself(program.resolver, unit),
            *_renamed(program.resolver, unit),
        ):
            if use.node in seen or program.is_counter_example(unit, use.node):
                continue
            seen.add(use.node)
            found.append(use)
    return tuple(found)


def _itself(resolver: Resolver, unit: Unit) -> Iterator[Use]:
    """The console by its own name, or as a property of the global object."""
    for node, scope in unit.identifiers.items():
        if _name(node) == "console" and scope.lookup(node.text()) is None:
            place = _outermost(node)
            if not _only_asked_for(place):
                yield Use(unit, place, "uses")
    for node in unit.members:
        if _key(node) not in {"console", None}:
            continue
        place = _outermost(node)
        if resolver.resolve(node, unit) == _CONSOLE and not _only_asked_for(place):
            yield Use(unit, place, "uses")
    yield from _taken(resolver, unit)


def _taken(resolver: Resolver, unit: Unit) -> Iterator[Use]:
    """`const { console: out } = globalThis` spells the console as a property of a pattern."""
    for binding in unit.bindings:
        paths = [one for one in binding.definitions if one.kind == "value" and "console" in one.path]
        if paths and is_console(resolver.defined(paths[0], unit)):
            yield Use(unit, binding.node, "takes")


def _key(access: SgNode) -> str | None:
    """Return the property that is accessed, if it is written out."""
    member = access.field("property")
    return property_name(member) if member is not None else string_value(access.field("index"))


def _name(identifier: SgNode) -> str:
    text = identifier.text()
    return unescaped(text) if "\\" in text else text


def _only_asked_for(node: SgNode) -> bool:
    """`typeof console` asks whether there is one; it does not log."""
    parent = node.parent()
    return parent is not None and parent.kind() == "unary_expression" and parent.text().startswith("typeof")


def _outermost(node: SgNode) -> SgNode:
    """Return the member access around the console, which is what a reader looks for."""
    parent = node.parent()
    if parent is not None and parent.kind() in _ACCESS and parent.field("object") == node:
        return parent
    return node


def _is_console_module(source: str | None) -> bool:
    return source is not None and source.removeprefix("node:") == "console"


def _imported(resolver: Resolver, unit: Unit) -> Iterator[Use]:
    for statement in (*unit.imports, *unit.exports):
        clause = next(
            (part for part in statement.named_children() if part.kind() == "import_require_clause"), statement
        )
        if _is_console_module(string_value(clause.field("source"))) and not _is_type_only(statement):
            yield Use(unit, statement, "imports")
    for call in unit.calls:
        arguments = arguments_of(call)
        if (
            len(arguments) == 1
            and _is_console_module(string_value(arguments[0]))
            and (resolver.resolve(call, unit) == _CONSOLE)
        ):
            yield Use(unit, call, "imports")


def _is_type_only(statement: SgNode) -> bool:
    """`import type { Console }` and `import { type Console }` leave nothing in the program that runs."""
    if any(child.kind() == "type" for child in statement.children()):
        return True
    specifiers = [
        specifier
        for clause in named(statement)
        for names in named(clause)
        if names.kind() == "named_imports"
        for specifier in named(names)
    ]
    return bool(specifiers) and all(
        any(child.kind() == "type" for child in specifier.children()) for specifier in specifiers
    )


def _renamed(resolver: Resolver, unit: Unit) -> Iterator[Use]:
    """Calls of what was taken out of the console, and places where it is handed to something else."""
    for call in unit.calls:
        callee = callee_of(call)
        for part in (callee, *arguments_of(call)):
            if part is None:
                continue
            node = unwrap(named(part)[0] if part.kind() == "spread_element" and named(part) else part)
            if _has_other_name(node, unit) and is_console(resolver.resolve(node, unit)):
                yield Use(unit, node, "calls" if part == callee else "passes")


def _has_other_name(node: SgNode, unit: Unit) -> bool:
    """Say whether an expression begins with a name of its own: its other forms are reported as themselves."""
    while node.kind() in _ACCESS:
        if _key(node) == "console":
            return False
        target = node.field("object")
        if target is None:
            return False
        node = unwrap(target)
    if node.kind() == "this":
        return True
    if node.kind() != "identifier":
        return False
    scope = unit.identifiers.get(node)
    return _name(node) != "console" or (scope is not None and scope.lookup(node.text()) is not None)
