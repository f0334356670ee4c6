"""What an expression stands for inside one particular call: parameters replaced by what was handed in.

The resolver leaves parameters symbolic; here a middleware factory is followed with its arguments, so that
``validate(createUser, 'query')`` is seen to run ``createUser`` on ``req.query``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ast_grep_py import SgNode

from harness.checks.validation.standard import known_call, parts_in, spreads_request
from harness.checks.validation.terms import (
    EMPTY,
    MAX_ALTERNATIVES,
    NOTHING,
    Bound,
    Env,
    Items,
    Key,
    Part,
    Term,
    Terms,
    is_undefined,
    key_of,
    strings_of,
    union,
)
from harness.response.javascript.members import member_of, returns_of
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Definition, Unit
from harness.response.javascript.syntax import (
    arguments_of,
    callee_of,
    named,
    parameters_of_function,
    property_name,
    unwrap,
)
from harness.response.javascript.values import (
    ArrayValue,
    CallValue,
    ClassValue,
    FunctionValue,
    Global,
    Instance,
    Literal,
    Member,
    Module,
    ObjectValue,
    Parameter,
    Value,
    options_of,
)

__all__ = ["Evaluator"]

# Values that hold no parameter to replace.
_PLAIN = frozenset({FunctionValue, ClassValue, Global, Module, Literal, ObjectValue, Instance})
_DECLARED = frozenset({"import", "function"})
_MAX_DEPTH = 40
_BUDGET = 60_000
_BUDGET_PER_CALL = 100
_MAX_BUDGET = 400_000


class Evaluator:
    """Evaluates expressions under environments. The work is bounded: ``exhausted`` says that it ran out."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._depth = 0
        self._spent = 0
        calls = sum(len(unit.calls) for unit in resolver.units)
        self._budget = min(_BUDGET + _BUDGET_PER_CALL * calls, _MAX_BUDGET)

    @property
    def exhausted(self) -> bool:
        """Whether the program was too large to be followed to the end."""
        return self._spent >= self._budget

    def evaluate(self, node: SgNode, unit: Unit, env: Env) -> Terms:
        """Return what an expression may stand for."""
        # Most nodes are asked for again, and few are wrapped: what is known comes first.
        key = (id(unit), node)
        known = env.known.get(key)
        if known is not None:
            return known
        inner = unwrap(node)
        if inner is not node:
            key, node = (key[0], inner), inner
            known = env.known.get(key)
            if known is not None:
                return known
        if self._depth >= _MAX_DEPTH or self._spent >= self._budget:
            return NOTHING
        env.known[key] = NOTHING  # what a cycle finds
        self._depth += 1
        self._spent += 1
        try:
            terms = self._expression(node, unit, env)[:MAX_ALTERNATIVES]
        finally:
            self._depth -= 1
        env.known[key] = terms
        return terms

    def _expression(self, node: SgNode, unit: Unit, env: Env) -> Terms:
        kind = node.kind()
        if kind in {"identifier", "shorthand_property_identifier"}:
            return self._identifier(node, unit, env)
        if kind in {"member_expression", "subscript_expression"}:
            return self._member(node, unit, env)
        if kind == "call_expression":
            return self._call(node, unit, env)
        if kind == "array":
            return (Items(tuple(self._elements_of_array(node, unit, env))),)
        if kind in {"ternary_expression", "binary_expression"}:
            fields = ("consequence", "alternative") if kind.startswith("t") else ("left", "right")
            operator = node.field("operator")
            if operator is None or operator.text() in {"||", "??", "&&"}:
                parts = [part for name in fields if (part := node.field(name)) is not None]
                return union([self.evaluate(part, unit, env) for part in parts])
        if kind == "object" and spreads_request(self, node, unit, env):
            return tuple(parts_in(self, node, unit, env)) or NOTHING
        return self.ground(self.resolver.resolve(node, unit), env)

    # Names.

    def _identifier(self, node: SgNode, unit: Unit, env: Env) -> Terms:
        binding = self.resolver.scope_of(node, unit).lookup(node.text())
        if binding is not None and not any(one.kind in _DECLARED for one in binding.definitions):
            found = union([self.defined(one, unit, env) for one in binding.definitions[:MAX_ALTERNATIVES]])
            if not any(isinstance(term, Bound) and type(term.value) is Module for term in found):
                return found
        # The resolver also knows files that an answer shows without naming them.
        return self.ground(self.resolver.resolve(node, unit), env)

    def defined(self, definition: Definition, unit: Unit, env: Env) -> Terms:
        """Return what one definition gives a name."""
        value, path = definition.value, definition.path
        if definition.kind == "parameter" and value is not None:
            terms = self._parameter(Parameter(value, definition.index, unit), env)
        elif definition.kind == "value" and value is not None:
            loop = value.parent()
            if loop is not None and loop.kind() == "for_in_statement" and loop.field("right") == value:
                path = path[1:]
                terms = env.bound.get(key_of(unit, loop, 0)) or self.elements(self.evaluate(value, unit, env))
            else:
                terms = self.evaluate(value, unit, env)
        else:
            return self.ground(self.resolver.defined(definition, unit), env)
        for name in path:
            terms = union([self.step(term, name) for term in terms])
        return terms or NOTHING

    def _parameter(self, parameter: Parameter, env: Env) -> Terms:
        bound = env.bound.get(key_of(parameter.unit, parameter.function, parameter.index))
        if bound is not None:
            return bound
        found: list[Terms] = []
        for call, unit in self.resolver.call_sites(parameter.function)[:MAX_ALTERNATIVES]:
            arguments = arguments_of(call)
            if parameter.index < len(arguments):
                found.append(self.evaluate(arguments[parameter.index], unit, EMPTY))
        return union(found) or (Bound(parameter, env),)

    # Members.

    def _member(self, node: SgNode, unit: Unit, env: Env) -> Terms:
        target, index = node.field("object"), node.field("index")
        if target is None:
            return NOTHING
        owners = self.evaluate(target, unit, env)
        if index is None:
            names = [property_name(node.field("property")) or "*"]
        else:
            names = strings_of(self.evaluate(index, unit, env)) or ["*"]
        return union([self.step(owner, name) for owner in owners for name in names])

    def step(self, term: Term, name: str) -> Terms:
        """Return a property (or, as ``#0``, an element) of a term."""
        if isinstance(term, Part):
            return (Part((*term.path[:3], name)),)
        if isinstance(term, Items):
            if name == "*":
                return (term,)
            if name.startswith("#"):
                index = int(name[1:])
                return term.items[index] if index < len(term.items) else ()
            return NOTHING
        value, env = term.value, term.env
        if name.startswith("#"):
            elements = self.elements((term,))
            return elements or (Bound(Member(value, name), env),)
        if isinstance(value, Instance):
            env = self._constructed(value, env)
        return self.ground(member_of(self.resolver, value, name), env)

    def _constructed(self, value: Instance, env: Env) -> Env:
        """Return the environment in which the methods of ``new Class(...)`` run."""
        if not isinstance(value.callee, ClassValue) or value.node.kind() != "new_expression":
            return env
        body = value.callee.node.field("body")
        for part in named(body) if body is not None else ():
            if part.kind() == "method_definition" and property_name(part.field("name")) == "constructor":
                return self.bind(
                    FunctionValue(part, value.callee.unit), self.arguments(value.node, value.unit, env), env
                )
        return env

    def elements(self, terms: Terms) -> Terms:
        """Return what the elements of a list may be."""
        found: list[Terms] = []
        for term in terms:
            if isinstance(term, Items):
                found += term.items
            elif isinstance(term, Bound) and isinstance(term.value, ArrayValue):
                found += self._elements_of_array(term.value.node, term.value.unit, term.env)
        return union(found)

    def _elements_of_array(self, node: SgNode, unit: Unit, env: Env) -> list[Terms]:
        return self._listed(named(node), unit, env)

    def _listed(self, parts: Sequence[SgNode], unit: Unit, env: Env) -> list[Terms]:
        """Evaluate the parts of a list, spreads of known lists opened."""
        found: list[Terms] = []
        for part in parts:
            if part.kind() == "spread_element" and named(part):
                for term in self.evaluate(named(part)[0], unit, env):
                    found += term.items if isinstance(term, Items) else [(term,)]
            else:
                found.append(self.evaluate(part, unit, env))
        return found

    # Calls.

    def arguments(self, call: SgNode, unit: Unit, env: Env) -> list[Terms]:
        """Return the arguments of a call, spreads of known lists opened."""
        return self._listed(arguments_of(call), unit, env)

    def _call(self, node: SgNode, unit: Unit, env: Env) -> Terms:
        callee = callee_of(node)
        if callee is None:
            return NOTHING
        callee = unwrap(callee)
        known = known_call(self, node, callee, unit, env)
        if known is not None:
            return known
        found: list[Terms] = []
        for term in self.evaluate(callee, unit, env):
            if isinstance(term, Bound) and isinstance(term.value, FunctionValue):
                found.append(self.results(term, self.arguments(node, unit, env)))
            elif not isinstance(term, Bound) or not isinstance(term.value, (Literal, ObjectValue)):
                value = self.resolver.resolve(node, unit)
                found.append(
                    (Bound(option, env),)
                    if isinstance(option := value, CallValue)
                    else self.ground(value, env)
                )
        return union(found) or NOTHING

    def properties(self, term: Term) -> list[tuple[str, Terms]]:
        """Return the properties that an object is shown to have; computed keys are evaluated."""
        return [(name, self.evaluate(node, unit, env)) for name, node, unit, env in self._entries(term)]

    def property_names(self, term: Term) -> list[str]:
        """Return the names of these properties, without looking at what they hold."""
        return [name for name, *_ in self._entries(term)]

    def _entries(self, term: Term) -> Iterator[tuple[str, SgNode, Unit, Env]]:
        if not isinstance(term, Bound) or not isinstance(term.value, ObjectValue):
            return
        unit, env = term.value.unit, term.env
        for part in named(term.value.node):
            if part.kind() == "pair":
                key, value = part.field("key"), part.field("value")
                if key is not None and value is not None:
                    names = [name] if (name := property_name(key)) else self._computed(key, unit, env)
                    yield from ((name, value, unit, env) for name in names)
            elif part.kind() == "shorthand_property_identifier":
                yield part.text(), part, unit, env
            elif part.kind() == "spread_element" and named(part):
                for spread in self.evaluate(named(part)[0], unit, env):
                    if not isinstance(spread, Bound) or spread.value != term.value:
                        yield from self._entries(spread)

    def _computed(self, key: SgNode, unit: Unit, env: Env) -> list[str]:
        inner = named(key)
        return strings_of(self.evaluate(inner[0], unit, env)) if inner else []

    def bind(self, function: FunctionValue, arguments: Sequence[Terms], env: Env) -> Env:
        """Return the environment of a call of a shown function."""
        bound: dict[Key, Terms] = {}
        unit = function.unit
        for index, parameter in enumerate(parameters_of_function(function.node)):
            pattern = parameter.field("pattern") or parameter
            default = parameter.field("value")
            if pattern.kind() == "assignment_pattern":
                default = pattern.field("right")
            given = arguments[index] if index < len(arguments) else ()
            if pattern.kind() == "rest_pattern":
                bound[key_of(unit, function.node, index)] = (Items(tuple(arguments[index:])),)
            elif given and not (default is not None and all(is_undefined(term) for term in given)):
                bound[key_of(unit, function.node, index)] = given
            elif default is not None:
                bound[key_of(unit, function.node, index)] = self.evaluate(default, unit, env)
            else:
                bound[key_of(unit, function.node, index)] = (Bound(Literal(None), EMPTY),)
        return env.extended(bound)

    def results(self, function: Term, arguments: Sequence[Terms]) -> Terms:
        """Return what a call of a shown function returns."""
        if not isinstance(function, Bound) or not isinstance(function.value, FunctionValue):
            return ()
        env = self.bind(function.value, arguments, function.env)
        unit = function.value.unit
        return union([self.evaluate(node, unit, env) for node in returns_of(function.value.node)])

    # Values of the resolver.

    def ground(self, value: Value, env: Env) -> Terms:
        """Replace the parameters in a value of the resolver by what the environment gives them."""
        if self._depth >= _MAX_DEPTH:
            return NOTHING
        if type(value) in _PLAIN:
            self._spent += 1
            return (Bound(value, env),)
        self._depth += 1
        self._spent += 1
        try:
            return union([self._ground(option, env) for option in options_of(value)])
        finally:
            self._depth -= 1

    def _ground(self, value: Value, env: Env) -> Terms:
        if isinstance(value, Parameter):
            return self._parameter(value, env)
        if isinstance(value, Member):
            found: list[Terms] = []
            for term in self.ground(value.base, env):
                same = isinstance(term, Bound) and (term.value is value.base or term.value == value.base)
                found.append((Bound(value, env),) if same else self.step(term, value.name))
            return union(found)
        if isinstance(value, CallValue):
            return self.evaluate(value.node, value.unit, env)
        if isinstance(value, ArrayValue):
            return (Items(tuple(self._elements_of_array(value.node, value.unit, env))),)
        return (Bound(value, env),)
