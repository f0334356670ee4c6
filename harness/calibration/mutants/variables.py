"""Mutants whose local variables have names that say nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import Edit, SgNode

from harness.calibration.mutants.renaming import Names, rename
from harness.calibration.mutants.source import Mutable, Mutant, Source, edited
from harness.response.block import Block

__all__ = ["rename_variables"]

_FUNCTIONS = {
    "python": ("function_definition",),
    "php": ("function_definition", "method_declaration", "anonymous_function"),
}
# What makes a variable known under its name, as a text or elsewhere.
_REFLECTED = re.compile(r"\b(?:compact|extract|locals|globals|global|nonlocal|eval|exec)\b|\$\$")


def rename_variables(source: Source) -> Iterator[Mutant]:
    """Every variable that a function declares for itself gets a name that says nothing."""
    names = Names(source)
    texts: dict[Block, str] = {}
    renamed: list[str] = []
    for mutable in source.mutables:
        if mutable.is_javascript:
            edits, done = _in_javascript(mutable, names)
        else:
            edits, done = _elsewhere(mutable, names)
        text = edited(mutable, edits)
        if text is not None:
            texts[mutable.block] = text
            renamed += done
    if texts:
        yield Mutant("rename variables", ", ".join(renamed), source.rewritten(texts))


def _in_javascript(mutable: Mutable, names: Names) -> tuple[list[Edit], list[str]]:
    """Rename what is declared once in the whole block, inside a function."""
    edits: list[Edit] = []
    done: list[str] = []
    for declarator in mutable.root.find_all(kind="variable_declarator"):
        name = declarator.field("name")
        if name is None or name.kind() != "identifier" or not _is_inside(declarator, "statement_block"):
            continue
        changes = rename(mutable, name, names.fresh())
        edits += changes
        done += [name.text()] if changes else []
    return edits, done


def _elsewhere(mutable: Mutable, names: Names) -> tuple[list[Edit], list[str]]:
    language = mutable.block.language
    edits: list[Edit] = []
    done: list[str] = []
    for kind in _FUNCTIONS[language]:
        for function in mutable.root.find_all(kind=kind):
            if _REFLECTED.search(function.text()) or any(
                _is_inside(function, outer) for outer in _FUNCTIONS[language]
            ):
                continue  # a function inside another shares its variables
            for name in sorted(_assigned(function, language) - _given(function, language)):
                changes = _in_function(function, name, names.fresh(), language)
                edits += changes
                done += [name] if changes else []
    return edits, done


def _is_inside(node: SgNode, kind: str) -> bool:
    return any(above.kind() == kind for above in node.ancestors())


def _assigned(function: SgNode, language: str) -> set[str]:
    """Return the plain names that a function assigns to."""
    kind, name = (
        ("assignment", "identifier") if language == "python" else ("assignment_expression", "variable_name")
    )
    lefts = [node.field("left") for node in function.find_all(kind=kind)]
    return {left.text() for left in lefts if left is not None and left.kind() == name} - {"$this"}


def _given(function: SgNode, language: str) -> set[str]:
    """Return names that are parameters anywhere in a function: callers may use them as keywords."""
    kinds = ("parameters", "lambda_parameters") if language == "python" else ("formal_parameters",)
    name = "identifier" if language == "python" else "variable_name"
    nodes = [node for kind in kinds for node in function.find_all(kind=kind)]
    return {inner.text() for node in nodes for inner in node.find_all(kind=name)}


def _in_function(function: SgNode, name: str, fresh: str, language: str) -> list[Edit]:
    if language == "php":
        found = function.find_all(kind="variable_name", regex=f"^{re.escape(name)}$")
        return [node.replace(f"${fresh}") for node in found]
    edits = []
    for node in function.find_all(kind="identifier", regex=f"^{name}$"):
        parent = node.parent()
        kind = parent.kind() if parent is not None else ""
        if parent is not None and kind == "attribute" and parent.field("attribute") == node:
            continue
        if parent is not None and kind == "keyword_argument" and parent.field("name") == node:
            continue
        if kind in {"function_definition", "class_definition", "dotted_name", "aliased_import"}:
            return []
        edits.append(node.replace(fresh))
    return edits
