"""R03: all input of requests is validated with the library that the project has chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.validation.analogue import analogue_decision
from harness.checks.validation.containers import VALIDATED
from harness.checks.validation.coverage import Coverage, State, Survey, joi_survey, survey_of
from harness.checks.validation.fate import Fate
from harness.checks.validation.frameworks import foreign_framework
from harness.checks.validation.libraries import display_name, library_named
from harness.core.types import Decision, Finding, Mode, Outcome
from harness.response.block import BlockRole, Origin
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.program import Program

__all__ = ["ValidationLibrary"]

_FATES = {
    Fate.IGNORED: "is never tested",
    Fate.LOGGED: "is only looked at, it does not stop the request",
    Fate.RUNS_ON: "is answered, but the handler runs on",
}


class ValidationLibrary(Check):
    """Each route validates what it reads of a request with the demanded library.

    A route is followed through its middleware: body, query and params that it reads (``req.params.id``
    included) must pass a schema of the library (``library``, Joi by default) whose failure stops the
    request. Wrappers, factories, adapters such as celebrate, and services are followed into their code;
    where that is not shown, names decide nothing. Validation with another library, or by hand, is none.
    An answer in Python or PHP cannot use a library of Node: where the rule is read for what it means, what
    its framework offers instead counts (serializers, pydantic, marshmallow, form requests, rules).
    """

    id: ClassVar[str] = "validation/library"
    version: ClassVar[int] = 2
    soundness: ClassVar[Soundness] = Soundness.BOTH
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    names_node: ClassVar[bool] = True
    phrases: ClassVar[tuple[str, ...]] = (
        "Validate inputs using Joi",
        "All request validation uses Joi",
        "Every route has a Joi schema",
        "Validation of requests with Joi schemas",
        "Input validation with Joi",
        "Every endpoint validates its input with Joi",
        "Validate input with Joi before processing",
        "Every request must pass a Joi schema",
        "Never process requests that Joi has not validated",
        "Never trust user input, validate it with Joi",
        "Parse every request body with Joi before it reaches the handler",
        "Never read a request body without a Joi schema",
        "Joi models for the validation of requests",
        "Implement proper input validation with Joi schemas",
        "Check input properly by means of Joi schemas",
        "Validate all request input with Joi",
        "Every endpoint validates body, query and params with a Joi schema",
        "Use Joi schemas for request validation",
        "Never accept request data without Joi validation",
        "Never process a request that has not passed a Joi schema",
        "Never trust client input: validate it with Joi",
        "Incoming requests are validated with Joi before they are processed",
        "Joi validation is required for every API endpoint",
        "Use Joi for the validation of input on each endpoint",
        "Request bodies are checked with Joi DTOs",
        "Joi schemas on every route",
        "Parse request bodies with a Joi schema",
        "Joi validates what comes in at the boundary of the API",
        "Validate request bodies, params and queries with Joi",
        "Validate body, params and query with Joi before the handler",
        "Every body is checked by a Joi schema",
        "Check what clients send with zod",
        "Put a Joi schema in front of every endpoint",
        "Parse input with zod before it is used",
        "Every endpoint has a Joi schema",
        "Reject input that a Joi schema does not accept",
        "Incoming data passes a Joi schema first",
        "A Joi schema for every request body",
        "Requests are checked against Joi schemas",
    )
    defaults: ClassVar[dict[str, str]] = {"library": "joi"}

    @classmethod
    def parameters_of(cls, rule_text: str) -> dict[str, str] | None:
        """Take the library out of the rule's words; a rule that names none of those known does not fit."""
        name = library_named(rule_text)
        return None if name is None else {"library": name}

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the routes that the answer wrote."""
        program = exchange.program
        library = library_named(exchange.parameters.get("library", "joi")) or "joi"
        if exchange.mode is Mode.ANALOGUE and not program.units:
            analogue = analogue_decision(exchange)
            if analogue is not None:
                return analogue
        survey = program.once(joi_survey) if library == "joi" else survey_of(program, library)
        return _decision(exchange, survey, library)


def _decision(exchange: Exchange, survey: Survey, library: str) -> Decision:
    program = exchange.program
    name = display_name(library)
    found = survey.endpoints
    cut_off = _is_cut_off(exchange)
    if not any(one.state is not State.NO_INPUT for one in found):
        found = tuple(_without_route(one) for one in survey.loose)
    certain_only = cut_off or survey.exhausted
    findings = _findings(program, found, library, certain_only=certain_only)
    if survey.unused and not any(one.state is State.COVERED for one in found):
        never = " and ".join(survey.unused[:2]) + (" are" if len(survey.unused) > 1 else " is")
        findings = tuple(
            replace(one, message=f"{one.message}; {never} never applied") if "without" in one.message else one
            for one in findings
        )
    if findings:
        more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
        return Decision(Outcome.FAIL, findings[0].message + more, findings)
    if cut_off:
        return Decision(Outcome.UNDECIDED, "the answer was cut off inside its code")
    if survey.exhausted:
        return Decision(Outcome.UNDECIDED, "the program is too large to follow all input")
    unseen = next((one for one in found if one.state is State.UNSEEN), None)
    if unseen is not None:
        return Decision(Outcome.UNDECIDED, _open_reason(unseen))
    covered = [one for one in found if one.state is State.COVERED]
    if covered:
        return Decision(
            Outcome.PASS, f"{name} validates the input of all {len(covered)} routes that take any"
        )
    foreign = "" if survey.endpoints else foreign_framework(program)
    if foreign:
        return Decision(Outcome.UNDECIDED, f"how {foreign} takes and validates input is not understood")
    return Decision(Outcome.NOT_APPLICABLE, "no request input is handled in JavaScript or TypeScript")


def _is_cut_off(exchange: Exchange) -> bool:
    """Say whether server code in JavaScript may be missing at the end of the answer."""
    code = [block for block in exchange.program.answered if block.role is BlockRole.CODE]
    scripts = [block for block in code if block.language in JAVASCRIPT_FAMILY]
    return any(block.truncated for block in scripts) or (exchange.truncated and bool(scripts or not code))


def _without_route(one: Coverage) -> Coverage:
    """A handler without its route: what stands before it is not shown, so a lack proves nothing."""
    return replace(one, state=State.UNSEEN) if one.state is State.UNCOVERED else one


def _open_reason(one: Coverage) -> str:
    if one.unseen:
        return f"{one.label}: {one.unseen} may validate the input, but its code is not shown"
    return f"{one.label}: what validates its input is not shown"


def _findings(
    program: Program, found: tuple[Coverage, ...], library: str, *, certain_only: bool
) -> tuple[Finding, ...]:
    findings: dict[tuple[str, int, int], Finding] = {}
    for one in found:
        for finding in _of_endpoint(program, one, library, certain_only=certain_only):
            place = (finding.file, finding.line, finding.column)
            known = findings.get(place)
            # Several routes may share a handler: which of them is named must not depend on their order.
            if known is None or finding.message < known.message:
                findings[place] = finding
    return tuple(sorted(findings.values(), key=lambda finding: (finding.file, finding.line, finding.column)))


def _of_endpoint(program: Program, one: Coverage, library: str, *, certain_only: bool) -> list[Finding]:
    name = display_name(library)
    reads = " and ".join("validated input" if part == VALIDATED else f"req.{part}" for part in one.missing)
    if one.state is State.UNCOVERED and not certain_only:
        return [program.finding(one.unit, one.node, f"{one.label} reads {reads} without {name} validation")]
    if one.state is State.OTHER:
        message = f"{one.label} validates {reads} with {display_name(one.other)}, the rule demands {name}"
        return [program.finding(one.unit, one.node, message)]
    if one.state is not State.FAULTY:
        return []
    found = []
    for fault in one.faults:
        what = f"the {display_name(fault.library) or 'validation'} error {_FATES[fault.fate]}"
        written = fault.unit.block.origin is not Origin.SUPPLIED
        unit, node = (fault.unit, fault.node) if written else (one.unit, one.node)
        found.append(program.finding(unit, node, f"{one.label}: {what}"))
    return found
