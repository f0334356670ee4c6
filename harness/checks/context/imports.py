"""What the code of a program imports: JavaScript, Python and PHP in one form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ast_grep_py import SgNode, SgRoot

from harness.response.block import Block, BlockRole
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import arguments_of, callee_of, string_value
from harness.response.program import Program

__all__ = ["Import", "imports_of", "tree_of"]

MAX_IMPORTS = 5_000
_QUOTED = re.compile(r"['\"]([^'\"\n]{1,300})['\"]")
_INCLUDES = ("require_once_expression", "require_expression", "include_expression", "include_once_expression")
_USE = re.compile(r"^\s*use\s+(?:function\s+|const\s+)?(?P<path>[\w\\]+)(?:\s+as\s+(?P<name>\w+))?")


@dataclass(frozen=True, slots=True)
class Import:
    """One import: the module as it is written, the names it brings in, and its line in the block (from 0)."""

    module: str
    names: tuple[str, ...]
    block: Block
    line: int

    @property
    def shown_as_wrong(self) -> bool:
        """Say whether it stands in what is only shown to say that it is wrong."""
        return self.block.role is BlockRole.COUNTER_EXAMPLE or self.line + 1 in self.block.counter_lines


def imports_of(program: Program) -> tuple[Import, ...]:
    """Return all imports of a program, supplied files included; ask through ``program.once``."""
    found: list[Import] = []
    for unit in program.units:
        found += _javascript(unit)
    for block in program.blocks:
        if block.language == "python" and "import" in block.text:
            found += _python(block, program)
        elif block.language == "php" and _INCLUDE_WORDS.search(block.text):
            found += _php(block, program)
        if len(found) > MAX_IMPORTS:
            break
    return tuple(found[:MAX_IMPORTS])


_INCLUDE_WORDS = re.compile(r"\b(?:use|require|include|require_once|include_once)\b")


class _Trees:
    """Trees of the Python and PHP blocks, each parsed when it is first asked for."""

    def __init__(self) -> None:
        self.known: dict[Block, SgNode] = {}


def _trees(_: Program) -> _Trees:
    return _Trees()


def tree_of(program: Program, block: Block) -> SgNode | None:
    """Return the tree of a Python or PHP block, parsed once; ``None`` where it is too large."""
    if block.oversized or block.language not in {"python", "php"}:
        return None
    known = program.once(_trees).known
    if block not in known:
        text = block.text
        if block.language == "php" and "<?" not in text:
            text = f"<?php {text}"  # answers leave the opening tag out
        known[block] = SgRoot(text, block.language).root()
    return known[block]


def _javascript(unit: Unit) -> Iterator[Import]:
    for statement in unit.imports:
        source = statement.field("source")
        module = None if source is None else string_value(source)
        if module:
            names = tuple(name.text() for name in statement.find_all(kind="identifier"))
            yield Import(module, names, unit.block, statement.range().start.line)
    for call in unit.calls:
        callee = callee_of(call)
        if callee is not None and callee.text() in {"require", "import"}:
            arguments = arguments_of(call)
            module = string_value(arguments[0]) if arguments else None
            if module:
                yield Import(module, _assigned(call), unit.block, call.range().start.line)


def _assigned(call: SgNode) -> tuple[str, ...]:
    """Return the names that a required module is bound to."""
    node: SgNode | None = call
    for _ in range(4):
        node = None if node is None else node.parent()
        if node is not None and node.kind() == "variable_declarator":
            target = node.field("name")
            if target is None:
                return ()
            if target.kind() == "identifier":
                return (target.text(),)
            kinds = ("shorthand_property_identifier_pattern", "identifier")
            return tuple(name.text() for kind in kinds for name in target.find_all(kind=kind))
    return ()


def _python(block: Block, program: Program) -> Iterator[Import]:
    tree = tree_of(program, block)
    if tree is None:
        return
    for statement in tree.find_all(kind="import_statement"):
        for name in statement.children():
            if name.kind() in {"dotted_name", "aliased_import"}:
                path, _, alias = name.text().partition(" as ")
                line = statement.range().start.line
                yield Import(path.strip(), (alias.strip() or path.split(".")[0],), block, line)
    for statement in tree.find_all(kind="import_from_statement"):
        module = statement.field("module_name")
        if module is not None:
            names = tuple(
                part.text().rpartition(" as ")[2].strip()
                for part in statement.children()
                if part.kind() in {"dotted_name", "aliased_import"} and part.range() != module.range()
            )
            yield Import(module.text(), names, block, statement.range().start.line)


def _php(block: Block, program: Program) -> Iterator[Import]:
    tree = tree_of(program, block)
    if tree is None:
        return
    for statement in tree.find_all(kind="namespace_use_declaration"):
        found = _USE.match(statement.text())
        if found is not None:
            name = found["name"] or found["path"].rpartition("\\")[2]
            yield Import(found["path"].lstrip("\\"), (name,), block, statement.range().start.line)
    for kind in _INCLUDES:
        for expression in tree.find_all(kind=kind):
            path = _QUOTED.search(expression.text()[:500])
            if path is not None:
                yield Import(path[1].lstrip("/"), (), block, expression.range().start.line)
