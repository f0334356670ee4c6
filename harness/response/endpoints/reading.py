"""Small questions that all readers of endpoints ask of the common form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from harness.response.block import BlockRole
from harness.response.endpoints.model import Passed, PassedKind
from harness.response.flow.build import Flow
from harness.response.flow.classes import class_members
from harness.response.flow.constants import NOT_CONSTANT
from harness.response.flow.expressions import (
    Attribute,
    Await,
    Call,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Index,
    Items,
    Mapping,
    Name,
    Unary,
)
from harness.response.flow.origins import Origin
from harness.response.flow.statements import Unit
from harness.response.lazy import lazy

if TYPE_CHECKING:
    from harness.response.program import Program

__all__ = ["Reading", "argument", "is_fragment", "joined_path", "keyword", "last_name", "positional"]

_SERVER_ROLES = frozenset({BlockRole.CODE, BlockRole.CONFIG})
_MAX_ITEMS = 100


def positional(call: Call) -> tuple[Expression, ...]:
    """Return the arguments of a call that have no name."""
    return tuple([one.value for one in call.arguments if not one.name])


def keyword(call: Call, name: str) -> Expression | None:
    """Return the argument of a call with a name."""
    return next((one.value for one in call.arguments if one.name == name), None)


def argument(call: Call, position: int, *names: str) -> Expression | None:
    """Return an argument by its place or one of its names."""
    for name in names:
        found = keyword(call, name)
        if found is not None:
            return found
    given = positional(call)
    return given[position] if position < len(given) else None


def last_name(expression: Expression | None) -> str:
    """Return the last name of what an expression names: ``limit`` of ``limiter.limit("5/minute")``."""
    while isinstance(expression, Call | Await | Unary):
        expression = expression.callee if isinstance(expression, Call) else expression.value
    if isinstance(expression, Name):
        return expression.meant.rpartition("\\")[2]
    if isinstance(expression, Attribute):
        return last_name(expression.base) if expression.name == "class" else expression.name
    if isinstance(expression, Constant) and isinstance(expression.value, str):
        return expression.value
    return ""


def is_fragment(unit: Unit) -> bool:
    """Say whether a block of PHP is a piece of a file: what stands around it there is not shown."""
    return not unit.block.path and "<?" not in unit.block.text


def joined_path(*parts: str) -> str:
    """Join the parts of a path."""
    inner = [part.strip("/") for part in parts]
    return "/" + "/".join(part for part in inner if part)


class Reading:
    """A program's server code in one language, with its names."""

    def __init__(self, program: Program, languages: Sequence[str]) -> None:
        self.program = program
        self.flow: Flow = program.flow
        self.languages = frozenset(languages)
        self.names = self.flow.names

    @lazy
    def units(self) -> tuple[Unit, ...]:
        """The blocks that may define endpoints or guards, supplied files included."""
        return tuple(
            unit
            for block in self.program.blocks
            if block.language in self.languages and block.role in _SERVER_ROLES
            if (unit := self.flow.unit(block)) is not None
        )

    def text(self, expression: Expression | None, unit: Unit) -> str:
        """Return the text that an expression always is, or empty."""
        if expression is None:
            return ""
        found = self.names.constant(expression, unit)
        return found if isinstance(found, str) else ""

    def truth(self, expression: Expression | None, unit: Unit) -> bool | None:
        """Return whether an expression is always true or false; ``None`` where it depends."""
        if expression is None:
            return None
        found = self.names.constant(expression, unit)
        return None if found is NOT_CONSTANT else bool(found)

    def items(self, expression: Expression | None, unit: Unit) -> Iterator[tuple[Expression, Unit]]:
        """Yield the elements of a list that an expression names, or the expression itself."""
        if expression is None:
            return
        if isinstance(expression, Items):
            for item in expression.items[:_MAX_ITEMS]:
                if isinstance(item, Unary) and item.operator == "...":
                    yield from self.items(item.value, unit)
                else:
                    yield item, unit
            return
        for value, where in self.names.values(expression, unit):
            if isinstance(value, Items):
                yield from self.items(value, where)
            else:
                yield expression, unit

    def entries(self, expression: Expression | None, unit: Unit) -> dict[str, tuple[Expression, Unit]]:
        """Return the entries of a mapping that an expression names, by their keys."""
        found: dict[str, tuple[Expression, Unit]] = {}
        if expression is None:
            return found
        for value, where in self.names.values(expression, unit):
            if isinstance(value, Mapping):
                for entry in value.entries:
                    key = "" if entry.key is None else self.text(entry.key, where)
                    if key:
                        found[key] = (entry.value, where)
                    elif entry.key is None:
                        found.update(self.entries(entry.value, where))
        return found

    def functions(self, expression: Expression | None, unit: Unit) -> list[tuple[Function, Unit]]:
        """Return the shown functions that an expression may be."""
        if expression is None:
            return []
        return [
            (value, where)
            for value, where in self.names.values(expression, unit)
            if isinstance(value, Function)
        ]

    def shown_class(self, expression: Expression | None, unit: Unit) -> tuple[ClassDefinition, Unit] | None:
        """Return the shown class that an expression names: ``A``, ``A()``, ``A::class``."""
        if isinstance(expression, Call):
            expression = expression.callee
        if isinstance(expression, Attribute) and expression.name == "class":
            expression = expression.base
        if expression is None:
            return None
        for value, where in self.names.values(expression, unit):
            if isinstance(value, ClassDefinition):
                return value, where
        return None

    def member(self, owner: ClassDefinition, unit: Unit, name: str) -> tuple[Expression | None, Unit] | None:
        """Return what a class, or a shown base of it, says for a field."""
        for definition in reversed(class_members(self.names, owner, unit, name)):
            if definition.kind == "value":
                return definition.value, definition.unit
        return None

    def method(self, owner: ClassDefinition, unit: Unit, name: str) -> tuple[Function, Unit] | None:
        """Return a method of a class or of a shown base."""
        for definition in class_members(self.names, owner, unit, name):
            if isinstance(definition.node, Function):
                return definition.node, definition.unit
        return None

    def bases(
        self, owner: ClassDefinition, unit: Unit, depth: int = 6
    ) -> Iterator[tuple[str, Origin | None]]:
        """Yield names and origins of all bases that are known, those of shown bases included."""
        for base in owner.bases:
            shown = self.shown_class(base, unit)
            if shown is not None and shown[0] is not owner and depth:
                yield shown[0].name, None
                yield from self.bases(shown[0], shown[1], depth - 1)
            else:
                yield last_name(base), self.names.origin(base, unit)

    def passed(self, kind: PassedKind, value: Expression, unit: Unit) -> Passed:
        """Make what a request passes of the expression that names it."""
        if isinstance(value, Index):
            value = value.base
        arguments = tuple([one.value for one in value.arguments]) if isinstance(value, Call) else ()
        return Passed(
            kind, last_name(value), unit, value, self.names.origin(value, unit), arguments=arguments
        )
