"""What an expression stands for, as far as the program shows it.

A value is symbolic: ``Member(Global("console"), "log")`` is what ``log`` means after
``const { log } = console``. Values compare by content, so that checks can ask plain questions.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias

from ast_grep_py import SgNode

from harness.response.record import record

if TYPE_CHECKING:
    from harness.response.javascript.scopes import Unit

__all__ = [
    "UNKNOWN",
    "ArrayValue",
    "CallValue",
    "ClassValue",
    "FunctionValue",
    "Global",
    "Instance",
    "Literal",
    "LocalModule",
    "Member",
    "Module",
    "ObjectValue",
    "Parameter",
    "Union",
    "Unknown",
    "Value",
    "names_towards",
    "options_of",
    "origin_of",
]


@record
class Unknown:
    """Nothing is known."""


@record
class Global:
    """A name that no block declares: a global of the runtime, or something that was not shown."""

    name: str


@record
class Module:
    """A module that is not part of the response. The default export and the namespace are one."""

    specifier: str


@record
class LocalModule:
    """A module whose code the response, the supplied files or the project show."""

    unit: Unit


@record
class Member:
    """A property of a value; ``name`` is ``*`` where it is computed."""

    base: Value
    name: str


@record
class Literal:
    """A string, number, boolean or ``None`` (null and undefined)."""

    value: str | float | bool | None


@record
class CallValue:
    """The result of a call; ``node`` is the call expression in ``unit``."""

    # The place identifies it; comparing callees would walk whole chains of calls.
    callee: Value = field(compare=False)
    node: SgNode
    unit: Unit


@record
class Instance:
    """The result of ``new``; ``node`` is the new expression in ``unit``."""

    # The place identifies it; comparing callees would walk whole chains of calls.
    callee: Value = field(compare=False)
    node: SgNode
    unit: Unit


@record
class FunctionValue:
    """A function, arrow function or method whose body the response shows."""

    node: SgNode
    unit: Unit


@record
class ClassValue:
    """A class whose body the response shows."""

    node: SgNode
    unit: Unit


@record
class ObjectValue:
    """An object literal."""

    node: SgNode
    unit: Unit


@record
class ArrayValue:
    """An array literal."""

    node: SgNode
    unit: Unit


@record
class Parameter:
    """A parameter of a function, by position counted from 0."""

    function: SgNode
    index: int
    unit: Unit


@record
class Union:
    """One of several values: branches of a condition, or a variable that is assigned twice."""

    options: tuple[Value, ...]


Value: TypeAlias = (
    Unknown
    | Global
    | Module
    | LocalModule
    | Member
    | Literal
    | CallValue
    | Instance
    | FunctionValue
    | ClassValue
    | ObjectValue
    | ArrayValue
    | Parameter
    | Union
)

UNKNOWN = Unknown()


def options_of(value: Value) -> tuple[Value, ...]:
    """Return the possible values: the options of a union, else the value alone."""
    return value.options if isinstance(value, Union) else (value,)


def names_towards(value: Value) -> tuple[list[str], Value]:
    """Return the names of members on the way to a value's root, the last first, and the root."""
    names: list[str] = []
    while isinstance(value, (Member, CallValue, Instance)):
        if isinstance(value, Member):
            names.append(value.name)
            value = value.base
        else:
            value = value.callee
    return names, value


def origin_of(value: Value) -> tuple[str, tuple[str, ...]] | None:
    """Return where a value comes from: a module specifier or ``global`` and the names below it.

    ``winston.transports.Console`` is ``("winston", ("transports", "Console"))``, ``console.log`` is
    ``("global", ("console", "log"))``. Calls and instances stand for what was called:
    ``express.Router()`` is ``("express", ("Router",))``. ``None`` for all that is local.
    """
    names: list[str] = []
    while True:
        if isinstance(value, Member):
            names.append(value.name)
            value = value.base
        elif isinstance(value, (CallValue, Instance)):
            value = value.callee
        elif isinstance(value, Module):
            return value.specifier, tuple(reversed(names))
        elif isinstance(value, Global):
            return "global", (value.name, *reversed(names))
        else:
            return None
