"""Classes: what their fields hold, by all assignments that are shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    ClassDefinition,
    Expression,
    Function,
    Name,
)
from harness.response.flow.statements import Define, Evaluate
from harness.response.flow.taint.reading import is_constant_name
from harness.response.flow.taint.values import CLEAN, Hole, Kind, Value, join, opened
from harness.response.flow.taint.walker import Frame, Walker
from harness.response.lazy import lazy

if TYPE_CHECKING:
    from harness.response.flow.taint.records import Summary

__all__ = ["Fields"]

_SCHEMA_NAME = re.compile(r"(?i)(?:table|prefix|schema|collection|model|_meta|primary_?key|dialect|db_?name)")


class Fields:
    """The part of the analysis that knows classes."""

    classes: dict[str, ClassDefinition]
    fields: dict[tuple[str, str], Value]
    entered: set[Expression]

    def defer(self, walker: Walker, function: Function, owner: str = "") -> None:
        """Note a function that is written here."""
        raise NotImplementedError

    def summary(self, function: Function) -> Summary | None:
        """Return what is known of a function."""
        raise NotImplementedError

    def enter_class(self, walker: Walker, definition: ClassDefinition) -> None:
        """Note the fields of a class, and its methods; the constructor is followed first."""
        if definition in self.entered:
            return
        self.entered.add(definition)
        self.classes.setdefault(definition.name, definition)
        constructors: list[Function] = []
        outer, walker.frame = walker.frame, Frame(walker.frame.function, owner=definition.name)
        layer = walker.here.fork()
        back = walker.branch(layer)
        for statement in definition.body:
            if isinstance(statement, Define) and isinstance(statement.value, Function):
                self.defer(walker, statement.value, definition.name)
                if statement.value.name in {"constructor", "__init__", "__construct"}:
                    constructors.append(statement.value)
            elif isinstance(statement, Evaluate) and isinstance(statement.value, Assignment):
                self._enter_field(walker, definition, statement.value)
            else:
                walker.walk((statement,))
        back()
        walker.frame = outer
        for function in constructors:
            self.summary(function)

    def _enter_field(self, walker: Walker, definition: ClassDefinition, assignment: Assignment) -> None:
        if not isinstance(assignment.target, Name):
            walker.evaluate(assignment)
            return
        name = assignment.target.name.lstrip("$#")
        if assignment.value is None:
            return
        value = walker.evaluate(assignment.value)
        walker.here.set(assignment.target.name, value)
        self.fields[definition.name, name] = value

    # Functions.

    def note_field(self, walker: Walker, root: str, name: str, value: Value) -> None:
        """Note what is assigned to a field of the own object."""
        owner = walker.frame.owner
        if owner and root in {"this", "self", "$this", "cls", "static"}:
            known = self.fields.get((owner, name))
            self.fields[owner, name] = value if known is None else join(known, value)

    def field_of(self, owner: str, name: str, root: str) -> Value:
        """Return what a field may hold, by all assignments that are shown; else a hole."""
        here, seen = owner, 0
        while here and seen < 5:
            known = self.fields.get((here, name))
            if known is not None:
                return known
            bases = self.classes[here].bases if here in self.classes else ()
            here = next((one.name for one in bases if isinstance(one, Name)), "")
            seen += 1
        inherited = self._field_of_heirs(owner, name)
        return self._unknown_field(owner, name, root) if inherited is None else inherited

    def _field_of_heirs(self, owner: str, name: str) -> Value | None:
        """An abstract class reads what its subclasses say."""
        found: Value | None = None
        for heir in self._heirs.get(owner, ()):
            known = self.fields.get((heir, name))
            if known is not None:
                found = known if found is None else join(found, known)
        return found

    @lazy
    def _heirs(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for definition in self.classes.values():
            for base in definition.bases:
                if isinstance(base, Name | Attribute):
                    found.setdefault(base.name, []).append(definition.name)
        return found

    def _unknown_field(self, owner: str, name: str, root: str) -> Value:
        if name in {"request", "req", "ctx"}:
            return opened(Hole(Kind.REQUEST, f"{root}.{name}"))
        if is_constant_name(name) or _SCHEMA_NAME.search(name):
            return CLEAN
        return opened(Hole(Kind.FIELD, f"{root}.{name}", path=(owner, name)))
