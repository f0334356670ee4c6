"""P01: server code logs through the project's logger, never through the console."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.logging.analogue import analogue_of, joined
from harness.checks.logging.calls import Logging, logging_of
from harness.checks.logging.console import Use, console_uses, server_units
from harness.checks.logging.libraries import FRAMEWORK_LOGGERS, LIBRARIES
from harness.checks.logging.outcome import Seen, decided
from harness.core.types import Decision, Outcome
from harness.response.block import BlockRole
from harness.response.javascript.values import options_of, origin_of
from harness.response.program import Program

__all__ = ["NoConsole"]

# Names of libraries that are plain words, too, are no demand for the library.
_DEMANDED = frozenset("winston pino bunyan log4js loglevel signale consola tslog roarr npmlog".split())
_REFUSED = re.compile(
    r"\b(?:no|not|never|neither|nor|avoid|without|forbid\w*|don['’]?t|instead of|rather than|replace)\b"
)
_ASKED = re.compile(r"\b(?:use|uses|using|only|through|via|with|by|to|prefer|require[sd]?|our|proper)\b")


class NoConsole(Check):
    """Server code must not log through ``console``, in whatever disguise.

    Decided on names, not on text: the global ``console`` by any route (member, computed name, alias,
    destructuring, ``globalThis``, import of the module ``console``), and nothing that merely looks like it
    (a comment, a string, ``winston.transports.Console``, a local variable of that name). Where the rule
    names a library (``library``), logging through another one, through ``process.stdout`` or through
    morgan without a stream breaks it too. Code for the browser and tests are not meant. Read by analogy,
    ``print`` in Python and ``var_dump`` or ``error_log`` in PHP are the console of their language.
    """

    id: ClassVar[str] = "logging/no-console"
    version: ClassVar[int] = 2
    soundness: ClassVar[Soundness] = Soundness.BOTH
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    names_node: ClassVar[bool] = True
    phrases: ClassVar[tuple[str, ...]] = (
        "No console logging",
        "console.log is not allowed",
        "Don't log with console",
        "Ban console.log from the code",
        "Use winston instead of console",
        "Never use console methods for logging",
        "Never use the console object for logging",
        "Never debug with console.log",
        "The code is free of console.log",
        "Never log through console.log, console.error or console.warn; a winston logger is the only way",
        "Production code has no console statements",
        "No console.log in production code",
        "Never use console.log",
        "Use console.log/error/warn - ONLY use proper winston logger",
        "Never use console.log; always log through the winston logger",
        "No console.* calls in server code, use the logger instead",
        "Do not leave console statements in production code",
        "No console statements",
        "Replace console.log with the project's logger",
        "Replace console.log with winston",
        "Avoid console.log, console.error and console.warn",
        "Never call console.log or console.error",
        "Never write to the console; go through the winston logger",
        "Log through winston, console.log and console.error are forbidden",
        "Remove console.log statements",
        "Use a proper logger instead of console",
        "Logging goes through winston",
        "All logging goes through winston",
        "Log with winston only",
        "Every log line is written with winston",
        "winston is the only logger",
        "No console.* in server code",
        "console.* is banned from server code",
        "Never print with console.log",
        "All output is written through winston",
        "Log with winston, never print to stdout",
        "winston handles all logging",
        "Every log message goes to winston",
        "Backend code has no console calls",
        "Send logs to winston instead of the console",
        "console.log is for debugging only and never committed",
    )
    defaults: ClassVar[dict[str, str]] = {"library": "winston"}

    @classmethod
    def parameters_of(cls, rule_text: str) -> dict[str, str]:
        """Take the demanded library out of the rule's words; empty where it names none."""
        text = rule_text.lower()
        named = [word for word in re.finditer(r"[@\w/-]+", text) if word[0] in _DEMANDED]
        wanted = [word[0] for word in named if not _is_refused(text[: word.start()])]
        return {"library": (wanted or [word[0] for word in named[-1:]] or [""])[0]}

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the server code of the answer, in whatever language."""
        other = analogue_of(exchange.program, exchange.mode)
        own = self._javascript(exchange)
        if other.shown and own.outcome is Outcome.NOT_APPLICABLE:
            own = Decision(Outcome.PASS, "nothing is logged", evidence=(("vacuous", "true"),))
        return joined(own, other, ", not through a logger")

    def _javascript(self, exchange: Exchange) -> Decision:
        program = exchange.program
        units = server_units(program)
        if not units:
            return _without_server_code(program)
        library = exchange.parameters.get("library", self.defaults["library"]).lower()
        logging = logging_of(program)
        seen = [(use, _message(use)) for use in console_uses(program)]
        if library:
            seen += _other_ways(logging, library)
        decision = decided(program, units, seen)
        if decision is not None:
            return decision
        if library and _only_frameworks(logging):
            return Decision(
                Outcome.UNDECIDED,
                f"the framework's logger is used; that it writes through {library} is not shown",
            )
        logged = len(logging.calls)
        if not logged:
            return Decision(Outcome.PASS, "nothing is logged", evidence=(("vacuous", "true"),))
        return Decision(Outcome.PASS, f"all {logged} logging calls go through a logger")


def _is_refused(before: str) -> bool:
    """Say whether the last cue before a library's name speaks against it: "no pino, only winston"."""
    refused = max((cue.end() for cue in _REFUSED.finditer(before)), default=-1)
    if refused < 0 or re.search(r"[;:]|\.\s|\s[-–—]\s", before[refused:]):
        return False
    asked = max((cue.end() for cue in _ASKED.finditer(before)), default=-1)
    # Of "never use pino" the verb belongs to the negation.
    return asked < refused or bool(re.fullmatch(r"\s*(?:ever\s+)?us(?:e|ing)", before[refused:asked]))


def _without_server_code(program: Program) -> Decision:
    if program.units_with((BlockRole.TEST,)):
        return Decision(
            Outcome.PASS, "only tests are shown; they log nothing", evidence=(("vacuous", "true"),)
        )
    return Decision(Outcome.NOT_APPLICABLE, "no JavaScript or TypeScript that runs on a server")


def _message(use: Use) -> str:
    return {
        "uses": f"uses the console: {use.text}",
        "takes": f"takes the console out of the global object: {use.text}",
        "imports": f"imports the console: {use.text}",
        "calls": f"{use.text} is the console under another name",
        "passes": f"{use.text} is the console under another name, passed on",
    }[use.how]


def _other_ways(logging: Logging, library: str) -> Iterator[Seen]:
    for use in logging.bypasses:
        yield use, f"{use.how} {use.text}, past {library}"
    demanded = LIBRARIES.get(library, library)
    told: set[tuple[int, str]] = set()
    for call in logging.library_calls:
        key = (call.unit.block.number, call.family)
        if call.family != demanded and key not in told:
            told.add(key)
            yield Use(call.unit, call.node, "logs"), f"logs through {call.family}, the rule demands {library}"


def _only_frameworks(logging: Logging) -> bool:
    """Say whether some logger is lent by a framework, and no winston is in sight that it could write to."""
    origins = (
        origin[0]
        for call in logging.calls
        for origin in map(origin_of, options_of(call.logger))
        if origin is not None
    )
    return any(origin in FRAMEWORK_LOGGERS for origin in origins) and not logging.library_calls
