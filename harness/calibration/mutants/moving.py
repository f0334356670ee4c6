"""Mutants that keep the program and lay it out otherwise: a function in a block or a file of its own."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from ast_grep_py import SgNode

from harness.calibration.mutants.guards import is_named_like_a_guard
from harness.calibration.mutants.source import Mutable, Mutant, Source, edited, names_in

__all__ = ["move_to_block", "move_to_file"]

_DECLARATIONS = frozenset({"function_declaration", "lexical_declaration"})
_FUNCTIONS = frozenset({"arrow_function", "function_expression"})


def move_to_block(source: Source) -> Iterator[Mutant]:
    """A function stands in a block of its own, before the one that uses it; a guard, if there is one."""
    for mutable, statement in _functions(source):
        rest = edited(mutable, [statement.replace("")])
        if rest is None or not rest.strip():
            continue
        block = [_fence(mutable), *statement.text().split("\n"), "```", ""]
        text = source.rewritten({mutable.block: rest}, {mutable.block: block})
        yield Mutant("move to a block", _name_of(statement), text)
        return


def move_to_file(source: Source) -> Iterator[Mutant]:
    """A function stands in a file of its own and is imported; a guard, if there is one."""
    for mutable, statement in _functions(source):
        name = _name_of(statement)
        needed = _imports_for(mutable, statement)
        if not mutable.block.path or needed is None or _is_used_elsewhere(source, mutable, name):
            continue
        rest = edited(mutable, [statement.replace("")])
        if rest is None:
            continue
        modules = _is_esm(mutable)
        line = (
            f"import {{ {name} }} from './moved.js';"
            if modules
            else f"const {{ {name} }} = require('./moved');"
        )
        path = posixpath.join(posixpath.dirname(mutable.block.path), "moved.js")
        code = [*needed, "", *_exported(statement, name, modules=modules)]
        block = [
            f"`{path}`:",
            "",
            _fence(mutable),
            f"// {path}",
            *code,
            "```",
            "",
            f"`{mutable.block.path}`:",
            "",
        ]
        # The import goes to the top: what was a hoisted function may be called above its place.
        text = source.rewritten({mutable.block: _headed(rest, line)}, {mutable.block: block})
        yield Mutant("move to a file", name, text)
        return


def _functions(source: Source) -> list[tuple[Mutable, SgNode]]:
    """Return the functions that blocks declare at their top, those that are named like guards first."""
    found = [
        (mutable, statement)
        for mutable in source.mutables
        if mutable.is_javascript
        for statement in mutable.root.children()
        if _declares_function(statement)
    ]
    return sorted(found, key=lambda one: not is_named_like_a_guard(_name_of(one[1])))


def _fence(mutable: Mutable) -> str:
    return f"```{mutable.block.language}"


def _headed(text: str, line: str) -> str:
    """Put an import on top, below a comment that names the file."""
    first, _, rest = text.partition("\n")
    if first.lstrip().startswith(("//", "/*", "'use strict'", '"use strict"')) and "*/" not in rest[:0]:
        return f"{first}\n{line}\n{rest}"
    return f"{line}\n{text}"


def _exported(statement: SgNode, name: str, *, modules: bool) -> list[str]:
    lines = statement.text().split("\n")
    if modules:
        return [f"export {lines[0]}", *lines[1:]]
    return [*lines, "", f"module.exports = {{ {name} }};"]


def _is_esm(mutable: Mutable) -> bool:
    kinds = {child.kind() for child in mutable.root.children()}
    return bool(kinds & {"import_statement", "export_statement"})


def _declares_function(statement: SgNode) -> bool:
    if statement.kind() == "function_declaration":
        return True
    if statement.kind() != "lexical_declaration":
        return False
    declarators = [child for child in statement.children() if child.kind() == "variable_declarator"]
    value = declarators[0].field("value") if len(declarators) == 1 else None
    return value is not None and value.kind() in _FUNCTIONS


def _name_of(statement: SgNode) -> str:
    name = statement.field("name")
    if name is None:
        declarator = next(child for child in statement.children() if child.kind() == "variable_declarator")
        name = declarator.field("name")
    return name.text() if name is not None else ""


def _imports_for(mutable: Mutable, statement: SgNode) -> list[str] | None:
    """Return the import statements that a function needs; ``None`` when it needs more than imports."""
    needed = names_in(statement.text())
    lines: list[str] = []
    for other in mutable.root.children():
        if other == statement:
            continue
        declared = _declared_in(other)
        if not declared & needed:
            continue
        if not _is_import(other):
            return None
        lines.append(other.text())
    return lines


def _is_import(statement: SgNode) -> bool:
    return statement.kind() == "import_statement" or (
        statement.kind() == "lexical_declaration" and "require(" in statement.text().split("\n")[-1]
    )


def _declared_in(statement: SgNode) -> set[str]:
    """Return the names that a top-level statement declares."""
    kind = statement.kind()
    if kind == "import_statement":
        return {node.text() for node in statement.find_all(kind="identifier")}
    if kind in _DECLARATIONS | {"class_declaration", "variable_declaration"}:
        name = statement.field("name")
        if name is not None:
            return {name.text()}
        targets = [
            child.field("name") for child in statement.children() if child.kind() == "variable_declarator"
        ]
        return {name for target in targets if target is not None for name in names_in(target.text())}
    if kind == "export_statement":
        declaration = statement.field("declaration")
        return _declared_in(declaration) if declaration is not None else set()
    return set()


def _is_used_elsewhere(source: Source, mutable: Mutable, name: str) -> bool:
    return any(name in names_in(block.text) for block in source.blocks if block is not mutable.block)
