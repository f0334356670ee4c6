"""Failures that are caught and then lost: dropped, only logged, answered as success, shown to the client."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.checks.errors.terms import (
    Seen,
    entries_of,
    is_log,
    is_nothing,
    judged_units,
    names_in,
)
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Binary,
    Call,
    Conditional,
    Constant,
    Expression,
    Function,
    Items,
    Mapping,
    Name,
)
from harness.response.flow.statements import Evaluate, Handler, If, Jump, Loop, Return, Statement, Try, Unit
from harness.response.flow.walk import Node, walk
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.program import Program

__all__ = ["answered_as_success", "caught_and_lost", "is_blanket", "leaked", "tries_in"]

_HIDDEN = "every failure of the storage looks like nothing was found"
_GOES_ON = "the error is only logged, and the request goes on as if nothing had happened"
_EMPTY = "every error is answered with an empty success"
_BLANKET = {
    "python": frozenset({"Exception", "BaseException", "SQLAlchemyError", "DatabaseError"}),
    "php": frozenset({"Exception", "Throwable", "Error", "PDOException", "QueryException"}),
}
# What may fail without the request having failed: cleaning up, caches, notices, figures.
_SECONDARY = re.compile(
    r"cache|redis|memcache|invalidate|publish|^emit$|mailer|smtp|^mail$|send_?\w*mail|notif|slack|webhook|metric|"
    r"statsd|track|telemetry|audit|^log$|logger",
    re.IGNORECASE,
)
_CLEANUP = re.compile(
    r"unlink|^rm(?:dir|Sync|tree)?$|rollback|^close|^release|disconnect|^quit$|^destroy$|cleanup|clean_up|terminate|"
    r"^kill$|^abort$|^end$|^te?mp",
    re.IGNORECASE,
)
_WRITES = frozenset(
    (
        "insert update delete save create destroy remove upsert execute query commit bulk_create bulkCreate "
        "insertMany insertOne updateOne updateMany deleteOne deleteMany findOneAndUpdate findByIdAndUpdate "
        "persist flush executemany bulk_update charge capture transfer"
    ).split()
)
_STORAGE = _WRITES | frozenset(
    (
        "findOne findMany findById findByPk findUnique findFirst findAll find_one fetchall fetchone fetchAll "
        "scalars scalar_one scalar_one_or_none aggregate countDocuments"
    ).split()
)
_STACKS = frozenset({"stack", "getTraceAsString", "getTrace", "format_exc", "print_exc", "print_exception"})
_DRIVER = frozenset(
    {"getMessage", "error", "connect_error", "errorInfo", "mysqli_error", "mysqli_connect_error"}
)
_SENDS = frozenset(
    {"json", "send", "end", "write", "render", "jsonify", "JSONResponse", "Response", "HttpResponse"}
)
_ENVIRONMENT = re.compile(r"env|prod|dev|debug|local", re.IGNORECASE)
_SHOWS = frozenset({"echo", "die", "exit", "print", "print_r", "var_dump"})


def tries_in(flow: Flow, unit: Unit) -> Sequence[Try]:
    """Return the ``try`` statements of a unit."""
    return flow.names.nodes(unit, Try)


def caught_and_lost(program: Program) -> list[Seen]:
    """Return the places where a failure is caught and nobody learns of it."""
    return list(program.once(_caught))


def _caught(program: Program) -> tuple[Seen, ...]:
    flow = program.flow
    found: list[Seen] = []
    for unit in judged_units(program):
        text = unit.block.text
        if "catch" in text or "except" in text or "suppress" in text:
            found += _in_unit(flow, unit)
    return tuple(found)


def answered_as_success(program: Program) -> list[Seen]:
    """Return the caught errors after which the client is told that all went well."""
    return [one for one in program.once(_caught) if one.finding.message in {_GOES_ON, _EMPTY}]


def _in_unit(flow: Flow, unit: Unit) -> Iterator[Seen]:
    entries = entries_of(unit, flow)
    for attempt in tries_in(flow, unit):
        for handler in attempt.handlers:
            if flow.is_counter_example(unit, handler.node):
                continue
            message = _fault_of(flow, unit, attempt, handler, entries)
            if not message and _tells(unit, handler):
                message = "whatever the error says is sent to the client"
            if message:
                yield Seen(flow.finding(unit, handler.node, message))
    for call in unit.calls if unit.language == "python" and "suppress" in unit.block.text else ():
        if _suppresses_all(call) and not flow.is_counter_example(unit, call.node):
            yield Seen(flow.finding(unit, call.node, "whatever fails here is dropped"))
    promises = unit.language in JAVASCRIPT_FAMILY and ".catch" in unit.block.text
    for call in unit.calls if promises else ():
        dropped = _dropped_promise(call)
        if dropped is not None and not flow.is_counter_example(unit, dropped.node):
            yield Seen(flow.finding(unit, dropped.node, "the rejection is caught and dropped"))


def _fault_of(flow: Flow, unit: Unit, attempt: Try, handler: Handler, entries: dict[Function, str]) -> str:
    """Say what is wrong with a handler; empty where nothing is."""
    if not is_blanket(handler, unit):
        return ""
    body = [one for one in handler.body if not is_nothing(one)]
    if len(body) > 1 and not all(is_log(one) for one in body):
        return ""
    return _fault_of_little(flow, unit, attempt, body, entries)


def _fault_of_little(
    flow: Flow, unit: Unit, attempt: Try, body: Sequence[Statement], entries: dict[Function, str]
) -> str:
    """Judge a handler that does one thing at most, or only writes down that something happened."""
    secondary = _is_secondary(attempt.body)
    if not body:
        return "" if _is_cleanup(attempt.body) else "the error is caught and dropped"
    function = flow.names.enclosing(attempt, unit)
    around = flow.names.path_to(attempt, unit)
    if all(isinstance(one, Jump) for one in body) and (not _in_loop(around) or _writes(attempt.body)):
        return "the error is caught and dropped"
    if function in entries and _gives_nothing(body) and not any(is_log(one) for one in body):
        return _EMPTY
    if _gives_nothing(body) and function is not None and not secondary and _asks_storage(attempt.body):
        return _HIDDEN
    if secondary or _in_loop(around) or not all(is_log(one) for one in body):
        return ""
    if function in entries or (function is None and unit.language == "php" and attempt is not unit.body[-1]):
        return _GOES_ON
    if _commits_after(attempt, around):
        return "the error is only logged, and the transaction is committed all the same"
    done = function is not None and _writes(attempt.body)
    return "the error is only logged, and the caller takes the work for done" if done else ""


def _suppresses_all(call: Call) -> bool:
    """``with suppress(Exception)`` is an empty except."""
    if (names_in(call.callee) or [""])[0] != "suppress":
        return False
    return any((names_in(one.value) or [""])[0] in _BLANKET["python"] for one in call.arguments)


def _tells(unit: Unit, handler: Handler) -> bool:
    """Say whether the words of any error at all become the answer (Python, PHP)."""
    if unit.language in JAVASCRIPT_FAMILY or not handler.name or not is_blanket(handler, unit):
        return False
    for statement in handler.body:
        value = getattr(statement, "value", None)
        if is_log(statement) or value is None or not isinstance(statement, Evaluate | Return):
            continue
        if isinstance(value, Assignment) and not isinstance(value.target, Name):
            continue
        if any(_says(node, handler.name) for node in walk([value], into_functions=False)):
            return True
    return False


def _says(node: Node, name: str) -> bool:
    """Say whether a node is ``str(error)`` or ``$e->getMessage()`` within something that is answered."""
    if not isinstance(node, Mapping | Call):
        return False
    if isinstance(node, Mapping):
        return any(_words_of(entry.value, name) for entry in node.entries)
    called = (names_in(node.callee) or [""])[0]
    return called in _SENDS | _SHOWS and any(_words_of(one.value, name) for one in node.arguments)


def _words_of(value: Expression, name: str) -> bool:
    if not isinstance(value, Call):
        return False
    called = names_in(value.callee)
    if called[:1] == ["getMessage"]:
        return called[-1] == name
    given = value.arguments[0].value if len(value.arguments) == 1 else None
    return called == ["str"] and isinstance(given, Name) and given.name == name


def is_blanket(handler: Handler, unit: Unit) -> bool:
    """Say whether a handler catches whatever there is."""
    if unit.language in JAVASCRIPT_FAMILY or not handler.types:
        return True
    blanket = _BLANKET.get(unit.language, frozenset())
    return any((names_in(one) or [""])[0].strip("\\") in blanket for one in handler.types)


def _calls_of(body: Sequence[Node]) -> list[Call]:
    return [node for node in walk(body) if isinstance(node, Call)]


def _is_secondary(body: Sequence[Statement]) -> bool:
    """Say whether all that is tried may fail without the work having failed."""
    calls = _calls_of(body)
    if any((names_in(call.callee) or [""])[0] in _WRITES and not _is_side(call) for call in calls):
        return False
    return any(_is_side(call) for call in calls)


def _is_side(call: Call) -> bool:
    return _cleans_up(call) or any(_SECONDARY.search(name) for name in names_in(call.callee))


def _is_cleanup(body: Sequence[Statement]) -> bool:
    calls = _calls_of(body)
    return bool(calls) and _cleans_up(calls[0])


def _cleans_up(call: Call) -> bool:
    names = names_in(call.callee)
    if names and _CLEANUP.search(names[0]):
        return True
    first = call.arguments[0].value if call.arguments else None
    return isinstance(first, Constant) and isinstance(first.value, str) and "ROLLBACK" in first.value.upper()


def _in_loop(around: Sequence[Node]) -> bool:
    for node in around:
        if isinstance(node, Function):
            return False
        if isinstance(node, Loop):
            return True
    return False


def _gives_nothing(body: Sequence[Statement]) -> bool:
    last = body[-1]
    if not isinstance(last, Return) or len(body) > 1:
        return False
    value = last.value
    if isinstance(value, Mapping):
        return not value.entries
    if isinstance(value, Items):
        return not value.items
    return value is None or (isinstance(value, Constant) and value.value is None)


def _asks_storage(body: Sequence[Statement]) -> bool:
    return any((names_in(call.callee) or [""])[0] in _STORAGE for call in _calls_of(body))


def _commits_after(attempt: Try, around: Sequence[Node]) -> bool:
    """Say whether a later statement around commits what was tried."""
    child: Node = attempt
    for node in around:
        body = getattr(node, "body", ())
        if isinstance(body, tuple) and child in body:
            later = body[body.index(child) + 1 :]
            if any((names_in(call.callee) or [""])[0] == "commit" for call in _calls_of(later)):
                return True
        if isinstance(node, Function):
            return False
        child = node
    return False


def _writes(body: Sequence[Statement]) -> bool:
    return any((names_in(call.callee) or [""])[0] in _WRITES for call in _calls_of(body))


def _dropped_promise(call: Call) -> Function | None:
    """Return the function of ``.catch(() => {})`` where it drops the failure of real work."""
    callee = call.callee
    if not isinstance(callee, Attribute) or callee.name != "catch" or not call.arguments:
        return None
    handler = call.arguments[0].value
    if not isinstance(handler, Function) or any(not is_nothing(one) for one in handler.body):
        return None
    return None if isinstance(callee.base, Call) and _cleans_up(callee.base) else handler


# What the client is shown.


def leaked(program: Program) -> list[Seen]:
    """Return where a stack trace, or in PHP the driver's words, are sent to the client."""
    flow = program.flow
    found: list[Seen] = []
    for unit in judged_units(program):
        text = unit.block.text
        if unit.language == "php" or "stack" in text or "traceback" in text:
            found += [
                Seen(flow.finding(unit, node.node, message))
                for node, message in _leaks(unit)
                if not flow.is_counter_example(unit, node.node)
                and not _only_while_developing(flow, unit, node)
            ]
    return found


