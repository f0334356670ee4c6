"""Records that hold personal data, by what the program itself takes out of them or declares in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checks.logging.flow_calls import called_name
from harness.checks.logging.pii.personal import is_personal
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    ClassDefinition,
    Constant,
    Index,
    Mapping,
    Name,
)
from harness.response.flow.statements import Evaluate, Unit
from harness.response.flow.walk import Node

__all__ = ["Records"]

# Loggers write only chosen parts of these, and a class is no record of itself.
_NOT_RECORDS = frozenset("req res request response ctx self this $this process app next".split())
_WORD = re.compile(r"[A-Za-z_]\w*")


class Records:
    """Knows which variables are records with a personal field; asked lazily, once for each unit."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._touched: dict[Unit, dict[tuple[Node | None, str], bool]] = {}
        self._classes: dict[str, bool] | None = None

    def is_personal(self, name: Name, unit: Unit) -> bool:
        """Say whether a variable is a record whose personal field the function uses, or its type declares."""
        if name.name in _NOT_RECORDS:
            return self._declared(name, unit)
        scope = self.flow.names.enclosing(name, unit)
        touched = self._of(unit)
        return touched.get((scope, name.name), False) or self._declared(name, unit)

    def _of(self, unit: Unit) -> dict[tuple[Node | None, str], bool]:
        known = self._touched.get(unit)
        if known is None:
            known = self._touched[unit] = {}
            # An object of Python shows of itself what its class decides; a dict shows all.
            shows_all = unit.language != "python"
            for node in self.flow.names.index(unit).parents:
                if isinstance(node, Attribute) and not shows_all:
                    continue
                for base, field in _accesses(node):
                    if is_personal(field):
                        known[(self.flow.names.enclosing(node, unit), base)] = True
        return known

    def _declared(self, name: Name, unit: Unit) -> bool:
        """Say whether a parameter's type is a shown class or interface with a personal field."""
        for definition in self.flow.names.definitions(name, unit):
            if definition.kind != "parameter" or definition.function is None or definition.path:
                continue
            annotation = definition.function.parameters[definition.position].annotation
            if any(self._is_personal_class(word) for word in _WORD.findall(annotation[:200])):
                return True
        return False

    def _is_personal_class(self, name: str) -> bool:
        if self._classes is None:
            self._classes = {}
            for unit in self.flow.units:
                self._classes |= {one.name: _has_personal_field(one) for one in unit.classes}
                self._classes |= dict(_types(unit))
        return self._classes.get(name, False)


def _accesses(node: Node) -> list[tuple[str, str]]:
    """Return (variable, field) for what a node takes out of a variable."""
    if isinstance(node, Attribute) and isinstance(node.base, Name):
        return [(node.base.name, node.name)]
    if isinstance(node, Index) and isinstance(node.base, Name) and isinstance(node.key, Constant):
        return [(node.base.name, str(node.key.value))]
    if isinstance(node, Assignment) and isinstance(node.target, Mapping) and isinstance(node.value, Name):
        keys = [entry.key.value for entry in node.target.entries if isinstance(entry.key, Constant)]
        return [(node.value.name, str(key)) for key in keys]
    return []


def _types(unit: Unit) -> Iterator[tuple[str, bool]]:
    """Yield the interfaces and types of TypeScript, and whether one has a personal field."""
    if unit.language not in {"typescript", "tsx"}:
        return
    for kind in ("interface_declaration", "type_alias_declaration"):
        for node in unit.root.find_all(kind=kind):
            name = node.field("name")
            fields = (one.field("name") for one in node.find_all(kind="property_signature"))
            if name is not None:
                yield name.text(), any(is_personal(one.text()) for one in fields if one is not None)


def _has_personal_field(definition: ClassDefinition) -> bool:
    for statement in definition.body:
        value = statement.value if isinstance(statement, Evaluate) else None
        if isinstance(value, Assignment) and is_personal(called_name(value.target)):
            return True
    return False
