"""Mutants that only look different: other names for what is imported, destructured or defined."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ast_grep_py import Edit, SgNode

from harness.calibration.mutants.aliases import imported_php, imported_python, rename_php, rename_python
from harness.calibration.mutants.source import Mutable, Mutant, Source, edited, names_in
from harness.response.block import Block

__all__ = ["Names", "alias_imports", "destructure_imports", "rename", "rename_functions"]

_USED = ("identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern")
_USED_TYPED = (*_USED, "type_identifier")


class Names:
    """Fresh names that no block of the response holds and that say nothing."""

    def __init__(self, source: Source) -> None:
        self.taken = names_in(source.golden.response)
        self.number = 0

    def fresh(self) -> str:
        """Return another one."""
        while True:
            self.number += 1
            name = f"item{self.number}"
            if name not in self.taken:
                return name


def alias_imports(source: Source) -> Iterator[Mutant]:
    """Every import gets another name in its block: ``import x`` becomes ``import y`` with all its uses."""
    yield from _renamed(source, "alias the import", _imported)


def rename_functions(source: Source) -> Iterator[Mutant]:
    """Every function whose code is shown gets a name that says nothing."""
    yield from _renamed(source, "rename", _functions)


def _renamed(source: Source, kind: str, find: Callable[[Mutable], list[SgNode]]) -> Iterator[Mutant]:
    names = Names(source)
    texts: dict[Block, str] = {}
    renamed: list[str] = []
    for mutable in source.mutables:
        edits: list[Edit] = []
        done: list[str] = []
        for declared in find(mutable):
            name = declared.text()
            if _is_shared(source, mutable, name):
                continue
            changes = rename(mutable, declared, names.fresh())
            if changes:
                edits += changes
                done.append(name)
        text = edited(mutable, edits)
        if text is not None:
            texts[mutable.block] = text
            renamed += done
    if texts:
        yield Mutant(kind, ", ".join(renamed), source.rewritten(texts))


def _is_shared(source: Source, mutable: Mutable, name: str) -> bool:
    """Tell whether another block uses a name without declaring it: blocks of one answer share names."""
    return any(
        name in names_in(other.text) and not _declares(source, other, name)
        for other in source.blocks
        if other is not mutable.block
    )


def _declares(source: Source, block: Block, name: str) -> bool:
    found = next((one for one in source.mutables if one.block is block), None)
    return found is not None and any(node.text() == name for node in (*_imported(found), *_functions(found)))


def rename(mutable: Mutable, declared: SgNode, fresh: str) -> list[Edit]:
    """Return the edits that give a name another spelling; none where that would need more than its block."""
    name = declared.text()
    if not mutable.is_javascript:
        change = rename_python if mutable.block.language == "python" else rename_php
        return change(mutable, declared, fresh)
    edits: list[Edit] = []
    for kind in _USED if mutable.block.language == "javascript" else _USED_TYPED:
        for node in mutable.root.find_all(kind=kind, regex=f"^{_escaped(name)}$"):
            if _is_binding(node) and node.range() != declared.range():
                return []  # declared twice: an inner name of the same spelling hides it
            edits.append(node.replace(_spelled(node, fresh)))
    return edits if len(edits) > 1 else []


def _spelled(node: SgNode, fresh: str) -> str:
    """Return what stands in the place of a name: ``{ name }`` becomes ``{ name: fresh }``."""
    parent = node.parent()
    if node.kind() in {"shorthand_property_identifier", "shorthand_property_identifier_pattern"}:
        return f"{node.text()}: {fresh}"
    if parent is not None and parent.kind() == "import_specifier" and parent.field("alias") is None:
        return f"{node.text()} as {fresh}"
    if parent is not None and parent.kind() == "export_specifier" and parent.field("alias") is None:
        return f"{fresh} as {node.text()}"
    return fresh


def _is_binding(node: SgNode) -> bool:
    parent = node.parent()
    if parent is None:
        return False
    kind = parent.kind()
    if kind in {"variable_declarator", "function_declaration", "class_declaration"}:
        name = parent.field("name")
        return name is not None and name.range() == node.range()
    if kind == "arrow_function":
        only = parent.field("parameter")
        return only is not None and only.range() == node.range()
    return kind in {
        "formal_parameters",
        "required_parameter",
        "import_specifier",
        "import_clause",
        "namespace_import",
        "array_pattern",
        "object_pattern",
        "pair_pattern",
        "rest_pattern",
        "catch_clause",
        "assignment_pattern",
    }


def _imported(mutable: Mutable) -> list[SgNode]:
    """Return the names that a block gives to what it imports."""
    if not mutable.is_javascript:
        return imported_python(mutable) if mutable.block.language == "python" else imported_php(mutable)
    found = []
    for statement in mutable.root.find_all(kind="import_statement"):
        for node in statement.find_all(kind="identifier"):
            parent = node.parent()
            if (
                parent is None
                or parent.kind() == "import_clause"
                or parent.kind() == "namespace_import"
                or (parent.kind() == "import_specifier" and parent.field("alias") is None)
            ):
                found.append(node)
    for declarator in mutable.root.find_all(kind="variable_declarator"):
        value, name = declarator.field("value"), declarator.field("name")
        if value is None or name is None or not _is_require(value):
            continue
        if name.kind() == "identifier":
            found.append(name)
        else:
            found += name.find_all(kind="shorthand_property_identifier_pattern")
    return found


def _is_require(value: SgNode) -> bool:
    function = value.field("function") if value.kind() == "call_expression" else None
    return function is not None and function.text() == "require"


def _functions(mutable: Mutable) -> list[SgNode]:
    """Return the names of the top-level functions whose code a block shows and does not export by name."""
    if not mutable.is_javascript:
        return []
    found = []
    for statement in mutable.root.children():
        if statement.kind() == "function_declaration":
            name = statement.field("name")
        elif statement.kind() == "lexical_declaration":
            name = _function_variable(statement)
        else:
            continue
        if name is not None:
            found.append(name)
    return found


def _function_variable(statement: SgNode) -> SgNode | None:
    declarators = [child for child in statement.children() if child.kind() == "variable_declarator"]
    if len(declarators) != 1:
        return None
    name, value = declarators[0].field("name"), declarators[0].field("value")
    if name is None or value is None or name.kind() != "identifier":
        return None
    return name if value.kind() in {"arrow_function", "function_expression"} else None


def destructure_imports(source: Source) -> Iterator[Mutant]:
    """What is used as a member of an imported thing is taken out of it first, under a name of its own."""
    names = Names(source)
    texts: dict[Block, str] = {}
    taken: list[str] = []
    for mutable in source.mutables:
        if not mutable.is_javascript:
            continue
        edits: list[Edit] = []
        lines: list[str] = []
        for declared in _imported(mutable):
            for prop, nodes in _members_of(mutable, declared).items():
                fresh = names.fresh()
                edits += [node.replace(fresh) for node in nodes]
                lines.append(f"const {{ {prop}: {fresh} }} = {declared.text()};")
                taken.append(f"{declared.text()}.{prop}")
        last = _last_import(mutable)
        if edits and last is not None:
            edits.append(last.replace("\n".join([last.text(), *lines])))
            text = edited(mutable, _without_overlaps(edits, last))
            if text is not None:
                texts[mutable.block] = text
    if texts:
        yield Mutant("destructure", ", ".join(taken), source.rewritten(texts))


def _members_of(mutable: Mutable, declared: SgNode) -> dict[str, list[SgNode]]:
    """Return the members of an imported name that are read, by their name."""
    found: dict[str, list[SgNode]] = {}
    for node in mutable.root.find_all(kind="identifier", regex=f"^{_escaped(declared.text())}$"):
        parent = node.parent()
        if _is_binding(node) and node.range() != declared.range():
            return {}
        if parent is None or parent.kind() != "member_expression" or parent.field("object") != node:
            continue
        outer, prop = parent.parent(), parent.field("property")
        assigned = (
            outer is not None and outer.kind() == "assignment_expression" and outer.field("left") == parent
        )
        if prop is not None and prop.kind() == "property_identifier" and not assigned:
            if "?." in parent.text() or (outer is not None and outer.kind() == "new_expression"):
                continue
            found.setdefault(prop.text(), []).append(parent)
    return found


def _last_import(mutable: Mutable) -> SgNode | None:
    last = None
    for statement in mutable.root.children():
        if statement.kind() == "import_statement" or (
            statement.kind() in {"lexical_declaration", "variable_declaration"}
            and any(_is_require(value) for value in _values(statement))
        ):
            last = statement
    return last


def _values(statement: SgNode) -> Iterator[SgNode]:
    for child in statement.children():
        value = child.field("value") if child.kind() == "variable_declarator" else None
        if value is not None:
            yield value


def _without_overlaps(edits: list[Edit], last: SgNode) -> list[Edit]:
    """Leave out edits inside the statement that is replaced as a whole."""
    span = last.range()
    return [
        edit
        for edit in edits
        if not (span.start.index <= edit.start_pos and edit.end_pos <= span.end.index)
        or (edit.start_pos, edit.end_pos) == (span.start.index, span.end.index)
    ]


def _escaped(name: str) -> str:
    return name.replace("$", r"\$")
