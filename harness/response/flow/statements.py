"""Statements of the common form, and one block in it.

A body is a tuple of statements in source order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ast_grep_py import SgNode

from harness.response.block import Block
from harness.response.flow.expressions import Assignment, Call, ClassDefinition, Expression, Function

__all__ = [
    "Case",
    "Define",
    "Evaluate",
    "Handler",
    "If",
    "Import",
    "ImportedName",
    "Jump",
    "Loop",
    "Raise",
    "Return",
    "Statement",
    "Switch",
    "Try",
    "Unit",
    "With",
]


@dataclass(slots=True, eq=False)
class Evaluate:
    """An expression for its effect: calls, assignments, declarations, PHP ``echo`` (a call of ``echo``)."""

    node: SgNode
    value: Expression


@dataclass(slots=True, eq=False)
class Return:
    """``return`` with or without a value (PHP ``exit``/``die`` are calls, not returns)."""

    node: SgNode
    value: Expression | None


@dataclass(slots=True, eq=False)
class Raise:
    """``throw`` or ``raise``."""

    node: SgNode
    value: Expression | None


@dataclass(slots=True, eq=False)
class If:
    """A condition; ``elif`` is an ``If`` alone in ``otherwise``."""

    node: SgNode
    test: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...] = ()


@dataclass(slots=True, eq=False)
class Loop:
    """``kind`` is ``each`` (``target`` over ``subject``), ``while``, ``do``, ``count`` (three parts).

    For ``count`` the start is a statement before the loop and the step the last of ``body``; both stand in a
    ``With`` without items, in which the start declares. ``keys`` is JavaScript's ``for (k in object)``. The
    subject of ``for await`` is an ``Await``.
    """

    node: SgNode
    kind: str
    target: Expression | None
    subject: Expression | None
    body: tuple[Statement, ...]


@dataclass(slots=True, eq=False)
class Handler:
    """One ``catch`` or ``except``: the names of what it catches (expressions), the variable, the body."""

    node: SgNode
    types: tuple[Expression, ...]
    name: str
    body: tuple[Statement, ...]


@dataclass(slots=True, eq=False)
class Try:
    """``try`` with its handlers; ``otherwise`` is Python's ``else``."""

    node: SgNode
    body: tuple[Statement, ...]
    handlers: tuple[Handler, ...]
    otherwise: tuple[Statement, ...] = ()
    final: tuple[Statement, ...] = ()


@dataclass(slots=True, eq=False)
class Case:
    """One case of a switch; no tests for the default."""

    node: SgNode
    tests: tuple[Expression, ...]
    body: tuple[Statement, ...]


@dataclass(slots=True, eq=False)
class Switch:
    """``switch``, Python's ``match``, PHP's ``match`` as a statement."""

    node: SgNode
    subject: Expression
    cases: tuple[Case, ...]


@dataclass(slots=True, eq=False)
class With:
    """Python's ``with``: an ``Assignment`` where it binds a name, else the bare expression.

    A bare block ``{ ... }`` of JavaScript or PHP is a ``With`` without items.
    """

    node: SgNode
    items: tuple[Expression, ...]
    body: tuple[Statement, ...]


@dataclass(slots=True, eq=False)
class Define:
    """A function or class declaration; ``exported``: ``""``, ``named`` or ``default`` (JavaScript)."""

    node: SgNode
    value: Function | ClassDefinition
    exported: str = ""


@dataclass(slots=True, eq=False)
class ImportedName:
    """One imported name: ``name`` in the module (empty: the whole module), ``alias`` here."""

    name: str
    alias: str


@dataclass(slots=True, eq=False)
class Import:
    r"""``import``, ``from`` or ``use``; ``module`` as written (``flask``, ``./db``, ``App\Models``).

    JavaScript's default import has the name ``default``. A ``require`` stays a ``Call``: names resolve it.
    Python's ``from m import *`` has the one name ``*``.
    """

    node: SgNode
    module: str
    names: tuple[ImportedName, ...]


@dataclass(slots=True, eq=False)
class Jump:
    """``break``, ``continue``, ``pass``, an empty statement (``kind`` says which)."""

    node: SgNode
    kind: str


Statement: TypeAlias = Evaluate | Return | Raise | If | Loop | Try | Switch | With | Define | Import | Jump


@dataclass(slots=True, eq=False)
class Unit:
    """One block in this form.

    ``functions``, ``classes``, ``calls``, ``imports`` and ``assignments`` list all there are, in source
    order and at any depth, so that a check need not walk. ``exported`` are the names that a JavaScript
    module exports (name outside -> expression; ``module.exports = x`` has the empty name, ``export * from``
    the name ``*``; what is passed on from another module is a made-up ``require`` of it, which is not among
    ``calls``). ``broken`` says that parts could not be parsed,
    ``limited`` that it was nested too deeply to be read whole.
    """

    block: Block
    language: str
    root: SgNode
    body: tuple[Statement, ...]
    functions: tuple[Function, ...] = ()
    classes: tuple[ClassDefinition, ...] = ()
    calls: tuple[Call, ...] = ()
    imports: tuple[Import, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    exported: tuple[tuple[str, Expression], ...] = ()
    broken: bool = False
    limited: bool = False
    # A block that was parsed behind added text is shifted by so many characters on its first line.
    shifted: int = 0