def _only_while_developing(flow: Flow, unit: Unit, node: Node) -> bool:
    """Say whether something stands under a condition on the environment: only developers see it."""
    for around in flow.names.path_to(node, unit):
        test: Expression | None = None
        if isinstance(around, Conditional | If):
            test = around.test
        elif isinstance(around, Binary) and around.operator in {"&&", "||"}:
            test = around.left
        if test is not None and _ENVIRONMENT.search(test.node.text()[:200]):
            return True
        if isinstance(around, Function):
            return False
    return False


def _leaks(unit: Unit) -> Iterator[tuple[Expression, str]]:
    is_php = unit.language == "php"
    for call in unit.calls:
        name = (names_in(call.callee) or [""])[0]
        if name not in (_SHOWS if is_php else _SENDS):
            continue
        for argument in call.arguments:
            for node in walk([argument.value], into_functions=False):
                if not isinstance(node, Name | Attribute):
                    continue
                if node.name in _STACKS:
                    yield node, "the stack trace is sent to the client"
                elif is_php and node.name in _DRIVER and _is_of_driver(node):
                    yield node, "the words of the driver are shown to the client"


def _is_of_driver(node: Name | Attribute) -> bool:
    if isinstance(node, Name):
        return node.name.startswith("mysqli_")
    base = node.base
    return isinstance(base, Name) and base.name.startswith("$")
