"""R01: all logging goes through the logger module that the project already has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from harness.checks.base import Check, Exchange, Soundness
from harness.checks.logging.calls import (
    LogCall,
    console_uses,
    is_parameter,
    library_of,
    log_calls,
    server_units,
)
from harness.core.types import Decision, Finding, Outcome
from harness.response.javascript.modules import stem_of
from harness.response.javascript.values import (
    CallValue,
    Global,
    Instance,
    LocalModule,
    Member,
    Module,
    Value,
    options_of,
    origin_of,
)
from harness.response.program import Program

__all__ = ["ProjectLogger"]

_PATH = re.compile(r"[\w@.~/-]*\b(?:log|logger|logging)(?:\.[cm]?[jt]s)?\b")


class ProjectLogger(Check):
    """Every logging call is made on the logger of the project's own module.

    The base of each logging call is followed to where it comes from: an import whose path ends in the
    demanded one (``path``, with or without extension, by relative path or alias) obeys; the console, a
    library used directly, a logger created on the spot or a module elsewhere does not. Inside the module
    itself everything is allowed. A logger that is handed in, or whose import is not shown, decides nothing.
    """

    id: ClassVar[str] = "logging/project-logger"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.BOTH
    phrases: ClassVar[tuple[str, ...]] = (
        "Use existing logger from utils/logger.js for ALL logging",
        "All logging goes through the existing logger in utils/logger.js",
        "Import the logger from src/utils/logger.ts; never create another one",
        "Always use the project's logger module lib/logger.js for every log statement",
        "Log everything with the shared logger from utils/logger",
    )
    defaults: ClassVar[dict[str, str]] = {"path": "utils/logger.js"}

    @classmethod
    def parameters_of(cls, rule_text: str) -> dict[str, str] | None:
        """Take the path of the logger out of the rule's words; without one the check does not fit."""
        paths = [found.group(0) for found in _PATH.finditer(rule_text) if "/" in found.group(0)]
        return {"path": paths[0].lstrip("./")} if paths else None

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the server code of the answer."""
        program = exchange.program
        path = exchange.parameters.get("path", self.defaults["path"])
        units = server_units(program)
        calls = [call for call in log_calls(program) if not _is_at(call.unit.block.path, path)]
        console = [use for use in console_uses(program) if not _is_at(use.unit.block.path, path)]
        if not units or not (calls or console):
            return Decision(Outcome.NOT_APPLICABLE, "nothing is logged in server code")
        findings = [
            program.finding(use.unit, use.node, f"logs through the console, not through {path}")
            for use in console
        ]
        findings += _wrong_loggers(program, calls, path)
        findings.sort(key=lambda finding: (finding.line, finding.column))
        if findings:
            more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
            return Decision(Outcome.FAIL, findings[0].message + more, tuple(findings))
        if any(unit.block.truncated for unit in units):
            return Decision(Outcome.UNDECIDED, "the answer was cut off inside its code")
        sure = sum(1 for call in calls if _all(call, path, _is_project_logger))
        if sure:
            return Decision(Outcome.PASS, f"{sure} of {len(calls)} logging calls are seen to use {path}")
        return Decision(
            Outcome.UNDECIDED, f"a logger is used, but where it comes from is not shown (demanded: {path})"
        )


def _is_at(where: str, path: str) -> bool:
    """Say whether a file name ends in the demanded path; extensions do not matter."""
    ours, wanted = stem_of(where).split("/"), stem_of(path).split("/")
    if not where:
        return False
    shared = min(len(ours), len(wanted))
    return ours[-shared:] == wanted[-shared:] and shared == len(wanted)


def _wrong_loggers(program: Program, calls: list[LogCall], path: str) -> Iterator[Finding]:
    seen: set[tuple[int, str]] = set()
    for call in calls:
        if is_parameter(call.logger) or _all(call, path, _is_allowed):
            continue
        wrong = next(option for option in options_of(call.logger) if not _is_allowed(option, call, path))
        where = _describe(wrong)
        key = (call.unit.block.number, where)
        if key not in seen:
            seen.add(key)
            yield program.finding(call.unit, call.node, f"logs through {where}, not through {path}")


def _all(call: LogCall, path: str, predicate: object) -> bool:
    return callable(predicate) and all(predicate(option, call, path) for option in options_of(call.logger))


def _is_project_logger(value: Value, call: LogCall, path: str) -> bool:
    if isinstance(value, (CallValue, Instance)) and _is_at(value.unit.block.path, path):
        return True
    if isinstance(value, (CallValue, Instance)):
        return _is_project_logger(value.callee, call, path)
    if isinstance(value, Member):
        return _is_project_logger(value.base, call, path)
    if isinstance(value, Module):
        return _is_at(_without_alias(value.specifier), path)
    if isinstance(value, LocalModule):
        return _is_at(value.unit.block.path, path)
    unit = getattr(value, "unit", None)
    return unit is not None and _is_at(unit.block.path, path)


def _without_alias(specifier: str) -> str:
    return specifier.lstrip("@~#")


def _is_allowed(value: Value, call: LogCall, path: str) -> bool:
    """A logger whose origin is not shown (a container, a name from elsewhere) is no violation."""
    if _is_project_logger(value, call, path):
        return True
    origin = origin_of(value)
    if origin is None:
        return not isinstance(value, (CallValue, Instance))
    if origin[0] == "global":
        return True
    if library_of(value) is not None:
        return False
    # A module of the project at another path is another logger; a framework's own is not ours to judge.
    return not origin[0].startswith((".", "@/", "~", "/", "src/", "app/", "lib/", "config/", "utils/", "@"))


def _describe(value: Value) -> str:
    library = library_of(value)
    if library is not None:
        created = isinstance(value, (CallValue, Instance))
        return f"a {library} logger created here" if created else f"{library} directly"
    origin = origin_of(value)
    if origin is not None and not isinstance(value, Global):
        return origin[0]
    unit = getattr(value, "unit", None)
    return unit.block.path or "another logger" if unit is not None else "another logger"
