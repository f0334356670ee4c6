"""R09: privileged endpoints demand a role or permission before their handler runs."""

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
from harness.response.program import Program

__all__ = ["RoleBasedAccess"]


class RoleBasedAccess(Check):
    """Every privileged endpoint is reached only by those whose role or permission allows it.

    Privileged are changes (POST, PUT, PATCH, DELETE) and the paths of administrators; the way in (login,
    registration), the caller's own data, webhooks and plain reads are not. What counts is a guard that a
    request passes before the handler, wherever it is mounted, or a test in the handler that turns the request
    away. A shown guard is judged by what its code does: it must stop those whose role does not fit, and the
    role must come from the server's own knowledge, not from the request. Only a guard that is not shown is
    judged by its name and arguments.
    """

    id: ClassVar[str] = "access/rbac"
    version: ClassVar[int] = 2
    soundness: ClassVar[Soundness] = Soundness.BOTH
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Check roles and permissions before every write",
        "Restrict admin endpoints by role",
        "Role-based permissions on all endpoints",
        "Apply RBAC to every protected resource",
        "Never rely on authentication alone, check the role",
        "Enforce role-based authorization",
        "Role checks on privileged endpoints",
        "RBAC on protected routes",
        "RBAC protects endpoints",
        "Never leave admin functions without a role check",
        "Implement role-based access control (RBAC)",
        "Guard access by RBAC (role-based access control)",
        "Enforce role-based access control on every privileged endpoint",
        "Protect admin routes with role checks",
        "Every mutation requires a role or permission guard",
        "Check the user's permissions before each privileged operation",
        "Authorise users by their role; never let any signed-in user change data",
        "Authorization by role-based access control",
        "Enforce permissions by the role of the user",
        "Never expose admin routes without a role check",
        "Admin operations require a role check",
        "Only users with the right role may modify data",
        "Admin endpoints are for admins only: check the role of the caller",
        "Every protected endpoint checks the role of the caller",
        "Only users with the right role may call an endpoint",
        "Restrict endpoints by role",
        "Sensitive routes are restricted by role",
        "Permissions are checked before every protected operation",
        "No protected action without a role check",
        "Authorize by role on every route that changes data",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the endpoints that the answer defines."""
        program = exchange.program
        protections = protections_of(program)
        unknown = not_understood(program)
        privileged = [item for item in protections if _is_privileged(item)]
        lacking = [item for item in privileged if Guard.AUTHORISATION not in item.guards]
        cut_off = is_cut_off(program) or (exchange.truncated and bool(protections))
        certain = [item for item in lacking if _is_certain(item, cut_off=cut_off)]
        if certain:
            findings = _findings(program, certain)
            return Decision(Outcome.FAIL, reason_of(findings), findings)
        if lacking:
            return Decision(Outcome.UNDECIDED, _open_question(lacking[0], cut_off=cut_off))
        graphs = [item for item in protections if item.exposure is Exposure.GRAPH and item not in privileged]
        if any(item.is_resolver for item in protections):
            graphs = []
        if unknown or graphs:
            return Decision(Outcome.UNDECIDED, unknown or "the resolvers behind GraphQL are not read yet")
        if cut_off:
            return Decision(Outcome.UNDECIDED, "the answer was cut off inside its code")
        if privileged:
            return Decision(Outcome.PASS, f"all {len(privileged)} privileged endpoints demand a role")
        if protections:
            return Decision(Outcome.NOT_APPLICABLE, "no endpoint needs a role: auth-only or public")
        return without_endpoints(program)


def _is_privileged(item: Protection) -> bool:
    if Guard.AUTHORISATION in item.guards | item.attempted:
        return True
    return item.exposure is Exposure.PRIVILEGED


def _is_certain(item: Protection, *, cut_off: bool) -> bool:
    """Whether no guard can stand where the answer does not show it.

    Above a router whose mount is not shown there may be one. But a guard that is there and does nothing was
    meant to be the guard; and a role is asked for after the user is known, so that where the route itself
    finds out who calls, no role can have been asked for above it.
    """
    if Guard.AUTHORISATION in item.attempted:
        return True
    if cut_off or item.hidden:
        return False
    return Guard.AUTHORISATION not in item.unsure or Guard.AUTHENTICATION in item.guards


def _findings(program: Program, items: list[Protection]) -> tuple[Finding, ...]:
    found: dict[tuple[int, int], Finding] = {}
    for item in items:
        name = title_of(item.endpoint)
        if Guard.AUTHORISATION in item.attempted:
            message = f"{name}: the role guard stops nobody"
        else:
            message = f"{name}: no role or permission is demanded"
        finding = place(program, item.endpoint, message)
        found.setdefault((finding.line, finding.column), finding)
    return tuple(found[key] for key in sorted(found))


def _open_question(item: Protection, *, cut_off: bool) -> str:
    name = title_of(item.endpoint)
    if cut_off:
        return f"{name} has no role guard in what was written before the answer was cut off"
    if item.hidden:
        return f"the code that answers {name} is not shown; it may ask for a role"
    return f"where the router of {name} is mounted is not shown; a role guard may stand there"
