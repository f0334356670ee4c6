"""Names that the patterns and imports of one block declare, and what is assigned to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ast_grep_py import SgNode

from harness.response.javascript.scopes import Binding, Definition, Scope, Unit
from harness.response.javascript.syntax import elements_of, named, property_name, string_value

__all__ = ["Declarations", "Stretch"]

_MAX_PATH = 40
# Nodes that are still to be walked, in order, with the scope that they stand in.
Stretch: TypeAlias = tuple[Sequence[SgNode], Scope]


class Declarations:
    """The names of a unit while its tree is walked."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._assigned: list[tuple[SgNode, Scope, Definition]] = []

    def declare(self, node: SgNode, scope: Scope, definition: Definition | None) -> None:
        """Note that a scope declares the name that a node is; ``None`` declares it without a value."""
        name = node.text()
        binding = scope.names.get(name)
        if binding is None:
            binding = scope.names[name] = Binding(name, node, scope)
            self._unit.bindings.append(binding)
        if definition is not None:
            binding.definitions.append(definition)

    def assign(self, node: SgNode, scope: Scope, definition: Definition) -> None:
        """Note that a name is assigned, wherever it is declared."""
        self._unit.identifiers[node] = scope
        self._assigned.append((node, scope, definition))

    def settle(self) -> None:
        """Give assigned values to their names: one may be assigned above its declaration (hoisting)."""
        for node, scope, definition in self._assigned:
            binding = scope.lookup(node.text())
            if binding is None:
                self.declare(node, self._unit.top, definition)
            else:
                binding.definitions.append(definition)

    def target(self, target: SgNode, scope: Scope, source: Definition | None) -> list[Stretch]:
        """Declare the names of a target: most are one name."""
        if target.kind() == "identifier":
            self.declare(target, scope, source)
            return []
        return self.pattern(target, scope, source)

    def pattern(
        self, pattern: SgNode, scope: Scope, source: Definition | None, *, declare: bool = True
    ) -> list[Stretch]:
        """Declare (or assign) the names of a pattern; return default values, which still have to be walked.

        Args:
            pattern: the target, with defaults and types still around it.
            scope: where it stands.
            source: what it is given; ``None`` where a declaration gives nothing.
            declare: whether it declares its names.
        """
        nested: list[Stretch] = []
        given = Definition("opaque") if source is None else source
        work = [(pattern, given)]
        while work:
            node, definition = work.pop()
            kind = node.kind()
            if kind in {"identifier", "shorthand_property_identifier_pattern"}:
                if declare:
                    self.declare(node, scope, None if source is None else definition)
                else:
                    self.assign(node, scope, definition)
            elif kind in {"required_parameter", "optional_parameter"}:
                decorators = [child for child in node.named_children() if child.kind() == "decorator"]
                nested.append((decorators, scope))
                work += _with_default(node, "pattern", "value", definition, (nested, scope))
            elif kind in {"assignment_pattern", "object_assignment_pattern"}:
                work += _with_default(node, "left", "right", definition, (nested, scope))
            elif kind == "object_pattern":
                self._unit.patterns.append(node)
                work += _object_parts(node, definition)
            elif kind == "array_pattern":
                work += [
                    (part, _into(definition, f"#{i}"))
                    for i, part in enumerate(elements_of(node))
                    if part is not None
                ]
            elif kind == "rest_pattern":
                work += [(part, _into(definition, "*")) for part in named(node)]
            elif kind in {"member_expression", "subscript_expression"}:
                nested.append(((node,), scope))
        return nested

    def imports(self, statement: SgNode, scope: Scope) -> None:
        """Declare the names of an import statement."""
        source = string_value(statement.field("source"))
        for part in statement.named_children():
            kind = part.kind()
            if kind == "import_clause" and source is not None:
                self._import_clause(part, source, scope)
            elif kind == "import_require_clause":
                required = string_value(part.field("source"))
                names = [child for child in named(part) if child.kind() == "identifier"]
                if required is not None and names:
                    self.declare(names[0], scope, Definition("import", module=required))

    def _import_clause(self, clause: SgNode, source: str, scope: Scope) -> None:
        for part in named(clause):
            kind = part.kind()
            if kind == "identifier":
                self.declare(part, scope, Definition("import", path=("default",), module=source))
            elif kind == "namespace_import":
                for name in named(part):
                    self.declare(name, scope, Definition("import", module=source))
            elif kind == "named_imports":
                for specifier in named(part):
                    imported = specifier.field("name")
                    local = specifier.field("alias") or imported
                    if imported is not None and local is not None:
                        path = (string_value(imported) or imported.text(),)
                        self.declare(local, scope, Definition("import", path=path, module=source))


def _with_default(
    node: SgNode,
    target_field: str,
    default_field: str,
    definition: Definition,
    home: tuple[list[Stretch], Scope],
) -> list[tuple[SgNode, Definition]]:
    target, default = node.field(target_field), node.field(default_field)
    if default is not None:
        nested, scope = home
        nested.append(((default,), scope))
    return [] if target is None else [(target, definition)]


def _object_parts(pattern: SgNode, definition: Definition) -> list[tuple[SgNode, Definition]]:
    parts: list[tuple[SgNode, Definition]] = []
    for part in named(pattern):
        kind = part.kind()
        if kind == "shorthand_property_identifier_pattern":
            parts.append((part, _into(definition, part.text())))
        elif kind == "pair_pattern":
            value = part.field("value")
            if value is not None:
                parts.append((value, _into(definition, property_name(part.field("key")) or "*")))
        elif kind == "object_assignment_pattern":
            left = part.field("left")
            parts.append((part, _into(definition, left.text() if left is not None else "*")))
        elif kind == "rest_pattern":
            # The rest of an object still is that object for every name not taken out.
            parts += [(inner, definition) for inner in named(part)]
    return parts


def _into(definition: Definition, step: str) -> Definition:
    if len(definition.path) >= _MAX_PATH:
        return Definition("opaque")
    return Definition(
        definition.kind, definition.value, (*definition.path, step), definition.module, definition.index
    )
