"""Failures that no one takes up in Python views and PHP scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checks.errors.terms import Seen, entries_of, is_guarded, judged_units, last_name, names_in
from harness.response.flow.build import Flow
from harness.response.flow.expressions import Attribute, Call, Expression, Name, Unary
from harness.response.flow.statements import If, Try, Unit
from harness.response.flow.walk import walk
from harness.response.program import Program

__all__ = ["is_framework", "missing_rows", "unhandled_scripts"]

_STRICT = frozenset({"get", "earliest", "latest"})
_FRAMEWORK = re.compile(r"^(?:Illuminate|Symfony|Laravel|Slim|Yiisoft|yii|Cake|CodeIgniter|Laminas|App)\\?")
_CONNECTS = frozenset({"PDO", "mysqli", "mysqli_connect", "pg_connect", "SoapClient"})
_HANDLERS = frozenset({"set_exception_handler", "set_error_handler", "register_shutdown_function"})


def missing_rows(program: Program) -> list[Seen]:
    """Return where a Django view asks for a row that may be missing, and nobody catches what is raised."""
    flow = program.flow
    found: list[Seen] = []
    for unit in flow.units_with(languages={"python"}):
        if ".objects" not in unit.block.text:
            continue
        for entry in entries_of(unit, flow):
            for node in flow.names.inside(entry, unit, Call):
                if not _asks_for_one(node) or is_guarded(flow, node, unit):
                    continue
                if not flow.is_counter_example(unit, node.node):
                    message = "a row that is missing raises DoesNotExist, which nobody catches"
                    found.append(Seen(flow.finding(unit, node.node, message)))
    return found


def _asks_for_one(call: Call) -> bool:
    callee = call.callee
    if not isinstance(callee, Attribute) or callee.name not in _STRICT or not call.arguments:
        return False
    return "objects" in names_in(callee)[1:]


def unhandled_scripts(program: Program) -> list[Seen]:
    """Return where plain PHP talks to a database or service and no handler is anywhere."""
    flow = program.flow
    units = [unit for unit in judged_units(program) if unit.language == "php"]
    if not units or any(
        is_framework(unit) or _takes_up(unit) for unit in flow.units if unit.language == "php"
    ):
        return []
    for unit in units:
        for call in _connections(flow, unit):
            message = "no handler anywhere takes up a failure of this connection or of what follows"
            return [Seen(flow.finding(unit, call.node, message))]
    return []


def is_framework(unit: Unit) -> bool:
    """Say whether a unit is written for a framework of PHP, which takes up what its handlers let through."""
    if unit.language != "php":
        return False
    return any(_FRAMEWORK.match(one.module) for one in unit.imports)


def _takes_up(unit: Unit) -> bool:
    """Say whether a script handles a failure in any way: a handler, or a test of a result."""
    if any(last_name(call.callee) in _HANDLERS for call in unit.calls):
        return True
    for node in walk(unit.body):
        if isinstance(node, Try) and node.handlers:
            return True
        if isinstance(node, If) and _asks_for_failure(node.test):
            return True
    return False


def _asks_for_failure(test: Expression) -> bool:
    if isinstance(test, Unary):
        return isinstance(test.value, Call | Name)
    return isinstance(test, Attribute) and "err" in test.name


def _connections(flow: Flow, unit: Unit) -> Iterator[Call]:
    for call in unit.calls:
        name = last_name(call.callee).strip("\\")
        if name in _CONNECTS and not flow.is_counter_example(unit, call.node):
            yield call
