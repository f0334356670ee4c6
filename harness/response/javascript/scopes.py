"""Names of one block of JavaScript or TypeScript: scopes, bindings, and what is assigned to them."""

from __future__ import annotations

from dataclasses import dataclass, field

from ast_grep_py import SgNode

from harness.response.block import Block
from harness.response.record import record

__all__ = ["Binding", "Callee", "Definition", "Scope", "Unit"]


@record
class Definition:
    """One way in which a name gets its value.

    ``kind`` is ``value`` (``value`` is the expression and ``path`` leads into it: names for properties,
    ``#0`` for elements, ``*`` for what cannot be told), ``import`` (``path`` is the imported name, empty
    for the whole module, ``module`` its specifier), ``function``, ``class``, ``enum``, ``parameter``
    (``value`` is the function, ``index`` the position), or ``opaque``.
    """

    kind: str
    value: SgNode | None = None
    path: tuple[str, ...] = ()
    module: str = ""
    index: int = 0


@dataclass(slots=True, eq=False)
class Binding:
    """A declared name with everything that is assigned to it."""

    name: str
    node: SgNode
    scope: Scope
    definitions: list[Definition] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Scope:
    """A stretch of code in which names are declared; ``node`` is what opened it."""

    node: SgNode
    parent: Scope | None
    is_function: bool
    names: dict[str, Binding] = field(default_factory=dict)

    def lookup(self, name: str) -> Binding | None:
        """Find the binding that a name refers to from here, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None


@record
class Callee:
    """A call with what is called: its kind of node, and its last name where it is written plainly."""

    call: SgNode
    node: SgNode
    kind: str
    name: str


@dataclass(slots=True, eq=False, repr=False)
class Unit:
    """One parsed block: its tree, its scopes and its calls, members and assignments in source order.

    ``identifiers`` maps each identifier that is used as a value to the scope it stands in.
    ``assignments`` are the assignment expressions; ``exports`` the export statements; ``bindings`` all
    declared names; ``callees`` what each call (not ``new``) calls. ``broken`` says that parts of the block
    could not be parsed.
    """

    block: Block
    root: SgNode
    top: Scope
    identifiers: dict[SgNode, Scope] = field(default_factory=dict)
    calls: list[SgNode] = field(default_factory=list)
    members: list[SgNode] = field(default_factory=list)
    functions: list[SgNode] = field(default_factory=list)
    assignments: list[SgNode] = field(default_factory=list)
    exports: list[SgNode] = field(default_factory=list)
    imports: list[SgNode] = field(default_factory=list)
    patterns: list[SgNode] = field(default_factory=list)
    bindings: list[Binding] = field(default_factory=list)
    callees: list[Callee] = field(default_factory=list)
    broken: bool = False
