"""Aliases of imports in Python and PHP: the names, and the edits that give each another spelling."""

from __future__ import annotations

import re

from ast_grep_py import Edit, SgNode

from harness.calibration.mutants.source import Mutable

__all__ = ["imported_php", "imported_python", "rename_php", "rename_python"]


def imported_python(mutable: Mutable) -> list[SgNode]:
    """Return what ``from m import name`` and ``import name`` bring in, where they give it no alias."""
    found = []
    for kind in ("import_from_statement", "import_statement"):
        for statement in mutable.root.find_all(kind=kind):
            module = statement.field("module_name")
            for child in statement.children():
                if child.kind() == "dotted_name" and (module is None or child.range() != module.range()):
                    found += [child] if "." not in child.text() else []
    return found


def rename_python(mutable: Mutable, declared: SgNode, fresh: str) -> list[Edit]:
    """Return the edits that alias an import; none where the block declares that name itself."""
    name = declared.text()
    edits = [declared.replace(f"{name} as {fresh}")]
    for node in mutable.root.find_all(kind="identifier", regex=f"^{re.escape(name)}$"):
        parent = node.parent()
        kind = parent.kind() if parent is not None else ""
        if kind == "dotted_name":
            continue
        if kind in {"parameters", "default_parameter", "typed_parameter"} or _is_assigned(node, parent):
            return []
        if kind == "attribute" and parent is not None and parent.field("attribute") == node:
            continue
        if kind == "keyword_argument" and parent is not None and parent.field("name") == node:
            continue
        edits.append(node.replace(fresh))
    return edits if len(edits) > 1 else []


def _is_assigned(node: SgNode, parent: SgNode | None) -> bool:
    if parent is None:
        return False
    if parent.kind() in {"function_definition", "class_definition"}:
        return parent.field("name") == node
    return parent.kind() in {"assignment", "for_statement"} and parent.field("left") == node


def imported_php(mutable: Mutable) -> list[SgNode]:
    r"""Return what ``use A\B;`` and ``use A\{B, C};`` bring in, where they give it no alias."""
    found = []
    for clause in mutable.root.find_all(kind="namespace_use_clause"):
        names = [node for node in clause.children() if node.kind() in {"qualified_name", "name"}]
        statement = clause.text() + (clause.parent() or clause).text()
        if (
            len(names) == 1
            and " as " not in clause.text()
            and not re.search(r"\b(?:function|const)\b", statement)
        ):
            found += names[0].find_all(kind="name")[-1:] if names[0].kind() == "qualified_name" else names
    return found


def rename_php(mutable: Mutable, declared: SgNode, fresh: str) -> list[Edit]:
    """Return the edits that alias a class; none where the block declares one of that name itself."""
    fresh = fresh.capitalize()  # as classes are spelt
    edits = [declared.replace(f"{declared.text()} as {fresh}")]
    for node in mutable.root.find_all(kind="name", regex=f"^{declared.text()}$"):
        parent = node.parent()
        if parent is None or node == declared:
            continue
        if parent.kind() in {"class_declaration", "interface_declaration", "trait_declaration"}:
            return []
        if _is_class_reference(node, parent):
            edits.append(node.replace(fresh))
    return edits if len(edits) > 1 else []


def _is_class_reference(node: SgNode, parent: SgNode) -> bool:
    kind = parent.kind()
    if kind == "scoped_call_expression":
        return parent.field("scope") == node
    if kind in {"class_constant_access_expression", "scoped_property_access_expression"}:
        return parent.child(0) == node
    return kind in {
        "base_clause",
        "class_interface_clause",
        "named_type",
        "object_creation_expression",
        "binary_expression",
        "attribute",
        "use_declaration",
    }
