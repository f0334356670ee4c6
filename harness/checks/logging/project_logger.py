"""R01: all logging goes through the logger module that the project already has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.logging.analogue import analogue_of, joined
from harness.checks.logging.calls import LibraryCall, LogCall, Logging, logging_of, option_of
from harness.checks.logging.console import Use, console_uses, server_units
from harness.checks.logging.libraries import creates_logger
from harness.checks.logging.outcome import Seen, decided
from harness.checks.logging.standing import Place, Standing
from harness.core.types import Decision, Outcome
from harness.response.javascript.modules import is_local_specifier
from harness.response.javascript.scopes import Unit
from harness.response.javascript.syntax import arguments_of
from harness.response.javascript.values import (
    CallValue,
    Instance,
    Member,
    ObjectValue,
    Value,
    options_of,
    origin_of,
)

__all__ = ["ProjectLogger"]

# A path whose last part is called after logging; without extension only below a folder that says "path".
_PATH = re.compile(
    r"(?<![\w/.])(?P<start>(?:\.{1,2}/|@/|~/|#)?)(?P<folders>(?:[\w@.-]+/)+)"
    r"(?P<name>[\w.-]*?(?:\b|[a-z_-](?=L)|_|-)[Ll]og(?:ger|ging|s)?[\w-]*|winston|pino)(?P<extension>\.[cm]?[jt]s)?(?![\w/])"
)
_FOLDERS = frozenset(
    (
        "utils util lib libs src app config core common shared helpers services server infra infrastructure "
        "modules packages internal backend api support platform tools middleware"
    ).split()
)
# Request loggers that write through a logger they are handed: the option that hands it over.
_HANDED = {"express-winston": "winstonInstance", "pino-http": "logger", "express-pino-logger": "logger"}


class ProjectLogger(Check):
    """Every logging call is made on the logger of the project's own module.

    The base of each logging call is followed to where it comes from: an import whose path ends in the
    demanded one (``path``, with or without extension, by relative path or alias) obeys; the console,
    standard output, a library used directly, a logger created on the spot or a module elsewhere does not.
    Inside the module itself everything is allowed. A logger that is handed in, or whose import is not
    shown, decides nothing. Python and PHP log through what their framework sets up for the whole project;
    there, printing past it breaks the rule.
    """

    id: ClassVar[str] = "logging/project-logger"
    version: ClassVar[int] = 2
    soundness: ClassVar[Soundness] = Soundness.BOTH
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    names_node: ClassVar[bool] = True
    phrases: ClassVar[tuple[str, ...]] = (
        "Use src/utils/logger for logging",
        "All log statements use utils/logger.js",
        "Do not create another logger, import utils/logger.js",
        "Never instantiate a new logger, import the one from config/logger.js",
        "Import the project logger from lib/logger and log nowhere else",
        "Log through utils/logger.js and nothing else",
        "Send all log output through the existing logger in utils/logger.js",
        "Use the logger in utils/logger.js for all log messages",
        "Reuse utils/logger.js, never create another logger",
        "Use the project logger at utils/logger.js for every log message",
        "Never create a logger when utils/logger.js exists",
        "Services log via utils/logger.js",
        "Use existing logger from utils/logger.js for ALL logging",
        "All logging goes through the existing logger in utils/logger.js",
        "Import the logger from src/utils/logger.ts; never create another one",
        "Always use the project's logger module lib/logger.js for every log statement",
        "Log everything with the shared logger from utils/logger",
        "Never create your own logger, use utils/logger.js",
        "Log only via utils/logger.js",
        "Modules import the project logger from lib/logger",
        "Import the logger from utils/logger.js wherever something is logged",
        "Every module logs with the logger from src/utils/logger.ts",
        "Log with the instance exported from src/lib/logger.ts",
        "The logger in utils/logger.js is the only logger",
    )
    defaults: ClassVar[dict[str, str]] = {"path": "utils/logger.js"}
    includes: ClassVar[frozenset[str]] = frozenset({"logging/no-console"})

    @classmethod
    def parameters_of(cls, rule_text: str) -> dict[str, str] | None:
        """Take the path of the logger out of the rule's words; without one the check does not fit."""
        for found in _PATH.finditer(rule_text):
            first = found["folders"].split("/")[0].lower()
            if found["extension"] or found["start"] or first in _FOLDERS or first.startswith("@"):
                return {"path": found[0].lstrip("./")}
        return None

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the server code of the answer, in whatever language."""
        other = analogue_of(exchange.program, exchange.mode)
        return joined(self._javascript(exchange), other, ", not through the project's logging")

    def _javascript(self, exchange: Exchange) -> Decision:
        program = exchange.program
        path = exchange.parameters.get("path", self.defaults["path"])
        units = server_units(program)
        if not units:
            return Decision(Outcome.NOT_APPLICABLE, "no JavaScript or TypeScript that runs on a server")
        place = Place(program, path)
        logging = logging_of(program)
        standings = [(call, place.of_call(call)) for call in logging.calls if not place.holds(call.unit)]
        decision = decided(
            program, units, list(_violations(console_uses(program), logging, standings, place))
        )
        if decision is not None:
            return decision
        return _without_violation(place, logging, [standing for _, standing in standings])


def _without_violation(place: Place, logging: Logging, standings: list[Standing]) -> Decision:
    sure = standings.count(Standing.DEMANDED)
    if sure:
        return Decision(
            Outcome.PASS, f"{sure} of {len(standings)} logging calls are seen to use {place.path}"
        )
    if standings and place.is_imported:
        # Put into a container or handed on by a parameter; no other logger is in sight.
        return Decision(Outcome.PASS, f"the logger that is handed around is imported from {place.path}")
    created = [call for call in logging.library_calls if call.creates]
    if standings or not all(place.holds(call.unit) for call in created):
        return Decision(
            Outcome.UNDECIDED,
            f"a logger is used, but where it comes from is not shown (demanded: {place.path})",
        )
    if created or logging.calls:
        return Decision(Outcome.PASS, f"the only logging stands in {place.path} itself")
    return Decision(Outcome.NOT_APPLICABLE, "nothing is logged in server code")


def _violations(
    console: tuple[Use, ...], logging: Logging, standings: list[tuple[LogCall, Standing]], place: Place
) -> Iterator[Seen]:
    for use in console:
        if not place.holds(use.unit):
            yield use, f"logs through the console, not through {place.path}"
    for use in logging.bypasses:
        if not place.holds(use.unit):
            yield use, f"{use.how} {use.text}, not through {place.path}"
    yield from _created(logging, place)
    told: set[tuple[int, str]] = set()
    for call, standing in standings:
        where = _describe(call, place)
        key = (call.unit.block.number, where)
        if standing is Standing.OTHER and where and key not in told:
            told.add(key)
            yield Use(call.unit, call.node, "logs"), f"logs through {where}, not through {place.path}"


def _created(logging: Logging, place: Place) -> Iterator[Seen]:
    """Loggers made outside the demanded module, and request loggers that are handed no logger of it."""
    for call in logging.library_calls:
        if place.holds(call.unit):
            continue
        use = Use(call.unit, call.node, "creates")
        origin = origin_of(call.value)
        option = _HANDED.get(origin[0]) if origin is not None else None
        if option is not None:
            if _is_handed_other(call, option, place):
                yield use, f"logs requests through {call.family} directly, not through {place.path}"
        elif call.creates and not place.may_hold(call.unit, call.node):
            yield use, f"creates a {call.family} logger outside {place.path}"


def _is_handed_other(call: LibraryCall, option: str, place: Place) -> bool:
    resolver = place.program.resolver
    arguments = arguments_of(call.node)
    if not arguments:
        return call.creates
    handed: list[Value] = []
    for options in options_of(resolver.resolve(arguments[0], call.unit)):
        if not isinstance(options, ObjectValue):
            return False
        value = option_of(resolver, options, option)
        if value is None:
            return True
        handed += options_of(value)
    return any(place.of_value(value) is Standing.OTHER for value in handed)


def _describe(call: LogCall, place: Place) -> str:
    """Say where a logger comes from; empty where its creation in the same block already tells it."""
    for value in options_of(call.logger):
        if place.of_value(value) is not Standing.OTHER:
            continue
        made = _made(value)
        if made is not None:
            return "" if made.unit is call.unit else made.unit.block.path or "a logger made in another block"
        origin = origin_of(value)
        if origin is not None:
            return origin[0] if is_local_specifier(origin[0]) else f"{origin[0]} directly"
        unit = getattr(value, "unit", None)
        if isinstance(unit, Unit) and unit.block.path:
            return unit.block.path
    return "another logger"


def _made(value: Value) -> CallValue | Instance | None:
    """Return the call that made the logger that a value is, or is taken from."""
    while True:
        if isinstance(value, (CallValue, Instance)):
            if creates_logger(value):
                return value
            value = value.callee
        elif isinstance(value, Member):
            value = value.base
        else:
            return None
