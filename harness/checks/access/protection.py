"""What stands before each endpoint of an answer: the guards that work, and those that only look like it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.checks.access.exposure import Exposure, exposure_of
from harness.checks.access.guards import Guard, attempts_of, guards_of, guards_of_function
from harness.core.types import Finding
from harness.response.block import BlockRole, Origin
from harness.response.foreign import foreign_endpoints
from harness.response.javascript.syntax import callee_of
from harness.response.javascript.values import FunctionValue, options_of
from harness.response.program import MAX_QUOTE, Program
from harness.response.routes import Endpoint

__all__ = ["Protection", "is_cut_off", "not_understood", "place", "protections_of"]


@dataclass(frozen=True, slots=True)
class Protection:
    """An endpoint with the guards that every request must pass before it is answered.

    ``attempted`` are guards whose code looks at the right thing and lets everybody through. ``own`` are
    the guards on the route and its router, those of the mounts above left out.
    """

    endpoint: Endpoint
    exposure: Exposure
    guards: frozenset[Guard]
    attempted: frozenset[Guard]


def protections_of(program: Program) -> list[Protection]:
    """Return the protection of every endpoint that the answer itself defines."""
    return [
        _protection(program, endpoint)
        for endpoint in program.routes.endpoints
        if endpoint.unit.block.origin is not Origin.SUPPLIED
        and not program.is_counter_example(endpoint.unit, endpoint.node)
    ]


def _protection(program: Program, endpoint: Endpoint) -> Protection:
    resolver = program.resolver
    guards: set[Guard] = set()
    attempted: set[Guard] = set()
    for handler in endpoint.middleware:
        guards |= guards_of(resolver, handler)
        attempted |= attempts_of(resolver, handler)
    for option in options_of(endpoint.handler.value):
        if isinstance(option, FunctionValue):
            guards |= guards_of_function(resolver, option)
    return Protection(endpoint, exposure_of(endpoint), frozenset(guards), frozenset(attempted - guards))


def place(program: Program, endpoint: Endpoint, message: str) -> Finding:
    """Make a finding at a route: of a chain ``router.route(p).get(a).post(b)`` at the method itself."""
    callee = callee_of(endpoint.node)
    target = None if callee is None else callee.field("object")
    name = None if callee is None else callee.field("property")
    if target is None or name is None or target.kind() != "call_expression":
        return program.finding(endpoint.unit, endpoint.node, message)
    quote = f".{endpoint.node.text()[name.range().start.index - endpoint.node.range().start.index :]}"
    found = program.finding(endpoint.unit, name, message)
    return replace(found, quote=quote.split("\n", 1)[0][:MAX_QUOTE])


def is_cut_off(program: Program) -> bool:
    """Say whether the answer ended inside its server code."""
    return any(block.truncated and block.role is BlockRole.CODE for block in program.answered)


def not_understood(program: Program) -> str:
    """Name the endpoints of the answer that are not read, or return an empty text."""
    names = dict.fromkeys(found.what for found in foreign_endpoints(program))
    return f"endpoints in {', '.join(names)} are not understood yet" if names else ""
