"""What defines a name, in which scope, and how the target of an assignment leads into its value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from harness.response.flow.expressions import (
    Assignment,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Items,
    Mapping,
    Opaque,
    Parameter,
    Unary,
)
from harness.response.flow.statements import Handler, Import, ImportedName, Loop, Unit
from harness.response.flow.walk import Node

__all__ = [
    "COMPREHENSIONS",
    "ELEMENT",
    "ELSEWHERE",
    "KEY",
    "Definer",
    "Definition",
    "Scope",
    "targets_of",
]

# Steps into a value beside names and positions: any element, any key.
ELEMENT = "*"
KEY = "#key"
# Of Python's tree: what binds names without being a statement.
COMPREHENSIONS = frozenset(
    {
        "list_comprehension",
        "set_comprehension",
        "dictionary_comprehension",
        "generator_expression",
        "for_in_clause",
    }
)
# What says that a name is one of another scope, in Python and PHP.
ELSEWHERE = frozenset({"global_statement", "nonlocal_statement", "global_declaration"})
_MAX_PATH = 40
_PATTERNS = frozenset({Items, Mapping, Assignment, Unary})

Definer: TypeAlias = Assignment | Parameter | Import | Function | ClassDefinition | Loop | Handler | Opaque


@dataclass(slots=True, eq=False)
class Definition:
    """One way in which a name gets its value.

    ``kind`` is ``value`` (an assignment), ``with`` (a context that is bound), ``loop``, ``parameter`` (of
    ``function``, at ``position`` from 0), ``import`` (``imported`` says what), ``function``, ``class`` or
    ``except``. ``value`` is the expression that ``path`` leads into: names of properties, positions, ``*``
    for any element and ``#key`` for any key; empty where the value itself is meant. ``node`` is what defines.
    """

    kind: str
    node: Definer
    unit: Unit
    value: Expression | None = None
    path: tuple[str | int, ...] = ()
    function: Function | None = None
    position: int = 0
    imported: ImportedName | None = None

    @property
    def is_partial(self) -> bool:
        """Say whether an operator such as ``+=`` makes the value only a part of the new one."""
        return isinstance(self.node, Assignment) and self.node.operator not in {"=", "||=", "&&=", "??="}


@dataclass(slots=True, eq=False)
class Scope:
    """A stretch of code in which names are defined; ``kind`` is module, function, class or block."""

    node: Node | None
    kind: str
    parent: Scope | None
    names: dict[str, list[Definition]] = field(default_factory=dict)
    # Python's ``global`` and ``nonlocal``, PHP's ``global`` and ``use``: the scope that is meant instead.
    elsewhere: dict[str, Scope] = field(default_factory=dict)


def targets_of(target: Expression) -> Sequence[tuple[Expression, tuple[str | int, ...]]]:
    """Return the names, attributes and elements that a target assigns, with the path into the value."""
    if type(target) not in _PATTERNS:
        return ((target, ()),)
    found: list[tuple[Expression, tuple[str | int, ...]]] = []
    work: list[tuple[Expression, tuple[str | int, ...]]] = [(target, ())]
    while work:
        here, path = work.pop()
        if len(path) > _MAX_PATH:
            continue
        if isinstance(here, Items):
            starred = False
            parts: list[tuple[Expression, tuple[str | int, ...]]] = []
            for position, item in enumerate(here.items):
                starred = starred or isinstance(item, Unary)
                parts.append((item, (*path, ELEMENT if starred else position)))
            work += reversed(parts)
        elif isinstance(here, Mapping):
            for entry in reversed(here.entries):
                # What is left of an object is still that object for every name not taken out.
                step = () if entry.key is None else (_step(entry.key),)
                work.append((entry.value, (*path, *step)))
        elif isinstance(here, Assignment):
            work.append((here.target, path))
        elif isinstance(here, Unary):
            work.append((here.value, path))
        else:
            found.append((here, path))
    return found


def _step(key: Expression) -> str | int:
    value = key.value if isinstance(key, Constant) else None
    return value if isinstance(value, str | int) and not isinstance(value, bool) else ELEMENT
