"""PHP's ``use`` in the common form: the namespace is the module, the last part the name in it."""

from __future__ import annotations

from collections.abc import Iterable

from ast_grep_py import SgNode

from harness.response.flow.reader import Reader
from harness.response.flow.statements import Import, ImportedName, Statement

__all__ = ["read_trait_use", "read_use"]


def read_use(reader: Reader, node: SgNode) -> Iterable[Statement]:
    r"""Read ``use A\B, C\D as E;`` and ``use A\{B, C\D};``: one import for every namespace."""
    prefix = ""
    clauses: list[SgNode] = []
    for child in reader.named(node):
        kind = child.kind()
        if kind == "namespace_name":
            prefix = child.text().strip("\\")
        elif kind == "namespace_use_group":
            clauses += reader.named(child)
        else:
            clauses.append(child)
    found: list[Import] = []
    for clause in clauses:
        names = reader.named(clause)
        if not names:
            continue
        whole = names[0].text().strip("\\")
        module, _, name = f"{prefix}\\{whole}".strip("\\").rpartition("\\")
        imported = ImportedName(name, names[1].text() if len(names) > 1 else name)
        if found and found[-1].module == module:
            found[-1].names = (*found[-1].names, imported)
        else:
            found.append(Import(node, module, (imported,)))
    reader.imports += found
    return found


def read_trait_use(reader: Reader, node: SgNode) -> Iterable[Statement]:
    """Read ``use`` among members: of a class that is not shown it is what stood above the class."""
    if reader.owner or not any(one.kind() == "qualified_name" for one in reader.named(node)):
        return ()
    found: list[Import] = []
    for one in reader.named(node):
        if one.kind() != "use_list":
            module, _, name = one.text().strip("\\").rpartition("\\")
            found.append(Import(node, module, (ImportedName(name, name),)))
    reader.imports += found
    return found
