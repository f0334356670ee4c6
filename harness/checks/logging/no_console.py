"""P01: server code logs through the project's logger, never through the console."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from harness.checks.base import Check, Exchange, Soundness
from harness.checks.logging.calls import (
    OTHER_LIBRARIES,
    ConsoleUse,
    bypasses,
    console_uses,
    library_of,
    log_calls,
    server_units,
)
from harness.core.types import Decision, Finding, Outcome
from harness.response.javascript.values import options_of
from harness.response.program import Program

__all__ = ["NoConsole"]


class NoConsole(Check):
    """Server code must not log through ``console``, in whatever disguise.

    Decided on names, not on text: the global ``console`` by any route (member, computed name, alias,
    destructuring, ``globalThis``, import of the module ``console``), and nothing that merely looks like it
    (a comment, a string, ``winston.transports.Console``, a local variable of that name). Where the rule
    names a library (``library``), logging through another one, through ``process.stdout`` or through
    morgan without a stream breaks it too. Code for the browser and tests are not meant.
    """

    id: ClassVar[str] = "logging/no-console"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.BOTH
    phrases: ClassVar[tuple[str, ...]] = (
        "Use console.log/error/warn - ONLY use proper winston logger",
        "Never use console.log; always log through the winston logger",
        "No console.* calls in server code, use the logger instead",
        "Do not leave console statements in production code",
        "Replace console.log with the project's logger",
        "Avoid console.log, console.error and console.warn",
        "Never write to the console; go through the winston logger",
    )
    defaults: ClassVar[dict[str, str]] = {"library": "winston"}

    @classmethod
    def parameters_of(cls, rule_text: str) -> dict[str, str]:
        """Take the demanded library out of the rule's words; empty where it names none."""
        words = re.findall(r"[@\w/-]+", rule_text.lower())
        return {"library": next((word for word in words if word in OTHER_LIBRARIES - {"debug"}), "")}

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the server code of the answer."""
        program = exchange.program
        units = server_units(program)
        if not units:
            return Decision(Outcome.NOT_APPLICABLE, "no JavaScript or TypeScript that runs on a server")
        library = exchange.parameters.get("library", self.defaults["library"])
        findings = [_console_finding(program, use) for use in console_uses(program)]
        if library:
            findings += _other_ways(program, library)
        findings.sort(key=lambda finding: (finding.line, finding.column))
        if findings:
            return Decision(Outcome.FAIL, _reason(findings), tuple(findings))
        if any(unit.block.truncated for unit in units):
            return Decision(Outcome.UNDECIDED, "the answer was cut off inside its code")
        logged = sum(1 for _ in log_calls(program))
        if not logged:
            return Decision(Outcome.PASS, "nothing is logged", evidence=(("vacuous", "true"),))
        return Decision(Outcome.PASS, f"all {logged} logging calls go through a logger")


def _reason(findings: list[Finding]) -> str:
    more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
    return f"{findings[0].message}{more}"


def _console_finding(program: Program, use: ConsoleUse) -> Finding:
    text = use.node.text().split("\n", 1)[0][:60]
    message = {
        "uses": f"uses the console: {text}",
        "imports": f"imports the console: {text}",
        "calls": f"{text} is the console under another name",
    }[use.how]
    return program.finding(use.unit, use.node, message)


def _other_ways(program: Program, library: str) -> Iterator[Finding]:
    for use in bypasses(program):
        text = use.node.text().split("\n", 1)[0][:60]
        yield program.finding(use.unit, use.node, f"{use.how} {text}, past {library}")
    seen: set[tuple[int, str]] = set()
    for call in log_calls(program):
        for option in options_of(call.logger):
            other = library_of(option)
            if other is not None and other != library and (call.unit.block.number, other) not in seen:
                seen.add((call.unit.block.number, other))
                yield program.finding(
                    call.unit, call.node, f"logs through {other}, the rule demands {library}"
                )
