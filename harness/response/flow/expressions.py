"""One form for programs in JavaScript, TypeScript, Python and PHP.

A check that follows data through a program (what reaches a query, what a log line holds, which call may
fail unhandled) is written once, on this form, for all languages. Each language has one module that turns
its tree into it. What the form has no word for becomes ``Opaque`` and keeps its parts, so that nothing is
lost silently.

Operators are spelled as in JavaScript, whatever the language: ``+`` joins strings (PHP ``.``), ``||`` and
``&&`` are also Python's ``or`` and ``and``, ``??`` is PHP's ``??`` (its ``?:`` is ``||``), ``!`` negates,
``===`` is PHP's and JavaScript's, ``in`` and ``!in`` are membership.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ast_grep_py import SgNode

if TYPE_CHECKING:
    from harness.response.flow.statements import Statement

__all__ = [
    "Argument",
    "Assignment",
    "Attribute",
    "Await",
    "Binary",
    "Call",
    "ClassDefinition",
    "Conditional",
    "Constant",
    "Entry",
    "Expression",
    "Function",
    "Index",
    "Items",
    "Mapping",
    "Name",
    "Opaque",
    "Parameter",
    "Tagged",
    "Text",
    "Unary",
]

# Every node carries the tree node that it came from; that is its identity and its place.


@dataclass(slots=True, eq=False)
class Name:
    """A variable, function, class or global by its name (PHP variables with the leading ``$``).

    ``outside`` is what an imported thing is called where it comes from, if this block calls it otherwise.
    """

    node: SgNode
    name: str
    outside: str = ""

    @property
    def meant(self) -> str:
        """What is named, whatever this block calls it."""
        return self.outside or self.name


@dataclass(slots=True, eq=False)
class Constant:
    """A literal: string (escapes resolved), number, boolean, or ``None`` for null, undefined and None."""

    node: SgNode
    value: str | int | float | bool | None


@dataclass(slots=True, eq=False)
class Text:
    """A string with expressions in it: template, f-string, PHP interpolation. Parts in order."""

    node: SgNode
    parts: tuple[Expression, ...]


@dataclass(slots=True, eq=False)
class Tagged:
    """A tagged template (JavaScript): the tag sees the parts one by one."""

    node: SgNode
    tag: Expression
    parts: tuple[Expression, ...]


@dataclass(slots=True, eq=False)
class Binary:
    """Two operands and an operator, as the module's docstring spells it."""

    node: SgNode
    operator: str
    left: Expression
    right: Expression


@dataclass(slots=True, eq=False)
class Unary:
    """One operand: ``!``, ``-``, ``+``, ``~``, ``typeof``, ``void``, ``delete``; a PHP cast as ``(int)``."""

    node: SgNode
    operator: str
    value: Expression


@dataclass(slots=True, eq=False)
class Attribute:
    """``base.name``: ``a.b``, ``a?.b``, ``$a->b``, ``A::b``, ``A::$b`` (name with ``$``), ``A::class``."""

    node: SgNode
    base: Expression
    name: str


@dataclass(slots=True, eq=False)
class Index:
    """``base[key]``; a slice is an ``Opaque`` key; PHP's ``$a[]`` has the key ``None``."""

    node: SgNode
    base: Expression
    key: Expression | None


@dataclass(slots=True, eq=False)
class Argument:
    """One argument: ``name`` for keyword arguments; ``spread`` for ``...x`` and ``*x`` (``**x`` as well)."""

    value: Expression
    name: str = ""
    spread: bool = False


@dataclass(slots=True, eq=False)
class Call:
    """A call or construction (``is_new``; Python calls its classes plainly, so it is false there)."""

    node: SgNode
    callee: Expression
    arguments: tuple[Argument, ...]
    is_new: bool = False


@dataclass(slots=True, eq=False)
class Entry:
    """One entry of a mapping: a ``Constant`` key for plain names; ``key`` is ``None`` for a spread."""

    key: Expression | None
    value: Expression


@dataclass(slots=True, eq=False)
class Mapping:
    """An object literal, dict, or PHP array with keys."""

    node: SgNode
    entries: tuple[Entry, ...]


@dataclass(slots=True, eq=False)
class Items:
    """A list, tuple, set or array literal; a spread element is a ``Unary`` with operator ``...``."""

    node: SgNode
    items: tuple[Expression, ...]


@dataclass(slots=True, eq=False)
class Conditional:
    """``test ? then : otherwise``; also the arms of PHP ``match`` in a chain."""

    node: SgNode
    test: Expression
    then: Expression
    otherwise: Expression


@dataclass(slots=True, eq=False)
class Await:
    """``await value`` (Python and JavaScript)."""

    node: SgNode
    value: Expression


@dataclass(slots=True, eq=False)
class Assignment:
    """``target operator value``; a declaration has ``=`` and ``declares`` (``const``, ``let``, ``var``).

    Targets are ``Name``, ``Attribute``, ``Index``, or ``Items`` and ``Mapping`` as patterns. In a pattern a
    default is an ``Assignment``, a rest a ``Unary`` with ``...``. ``value`` is ``None`` for ``let x;``.
    Python's comprehensions bind through ``Loop``-less ``Opaque`` parts (target, iterable, element).
    A field of a class declares ``field`` (``static`` where it belongs to the class itself); ``annotation``
    is its type or a variable's as source text, ``decorators`` are what stands above a field.
    """

    node: SgNode
    target: Expression
    value: Expression | None
    operator: str = "="
    declares: str = ""
    annotation: str = ""
    decorators: tuple[Expression, ...] = ()


@dataclass(slots=True, eq=False)
class Parameter:
    """A parameter: a ``Name`` or a pattern; ``annotation`` is source text, ``rest`` for ``*args``."""

    node: SgNode
    target: Expression
    default: Expression | None = None
    annotation: str = ""
    rest: bool = False
    decorators: tuple[Expression, ...] = ()


@dataclass(slots=True, eq=False)
class Function:
    """A function, method, lambda or arrow. An expression body is one ``Return``.

    ``decorators`` are Python and TypeScript decorators and PHP attributes, as expressions. ``captures`` are
    the names of PHP's ``use`` clause. ``owner`` is the name of the class that a method belongs to.
    ``is_abstract`` says that there is no body (abstract, interface, overload). ``accessor`` is ``get`` or
    ``set`` (JavaScript): reading or writing the attribute runs the body.
    """

    node: SgNode
    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    decorators: tuple[Expression, ...] = ()
    is_async: bool = False
    is_method: bool = False
    is_static: bool = False
    is_abstract: bool = False
    is_arrow: bool = False
    captures: tuple[str, ...] = ()
    owner: str = ""
    annotation: str = ""
    accessor: str = ""


@dataclass(slots=True, eq=False)
class ClassDefinition:
    """A class, interface, trait or enum (``kind``). Fields are ``Evaluate(Assignment)`` in ``body``."""

    node: SgNode
    name: str
    bases: tuple[Expression, ...]
    body: tuple[Statement, ...]
    decorators: tuple[Expression, ...] = ()
    kind: str = "class"


@dataclass(slots=True, eq=False)
class Opaque:
    """Something the form has no word for; ``parts`` are the expressions in it, in source order."""

    node: SgNode
    parts: tuple[Expression, ...]


Expression: TypeAlias = (
    Name
    | Constant
    | Text
    | Tagged
    | Binary
    | Unary
    | Attribute
    | Index
    | Call
    | Mapping
    | Items
    | Conditional
    | Await
    | Assignment
    | Function
    | ClassDefinition
    | Opaque
)
