"""R02 and P07: what fails is taken up by somebody."""

from __future__ import annotations

import re
from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.errors.catches import caught_and_lost, leaked, tries_in
from harness.checks.errors.express import Express, express_of, has_framework
from harness.checks.errors.rejections import floating, ignored_callbacks
from harness.checks.errors.scripts import is_framework, missing_rows, unhandled_scripts
from harness.checks.errors.silent import silent_failures
from harness.checks.errors.terms import Seen, entries_of, judged_units, last_name, looks_at_errors, repeats
from harness.core.types import Decision, Finding, Outcome
from harness.response.block import BlockRole
from harness.response.flow.build import Flow
from harness.response.flow.expressions import Call
from harness.response.flow.statements import Raise, Unit
from harness.response.languages import UNREAD_LANGUAGES
from harness.response.program import Program

__all__ = ["Handled"]

_TAKES_UP = frozenset(
    {"catch", "errorHandler", "exception_handler", "set_exception_handler", "errorhandler", "setErrorHandler"}
)
_ERROR = re.compile(r"Error|Exception|Failure|Problem")
_MAX_FINDINGS = 40


class Handled(Check):
    """What fails is taken up: no rejection is lost, no error is dropped, none is shown to the client.

    A handler of Express before version 5 must catch what it waits for, or be wrapped by something that
    does; promises end in a catch; a caught error is answered, passed on or thrown again, not merely logged
    while the request goes on as if nothing had happened; stack traces stay on the server. Frameworks that
    catch by themselves (Express 5, Fastify, NestJS, Django, FastAPI, Laravel) are taken at their word.
    Functions that let errors through to callers who are not shown decide nothing. Where a rule speaks of
    validation in the same breath, the checks of validation decide that half: it is not counted twice.
    """

    id: ClassVar[str] = "errors/handled"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.FAIL_ONLY
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Every async function handles its errors",
        "All errors must be caught and handled",
        "Never skip error handling",
        "Don't swallow exceptions",
        "Wrap async calls in try/catch",
        "Robust error handling throughout",
        "Error handling with proper logging",
        "Centralized error handling",
        "Errors and exceptions are caught and logged",
        "Error handling and logging",
        "Handle errors explicitly",
        "Handle errors with meaningful messages",
        "Error handling with fallbacks",
        "Handle exceptions with try and catch",
        "Error handling middleware",
        "Error handling and validation",
        "Error handling strategies",
        "Handle all error cases",
        "Catch, log and handle errors in one central place",
        "Exception handling",
        "Error handling follows the patterns of an enterprise",
        "Handle errors by enterprise-grade patterns",
        "Error handling and validation are never skipped",
        "Leaving out error handling or validation is forbidden",
        "Handle errors comprehensively",
        "Never swallow exceptions or leave an empty catch block",
        "Handle all errors gracefully",
        "Implement proper error handling",
        "Handle errors and exceptions",
        "Never swallow errors",
        "Avoid empty catch blocks",
        "Catch and handle exceptions",
        "Error handling is standardized and centralized",
        "No empty catch blocks",
        "Errors of async handlers reach the error middleware",
        "Never ignore caught errors",
        "Errors are never swallowed",
        "Every promise has its rejection handled",
        "Handle every error; no empty catch",
        "Never write an empty catch",
        "Handlers catch errors and pass them to next",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on every handler, promise and caught error that the answer wrote."""
        program = exchange.program
        units = judged_units(program)
        if not units:
            return _without_code(exchange)
        express = express_of(exchange)
        seen = [
            *silent_failures(program),
            *express.lost,
            *express.early,
            *floating(program),
            *ignored_callbacks(program),
            *caught_and_lost(program),
            *leaked(program),
            *missing_rows(program),
            *unhandled_scripts(program),
        ]
        given = [file.text for file in exchange.files]
        repeated = {unit.block.number for unit in units if repeats(unit, given)}
        own = [one for one in seen if one.finding.block not in repeated]
        return _decided(exchange, units, express, own)


def _without_code(exchange: Exchange) -> Decision:
    blocks = exchange.program.answered
    if any(block.language in UNREAD_LANGUAGES and block.role is BlockRole.CODE for block in blocks):
        return Decision(Outcome.UNDECIDED, "code in this language is not read")
    if exchange.truncated or any(block.truncated for block in blocks):
        return Decision(Outcome.UNDECIDED, "the answer was cut off before any code")
    return Decision(Outcome.NOT_APPLICABLE, "no code that could fail")


def _decided(exchange: Exchange, units: list[Unit], express: Express, seen: list[Seen]) -> Decision:
    program = exchange.program
    cut = {block.number for block in program.answered if block.truncated}
    firm = {
        (one.finding.block, one.finding.line, one.finding.column): one.finding
        for one in seen
        if not one.doubt and one.finding.block not in cut
    }
    if firm and _could_be_five(express) and len(firm) == len(express.lost):
        return Decision(
            Outcome.UNDECIDED,
            "no handler catches, which is right for Express 5 alone, and the version is not shown",
        )
    if firm:
        findings: tuple[Finding, ...] = tuple(
            sorted(firm.values(), key=lambda one: (one.block, one.line, one.column))
        )[:_MAX_FINDINGS]
        more = f" and {len(firm) - 1} more" if len(firm) > 1 else ""
        return Decision(Outcome.FAIL, findings[0].message + more, findings)
    if cut or exchange.truncated:
        return Decision(Outcome.UNDECIDED, "the answer was cut off inside its code")
    if express.unseen:
        return Decision(Outcome.UNDECIDED, f"whether {express.unseen[0]} catches is not shown")
    return _without_fault(program, units, express)


def _could_be_five(express: Express) -> bool:
    return bool(express.lost) and not express.version and express.has_error_middleware and not express.handled


def _without_fault(program: Program, units: list[Unit], express: Express) -> Decision:
    if express.handled or express.has_error_middleware or any(_handles(program.flow, unit) for unit in units):
        return Decision(Outcome.PASS, "no failure was seen that nobody takes up")
    framed = any(entries_of(unit, program.flow) for unit in units if unit.language in {"python", "php"})
    if framed or has_framework(program) or any(is_framework(unit) for unit in units):
        return Decision(Outcome.PASS, "the framework takes up what the handlers let through")
    if any(_may_fail(unit) for unit in units):
        return Decision(Outcome.UNDECIDED, "errors are let through to callers that are not shown")
    return Decision(Outcome.NOT_APPLICABLE, "no code that could fail")


def _handles(flow: Flow, unit: Unit) -> bool:
    """Say whether a unit catches errors, passes them on, or throws its own."""
    if any(one.handlers for one in tries_in(flow, unit)) or _has_own_errors(flow, unit):
        return True
    if looks_at_errors(flow, unit):
        return True
    return any(last_name(call.callee) in _TAKES_UP for call in unit.calls)


def _has_own_errors(flow: Flow, unit: Unit) -> bool:
    """Say whether a unit throws errors of a class of its own: whoever calls can tell them apart."""
    own = {one.name for one in unit.classes if any(_ERROR.search(last_name(base)) for base in one.bases)}
    thrown = flow.names.nodes(unit, Raise) if own else ()
    return any(isinstance(one.value, Call) and last_name(one.value.callee) in own for one in thrown)


def _may_fail(unit: Unit) -> bool:
    return bool(unit.functions or unit.calls)
