"""What imported things are called where they come from: ``import { Controller as Ctl }``.

Readers of frameworks ask for a decorator or a base class by the name that the framework gives it.
"""

from __future__ import annotations

from harness.response.flow.expressions import Name
from harness.response.flow.statements import Unit
from harness.response.flow.walk import walk

__all__ = ["note_outside_names", "outside_names"]


def outside_names(unit: Unit) -> dict[str, str]:
    """Return by what other name each import of a block is known outside; most blocks have none."""
    return {
        one.alias: outside
        for made in unit.imports
        for one in made.names
        if one.alias != one.name
        if (outside := _outside(one.name, one.alias, made.module, unit.language))
    }


def _outside(name: str, alias: str, module: str, language: str) -> str:
    if name and name != "default":
        return name
    # `import logging.config as conf`; what stands for a whole module of JavaScript is any name one likes.
    is_module = language == "python" and alias != module and not module.startswith(".")
    return module.rpartition(".")[2] if is_module else ""


def note_outside_names(unit: Unit) -> None:
    """Note at each name of a block what it is called where it is imported from."""
    outside = outside_names(unit)
    if not outside:
        return
    for node in walk(unit.body):
        if isinstance(node, Name) and node.name in outside:
            node.outside = outside[node.name]
