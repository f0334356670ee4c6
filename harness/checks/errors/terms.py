"""What the checks of errors share: request handlers, places where a failure is caught, words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from harness.core.types import Finding
from harness.response.block import BlockRole
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Await,
    Binary,
    Call,
    ClassDefinition,
    Constant,
    Expression,
    Function,
    Mapping,
    Name,
    Opaque,
)
from harness.response.flow.statements import Evaluate, If, Jump, Statement, Try, Unit
from harness.response.flow.walk import Node
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.program import Program

__all__ = [
    "Seen",
    "called",
    "chain_of",
    "entries_of",
    "is_guarded",
    "is_log",
    "is_nothing",
    "judged_units",
    "last_name",
    "looks_at_errors",
    "names_in",
    "repeats",
    "title_of",
]

_ROUTES = frozenset(
    "route get post put patch delete head options api_view action websocket view_config".split()
)
_TASKS = frozenset({"task", "shared_task", "actor", "job", "periodic_task", "on_event"})
_VIEWS = re.compile(r"View$|^Resource$|Endpoint$")
_SETS = re.compile(r"View[sS]et$")
_VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "dispatch"})
_METHODS = frozenset(
    (
        "get post put patch delete head options list create retrieve update partial_update destroy "
        "dispatch perform_create perform_update perform_destroy"
    ).split()
)
_REQUESTS = frozenset({"req", "request", "_req", "$request"})
_LEVELS = frozenset(
    "log error warn warning info debug trace fatal critical exception verbose alert emergency notice".split()
)
_LOGGERS = re.compile(r"log|console|winston|pino|sentry|rollbar|bugsnag", re.IGNORECASE)
_ERRORS = frozenset({"err", "error", "exception", "failure"})
_EVENTS = frozenset({"error", "failed", "uncaughtException", "unhandledRejection"})
_FAILURE = re.compile(r"Error|Exception|Failure")
_PRINTS = frozenset({"print", "error_log", "print_r", "var_dump", "log", "captureException", "echo"})


@dataclass(frozen=True, slots=True)
class Seen:
    """A fault at a place; ``doubt`` says why it may yet be none, empty where it is certain."""

    finding: Finding
    doubt: str = ""


def judged_units(program: Program) -> list[Unit]:
    """Return the code that the answer itself wrote for the server."""
    return list(program.once(_judged))


def _judged(program: Program) -> tuple[Unit, ...]:
    roles = {BlockRole.CODE, BlockRole.CONFIG}
    return tuple(unit for unit in program.flow.units_with(roles) if _is_server(unit))


def _is_server(unit: Unit) -> bool:
    return unit.block.role is BlockRole.CODE or bool(unit.functions)


def repeats(unit: Unit, given: Iterable[str]) -> bool:
    """Say whether a block only shows again what the user supplied."""
    text = unit.block.text.strip()
    return bool(text) and any(text in one for one in given)


def last_name(callee: Expression) -> str:
    """Return the last name that something is called by."""
    if isinstance(callee, Call):
        return last_name(callee.callee)
    return callee.name if isinstance(callee, Name | Attribute) else ""


def called(callee: Expression, unit: Unit) -> str:
    """Return the name that something has where it comes from: what ``import A as B`` calls ``B`` is ``A``."""
    if isinstance(callee, Call):
        return called(callee.callee, unit)
    name = last_name(callee)
    if isinstance(callee, Name):
        for statement in unit.imports:
            for one in statement.names:
                if one.alias == name and one.name not in {"", "default", "*"}:
                    return one.name
    return name


def title_of(flow: Flow, unit: Unit, function: Function) -> str:
    """Return the name of a function, or the one that it is kept under: ``const save = () => …``."""
    if function.name:
        return function.name
    around = flow.names.parent(function, unit)
    if isinstance(around, Assignment) and around.value is function:
        return last_name(around.target)
    if isinstance(around, Mapping):
        keys = (entry.key for entry in around.entries if entry.value is function)
        key = next(keys, None)
        return str(key.value) if isinstance(key, Constant) else ""
    return ""


def names_in(expression: Expression) -> list[str]:
    """Return the names on the way to a call, the last first: ``a.b().c`` gives c, b, a."""
    found: list[str] = []
    here: Expression | None = expression
    while here is not None:
        if isinstance(here, Attribute):
            found.append(here.name)
            here = here.base
        elif isinstance(here, Call):
            here = here.callee
        elif isinstance(here, Await):
            here = here.value
        else:
            if isinstance(here, Name):
                found.append(here.name)
            here = None
    return found


def chain_of(call: Call) -> list[tuple[str, Call]]:
    """Return the methods of a chain of calls, the last first."""
    found: list[tuple[str, Call]] = []
    here: Expression = call
    while isinstance(here, Call) and isinstance(here.callee, Attribute):
        found.append((here.callee.name, here))
        here = here.callee.base
    return found


def is_log(statement: Statement) -> bool:
    """Say whether a statement only writes down that something happened."""
    value = statement.value if isinstance(statement, Evaluate) else None
    if isinstance(value, Await):
        value = value.value
    if not isinstance(value, Call):
        return False
    names = names_in(value.callee)
    if not names:
        return False
    if names[0] in _PRINTS or "traceback" in names[1:]:
        return True
    return names[0] in _LEVELS and any(_LOGGERS.search(name) for name in names[1:])


def looks_at_errors(flow: Flow, unit: Unit) -> bool:
    """Say whether a unit tests for an error it was handed, or listens for failures."""
    for call in unit.calls:
        first = call.arguments[0].value if call.arguments else None
        if (
            isinstance(first, Constant)
            and first.value in _EVENTS
            and last_name(call.callee) in {"on", "once"}
        ):
            return True
    for node in flow.names.nodes(unit, If):
        test = node.test
        if isinstance(test, Name) and test.name.lower().strip("$_") in _ERRORS:
            return True
        if isinstance(test, Call) and last_name(test.callee) == "isinstance" and len(test.arguments) > 1:
            return _FAILURE.search(last_name(test.arguments[1].value)) is not None
        if isinstance(test, Binary) and test.operator == "instanceof":
            return _FAILURE.search(last_name(test.right)) is not None
    return False


def is_nothing(statement: Statement) -> bool:
    """Say whether a statement does nothing: ``pass``, ``...``, an empty one."""
    if isinstance(statement, Jump):
        return statement.kind in {"pass", "empty"}
    value = statement.value if isinstance(statement, Evaluate) else None
    return isinstance(value, Opaque) and value.node.kind() == "ellipsis"


def is_guarded(flow: Flow, node: Node, unit: Unit) -> bool:
    """Say whether what fails at a node is caught within its function."""
    parents = flow.names.index(unit).parents
    child: Node = node
    here = parents.get(node)
    while here is not None:
        if isinstance(here, Function):
            return False
        if isinstance(here, Try) and here.handlers and any(one is child for one in here.body):
            return True
        child, here = here, parents.get(here)
    return False


def entries_of(unit: Unit, flow: Flow, *, tasks: bool = True) -> dict[Function, str]:
    """Return the functions that a request runs, or (``tasks``) a queue, with their names."""
    found: dict[Function, str] = {}
    for function in unit.functions:
        if function.is_abstract or not _is_entry(unit, flow, function):
            continue
        if tasks or not any(called(one, unit) in _TASKS for one in function.decorators):
            found[function] = function.name
    return found


def _is_entry(unit: Unit, flow: Flow, function: Function) -> bool:
    first = function.parameters[0].target if function.parameters else None
    if unit.language in JAVASCRIPT_FAMILY:
        return isinstance(first, Name) and first.name in _REQUESTS and len(function.parameters) > 1
    if any(_is_route(unit, one) for one in function.decorators):
        return True
    owner = flow.names.index(unit).class_around(function) if function.is_method else None
    if unit.language == "php":
        return owner is not None and owner.name.endswith("Controller")
    if isinstance(first, Name) and first.name in _REQUESTS:
        return True
    return owner is not None and function.name in _METHODS and _is_view(unit, owner, function.name)


def _is_route(unit: Unit, decorator: Expression) -> bool:
    name = called(decorator, unit)
    return (name in _ROUTES and isinstance(decorator, Call)) or name in _TASKS


def _is_view(unit: Unit, owner: ClassDefinition, method: str) -> bool:
    bases = [called(base, unit) for base in owner.bases]
    return any(_SETS.search(base) or (method in _VERBS and _VIEWS.search(base)) for base in bases)
