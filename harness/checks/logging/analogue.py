"""The counterpart of the console in Python and PHP: what is printed or dumped past every logger.

``print``, ``pprint`` and writes to the standard streams; ``var_dump``, ``print_r``, ``error_log`` and an
``echo`` of an error or a statement. What a command prints is its result, and what a page echoes is its
content: neither is a log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from harness.checks.logging.flow_calls import FlowLog, Way, called_name, flow_logs, server_flow_units
from harness.core.types import Decision, Finding, Mode, Outcome
from harness.response.block import BlockRole
from harness.response.flow.build import Flow
from harness.response.flow.expressions import Attribute, Call, Expression, Function, Name
from harness.response.flow.statements import If, Unit
from harness.response.flow.walk import walk
from harness.response.program import Program
from harness.response.record import record

__all__ = ["Analogue", "analogue_of", "joined"]

MAX_FINDINGS = 500
_LANGUAGES = frozenset({"python", "php"})
_COMMAND_LINE = re.compile(
    r"\b(?:import|from) (?:argparse|click|typer|fire|docopt|cmd)\b|\bsys\.argv\b|\bBaseCommand\b|\$argv\b"
    r"|php_sapi_name\(\)|\bextends\s+Command\b|\bPHP_SAPI\b|\bSTDIN\b"
)
_COMMANDS = re.compile(
    r"(?:^|/)(?:management/commands|Console/Commands|bin|cli|scripts?|alembic|migrations)/|(?:^|/)cli\.py$"
)
_ERROR_NAMES = re.compile(r"^(?:e|ex|exc|err|error|exception|throwable|sql|query|statement)$", re.IGNORECASE)
_ERROR_CALLS = frozenset(
    "getMessage getTraceAsString getTrace mysqli_error mysqli_connect_error errorInfo pg_last_error error "
    "error_get_last print_r var_export debug_backtrace".split()
)


@record
class Analogue:
    """What Python and PHP of an answer print and log; ``shown`` says that there is any such server code."""

    shown: bool
    printed: tuple[Finding, ...] = ()
    logged: int = 0
    truncated: bool = False


def analogue_of(program: Program, mode: Mode) -> Analogue:
    """Return what Python and PHP print and log; nothing where the rule is read literally."""
    return Analogue(shown=False) if mode is Mode.LITERAL else program.once(_find)


def joined(own: Decision, other: Analogue, message: str) -> Decision:
    """Join the decision on JavaScript with what the other languages print.

    Args:
        own: the decision on JavaScript and TypeScript.
        other: what Python and PHP print and log.
        message: what is wrong with printing, put behind the words of a finding.
    """
    if not other.shown:
        return own
    if other.printed:
        told = tuple(replace(one, message=f"{one.message}{message}") for one in other.printed)
        findings = (*own.findings, *told) if own.outcome is Outcome.FAIL else told
        findings = tuple(sorted(findings, key=lambda one: (one.block, one.line, one.column)))[:MAX_FINDINGS]
        more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
        return Decision(Outcome.FAIL, findings[0].message + more, findings)
    is_silent = own.outcome is Outcome.NOT_APPLICABLE or ("vacuous", "true") in own.evidence
    if not is_silent:
        return own
    if other.truncated:
        return Decision(Outcome.UNDECIDED, "the answer was cut off inside its code")
    if other.logged:
        return Decision(Outcome.PASS, f"all {other.logged} logging calls go through a logger")
    return own


def _find(program: Program) -> Analogue:
    flow = program.flow
    units = [unit for unit in server_flow_units(flow) if unit.language in _LANGUAGES]
    if not units:
        return Analogue(shown=False)
    logs = [log for log in flow_logs(program) if log.unit.language in _LANGUAGES]
    printed = [log for log in logs if log.way is not Way.LOGGER and not _is_result(flow, log.unit, log.call)]
    findings = [
        flow.finding(log.unit, log.call.node, _words(log)) for log in printed if not log.unit.block.truncated
    ]
    for unit in units:
        if unit.language == "php" and not unit.block.truncated:
            findings += _echoed(flow, unit)
    return Analogue(
        shown=True,
        printed=tuple(findings),
        logged=sum(1 for log in logs if log.way is Way.LOGGER),
        truncated=any(unit.block.truncated for unit in units),
    )


def _words(log: FlowLog) -> str:
    name = called_name(log.call.callee)
    return f"{'dumps a value with' if log.way is Way.DUMP else 'prints with'} {name}()"


def _is_result(flow: Flow, unit: Unit, call: Call) -> bool:
    """Say whether a call prints what a command has to say, or writes into a file."""
    block = unit.block
    if block.role is BlockRole.SCRIPT or _COMMANDS.search(block.path) or _COMMAND_LINE.search(block.text):
        return True
    if any(one.name == "file" and "std" not in one.value.node.text() for one in call.arguments):
        return True
    for around in flow.names.path_to(call, unit):
        if isinstance(around, If) and "__name__" in around.test.node.text():
            return True
        if isinstance(around, Function) and any(
            called_name(one) in {"command", "group", "cli"} for one in around.decorators
        ):
            return True
    return False


def _echoed(flow: Flow, unit: Unit) -> Iterator[Finding]:
    """An ``echo`` of an error or of a statement is a message for the developer, not for the visitor."""
    for call in unit.calls:
        if called_name(call.callee) not in {"echo", "print"} or not isinstance(call.callee, Name):
            continue
        if flow.is_counter_example(unit, call.node) or _is_result(flow, unit, call):
            continue
        if any(_tells_error(part) for argument in call.arguments for part in _parts(argument.value)):
            yield flow.finding(unit, call.node, f"echoes an error with {called_name(call.callee)}")


def _parts(value: Expression) -> Iterator[Expression]:
    for node in walk([value], into_functions=False):
        if isinstance(node, Name | Attribute | Call):
            yield node


def _tells_error(part: Expression) -> bool:
    if isinstance(part, Call):
        return called_name(part.callee) in _ERROR_CALLS
    if isinstance(part, Attribute):
        return part.name in {"error", "connect_error", "errorInfo"}
    return isinstance(part, Name) and part.name.startswith("$") and bool(_ERROR_NAMES.match(part.name[1:]))
