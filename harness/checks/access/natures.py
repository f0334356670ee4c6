"""What an expression stands for in the eyes of access control.

``req.user.role`` is a role that the server knows, ``req.body.role`` only what the client says; a record that
was looked up by a token is the caller's, one looked up by a path parameter is anybody's. Natures follow
assignments, destructuring, calls of shown functions and the arguments that a function was called with.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ast_grep_py import SgNode

from harness.checks.access.call_natures import last_name, nature_of_call
from harness.checks.access.kinds import NOTHING, Nature, NatureSet
from harness.checks.access.words import (
    IDENTITY_WORDS,
    ROLE_WORDS,
    names_credential,
    words_of,
)
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Binding, Definition, Unit
from harness.response.javascript.syntax import (
    FUNCTION_KINDS,
    callee_of,
    named,
    parameters_of_function,
    property_name,
    unwrap,
)
from harness.response.javascript.values import (
    FunctionValue,
    Literal,
    Member,
    Parameter,
    Value,
    options_of,
)
from harness.response.record import record

__all__ = ["Bound", "Natures"]

MAX_DEPTH = 14
_CALLER = frozenset({Nature.IDENTITY})
_CLAIM = frozenset({Nature.CLIENT})


@record
class Bound:
    """What a parameter stands for: the argument expressions given (several for a rest parameter), or natures.

    ``given`` is ``None`` where the natures are all that is known. ``default`` is the parameter's own.
    """

    given: tuple[SgNode, ...] | None
    unit: Unit
    natures: NatureSet = NOTHING
    is_rest: bool = False
    default: SgNode | None = None


_CLIENT_PARTS = frozenset("body query params files file fields".split())
_HEADER_PARTS = frozenset("headers rawHeaders cookies signedCookies".split())
_ROUTE_PARTS = frozenset("path originalUrl url baseUrl method route hostname secure protocol".split())
_ELEMENT_METHODS = frozenset("some every find findIndex filter map forEach flatMap".split())
_PLAIN_ROLE_PARTS = frozenset("length name id slug level code value key title _id".split())
_REQUEST_NAMES = frozenset({"req", "request", "_req", "ctx"})
_RESPONSE_NAMES = frozenset({"res", "response", "_res", "resp", "reply"})


class Natures:
    """Answers what expressions stand for; ``bound`` are the parameters whose arguments are known.

    ``claimed`` and ``callers`` are properties that the program writes on the request: from what the client
    says (``req.user = req.body``), and from what the server knows about the caller.
    """

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.bound: dict[tuple[FunctionValue, int], Bound] = {}
        self.claimed: frozenset[str] = frozenset()
        self.callers: frozenset[str] = frozenset()
        self._depth = 0
        self._following: set[tuple[int, SgNode]] = set()
        self._known: dict[tuple[int, SgNode], NatureSet] = {}
        self._declared: dict[int, dict[SgNode, Binding]] = {}
        written = self._written_on_requests()
        self.callers = frozenset(
            name for name, of in written.items() if any(Nature.IDENTITY in one for one in of)
        )
        claimed = (name for name, of in written.items() if all(Nature.CLIENT in one for one in of))
        self.claimed = frozenset(claimed) - self.callers
        self._known.clear()

    def _written_on_requests(self) -> dict[str, list[NatureSet]]:
        """What the program itself writes on the request: ``req.client = await keys.find(key)``."""
        written: dict[str, list[NatureSet]] = {}
        for unit in self.resolver.units:
            for assignment in unit.assignments:
                left, right = assignment.field("left"), assignment.field("right")
                if left is None or right is None or left.kind() != "member_expression":
                    continue
                name, target = property_name(left.field("property")), left.field("object")
                if name and target is not None and Nature.REQUEST in self.of(target, unit):
                    written.setdefault(name, []).append(self.of(right, unit))
        return written

    # Parameters.

    @contextmanager
    def binding(self, entries: dict[tuple[FunctionValue, int], Bound]) -> Iterator[None]:
        """Let parameters stand for arguments while the body of the ``with`` runs."""
        before, known = self.bound, self._known
        self.bound, self._known = {**before, **entries}, {}
        try:
            yield
        finally:
            self.bound, self._known = before, known

    @staticmethod
    def arguments(
        function: FunctionValue, given: Sequence[SgNode], unit: Unit
    ) -> dict[tuple[FunctionValue, int], Bound]:
        """Match the arguments of a call to the parameters of a shown function."""
        entries: dict[tuple[FunctionValue, int], Bound] = {}
        for index, parameter in enumerate(parameters_of_function(function.node)):
            pattern = parameter.field("pattern") or parameter
            if pattern.kind() == "rest_pattern":
                entries[function, index] = Bound(tuple(given[index:]), unit, is_rest=True)
            else:
                default = parameter.field("right") or parameter.field("value")
                own = unit if index < len(given) else function.unit
                entries[function, index] = Bound(tuple(given[index : index + 1]), own, default=default)
        return entries

    def functions(self, node: SgNode, unit: Unit, depth: int = 0) -> list[FunctionValue]:
        """Return the shown functions that an expression may be, through bound parameters."""
        node = unwrap(node)
        found: list[FunctionValue] = []
        for option in options_of(self.resolver.resolve(node, unit)):
            if isinstance(option, FunctionValue):
                found.append(option)
            else:
                bound = self.bound_to(option)
                if bound is not None and bound.given and not bound.is_rest and depth < MAX_DEPTH:
                    found += self.functions(bound.given[0], bound.unit, depth + 1)
        return found

    def bound_to(self, value: Value) -> Bound | None:
        """Return what a parameter stands for; a rest parameter is all that is left."""
        if isinstance(value, Member) and value.name == "*":
            value = value.base
        if not isinstance(value, Parameter):
            return None
        return self.bound.get((FunctionValue(value.function, value.unit), value.index))

    def declarations(self, unit: Unit) -> dict[SgNode, Binding]:
        """Return the names of a block that are used somewhere, by the node that declares them."""
        known = self._declared.get(id(unit))
        if known is None:
            used = (scope.lookup(node.text()) for node, scope in unit.identifiers.items())
            known = {binding.node: binding for binding in used if binding is not None}
            self._declared[id(unit)] = known
        return known

    # Natures.

    def of(self, node: SgNode, unit: Unit) -> NatureSet:
        """Return what is known about an expression."""
        node = unwrap(node)
        key = (id(unit), node)
        known = self._known.get(key)
        if known is not None:
            return known
        if self._depth >= MAX_DEPTH or key in self._following:
            return NOTHING
        self._depth += 1
        self._following.add(key)
        try:
            found = self._known[key] = self._of(node, unit)
            return found
        finally:
            self._depth -= 1
            self._following.discard(key)

    def _of(self, node: SgNode, unit: Unit) -> NatureSet:
        kind = node.kind()
        if kind in {"identifier", "shorthand_property_identifier"}:
            return self._identifier(node, unit)
        if kind == "member_expression":
            target = node.field("object")
            name = property_name(node.field("property")) or ""
            if target is None:
                return NOTHING
            if target.kind() == "this":
                return self._field(node, unit, name)
            if target.text() == "process.env":
                return frozenset({Nature.ENVIRONMENT})
            return self.part(self.of(target, unit), name)
        if kind == "subscript_expression":
            return self._subscript(node, unit)
        if kind == "call_expression":
            return nature_of_call(self, node, unit)
        if kind == "pair":
            value = node.field("value")
            return NOTHING if value is None else self.of(value, unit)
        if kind in FUNCTION_KINDS or kind in {"string", "number", "regex", "true", "false", "null"}:
            return NOTHING
        return frozenset[Nature]().union(*(self.of(part, unit) for part in named(node)[:12]))

    def _field(self, node: SgNode, unit: Unit, name: str) -> NatureSet:
        """A field of the object that a method belongs to, where its constructor was given it."""
        found = NOTHING
        for option in options_of(self.resolver.resolve(node, unit)):
            if isinstance(option, Parameter):
                found |= self._parameter(FunctionValue(option.function, option.unit), option.index)
        return found or self.part(NOTHING, name)

    def _identifier(self, node: SgNode, unit: Unit) -> NatureSet:
        binding = self.resolver.scope_of(node, unit).lookup(node.text())
        if binding is not None:
            return self._binding(binding, unit)
        found = self.resolver.linked_binding(node.text(), unit) if self.resolver.linked else None
        return NOTHING if found is None else self._binding(*found)

    def _binding(self, binding: Binding, unit: Unit) -> NatureSet:
        return frozenset[Nature]().union(
            *(self._definition(definition, unit) for definition in binding.definitions[:4])
        )

    def _definition(self, definition: Definition, unit: Unit) -> NatureSet:
        if definition.value is None:
            return NOTHING
        if definition.kind == "parameter":
            natures = self._parameter(FunctionValue(definition.value, unit), definition.index)
        elif definition.kind == "value":
            natures = self.of(definition.value, unit)
        else:
            return NOTHING
        for step in definition.path:
            natures = self.part(natures, step)
        return natures

    def _parameter(self, function: FunctionValue, index: int) -> NatureSet:
        bound = self.bound.get((function, index))
        if bound is not None:
            given = (self.of(node, bound.unit) for node in bound.given or ())
            return bound.natures.union(*given)
        parameters = parameters_of_function(function.node)
        text = parameters[index].text().split(":")[0].strip("? ") if index < len(parameters) else ""
        if text in _REQUEST_NAMES:
            return frozenset({Nature.REQUEST})
        if text in _RESPONSE_NAMES:
            return frozenset({Nature.RESPONSE})
        called = self._callback(function, index, text)
        if called is not None:
            return called
        return _CALLER if set(words_of(text)) & IDENTITY_WORDS else NOTHING

    def _callback(self, function: FunctionValue, index: int, name: str) -> NatureSet | None:
        """What a callback is called with: ``jwt.verify(token, key, (error, claims) => ...)``."""
        arguments = function.node.parent()
        call = None if arguments is None else arguments.parent()
        if arguments is None or call is None or arguments.kind() != "arguments":
            return None
        callee = callee_of(call)
        if callee is None or call.kind() != "call_expression":
            return None
        method, target = last_name(callee), unwrap(callee).field("object")
        is_first = named(arguments)[:1] == [function.node]
        if target is not None and method in {"then", *_ELEMENT_METHODS} and is_first:
            return self.of(target, function.unit) if index == 0 else NOTHING
        if method in {"catch", "finally"}:
            return NOTHING
        natures = self.of(call, function.unit)
        if index == 0 and (len(parameters_of_function(function.node)) > 1 or name in {"err", "error", "e"}):
            return frozenset({Nature.FAILURE}) if Nature.IDENTITY in natures else NOTHING
        return natures

    def _subscript(self, node: SgNode, unit: Unit) -> NatureSet:
        target, index = node.field("object"), node.field("index")
        if target is None or index is None:
            return NOTHING
        base = self.of(target, unit)
        key = self.resolver.resolve(index, unit)
        if isinstance(key, Literal) and isinstance(key.value, str):
            return self.part(base, key.value)
        if Nature.ROLE in self.of(index, unit):
            # An entry of a table of permissions, chosen by the role.
            return base | {Nature.ROLE, Nature.DECISION}
        return base

    def part(self, base: NatureSet, name: str) -> NatureSet:
        """Return what a property of something stands for."""
        words = set(words_of(name))
        if Nature.REQUEST in base:
            return self._request_part(name, words)
        if Nature.RESPONSE in base:
            return frozenset({Nature.REQUEST}) if name == "locals" else NOTHING
        if Nature.CLIENT in base and Nature.IDENTITY not in base:
            if names_credential(name, in_header=Nature.HEADER in base):
                return frozenset({Nature.CREDENTIAL})
            return base | {Nature.CLAIM} if words & ROLE_WORDS else base
        if Nature.ROLE in base:
            plain = name in _PLAIN_ROLE_PARTS or name.startswith(("#", "*"))
            return base if plain else base | {Nature.DECISION}
        if base & {Nature.IDENTITY, Nature.RELATED} and words & ROLE_WORDS:
            return base | {Nature.ROLE}
        return base

    def _request_part(self, name: str, words: set[str]) -> NatureSet:
        if name in _HEADER_PARTS:
            return _CLAIM | {Nature.HEADER}
        if name in _CLIENT_PARTS or name in self.claimed:
            return _CLAIM
        if name in _ROUTE_PARTS:
            return frozenset({Nature.ROUTE})
        if words & ROLE_WORDS:
            return _CALLER | {Nature.ROLE}
        if name == "locals":
            return frozenset({Nature.REQUEST})
        return _CALLER if words & IDENTITY_WORDS or name in self.callers else NOTHING
