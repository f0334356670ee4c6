"""G04: input is validated where it comes in, and the database holds constraints of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.database.outcome import doubt_about
from harness.checks.database.schema_complete import counted
from harness.checks.validation.containers import VALIDATED
from harness.checks.validation.coverage import Coverage, State, joi_survey
from harness.checks.validation.frameworks import foreign_framework
from harness.checks.validation.served import Standing, Validated, served_inputs
from harness.core.types import Decision, Finding, Outcome
from harness.response.block import BlockRole
from harness.response.foreign import foreign_endpoints
from harness.response.javascript.syntax import FUNCTION_KINDS, parameters_of_function
from harness.response.program import Program
from harness.response.schema.dialects import dialect_of_prose

__all__ = ["BoundaryAndConstraints"]


@dataclass(slots=True)
class _Half:
    """One half of the rule: whether it applies and holds, what is wrong, what is not known."""

    holds: bool = False
    findings: list[Finding] = field(default_factory=list)
    unknown: str = ""
    words: str = ""


class BoundaryAndConstraints(Check):
    """What comes in is validated at the boundary, and the database refuses what must not be.

    The boundary: each endpoint holds the input that it reads against a schema of some library or of its
    framework (Joi, zod, class-validator, serializers, forms, pydantic, marshmallow, form requests), and a
    failure stops the request. The database: its tables have constraints beside their primary keys (NOT
    NULL, CHECK, UNIQUE, foreign keys). Where an answer takes no input, or shows no schema, the other half
    decides alone.
    """

    id: ClassVar[str] = "validation/boundary-and-constraints"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.BOTH
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Validate all incoming data",
        "All inputs are validated on the server",
        "Check input at every entry point",
        "Validate and constrain data in the API and database",
        "Reject invalid input",
        "All user input is validated and sanitized",
        "Validate request payloads",
        "Never process a request that has not been validated",
        "Validate everything that comes from outside",
        "Input validation and sanitization",
        "Validate inputs and outputs",
        "Validate the format of incoming data",
        "Validation of forms and user input",
        "Validate request bodies and parameters",
        "Validate input against a schema",
        "Validate everything that comes from clients",
        "Never trust user input, validate it on the server",
        "Validate parameters of requests",
        "Validate parameters at API boundaries",
        "Data is validated by the API and guarded by constraints in the database",
        "Validate data at the boundary of the API and with constraints in the database",
        "Validate all user input at the boundary",
        "Validate input on the server side and back it with constraints in the database",
        "Input validation belongs at every boundary",
        "Implement input validation for all endpoints",
        "Validate and sanitize all inputs",
        "Always validate request data before processing",
        "Input validation",
        "Validate all inputs",
        "Validate external data",
        "Validate incoming data and reject what is not valid",
        "Never trust user input",
        "Never process input without validation",
        "Request validation on every endpoint",
        "Server-side validation of input",
        "Validate request parameters",
        "Check input at the API boundary and in the database",
        "Validate at the boundary and enforce NOT NULL and CHECK constraints in the database",
        "Validate input at the edge and back it up with database constraints",
        "Validate in the API and through database constraints",
        "Validation at the API boundary and constraints in the database",
        "Enforce rules twice: in request validation and as database constraints",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the endpoints and the tables that the answer wrote."""
        boundary = _boundary(exchange)
        database = _database(exchange)
        cut_off = _is_cut_off(exchange)
        findings = tuple(
            sorted(
                [*boundary.findings, *database.findings],
                key=lambda one: (one.file, one.block, one.line, one.column),
            )
        )
        if findings and not cut_off:
            more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
            return Decision(Outcome.FAIL, findings[0].message + more, findings)
        if cut_off and (findings or boundary.holds or database.holds):
            return Decision(Outcome.UNDECIDED, "the answer was cut off inside its code")
        unknown = boundary.unknown or database.unknown
        if unknown:
            return Decision(Outcome.UNDECIDED, unknown)
        words = [half.words for half in (boundary, database) if half.holds]
        if exchange.program.limits:
            return Decision(Outcome.UNDECIDED, exchange.program.limits[0])
        if words:
            return Decision(Outcome.PASS, " and ".join(words))
        return Decision(Outcome.NOT_APPLICABLE, "no input is read and no schema is shown")


# What arrives has the types of a schema already.
_TYPED = frozenset({"Apollo", "GraphQL Yoga"})


def _is_cut_off(exchange: Exchange) -> bool:
    code = [block for block in exchange.program.answered if block.role is BlockRole.CODE]
    return any(block.truncated for block in code) or (exchange.truncated and bool(code))


# The boundary.


