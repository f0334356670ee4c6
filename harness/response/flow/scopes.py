"""The names of one block: in which scope each stands, and everything that may define it.

One walk over the common form records the parent of every node, the scope of every name, and the definitions
in every scope. How far a name reaches is the one thing that differs between languages; it is said here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from harness.response.flow.definitions import (
    COMPREHENSIONS,
    ELEMENT,
    ELSEWHERE,
    KEY,
    Definer,
    Definition,
    Scope,
    targets_of,
)
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Name,
    Opaque,
    Parameter,
)
from harness.response.flow.nodes import Nodes
from harness.response.flow.statements import Case, Define, Handler, If, Import, Loop, Try, Unit, With
from harness.response.flow.walk import PARTS, Node
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.lazy import lazy

__all__ = ["Index"]


class Index:
    """The names of one unit.

    ``parents`` leads from each node to the one around it, ``scopes`` from each name to its scope; ``writes``
    is what is assigned to attributes later, by the literal, call, function or class that they belong to.
    """

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.top = Scope(None, "module", None)
        self.parents: dict[Node, Node | None] = {}
        self.scopes: dict[Name, Scope] = {}
        self.members: dict[ClassDefinition, Scope] = {}
        self.stars: list[Import] = []
        self.writes: dict[Node, dict[str, list[Definition]]] = {}
        self._has_blocks = unit.language in JAVASCRIPT_FAMILY
        self._is_python, self._is_php = unit.language == "python", unit.language == "php"
        self._waiting: list[tuple[Iterator[Node], Node | None, Scope]] = []
        self._assigned: list[tuple[str, Scope, Definition]] = []
        self._attributes: list[tuple[Attribute, Scope, Definition]] = []
        self._visits: dict[type, Callable[[Any, Scope], None]] = {
            Function: self._function,
            ClassDefinition: self._class,
            Assignment: self._assignment,
            Import: self._import,
            Loop: self._loop,
            With: self._with,
            Handler: self._handler,
            Opaque: self._opaque,
        }
        if self._has_blocks:
            self._visits |= {If: self._if, Try: self._try, Case: self._case}
        self._run()

    def lookup(self, name: str, scope: Scope) -> list[Definition] | None:
        """Return what defines a name that is used in a scope; ``None`` where nothing here does."""
        found = self._lookup_scope(name, scope)
        return None if found is None else found.names[name]

    def scope_of(self, name: Name) -> Scope:
        """Return the scope that a name stands in."""
        return self.scopes.get(name, self.top)

    @lazy
    def nodes(self) -> Nodes:
        """All nodes by their class and by the function around them."""
        return Nodes(self.parents)

    # The walk.

    def _run(self) -> None:
        waiting, visits, parents, scopes = self._waiting, self._visits, self.parents, self.scopes
        parent: Node | None = None
        scope = self.top
        nodes: Iterator[Node] = iter(self.unit.body)
        while True:
            # Most nodes have nothing in them: the loop goes on beside them, and steps down elsewhere.
            for node in nodes:
                kind = type(node)
                if kind is Name:
                    # A promoted parameter stands in several places; the first is where it was written.
                    if node not in parents:
                        parents[node] = parent
                        scopes[node] = scope  # type: ignore[index]
                    continue
                parents[node] = parent
                if kind is Constant:
                    continue
                waiting.append((nodes, parent, scope))
                visit = visits.get(kind)
                if visit is None:
                    nodes, parent = iter(PARTS[kind](node)), node
                else:
                    visit(node, scope)
                    nodes, parent, scope = waiting.pop()
                break
            else:
                if not waiting:
                    break
                nodes, parent, scope = waiting.pop()
        for name, scope, definition in self._assigned:
            home = self._lookup_scope(name, scope) or self.top
            home.names.setdefault(name, []).append(definition)
        for target, scope, definition in self._attributes:
            self._write(target, scope, definition)

    def _push(self, nodes: Iterable[Node | None], parent: Node, scope: Scope) -> None:
        self._waiting.append((iter([node for node in nodes if node is not None]), parent, scope))

    def _inner(self, node: Node, scope: Scope) -> Scope:
        return Scope(node, "block", scope) if self._has_blocks else scope

    def _home(self, scope: Scope) -> Scope:
        """Return the scope that an assignment without declaration defines in, outside JavaScript."""
        while scope.kind == "block" and scope.parent is not None:
            scope = scope.parent
        return scope

    @staticmethod
    def _declare(name: str, scope: Scope, definition: Definition) -> None:
        scope.elsewhere.get(name, scope).names.setdefault(name, []).append(definition)

    def _lookup_scope(self, name: str, start: Scope) -> Scope | None:
        scope: Scope | None = start
        while scope is not None:
            elsewhere = scope.elsewhere.get(name)
            if elsewhere is not None:
                scope = elsewhere
            # The names in a class are plain names only in Python, and there only in the class itself.
            if name in scope.names and (scope.kind != "class" or (self._is_python and scope is start)):
                return scope
            if self._is_php and scope.kind == "function" and name.startswith("$"):
                closure = scope.node
                if not isinstance(closure, Function) or not closure.is_arrow:
                    return None
            scope = scope.parent
        return None

    # Functions and classes.

    def _function(self, node: Function, scope: Scope) -> None:
        inner = Scope(node, "function", scope)
        if node.name:
            definition = Definition("function", node, self.unit)
            if isinstance(self.parents[node], Define):
                self._declare(node.name, self._place_of(scope), definition)
            elif not node.is_method:
                # A function expression's own name is only seen inside it.
                self._declare(node.name, inner, definition)
        for name in node.captures:
            inner.elsewhere[name] = scope
        for position, one in enumerate(node.parameters):
            self._parameter(one, inner, node, position)
        self._push(node.body, node, inner)
        self._push(node.parameters, node, inner)
        self._push(node.decorators, node, scope)

    def _place_of(self, scope: Scope) -> Scope:
        # PHP's functions and classes are known everywhere, wherever they stand.
        local = self._has_blocks or scope.kind == "class"
        return scope if local else self.top if self._is_php else self._home(scope)

    def _parameter(self, parameter: Parameter, scope: Scope, function: Function, position: int) -> None:
        for target, path in targets_of(parameter.target):
            if isinstance(target, Name):
                found = Definition("parameter", parameter, self.unit, None, path, function, position)
                self._declare(target.name, scope, found)

    def _class(self, node: ClassDefinition, scope: Scope) -> None:
        inner = Scope(node, "class", scope)
        self.members[node] = inner
        if node.name:
            definition = Definition("class", node, self.unit)
            if isinstance(self.parents[node], Define):
                self._declare(node.name, self._place_of(scope), definition)
            elif self._has_blocks:
                scope = Scope(node, "block", scope)
                inner.parent = scope
                self._declare(node.name, scope, definition)
        self._push(node.body, node, inner)
        self._push(node.bases, node, scope)
        self._push(node.decorators, node, scope)

    # Definitions by assignment.

    def _assignment(self, node: Assignment, scope: Scope) -> None:
        if node.value is not None or node.declares:
            kind = "with" if type(self.parents[node]) is With else "value"
            for target, path in targets_of(node.target):
                found = Definition(kind, node, self.unit, node.value, path)
                if isinstance(target, Name):
                    self._assign(target.name, scope, found, node.declares)
                elif isinstance(target, Attribute):
                    self._attributes.append((target, scope, found))
        self._push((*node.decorators, node.target, node.value), node, scope)

    def _assign(self, name: str, scope: Scope, definition: Definition, declares: str) -> None:
        if not self._has_blocks:
            self._declare(name, self._home(scope), definition)
        elif not declares:
            self._assigned.append((name, scope, definition))
        else:
            if declares == "var":
                scope = self._home(scope)
            if definition.value is None and declares not in {"field", "static"}:
                # `let x;` declares and gives no value.
                scope.names.setdefault(name, [])
            else:
                self._declare(name, scope, definition)

    def _write(self, target: Attribute, scope: Scope, definition: Definition) -> None:
        for owner in self._owners(target.base, scope):
            self.writes.setdefault(owner, {}).setdefault(target.name, []).append(definition)

    def _owners(self, base: Expression, scope: Scope) -> Sequence[Node]:
        if isinstance(base, Attribute) and base.name == "prototype":
            base = base.base
        if not isinstance(base, Name):
            return ()
        definitions = self.lookup(base.name, scope)
        if definitions is None or self.is_receiver(base, scope):
            owner = self.class_around(base)
            return () if owner is None or not self.is_receiver(base, scope) else (owner,)
        found: list[Node] = []
        for definition in definitions:
            if definition.kind in {"function", "class"}:
                found.append(definition.node)
            elif definition.value is not None and not definition.path:
                found.append(definition.value)
        return found

    def is_receiver(self, name: Name, scope: Scope) -> bool:
        """Say whether a name is ``this``, ``$this``, or the first parameter of a method in Python."""
        if not self._is_python:
            return name.name in {"this", "$this"}
        for definition in self.lookup(name.name, scope) or ():
            function = definition.function
            if definition.position or function is None or not function.is_method or function.is_static:
                return False
            return isinstance(function.parameters[0].target, Name) and not function.parameters[0].rest
        return False

    def class_around(self, node: Node) -> ClassDefinition | None:
        """Return the class that a node stands in; a plain function in JavaScript has its own ``this``."""
        here: Node | None = self.parents.get(node)
        while here is not None:
            if isinstance(here, ClassDefinition):
                return here
            if isinstance(here, Function) and self._has_blocks and not (here.is_arrow or here.is_method):
                return None
            here = self.parents.get(here)
        return None

    # Statements that define or open a scope.

    def _import(self, node: Import, scope: Scope) -> None:
        home = self.top if self._has_blocks or self._is_php else self._home(scope)
        for one in node.names:
            if one.alias == "*":
                self.stars.append(node)
                continue
            found = Definition("import", node, self.unit, imported=one)
            # `import a.b` gives the name `a`.
            name = one.alias.partition(".")[0] if self._is_python else one.alias
            self._declare(name, home, found)

    def _loop(self, node: Loop, scope: Scope) -> None:
        inner = self._inner(node, scope)
        if node.target is not None:
            self._bind(node.target, node, node.subject, inner, KEY if node.kind == "keys" else ELEMENT)
        self._push((node.target, node.subject, *node.body), node, inner)

    def _bind(
        self, target: Expression, node: Definer, subject: Expression | None, scope: Scope, step: str
    ) -> None:
        for name, path in targets_of(target):
            found = Definition("loop", node, self.unit, subject, (step, *path))
            if isinstance(name, Name):
                self._declare(name.name, scope if self._has_blocks else self._home(scope), found)
            elif isinstance(name, Attribute):
                self._attributes.append((name, scope, found))

    def _with(self, node: With, scope: Scope) -> None:
        self._push((*node.items, *node.body), node, self._inner(node, scope))

    def _if(self, node: If, scope: Scope) -> None:
        self._push(node.otherwise, node, Scope(node, "block", scope))
        self._push(node.then, node, Scope(node, "block", scope))
        self._push((node.test,), node, scope)

    def _try(self, node: Try, scope: Scope) -> None:
        self._push(node.final, node, Scope(node, "block", scope))
        self._push(node.otherwise, node, Scope(node, "block", scope))
        self._push(node.handlers, node, scope)
        self._push(node.body, node, Scope(node, "block", scope))

    def _case(self, node: Case, scope: Scope) -> None:
        self._push((*node.tests, *node.body), node, Scope(node, "block", scope))

    def _handler(self, node: Handler, scope: Scope) -> None:
        inner = self._inner(node, scope)
        if node.name:
            home = inner if self._has_blocks else self._home(inner)
            self._declare(node.name, home, Definition("except", node, self.unit))
        self._push((*node.types, *node.body), node, inner)

    def _opaque(self, node: Opaque, scope: Scope) -> None:
        parts = node.parts
        if parts and not self._has_blocks:
            kind = node.node.kind()
            if kind in COMPREHENSIONS and self._is_python and len(parts) > 2:
                scope = Scope(node, "block", scope)
                for name, path in targets_of(parts[0]):
                    if isinstance(name, Name):
                        found = Definition("loop", node, self.unit, parts[1], (ELEMENT, *path))
                        self._declare(name.name, scope, found)
            elif kind in ELSEWHERE:
                self._elsewhere([part.name for part in parts if isinstance(part, Name)], scope, kind)
        self._push(parts, node, scope)

    def _elsewhere(self, names: Sequence[str], scope: Scope, kind: str) -> None:
        """``global`` and ``nonlocal``: the names are those of another scope."""
        home = self._home(scope)
        for name in names:
            outer = None if home.parent is None else self._lookup_scope(name, home.parent)
            meant = outer if kind == "nonlocal_statement" and outer is not None else self.top
            if meant is not home:
                home.elsewhere[name] = meant
