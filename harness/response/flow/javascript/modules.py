"""Imports and exports."""

from __future__ import annotations

from collections.abc import Iterator

from ast_grep_py import SgNode

from harness.response.flow.expressions import (
    Argument,
    Attribute,
    Call,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Mapping,
    Name,
    Unary,
)
from harness.response.flow.expressions import Assignment as AssignmentNode
from harness.response.flow.expressions import Items as ItemsNode
from harness.response.flow.javascript.functions import class_of, enum_of, function_of
from harness.response.flow.javascript.lowering import Lowering
from harness.response.flow.javascript.patterns import identifier
from harness.response.flow.statements import Define, Evaluate, Import, ImportedName, Statement
from harness.response.javascript.syntax import string_value

__all__ = ["export_statement", "import_statement"]

_FUNCTIONS = frozenset({"function_declaration", "generator_function_declaration"})
_CLASSES = frozenset({"class_declaration", "abstract_class_declaration"})


def import_statement(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    """Read an import; ``import type`` too, since it says which class a parameter has."""
    source, names = node.field("source"), []
    for part in node.named_children():
        kind = part.kind()
        if kind == "import_clause":
            names += list(_clause(part))
        elif kind == "import_require_clause":
            source = part.field("source")
            names += [
                ImportedName("", one.text()) for one in part.named_children() if one.kind() == "identifier"
            ]
    module = string_value(source)
    if module is not None:
        made = Import(node, module, tuple(names))
        low.imports.append(made)
        out.append(made)


def _clause(clause: SgNode) -> Iterator[ImportedName]:
    for part in clause.named_children():
        kind = part.kind()
        if kind == "identifier":
            yield ImportedName("default", identifier(part))
        elif kind == "namespace_import":
            yield from (ImportedName("", identifier(one)) for one in part.named_children())
        elif kind == "named_imports":
            for specifier in part.named_children():
                name, alias = specifier.field("name"), specifier.field("alias")
                if name is not None:
                    outside = string_value(name) or identifier(name)
                    yield ImportedName(outside, outside if alias is None else identifier(alias))


def export_statement(low: Lowering, node: SgNode, out: list[Statement]) -> None:
    """Read an export: the statement it stands before, and the names that it gives the module."""
    parts = node.children()
    words = {part.kind() for part in parts}
    source = string_value(node.field("source"))
    decorators = tuple(
        value for part in parts if part.kind() == "decorator" for value in low.opaque(part).parts
    )
    declaration = node.field("declaration")
    if "default" in words or "=" in words:
        name = "default" if "default" in words else ""
        target = node.field("value") or declaration or _value(parts)
        if target is not None:
            _whole(low, target, name, decorators, out)
    elif declaration is not None:
        _declared(low, declaration, decorators, out)
    for part in parts:
        kind = part.kind()
        if kind == "export_clause":
            low.exported += list(_listed(part, source))
        elif kind == "namespace_export" and source is not None:
            low.exported += [(one.text(), _required(node, source)) for one in part.named_children()]
        elif kind == "*" and source is not None:
            low.exported.append(("*", _required(node, source)))


def _value(parts: list[SgNode]) -> SgNode | None:
    return next((part for part in reversed(parts) if part.is_named() and part.kind() != "comment"), None)


def _whole(
    low: Lowering, target: SgNode, name: str, decorators: tuple[Expression, ...], out: list[Statement]
) -> None:
    kind = target.kind()
    if kind in _FUNCTIONS or kind in _CLASSES:
        _define(low, target, decorators, name, out)
    elif kind not in {"interface_declaration", "type_alias_declaration"}:
        value = low.expression(target, kind)
        out.append(Evaluate(target, value))
        low.exported.append((name, value))


def _define(
    low: Lowering, node: SgNode, decorators: tuple[Expression, ...], name: str, out: list[Statement]
) -> None:
    kind = node.kind()
    value: Function | ClassDefinition
    if kind in _FUNCTIONS:
        value = function_of(low, node)
    elif kind in _CLASSES:
        value = class_of(low, node, decorators)
    else:
        value = enum_of(low, node)
    out.append(Define(node, value, name or "named"))
    low.exported.append((name or value.name, value))


def _declared(
    low: Lowering, declaration: SgNode, decorators: tuple[Expression, ...], out: list[Statement]
) -> None:
    kind = declaration.kind()
    if kind in _FUNCTIONS or kind in _CLASSES or kind == "enum_declaration":
        _define(low, declaration, decorators, "", out)
        return
    made = low.body([declaration])
    out += made
    for statement in made:
        if isinstance(statement, Evaluate) and isinstance(statement.value, AssignmentNode):
            low.exported += [(name.name, name) for name in _names_in(statement.value.target)]


def _names_in(target: Expression) -> Iterator[Name]:
    """Yield the names that a pattern declares."""
    work: list[Expression] = [target]
    while work:
        here = work.pop()
        if isinstance(here, Name):
            yield here
        elif isinstance(here, AssignmentNode):
            work.append(here.target)
        elif isinstance(here, Unary):
            work.append(here.value)
        elif isinstance(here, ItemsNode):
            work += here.items
        elif isinstance(here, Mapping):
            work += [entry.value for entry in here.entries]


def _listed(clause: SgNode, source: str | None) -> Iterator[tuple[str, Expression]]:
    for specifier in clause.named_children():
        name, alias = specifier.field("name"), specifier.field("alias")
        if name is None:
            continue
        inside = string_value(name) or identifier(name)
        outside = inside if alias is None else string_value(alias) or identifier(alias)
        if source is None:
            yield outside, Name(name, inside)
        else:
            yield outside, Attribute(specifier, _required(specifier, source), inside)


def _required(node: SgNode, source: str) -> Expression:
    """What is passed on from another module, as a ``require`` that nobody wrote."""
    return Call(node, Name(node, "require"), (Argument(Constant(node, source)),))
