"""The protection of every endpoint of other frameworks than Express."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from harness.checks.access.exposure import Exposure, exposure_of_parts
from harness.checks.access.gateway import limited_paths
from harness.checks.access.kinds import Guard
from harness.checks.access.served.code import Verdict
from harness.checks.access.served.guards import Guards
from harness.checks.access.served.owning import reaches_own
from harness.checks.access.words import words_of
from harness.response.endpoints.build import server_endpoints
from harness.response.endpoints.model import ServerEndpoint
from harness.response.endpoints.reading import Reading, last_name
from harness.response.flow.expressions import Assignment, Call, Constant, Index
from harness.response.flow.walk import walk
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.program import Program
from harness.response.record import record

__all__ = ["Served", "served"]

_PARAMETER = re.compile(r"<[^>]*>|\{[^}]*\}|:\w+")
_PASSWORD = re.compile(r"pass|pwd|^pin$|secret", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:ViewSet|Viewset|APIView|Controller|Resource|Resolver|View|Handler|Api)$")
_LEAVING = frozenset({"logout", "signout"})
_ALL_GUARDS = frozenset(Guard)
_WITH_ID = frozenset("retrieve update partial_update destroy show edit".split())


@record
class Served:
    """An endpoint with what it is for, what guards it, and what may guard it where that is not shown."""

    endpoint: ServerEndpoint
    exposure: Exposure
    guards: frozenset[Guard]
    attempted: frozenset[Guard]
    unsure: frozenset[Guard]


def served(program: Program) -> Iterator[Served]:
    """Yield the endpoints of other frameworks with what guards them."""
    endpoints = server_endpoints(program)
    if not endpoints:
        return
    readers: dict[str, Guards] = {}
    limited = limited_paths(program)
    for endpoint in endpoints:
        family = "javascript" if endpoint.unit.language in JAVASCRIPT_FAMILY else endpoint.unit.language
        if family not in readers:
            languages = tuple(JAVASCRIPT_FAMILY) if family == "javascript" else (family,)
            readers[family] = Guards(Reading(program, languages))
        yield _served(readers[family], endpoint, limited)


def _served(guards: Guards, endpoint: ServerEndpoint, limited: tuple[str, ...]) -> Served:
    verdict = Verdict()
    for passed in endpoint.guards:
        verdict.add(guards.passed(passed, endpoint.method))
    own = False
    if not verdict.guards >= _ALL_GUARDS:
        # Behind all guards there are, the handler can add nothing; whose data it works on decides no more.
        inner, calls = guards.code.of_body(endpoint.body, endpoint.home, endpoint.method)
        inner.add(guards.called(calls, endpoint.home, endpoint.method, 1))
        own = reaches_own(guards, endpoint)
        verdict.add(inner)
    path = path_of(endpoint)
    if any(path.startswith(prefix) for prefix in limited):
        verdict.guards.add(Guard.RATE_LIMIT)
    exposure = exposure_of_parts(endpoint.method, path, "", _handler_name(endpoint))
    if exposure is Exposure.PRIVILEGED and endpoint.script and _lets_in(endpoint):
        exposure = Exposure.ENTRY
    if exposure is Exposure.PRIVILEGED and verdict.machine and Guard.AUTHORISATION not in verdict.guards:
        exposure = Exposure.MACHINE
    elif exposure is Exposure.PRIVILEGED and (own or verdict.owner):
        exposure = Exposure.SELF
    elif exposure is Exposure.ENTRY and _LEAVING & set(words_of(f"{path} {endpoint.name}")):
        exposure = Exposure.OPEN
    unsure: set[Guard] = set(_ALL_GUARDS) if endpoint.open else set()
    unsure |= {Guard.RATE_LIMIT} if endpoint.limits_open else set()
    unsure |= {Guard.AUTHENTICATION, Guard.AUTHORISATION} if endpoint.users_open else set()
    return Served(
        endpoint,
        exposure,
        frozenset(verdict.guards),
        frozenset(verdict.attempted - verdict.guards),
        frozenset(unsure),
    )


def _lets_in(endpoint: ServerEndpoint) -> bool:
    """Say whether a script is the way in, whatever it is called: it takes a password and keeps a session."""
    asks = keeps = False
    for node in walk(endpoint.script):
        if isinstance(node, Call) and last_name(node.callee) == "password_verify":
            asks = True
        elif isinstance(node, Index) and last_name(node.base) == "$_POST" and isinstance(node.key, Constant):
            asks = asks or _PASSWORD.search(str(node.key.value)) is not None
        elif isinstance(node, Assignment) and isinstance(node.target, Index):
            keeps = keeps or last_name(node.target.base) == "$_SESSION"
    return asks and keeps


def _handler_name(endpoint: ServerEndpoint) -> str:
    name = endpoint.name.rpartition(".")[2]
    return "" if name in {"store", "update", "create", "destroy", "post", "put", "get"} else name


def path_of(endpoint: ServerEndpoint) -> str:
    """Return the path of an endpoint; where none is shown, one that its name suggests."""
    if endpoint.path:
        path = _PARAMETER.sub("{id}", endpoint.path)
        return posixpath.splitext(path)[0] if endpoint.framework == "PHP" else path
    owner, _, action = endpoint.name.rpartition(".")
    word = "-".join(words_of(_SUFFIX.sub("", owner) or action))
    below = "/{id}" if action in _WITH_ID and _takes_id(endpoint) else ""
    extra = f"/{'-'.join(words_of(action))}" if owner and action not in _STANDARD else ""
    return f"/{word}{extra}{below}" if word else "/endpoint"


def _takes_id(endpoint: ServerEndpoint) -> bool:
    """Say whether an action of a Laravel controller is given which thing it is about."""
    if endpoint.framework != "Laravel" or endpoint.handler is None:
        return True
    return any(not one.annotation.endswith("Request") for one in endpoint.handler.parameters)


_STANDARD = _WITH_ID | frozenset(
    "list create index store get post put patch delete __invoke options head".split()
)
