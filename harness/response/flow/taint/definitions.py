"""Names that nothing before assigned: what defines them elsewhere in the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from harness.response.flow.constants import NOT_CONSTANT
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    ClassDefinition,
    Expression,
    Function,
    Name,
    Opaque,
    Parameter,
)
from harness.response.flow.names import Names
from harness.response.flow.statements import Unit
from harness.response.flow.taint.environment import Environment
from harness.response.flow.taint.reading import free_name, is_constant_name
from harness.response.flow.taint.values import CLEAN, UNSEEN, Hole, Kind, Value, constant, join, opened
from harness.response.flow.taint.walker import Frame, Walker

if TYPE_CHECKING:
    from harness.response.flow.taint.analysis import Analysis

__all__ = ["Definitions"]


class Definitions:
    """The part of the analysis that asks what names mean."""

    names: Names
    evaluated: dict[Expression, Value | None]

    def module(self, unit: Unit) -> Environment:
        """Return what the names at the top of a unit stand for."""
        raise NotImplementedError

    def named(self, walker: Walker, name: str) -> Value:
        """Return what a root name means that no layer holds."""
        return free_name(walker, name)

    def defined(self, walker: Walker, name: Name) -> Value | None:
        """Return what a name means by its definitions elsewhere; ``None`` where there are none."""
        definitions = self.names.definitions(name, walker.unit)
        if not definitions:
            return None
        found = self.names.constant(name, walker.unit)
        if found is not NOT_CONSTANT and isinstance(found, str | int | float | bool):
            return constant(found)
        whole: Value | None = None
        for value, unit in self.names.values(name, walker.unit):
            if value not in self.evaluated:
                self.evaluated[value] = None  # what a cycle finds
                self.evaluated[value] = self._elsewhere(walker, value, unit)
            one = self.evaluated[value]
            if one is not None:
                whole = one if whole is None else join(whole, one)
        if whole is not None:
            return whole
        if any(one.kind == "import" for one in definitions) or self.names.imported_module(definitions[0]):
            if is_constant_name(name.name):
                return CLEAN
            return opened(Hole(Kind.IMPORTED, name.name, doubt=f"{name.name} is not shown"))
        return None

    def name_of(self, walker: Walker, callee: Expression) -> str:
        """Return what a function is called where it comes from: an import may give it another name."""
        if not isinstance(callee, Name):
            return ""
        for definition in self.names.definitions(callee, walker.unit)[:1]:
            imported = definition.imported
            if imported is not None and imported.name not in {"", "*", "default"}:
                return imported.name
            if (
                definition.path
                and isinstance(definition.path[-1], str)
                and self.names.imported_module(definition)
            ):
                return definition.path[-1]
        return callee.name

    def is_imported(self, walker: Walker, name: Name) -> bool:
        """Say whether nothing but imports define a name."""
        return all(one.kind == "import" for one in self.names.definitions(name, walker.unit))

    def _elsewhere(self, walker: Walker, value: Expression, unit: Unit) -> Value | None:
        if isinstance(value, Function):
            return Value(functions=(value,))
        if isinstance(value, ClassDefinition):
            return UNSEEN
        if isinstance(value, Name | Attribute | Opaque | Parameter):
            return None
        inside = self.names.enclosing(value, unit)
        if inside is not None and inside is not walker.frame.function:
            return None
        home = Walker(cast("Analysis", self), unit, self.module(unit).fork(), Frame(None))
        return home.evaluate(value.value if isinstance(value, Assignment) and value.value else value)

    def written(self, walker: Walker, expression: Expression) -> Expression | None:
        """Return the expression that a name stands for, as written."""
        for value, _ in self.names.values(expression, walker.unit):
            return value
        return None
