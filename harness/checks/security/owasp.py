"""R08, R13: no violation of the OWASP Top 10 is seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness, decision_of
from harness.checks.security.dangers import dangers_of
from harness.checks.security.weaknesses import weaknesses_of
from harness.core.types import Decision, Finding, Outcome
from harness.response.block import BlockRole

__all__ = ["Owasp"]

# Checks whose violations are of a category of the OWASP Top 10 (2021).
CATEGORIES = {
    "injection/sanitised": "A03 Injection",
    "access/authenticated-and-rate-limited": "A01 Broken access control",
    "access/rbac": "A01 Broken access control",
    "config/no-hardcoded-values": "A05 Security misconfiguration",
    "crypto/encrypted": "A02 Cryptographic failures",
    "dependencies/no-known-vulnerability": "A06 Vulnerable and outdated components",
    "access/session": "A07 Identification and authentication failures",
    "logging/no-pii": "A09 Security logging and monitoring failures",
}
_SERVED = frozenset({BlockRole.CODE, BlockRole.SCRIPT, BlockRole.CONFIG, BlockRole.SHELL, BlockRole.FRONTEND})


class Owasp(Check):
    """The answer holds no violation of the OWASP Top 10 that can be seen in its code.

    What the checks of access, injection, secrets, logging, sessions, encryption and dependencies find counts
    here as well, and what only this rule speaks of: commands, code, paths, addresses and pages that are made
    of what a client sends, certificates that are not verified, weak hashes and ciphers, secrets that can be
    guessed, tokens that are not verified, open CORS, debugging. No pass is a proof: it says that nothing was
    seen.
    """

    id: ClassVar[str] = "security/owasp"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.FAIL_ONLY
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Code follows OWASP guidelines",
        "Guard against the OWASP Top 10",
        "Secure against OWASP vulnerabilities",
        "Follow OWASP security best practices",
        "Meet the OWASP Top 10",
        "Follow the recommendations of OWASP",
        "Security best practices are followed",
        "OWASP compliance",
        "Mitigate the OWASP Top 10",
        "Avoid the risks of the OWASP Top 10",
        "Comply with the guidelines of OWASP, the top 10 for security",
        "Security best practices hold without exception",
        "Comply with OWASP guidelines",
        "Apply security best practices",
        "Follow OWASP guidelines",
        "OWASP Top 10",
        "Security measures follow OWASP guidelines",
        "Comply with the OWASP Top 10",
        "Protect against the OWASP Top 10 vulnerabilities",
        "Follow security best practices",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on what all checks of security see, and on what only this one looks at."""
        program = exchange.program
        if not any(block.role in _SERVED and block.text.strip() for block in program.answered):
            return Decision(Outcome.NOT_APPLICABLE, "no code and no configuration")
        found = _derived(exchange)
        # What another check finds on the same line and under the same category is not told twice.
        told = {(one.block, one.line, one.message[:3]) for one in found}
        found += [one for one in _own(exchange) if (one.block, one.line, one.message[:3]) not in told]
        if found:
            first = min(found, key=lambda one: (one.block, one.line, one.column))
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            ordered = tuple(sorted(found, key=lambda one: (one.block, one.line, one.column, one.message)))
            return Decision(Outcome.FAIL, first.message + more, ordered)
        if program.limits or exchange.truncated or any(block.truncated for block in program.answered):
            return Decision(Outcome.UNDECIDED, "the answer was cut off, or is too large to be read whole")
        return Decision(Outcome.PASS, "no violation seen; that none is there cannot be said of code alone")


def _derived(exchange: Exchange) -> list[Finding]:
    # The registry imports this module.
    from harness.checks.registry import built_in_checks

    found: dict[tuple[int, int, int, str], Finding] = {}
    checks = built_in_checks()
    for name, category in CATEGORIES.items():
        check = checks.get(name)
        if check is None:
            continue
        decision = decision_of(check, replace(exchange, parameters=dict(check.defaults)))
        if decision.outcome is not Outcome.FAIL:
            continue
        for finding in decision.findings:
            place = (finding.block, finding.line, finding.column, category)
            found.setdefault(place, replace(finding, message=f"{category}: {finding.message}"))
    return list(found.values())


def _own(exchange: Exchange) -> Iterator[Finding]:
    program = exchange.program
    flow = program.flow
    for danger in program.once(dangers_of):
        if not flow.is_counter_example(danger.unit, danger.place.node):
            yield flow.finding(danger.unit, danger.place.node, f"{danger.category}: {danger.message}")
    for weakness in program.once(weaknesses_of):
        if not flow.is_counter_example(weakness.unit, weakness.place.node):
            yield flow.finding(weakness.unit, weakness.place.node, f"{weakness.category}: {weakness.message}")
