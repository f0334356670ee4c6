"""What stands before each endpoint of an answer: the guards that work, and those that only look like it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ast_grep_py import SgNode

from harness.checks.access.exposure import Exposure, exposure_of
from harness.checks.access.gateway import limited_paths
from harness.checks.access.guards import NO_READING, GuardReader, Reading
from harness.checks.access.kinds import Guard
from harness.checks.access.served.protections import served
from harness.core.types import Decision, Finding, Outcome
from harness.response.block import BlockRole, Origin
from harness.response.endpoints.build import server_endpoints
from harness.response.endpoints.model import ServerEndpoint
from harness.response.foreign import foreign_endpoints
from harness.response.javascript.syntax import arguments_of, callee_of, parameters_of_function
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.program import MAX_QUOTE, Program
from harness.response.record import record
from harness.response.routes import Endpoint

__all__ = [
    "Protection",
    "is_cut_off",
    "not_understood",
    "place",
    "protections_of",
    "reason_of",
    "title_of",
    "without_endpoints",
]

_ALL_GUARDS = frozenset(Guard)


@record
class Protection:
    """An endpoint with the guards that every request must pass before it is answered.

    ``attempted`` are guards whose code looks at the right thing and lets everybody through. ``unsure`` are
    those that may be set where it is not shown; ``hidden`` says that the code which answers is not shown.
    """

    endpoint: Endpoint | ServerEndpoint
    exposure: Exposure
    guards: frozenset[Guard]
    attempted: frozenset[Guard]
    unsure: frozenset[Guard] = frozenset()
    hidden: bool = False

    @property
    def is_resolver(self) -> bool:
        """Say whether this is a resolver behind the one path of GraphQL."""
        return isinstance(self.endpoint, ServerEndpoint) and self.endpoint.framework == "GraphQL"


# Both checks ask for the same; reading the guards is most of the work.
def protections_of(program: Program) -> tuple[Protection, ...]:
    """Return the protection of every endpoint that the answer itself defines; read once for a program."""
    return program.once(_all_protections)


def _all_protections(program: Program) -> tuple[Protection, ...]:
    others = [
        Protection(
            one.endpoint, one.exposure, one.guards, one.attempted, one.unsure, hidden=one.endpoint.hidden
        )
        for one in served(program)
    ]
    return (*_read_protections(program), *others)


def _read_protections(program: Program) -> Iterator[Protection]:
    reader = GuardReader(program.resolver)
    limited = limited_paths(program)
    for endpoint in program.routes.endpoints:
        supplied = endpoint.unit.block.origin is Origin.SUPPLIED
        shown_as_wrong = program.is_counter_example(endpoint.unit, endpoint.node)
        if not supplied and not shown_as_wrong and not _only_guards(reader, endpoint):
            yield _protection(reader, endpoint, limited)


def _only_guards(reader: GuardReader, endpoint: Endpoint) -> bool:
    """``app.all('/admin/*', authenticate)`` is no endpoint: its last function hands the request on."""
    if endpoint.method != "all":
        return False
    last = reader.middleware(endpoint.handler)
    return bool(last.guards or last.goes_on)


def _protection(reader: GuardReader, endpoint: Endpoint, limited: tuple[str, ...]) -> Protection:
    by_gateway = any(endpoint.path.startswith(prefix) for prefix in limited)
    guards = frozenset({Guard.RATE_LIMIT} if by_gateway else set[Guard]())
    attempted: frozenset[Guard] = frozenset()
    exposure = exposure_of(endpoint)
    for handler in endpoint.middleware:
        reading = reader.middleware(handler)
        if reading.answers:
            break  # what stands behind a function that answers is never reached
        guards, attempted = guards | reading.guards, attempted | reading.attempted
    else:
        # Behind all guards there are, the handler can add nothing; whose data it works on decides no more.
        reading = NO_READING if guards >= _ALL_GUARDS else reader.handler(endpoint.handler)
        guards, attempted = guards | reading.guards, attempted | _meant(reading, exposure)
        if reading.owner and exposure is Exposure.PRIVILEGED:
            exposure = Exposure.SELF
    unsure = frozenset[Guard]() if endpoint.rooted else _ALL_GUARDS
    return Protection(endpoint, exposure, guards, attempted - guards, unsure)


def _meant(reading: Reading, exposure: Exposure) -> frozenset[Guard]:
    """Return the guards that the answering function was meant to be.

    Who signs in or registers has no role yet: what is asked of one there is about the account.
    """
    anonymous = exposure in {Exposure.ENTRY, Exposure.OPEN}
    return reading.attempted - {Guard.AUTHORISATION} if anonymous else reading.attempted


def place(program: Program, endpoint: Endpoint | ServerEndpoint, message: str) -> Finding:
    """Make a finding at a route: of a chain ``router.route(p).get(a).post(b)`` at the method itself."""
    if isinstance(endpoint, ServerEndpoint):
        return program.flow.finding(endpoint.unit, endpoint.node.node, message)
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
    endpoints = server_endpoints(program)
    read = {endpoint.unit.language for endpoint in endpoints} - JAVASCRIPT_FAMILY
    frameworks = {endpoint.framework for endpoint in endpoints}
    names = dict.fromkeys(
        found.what
        for found in foreign_endpoints(program)
        if found.block.language not in read and found.what not in frameworks
    )
    return f"endpoints in {', '.join(names)} are not understood yet" if names else ""


def without_endpoints(program: Program) -> Decision:
    """Decide on an answer that defines no endpoint: its handlers may be served by code that is not shown."""
    if _has_loose_handlers(program):
        return Decision(Outcome.UNDECIDED, "handlers are shown, but not the routes that would guard them")
    if program.limits:
        return Decision(Outcome.UNDECIDED, program.limits[0])
    return Decision(Outcome.NOT_APPLICABLE, "no endpoint is defined")


def _has_loose_handlers(program: Program) -> bool:
    """Say whether the answer writes functions that answer requests and are no middleware."""
    return any(
        _answers_requests(function)
        for unit in program.units_with()
        for function in unit.functions
        if not program.is_counter_example(unit, function)
    )


def _answers_requests(function: SgNode) -> bool:
    parameters = [
        parameter.text().split(":")[0].strip("_? ") for parameter in parameters_of_function(function)[:4]
    ]
    if len(parameters) not in {2, 3} or parameters[0] not in {"req", "request"}:
        return False
    if parameters[1] not in {"res", "response"} or _is_mounted(function):
        return False
    answers = False
    for call in function.find_all(kind="call_expression"):
        callee = callee_of(call)
        name = "" if callee is None else callee.text()
        if name == "next" and not arguments_of(call):
            return False
        answers = answers or name.startswith(f"{parameters[1]}.")
    return answers


def _is_mounted(function: SgNode) -> bool:
    """`app.use((req, res) => ...)`, and functions inside another one that answers."""
    for up in function.ancestors():
        callee = callee_of(up) if up.kind() == "call_expression" else None
        if callee is not None and callee.text().endswith((".use", ".on", ".listen", ".createServer")):
            return True
    return False


def title_of(endpoint: Endpoint | ServerEndpoint) -> str:
    """Return how a reader knows an endpoint: ``POST /users``."""
    if isinstance(endpoint, ServerEndpoint):
        return endpoint.title
    return f"{endpoint.method.upper()} {endpoint.path}"


def reason_of(findings: tuple[Finding, ...]) -> str:
    """Return the first finding's message, and how many more there are."""
    more = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
    return f"{findings[0].message}{more}"
