"""P09: neither logs nor plain columns hold personal data or secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.logging.flow_calls import FlowLog, called_name, flow_logs, server_flow_units
from harness.checks.logging.pii.leaks import Leak, Leaks
from harness.checks.logging.pii.redaction import hidden_keys
from harness.checks.logging.pii.requests import request_log_leaks
from harness.checks.logging.pii.stored import Stored, stored_in_clear
from harness.core.types import Decision, Finding, Outcome
from harness.response.block import BlockRole
from harness.response.flow.expressions import Name
from harness.response.flow.names import Names
from harness.response.flow.statements import Unit
from harness.response.program import Program

__all__ = ["NoPii"]

MAX_FINDINGS = 200
_ROLES = (BlockRole.CODE, BlockRole.SCRIPT)


class NoPii(Check):
    """No log line holds personal data or secrets, and no column keeps the most sensitive of them in clear.

    Each argument of each logging call (console, print and error_log included) is followed through variables,
    templates, spreads, serialisers and helpers: an address, a phone number, a password, a token, a card, the
    body or headers of a request, a whole user. Ids, counts, flags, masks, hashes, chosen fields and keys that
    the logger blanks are fine, and so is logging *that* a mail was sent. Columns for card numbers, social
    security numbers and passwords as they are typed break the rule; whether other columns need encryption
    is a matter of judgement.
    """

    id: ClassVar[str] = "logging/no-pii"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.FAIL_ONLY
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "No PII in logs",
        "Logs must not contain passwords, tokens or personal data",
        "Don't log credentials or user data",
        "Scrub personal data from logs",
        "Never leak secrets into logs",
        "Personal data is never logged",
        "Avoid leaking sensitive data in logs",
        "Logs contain no sensitive information",
        "Never log or expose sensitive information such as secrets and credentials",
        "Never log passwords or tokens",
        "Never write passwords, tokens or credentials to logs",
        "Never log full request bodies",
        "Never log passwords, card numbers or other sensitive data",
        "Never log sensitive data such as passwords, tokens or personal data",
        "PII must not be written to logs or kept in the database without encryption",
        "Never let PII reach a log, or the database unencrypted",
        "Exposing personal data in logs without encryption is forbidden",
        "Redact secrets and credentials from log messages",
        "Never expose sensitive information in error messages or logs",
        "Never log sensitive data",
        "Never log secrets",
        "Never log PII",
        "No secrets in logs",
        "Never log or expose sensitive information, secrets or keys",
        "Keep sensitive data out of the logs",
        "Redact PII in logs",
        "Mask sensitive fields before they are logged",
        "Do not log request bodies",
        "Passwords and tokens must never appear in log output",
        "Email addresses and other personal data stay out of the logs",
        "Mask sensitive values before they are logged",
        "Logs hold no secrets and no personal data",
        "No personal data in logs",
        "Customer emails and phone numbers do not belong in logs",
        "Do not log request bodies with passwords or personal data",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on what the server code of the answer logs and stores."""
        program = exchange.program
        logs = flow_logs(program)
        leaks = list(_leaks(program, logs))
        stored = stored_in_clear(program)
        findings = [*_told(program, leaks), *stored.violations][:MAX_FINDINGS]
        if findings:
            more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
            return Decision(Outcome.FAIL, findings[0].message + more, tuple(findings))
        return _without_finding(program, logs, stored)


def _without_finding(program: Program, logs: tuple[FlowLog, ...], stored: Stored) -> Decision:
    units = server_flow_units(program.flow)
    if any(unit.block.truncated for unit in units):
        return Decision(Outcome.UNDECIDED, "the answer was cut off inside its code")
    if logs:
        return Decision(Outcome.PASS, f"no violation seen: {len(logs)} logging calls hold nothing personal")
    if stored.doubtful:
        return Decision(
            Outcome.UNDECIDED, f"nothing is logged; whether {stored.doubtful} may be kept in clear is judged"
        )
    if stored.protected:
        return Decision(
            Outcome.PASS, "no violation seen: nothing is logged, personal columns are hashed or encrypted"
        )
    return Decision(Outcome.NOT_APPLICABLE, "nothing is logged and nothing personal is stored")


def _leaks(program: Program, logs: tuple[FlowLog, ...]) -> Iterator[tuple[Leak, str]]:
    flow = program.flow
    finder = Leaks(flow, hidden_keys(program))
    for log in logs:
        for argument in log.call.arguments:
            leak = finder.named(argument.name, argument.value, log.unit)
            if leak is not None:
                yield leak, "is written to the log"
                break
        else:
            for one in _handed_in(flow.names, finder, log):
                yield one, f"is handed to {called_name(log.call.callee)}, which logs it"
    for unit in server_flow_units(flow):
        for leak in request_log_leaks(flow, finder, unit):
            yield leak, "is written to the log of requests"


def _handed_in(names: Names, finder: Leaks, log: FlowLog) -> Iterator[Leak]:
    """What callers give a function that logs what it is given."""
    function = names.enclosing(log.call, log.unit)
    if function is None:
        return
    logged = {argument.value.name for argument in log.call.arguments if isinstance(argument.value, Name)}
    wanted = [
        one for one in function.parameters if isinstance(one.target, Name) and one.target.name in logged
    ]
    for call, unit in names.callers(function) if wanted else ():
        for pair in names.arguments(call, function):
            if pair.parameter in wanted and pair.argument is not None and pair.value is not None:
                leak = finder.of(pair.value, unit)
                if leak is not None and unit in server_flow_units(finder.flow):
                    yield leak


def _told(program: Program, leaks: list[tuple[Leak, str]]) -> list[Finding]:
    found: dict[tuple[Unit, int], Finding] = {}
    for leak, how in leaks:
        if program.flow.is_counter_example(leak.unit, leak.node.node):
            continue
        finding = program.flow.finding(leak.unit, leak.node.node, f"{leak.what[:80]} {how}")
        found.setdefault((leak.unit, finding.line), finding)
    return sorted(found.values(), key=lambda one: (one.block, one.line, one.column))
