"""What an endpoint is for: open to everybody, the way in, the caller's own data, or a privileged action."""

from __future__ import annotations

from enum import Enum

from harness.checks.access.words import words_of
from harness.response.javascript.handlers import Handler
from harness.response.javascript.values import Member, Module, options_of
from harness.response.routes import Endpoint

__all__ = ["Exposure", "exposure_of", "exposure_of_parts", "is_mutation"]


class Exposure(Enum):
    """What an endpoint lets its caller do; the demands on it follow from that."""

    OPEN = "open"  # health, documentation, static files: nothing is demanded
    ENTRY = "entry"  # login, registration, password reset: anonymous by nature
    MACHINE = "machine"  # webhooks and the like: another program calls, a signature speaks for it
    DEVICE = "device"  # what devices report: no role, but whoever sends it must be known
    SELF = "self-service"  # the caller's own data
    READ = "read"  # reading for everybody who is signed in
    GRAPH = "graph"  # GraphQL: reading and changing behind one path
    PRIVILEGED = "privileged"  # a change, or the business of an administrator


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_MUTATIONS = _set("post put patch delete")
_OPEN = _set(
    "health healthz healthcheck heartbeat ready readyz readiness live livez liveness ping version "
    "docs swagger openapi redoc favicon robots static assets public-key jwks metrics sitemap"
)
_ENTRY = _set(
    "login signin register registration signup logout signout refresh forgot reset resets otp mfa captcha "
    "csrf oauth oauth2 saml sso unsubscribe waitlist contact recover recovery"
)
# Words that mean the way in only beside another one: `verify-email`, `auth/token`, `signup/confirm`.
_ENTRY_PAIRS = (
    (
        _set("verify confirm activate resend verification confirmation activation"),
        _set("email mail account token auth"),
    ),
    (_set("token tokens callback sessions session"), _set("auth oauth oauth2 authentication")),
    (_set("sign log"), _set("in up out on")),
    (_set("2 two"), _set("fa factor")),
)
_MACHINE = _set("webhook webhooks hook hooks callback callbacks ipn")
_DEVICES = _set("ingest telemetry readings heartbeats")
_SELF_ALWAYS = _set(
    "me self my mine whoami wishlist favorites favourites favorite favourite bookmarks bookmark cart "
    "basket checkout redeem"
)
# The caller's own only where no id says whose: `/profile`, but not `/users/:id/profile`.
_SELF_WITHOUT_ID = _set("profile account preferences settings avatar avatars password username email")
# Signing in and out, where no id says whose session it is.
_SESSIONS = _set("session sessions")
_ADMIN = _set(
    "admin admins administration administrator superadmin backoffice internal moderation moderator "
    "audit audits management payroll salaries salary reports report revenue analytics export exports "
    "impersonate"
)
_NOT_FOUND = _set("not found")
_READS_BY_POST = _set("search query lookup calculate estimate preview validate")


def is_mutation(method: str) -> bool:
    """Say whether an HTTP method changes something; ``all`` may."""
    return method in _MUTATIONS or method == "all"


def exposure_of(endpoint: Endpoint) -> Exposure:
    """Return what an endpoint is for, from its method, its path and the name of its handler."""
    # `avatars.post("/")`, its mount not shown: the name of the router speaks for the path.
    router = endpoint.router.name.removesuffix("Router").removesuffix("Routes")
    return exposure_of_parts(endpoint.method, endpoint.path, router, _name_of(endpoint.handler))


def exposure_of_parts(method: str, path: str, router: str, handler: str) -> Exposure:
    """Return what an endpoint is for; ``router`` speaks for a path that has no words of its own."""
    if method == "use":
        return Exposure.GRAPH
    segments = [part for part in path.split("/") if part]
    static = [part for part in segments if part[0] not in ":*{("]
    named = static or [router]
    words = frozenset(word for part in named for word in (part.lower(), *words_of(part)))
    last = frozenset(words_of(static[-1])) if static else frozenset()
    name = frozenset(words_of(handler))
    if _is_open(method, segments, words, name):
        return Exposure.OPEN
    if _is_entry(words) or (_is_entry(name) and method in {"post", "get", "put"}):
        return Exposure.ENTRY
    if words & _MACHINE:
        return Exposure.MACHINE
    if words & _DEVICES:
        return Exposure.DEVICE
    if words & _ADMIN:
        return Exposure.PRIVILEGED
    has_id = len(static) != len(segments)
    if words & _SESSIONS and not has_id:
        return Exposure.ENTRY if last & _SESSIONS and method == "post" else Exposure.SELF
    own = any(part.lower().removeprefix("change-") in _SELF_WITHOUT_ID for part in named)
    if words & _SELF_ALWAYS or (own and not has_id):
        return Exposure.SELF
    if is_mutation(method) and not (method == "post" and last & _READS_BY_POST):
        return Exposure.PRIVILEGED
    return Exposure.READ


def _is_open(method: str, segments: list[str], words: frozenset[str], name: frozenset[str]) -> bool:
    if method in {"head", "options"}:
        return True
    if method in {"get", "all"} and (not segments or segments[-1].startswith("*")):
        # The root page, and what answers when nothing else does, wherever its router hangs.
        rest = method == "all" and (name >= _NOT_FOUND or all(part.startswith("*") for part in segments))
        return len(segments) <= 1 or rest
    if is_mutation(method):
        return False
    # `/status` is the service's own; `/orders/:id/status` is an order's.
    return bool(words & _OPEN) or [part.lower() for part in segments] in (["status"], ["api", "status"])


def _is_entry(words: frozenset[str]) -> bool:
    return bool(words & _ENTRY) or any(words & first and words & second for first, second in _ENTRY_PAIRS)


def _name_of(handler: Handler) -> str:
    """Return what a handler is called where it is made or, of a nameless function, where it is given."""
    for option in options_of(handler.value):
        if isinstance(option, Member):
            return option.name
        if isinstance(option, Module):
            return option.specifier.rsplit("/", 1)[-1]
        node = getattr(option, "node", None)
        name = None if node is None else node.field("name")
        if name is not None:
            return str(name.text())
    written = handler.node
    return written.text().rpartition(".")[2] if written.kind() in {"identifier", "member_expression"} else ""
