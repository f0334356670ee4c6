"""Which middleware lets only some requests through: classified by what its code does, else by its name."""

from __future__ import annotations

from ast_grep_py import SgNode

from harness.checks.access.factories import Made, functions_made_as
from harness.checks.access.flow import Flow
from harness.checks.access.kinds import Fact, Guard, Nature, State, States
from harness.checks.access.names import demanded_by_name
from harness.checks.access.natures import Natures
from harness.response.javascript.handlers import Handler, flatten_handlers
from harness.response.javascript.resolve import Resolver
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import arguments_of, callee_of, parameters_of_function, unwrap
from harness.response.javascript.values import (
    CallValue,
    FunctionValue,
    Member,
    Module,
    Value,
    options_of,
)
from harness.response.record import record

__all__ = ["NO_READING", "GuardReader", "Reading"]

_MAX_WRAPPERS = 4
_FACT_OF = {
    Guard.AUTHENTICATION: frozenset({Fact.KNOWN}),
    Guard.AUTHORISATION: frozenset({Fact.KNOWN, Fact.ROLE}),
    Guard.RATE_LIMIT: frozenset({Fact.COUNTED}),
}
# On these grounds a request may pass a role guard, or one that asks who calls, without what it asks for.
_ROLE_GROUNDS = frozenset({Fact.ROLE, Fact.OWNER, Fact.EXEMPT})
_KNOWN_GROUNDS = frozenset({Fact.KNOWN, Fact.ROLE, Fact.EXEMPT})
_COUNTED_GROUNDS = frozenset({Fact.COUNTED, Fact.EXEMPT})


@record
class Reading:
    """What a middleware or handler demands, and what it only seems to (``attempted``).

    ``owner``: it asks whether the thing is the caller's own. Of shown code, ``answers`` says that it never
    hands the request on, ``goes_on`` that it does.
    """

    guards: frozenset[Guard] = frozenset()
    attempted: frozenset[Guard] = frozenset()
    owner: bool = False
    answers: bool = False
    goes_on: bool = False


NO_READING = Reading()