def _boundary(exchange: Exchange) -> _Half:
    program = exchange.program
    half = _Half()
    checked = 0
    by_hand = ""
    for one in served_inputs(program):
        checked += one.standing is Standing.VALIDATED
        by_hand = by_hand or (one.endpoint.title if one.standing is Standing.BY_HAND else "")
        if one.standing in {Standing.RAW, Standing.IGNORED}:
            half.findings.append(_found(program, one))
        elif one.standing is Standing.UNSEEN and not half.unknown:
            half.unknown = f"the code that answers {one.endpoint.title} is not shown"
    if program.units:
        checked += _javascript(program, half)
    if by_hand and not checked and not half.unknown:
        half.unknown = f"{by_hand} examines its input by hand; no library validates it"
    if not checked and not half.findings and not half.unknown:
        half.unknown = _not_understood(program)
    half.holds = bool(checked)
    half.words = f"the input of {checked} endpoints is validated"
    return half


def _found(program: Program, one: Validated) -> Finding:
    if one.standing is Standing.IGNORED:
        message = f"{one.endpoint.title}: whether the input is valid is asked, and the answer ignored"
    else:
        message = f"{one.endpoint.title} takes {one.what} as it comes, without validating it"
    return program.flow.finding(one.unit, one.node.node, message)


def _javascript(program: Program, half: _Half) -> int:
    """Add what the routes in JavaScript and TypeScript lack; return how many validate their input."""
    survey = program.once(joi_survey)
    checked = 0
    endpoints = survey.endpoints
    if not any(one.state is not State.NO_INPUT for one in endpoints):
        # Handlers without their routes: what validates may stand before them.
        endpoints = survey.loose
        checked += sum(one.state in {State.COVERED, State.OTHER} for one in endpoints)
        unsure = {State.UNCOVERED, State.UNSEEN}
        unseen = [one for one in endpoints if one.state in unsure and not _hands_on(one)]
        half.unknown = half.unknown or (f"{unseen[0].label}: its route is not shown" if unseen else "")
        foreign = "" if half.unknown or checked or survey.endpoints else foreign_framework(program)
        if foreign and foreign not in _TYPED:
            half.unknown = f"how {foreign} takes input is not understood"
        return checked
    for one in endpoints:
        if one.state in {State.COVERED, State.OTHER}:
            checked += 1
        elif one.state is State.UNSEEN:
            half.unknown = half.unknown or f"{one.label}: what validates its input is not shown"
        elif one.state is State.UNCOVERED and _is_parsed(one):
            checked += 1
        elif one.state in {State.UNCOVERED, State.FAULTY}:
            half.findings.append(_lack(program, one))
    if survey.exhausted and not half.findings:
        half.unknown = half.unknown or "the program is too large to follow all input"
    return checked


def _is_parsed(one: Coverage) -> bool:
    """Say whether all that lacks a schema are parameters of the path that a pipe of NestJS parses."""
    if one.missing != ("params",):
        return False
    names = [node.text() for node in one.node.find_all(kind="identifier")]
    return any(name.startswith("Parse") and name.endswith("Pipe") for name in names)


def _hands_on(one: Coverage) -> bool:
    """Say whether a handler without a route is middleware: what it hands on is validated elsewhere."""
    if one.node.kind() not in FUNCTION_KINDS:
        return False
    given = [node.text() for node in parameters_of_function(one.node)]
    if len(given) < 3 or given[2].partition(":")[0].strip() != "next":
        return False
    return any(call.text() == "next()" for call in one.node.find_all(kind="call_expression"))


def _lack(program: Program, one: Coverage) -> Finding:
    if one.state is State.FAULTY:
        fault = one.faults[0] if one.faults else None
        message = f"{one.label}: what validation finds wrong does not stop the request"
        unit, node = (one.unit, one.node) if fault is None else (fault.unit, fault.node)
        return program.finding(unit, node, message)
    reads = " and ".join("input" if part == VALIDATED else f"req.{part}" for part in one.missing)
    return program.finding(
        one.unit, one.node, f"{one.label} takes {reads} as it comes, without validating it"
    )


def _not_understood(program: Program) -> str:
    """Name endpoints that are not read at all, unless none of them can be missed."""
    read = {one.endpoint.unit.language for one in served_inputs(program)}
    names = [
        found.what
        for found in foreign_endpoints(program)
        if found.block.language not in read
        and found.block.language not in {"javascript", "typescript", "tsx"}
    ]
    return f"how endpoints in {names[0]} take input is not understood" if names else ""


# The database.


def _database(exchange: Exchange) -> _Half:
    schema = exchange.program.schema
    half = _Half()
    created = [table for table in schema.written if table.created and not table.derived]
    if not created:
        half.unknown = next(
            (f"{one.what} could not be read" for one in schema.unread if one.what != "a query"), ""
        )
        return half
    asked = dialect_of_prose(" ".join(message.text for message in exchange.messages))
    _, constraints = counted(list(schema.written), schema.dialect or asked)
    if constraints > 0:
        half.holds = True
        half.words = f"the database holds {constraints} constraints"
        return half
    doubt = next((found for table in created if (found := doubt_about(schema, table))), "")
    if doubt or schema.truncated:
        half.unknown = doubt or "the schema was cut off"
    else:
        half.findings.append(created[0].place.finding("no table has a constraint beside its primary key"))
    return half
