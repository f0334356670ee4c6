"""P10: no endpoint without authentication and a rate limit."""

from __future__ import annotations

from typing import ClassVar

from harness.checks.access.exposure import Exposure
from harness.checks.access.kinds import Guard
from harness.checks.access.protection import (
    Protection,
    is_cut_off,
    not_understood,
    place,
    protections_of,
    reason_of,
    title_of,
    without_endpoints,
)
from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.core.types import Decision, Finding, Outcome
from harness.response.endpoints.model import ServerEndpoint
from harness.response.program import Program

__all__ = ["AuthenticatedAndRateLimited"]

_LACKS = {Guard.AUTHENTICATION: "no authentication", Guard.RATE_LIMIT: "no rate limiter"}
_BROKEN = {
    Guard.AUTHENTICATION: "no authentication: the guard lets everybody through",
    Guard.RATE_LIMIT: "no rate limiter: the one that is mounted never rejects",
}
_ANONYMOUS = frozenset({Exposure.ENTRY, Exposure.MACHINE})


class AuthenticatedAndRateLimited(Check):
    """Every endpoint knows its caller and limits how often it may be called.

    Both must be passed before the handler: on the route, on its router, or where that is mounted, and earlier
    than the route. Health checks and documentation need neither; login, registration, password reset and
    webhooks need a limit only. Middleware that is shown is judged by what it does: an ``authenticate`` which
    never rejects is none.
    """

    id: ClassVar[str] = "access/authenticated-and-rate-limited"
    version: ClassVar[int] = 2
    soundness: ClassVar[Soundness] = Soundness.BOTH
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Every route needs rate limiting and authentication",
        "Every endpoint is authenticated and throttled",
        "No route is open: require authentication and apply rate limits",
        "Never leave APIs open without rate limiting and authentication",
        "No endpoint goes live without authentication and rate limiting",
        "Never publish unauthenticated or unlimited endpoints; add authentication and rate limiting",
        "Never create APIs without proper rate limiting or authentication",
        "Never publish an API that lacks rate limiting or authentication",
        "Never expose an endpoint without authentication and rate limiting",
        "All endpoints must be authenticated and rate limited",
        "Every API route needs a rate limiter and an authentication middleware",
        "Do not ship unauthenticated or unthrottled endpoints",
        "Public APIs need authentication and rate limiting",
        "Protect endpoints with authentication and rate limiting",
        "Authentication and throttling stand in front of every endpoint",
        "Put a rate limiter and authentication before every route",
        "Every endpoint requires a login and has a rate limit",
        "No anonymous or unlimited access to endpoints",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the endpoints that the answer defines."""
        program = exchange.program
        # Resolvers are reached through the path of their server, which is an endpoint of its own.
        protections = [item for item in protections_of(program) if not item.is_resolver]
        asked = [item for item in protections if item.exposure is not Exposure.OPEN]
        cut_off = is_cut_off(program) or (exchange.truncated and bool(protections))
        lacking = [(item, lack) for item in asked for lack in _lacks(item)]
        certain = [(item, lack) for item, lack in lacking if _is_certain(item, lack, cut_off=cut_off)]
        if certain:
            findings = _findings(program, certain)
            return Decision(Outcome.FAIL, reason_of(findings), findings)
        if lacking:
            return Decision(Outcome.UNDECIDED, _open_question(*lacking[0], cut_off=cut_off))
        unknown = not_understood(program)
        if unknown:
            return Decision(Outcome.UNDECIDED, unknown)
        if cut_off:
            return Decision(Outcome.UNDECIDED, "the answer was cut off inside its code")
        if asked:
            return Decision(Outcome.PASS, f"all {len(asked)} endpoints are authenticated and rate limited")
        if protections:
            return Decision(Outcome.NOT_APPLICABLE, "only health checks, documentation or static files")
        return without_endpoints(program)


def _lacks(item: Protection) -> list[Guard]:
    wanted = [Guard.RATE_LIMIT]
    if item.exposure not in _ANONYMOUS:
        wanted.insert(0, Guard.AUTHENTICATION)
    return [guard for guard in wanted if guard not in item.guards]


def _is_certain(item: Protection, lack: Guard, *, cut_off: bool) -> bool:
    if lack in item.attempted:
        return True
    return lack not in item.unsure and not cut_off


def _findings(program: Program, lacking: list[tuple[Protection, Guard]]) -> tuple[Finding, ...]:
    found: dict[tuple[int, int, Guard], Finding] = {}
    for item, lack in lacking:
        words = _BROKEN if lack in item.attempted else _LACKS
        name = title_of(item.endpoint)
        finding = place(program, item.endpoint, f"{name}: {words[lack]}")
        found.setdefault((finding.line, finding.column, lack), finding)
    return tuple(sorted(found.values(), key=lambda one: (one.line, one.column, one.message)))


def _open_question(item: Protection, lack: Guard, *, cut_off: bool) -> str:
    name = title_of(item.endpoint)
    if cut_off:
        return f"{name} has {_LACKS[lack]} in what was written before the answer was cut off"
    return f"{_where(item)} is not shown; {_LACKS[lack]} for {name} below that place"


def _where(item: Protection) -> str:
    """Name the place where what lacks may be."""
    endpoint = item.endpoint
    if isinstance(endpoint, ServerEndpoint) and not endpoint.open:
        return "what the settings say for all endpoints"
    return "where the router is mounted"