class GuardReader:
    """Reads the middleware of one program; each is read once."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.natures = Natures(resolver)
        self._known: dict[tuple[object, bool], Reading] = {}

    def middleware(self, handler: Handler) -> Reading:
        """Read a middleware. Of a conditional value, what all its options demand."""
        return self._read(handler, is_handler=False)

    def handler(self, handler: Handler) -> Reading:
        """Read the function that answers: what it demands before it does its work."""
        return self._read(handler, is_handler=True)

    def _read(self, handler: Handler, *, is_handler: bool) -> Reading:
        key = (handler.value, is_handler)
        known = self._known.get(key)
        if known is None:
            self._known[key] = NO_READING  # what a middleware that wraps itself finds
            options = [
                self._option(option, handler, is_handler=is_handler, depth=0)
                for option in options_of(handler.value)
            ]
            known = self._known[key] = _of_all(options)
        return known

    def _option(self, value: Value, handler: Handler, *, is_handler: bool, depth: int) -> Reading:
        made = functions_made_as(self.natures, value)
        if made:
            return _of_all([self._shown(one, handler, is_handler=is_handler) for one in made])
        if depth > _MAX_WRAPPERS or not isinstance(value, (CallValue, Member, Module)):
            return Reading(guards=frozenset() if is_handler else demanded_by_name(value, handler.node, ()))
        if not isinstance(value, CallValue):
            return Reading(guards=frozenset() if is_handler else demanded_by_name(value, handler.node, ()))
        if isinstance(value.callee, Member) and value.callee.name == "unless":
            return self._option(value.callee.base, handler, is_handler=is_handler, depth=depth + 1)
        inner = [
            self._option(option, part, is_handler=is_handler, depth=depth + 1)
            for part in flatten_handlers(self.resolver, arguments_of(value.node), value.unit)
            for option in options_of(part.value)
            if isinstance(option, (FunctionValue, CallValue))
            or (isinstance(option, Member) and not is_handler and _is_name(part.node))
        ]
        named = (
            frozenset()
            if is_handler
            else demanded_by_name(value, value.node, tuple(arguments_of(value.node)))
        )
        return Reading(
            guards=named.union(*(one.guards for one in inner)),
            attempted=frozenset[Guard]().union(*(one.attempted for one in inner)),
            owner=any(one.owner for one in inner),
        )

    # Shown code.

    def _shown(self, made: Made, handler: Handler, *, is_handler: bool) -> Reading:
        function, entries = made
        if not is_handler and len(parameters_of_function(function.node)) == 4:
            return NO_READING  # it handles errors: a request that goes well never meets it
        flow = Flow(self.natures, is_handler=is_handler)
        flow.demands = self._demands_of_call
        with self.natures.binding(entries):
            flow.run(function, _parameter_natures())
        by_name = demanded_by_name(handler.value, handler.node, ())
        if flow.exhausted:
            return Reading(guards=frozenset() if is_handler else by_name)
        guards = _guards_of(flow)
        return Reading(
            guards=guards,
            attempted=_attempted(flow, frozenset() if is_handler else by_name) - guards,
            owner=bool(flow.passes) and all(Fact.OWNER in state for state in flow.passes),
            answers=not is_handler and not flow.passes,
            goes_on=not is_handler and bool(flow.passes),
        )

    def _demands_of_call(self, node: SgNode, unit: Unit) -> frozenset[Fact]:
        """What an unseen function that is handed the request demands, by its name."""
        callee = callee_of(node)
        if callee is None:
            return frozenset()
        value = self.resolver.resolve(callee, unit)
        arguments = tuple(arguments_of(unwrap(callee))) if unwrap(callee).kind() == "call_expression" else ()
        found = demanded_by_name(value, callee, arguments, is_call=True)
        return frozenset[Fact]().union(*(_FACT_OF[guard] for guard in found))


def _is_name(node: SgNode) -> bool:
    return node.kind() in {"identifier", "member_expression"}


def _of_all(readings: list[Reading]) -> Reading:
    if not readings:
        return NO_READING
    return Reading(
        guards=frozenset.intersection(*(one.guards for one in readings)),
        attempted=frozenset[Guard]().union(*(one.attempted for one in readings)),
        owner=all(one.owner for one in readings),
        answers=all(one.answers for one in readings),
        goes_on=any(one.goes_on for one in readings),
    )


def _parameter_natures() -> dict[int, Nature]:
    """Which parameter of a middleware is the request, the response, and the way on."""
    return dict(enumerate((Nature.REQUEST, Nature.RESPONSE, Nature.NEXT)))


def _all_on(states: States, grounds: frozenset[Fact], wanted: Fact) -> bool:
    def on_grounds(state: State) -> bool:
        return bool(state & grounds)

    return all(map(on_grounds, states)) and any(wanted in state for state in states)


def _guards_of(flow: Flow) -> frozenset[Guard]:
    found: set[Guard] = set()
    if _all_on(flow.passes, _ROLE_GROUNDS, Fact.ROLE):
        found |= {Guard.AUTHORISATION, Guard.AUTHENTICATION}
    if _all_on(flow.passes, _KNOWN_GROUNDS, Fact.KNOWN):
        found.add(Guard.AUTHENTICATION)
    stops_many = any(Fact.REFUSED_429 in state for state in flow.refusals)
    lets_many = any(Fact.REFUSED_429 in state for state in flow.passes)
    if _all_on(flow.passes, _COUNTED_GROUNDS, Fact.COUNTED) or (stops_many and flow.passes and not lets_many):
        found.add(Guard.RATE_LIMIT)
    return frozenset(found)


def _attempted(flow: Flow, by_name: frozenset[Guard]) -> frozenset[Guard]:
    found = set(by_name) if flow.passes else set()
    if Fact.ROLE in flow.asked and any(Fact.REFUSED in state for state in flow.refusals):
        found.add(Guard.AUTHORISATION)
    if any(Fact.REFUSED_429 in state for state in flow.passes):
        found.add(Guard.RATE_LIMIT)
    return frozenset(found)
