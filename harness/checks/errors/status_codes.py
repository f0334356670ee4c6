"""G02: errors are answered with the status that fits them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from harness.checks.base import SILENCE, Check, Exchange, Soundness
from harness.checks.errors.answers import Answer, all_answers, nest_handlers, reports_error, tells_of_error
from harness.checks.errors.blamed import own_mistakes
from harness.checks.errors.catches import answered_as_success, is_blanket
from harness.checks.errors.statuses import all_statuses
from harness.checks.errors.terms import entries_of, judged_units, last_name, repeats
from harness.core.types import Decision, Finding, Outcome
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Attribute,
    Await,
    Binary,
    Call,
    Conditional,
    Expression,
    Function,
    Name,
    Unary,
)
from harness.response.flow.statements import Handler, If, Raise, Switch, Try, Unit
from harness.response.flow.walk import walk
from harness.response.foreign import foreign_endpoints
from harness.response.languages import JAVASCRIPT_FAMILY

__all__ = ["StatusCodes"]

_SUCCESS = frozenset({200, 201, 202, 203, 204})  # 207 tells of each part
_ONE = frozenset(
    (
        "findOne findById findByPk findUnique findFirst first one_or_none scalar_one_or_none fetchone "
        "find_one fetch findOneBy getOne"
    ).split()
)
_CHECKING = re.compile(r"verify|decode|parse|valid|sign|check|authenticate|decrypt|token", re.IGNORECASE)
_VERBS = frozenset({"get", "post", "put", "patch", "delete"})
_NO_STATUS = "no failure has a status of its own"
_SUPERGLOBAL = re.compile(r"\$_(?:GET|POST|REQUEST|FILES)\b|php://input|filter_input\(")
_GENERIC = re.compile(
    r"ModelViewSet|(?:List|Create|Retrieve|Update|Destroy)\w*(?:APIView|View)$|GenericViewSet"
)
_INPUTS = frozenset({"body", "params", "query", "data", "form", "args", "files"})
_STATUS_LINE = re.compile(r"^\s*[\"']?([1-5]\d\d)[\"']?\s*:", re.MULTILINE)


class StatusCodes(Check):
    """Errors are answered with the status that fits them, and never with 200.

    An answer that says that something failed has a status of 400 or more; a row that is missing is no 200
    with null; what went wrong on the server is not put down to the caller (a catch-all that answers 400),
    nor everything to the server (nothing but 500). A contract (OpenAPI) must name error statuses. Whether
    each status is the best one for its situation is left to a judge.
    """

    id: ClassVar[str] = "errors/status-codes"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.FAIL_ONLY
    unread: ClassVar[frozenset[Outcome]] = SILENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Each error has its HTTP status code",
        "Proper status codes and error responses",
        "Use meaningful HTTP status codes",
        "Errors return the correct status code",
        "Never return 200 on failure",
        "Appropriate HTTP status codes for each response",
        "HTTP status codes and clear error messages",
        "Handle errors with fitting HTTP status codes and messages that callers can act on",
        "Never answer an error with status 200",
        "Handle errors with the right HTTP status code and a meaningful message",
        "Errors get an appropriate HTTP status code and a message the caller understands",
        "Return the right HTTP status code and a helpful error message",
        "Use correct HTTP status codes",
        "Return proper HTTP status codes",
        "Appropriate status codes for every response",
        "Status codes and error messages",
        "JSON responses with proper status codes",
        "Use 404 for missing resources and 400 for invalid input",
        "Answer 400 for invalid input, 401 without login and 404 for what is missing",
        "Every error has a status code and a clear message",
        "Proper status codes for each error",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on what the handlers of the answer send."""
        program = exchange.program
        given = [file.text for file in exchange.files]
        units = [unit for unit in judged_units(program) if not repeats(unit, given)]
        flow = program.flow
        answers = [(answer, unit) for unit in units for answer in program.once(all_answers)[unit]]
        handlers = [(one, unit) for unit in units for one in entries_of(unit, flow, tasks=False)]
        routed = (_route_handlers, nest_handlers)
        handlers += [(one, unit) for unit in units for find in routed for one in find(unit)]
        if not answers and not handlers:
            return _without_handlers(exchange)
        findings = [
            flow.finding(unit, node.node, message)
            for node, unit, message in _faults(flow, units, answers)
            if not flow.is_counter_example(unit, node.node)
        ]
        repeated = {unit.block.number for unit in units}
        findings += [one.finding for one in answered_as_success(program) if one.finding.block in repeated]
        if findings:
            return _failed(findings)
        if exchange.truncated or any(block.truncated for block in program.answered):
            return Decision(Outcome.UNDECIDED, "the answer was cut off inside its code")
        statuses = {status for unit in units for status in program.once(all_statuses)[unit]}
        return _by_statuses(exchange, statuses, handlers, units)


def _failed(findings: list[Finding]) -> Decision:
    unique = {(one.block, one.line, one.column): one for one in reversed(findings)}
    ordered = tuple(sorted(unique.values(), key=lambda one: (one.block, one.line, one.column)))
    more = f" and {len(ordered) - 1} more" if len(ordered) > 1 else ""
    return Decision(Outcome.FAIL, ordered[0].message + more, ordered)


def _route_handlers(unit: Unit) -> Iterator[Function]:
    """Handlers of routes that take a context instead of a request (Koa, Hono)."""
    for call in unit.calls:
        if len(call.arguments) > 1 and isinstance(call.callee, Attribute) and call.callee.name in _VERBS:
            last = call.arguments[-1].value
            if isinstance(last, Function) and last.parameters:
                yield last


def _without_handlers(exchange: Exchange) -> Decision:
    for block in exchange.program.answered:
        text = block.text
        if block.language in {"yaml", "json"} and re.search(r"\bopenapi\b|\bswagger\b", text):
            named = {int(found) for found in _STATUS_LINE.findall(text)}
            if any(status >= 400 for status in named):
                return Decision(Outcome.PASS, "the contract names the statuses of errors")
            if named:
                return Decision(Outcome.UNDECIDED, "the contract names no status of an error")
    blocks = exchange.program.answered
    if exchange.truncated or any(block.truncated for block in blocks):
        return Decision(Outcome.UNDECIDED, "the answer was cut off")
    if any(one.block.language in JAVASCRIPT_FAMILY for one in foreign_endpoints(exchange.program)):
        return Decision(Outcome.UNDECIDED, "how this framework answers is not understood")
    return Decision(Outcome.NOT_APPLICABLE, "no code that answers requests")


def _by_statuses(
    exchange: Exchange, statuses: set[int], handlers: list[tuple[Function, Unit]], units: list[Unit]
) -> Decision:
    reading = [(one, unit) for one, unit in handlers if _reads_input(one)]
    if statuses:
        named = ", ".join(str(status) for status in sorted(statuses))
        return Decision(Outcome.PASS, f"errors are told apart by their status: {named}")
    computed = exchange.program.once(all_answers)
    if any(one.status == 0 for unit in units if unit.language in JAVASCRIPT_FAMILY for one in computed[unit]):
        return Decision(Outcome.PASS, "errors carry a status of their own")
    if any(_passes_on(exchange.program.flow, unit) for unit in units):
        if not reading:
            return Decision(Outcome.PASS, "the caller can get nothing wrong, and failures are passed on")
        return Decision(Outcome.UNDECIDED, "the code that turns errors into statuses is not shown")
    script = _script_with_input(computed, units)
    if script is not None:
        return _failed([exchange.program.flow.finding(script[0], script[1].node, _NO_STATUS)])
    if not reading:
        return Decision(Outcome.UNDECIDED, "the handlers read no input that could be wrong")
    known = _framework_of(units)
    if known is not None:
        return known
    function, unit = reading[0]
    return _failed([exchange.program.flow.finding(unit, function.node, _NO_STATUS)])


def _script_with_input(
    answers: Mapping[Unit, Sequence[Answer]], units: Sequence[Unit]
) -> tuple[Unit, Expression] | None:
    """Return the first answer of a PHP script that reads input."""
    for unit in units:
        if unit.language == "php" and _SUPERGLOBAL.search(unit.block.text) and answers[unit]:
            return unit, answers[unit][0].node
    return None


def _framework_of(units: list[Unit]) -> Decision | None:
    """Some frameworks answer wrong input and missing rows by themselves, without a word in the code."""
    bases = {last_name(base) for unit in units for one in unit.classes for base in one.bases}
    if any(_GENERIC.search(base) for base in bases):
        return Decision(Outcome.PASS, "the framework's own views answer with fitting statuses")
    if any(one.module.partition(".")[0] == "fastapi" for unit in units for one in unit.imports):
        return Decision(Outcome.UNDECIDED, "only the framework's validation answers with a status")
    return None


def _reads_input(function: Function) -> bool:
    for node in walk(function.body):
        if isinstance(node, Attribute) and node.name in _INPUTS:
            return True
        if isinstance(node, Call) and last_name(node.callee) in {"input", "query", "get_json", "param"}:
            return True
    return (
        len(function.parameters) > 1
        and not function.is_arrow
        and function.node.kind() == "function_definition"
    )


def _passes_on(flow: Flow, unit: Unit) -> bool:
    """Say whether errors are thrown or handed on to something that may know their status."""
    if flow.names.nodes(unit, Raise):
        return True
    for call in unit.calls:
        if last_name(call.callee) == "next" and call.arguments:
            return True
        if any(isinstance(one.value, Name) and one.value.name == "next" for one in call.arguments):
            return True
    return False


# Faults.


def _faults(
    flow: Flow, units: list[Unit], answers: list[tuple[Answer, Unit]]
) -> Iterator[tuple[Expression | Handler, Unit, str]]:
    for answer, unit in answers:
        if answer.status in _SUCCESS and _is_error(flow, answer, unit):
            yield answer.node, unit, f"an error is answered with the status {answer.status}"
        elif answer.status == 200 and answer.body is not None:
            name = _may_be_missing(flow, answer, unit)
            if name:
                yield answer.node, unit, f"a {name} that is missing is answered with the status 200"
    for unit in units:
        for place in own_mistakes(flow, unit):
            yield place, unit, "what the caller got wrong is answered with the status 500"
        sent = [answer for answer, where in answers if where is unit]
        for attempt in flow.names.nodes(unit, Try):
            for handler in attempt.handlers:
                message = _handled_wrongly(flow, attempt, handler, (unit, sent))
                if message:
                    yield handler, unit, message


def _handled_wrongly(flow: Flow, attempt: Try, handler: Handler, where: tuple[Unit, Sequence[Answer]]) -> str:
    """Say what is wrong with the status that a handler of errors answers with; empty where nothing is."""
    unit, sent = where
    if _blames_the_caller(attempt, handler, unit, sent):
        return "every failure, the server's own too, is put down to the caller"
    if _blames_itself(attempt, handler, unit, sent):
        return "what the caller got wrong is answered with the status 500"
    return "every failure is answered with the status 200" if _praises(flow, handler, unit, sent) else ""


def _is_error(flow: Flow, answer: Answer, unit: Unit) -> bool:
    if answer.body is None or reports_error(answer.body):
        return answer.body is not None
    if tells_of_error(answer.body):
        around = flow.names.path_to(answer.node, unit)
        return any(isinstance(node, If | Handler | Switch) for node in around)
    values = flow.names.values(answer.body, unit) if isinstance(answer.body, Name) else ()
    return any(reports_error(value) for value, _ in values)


def _may_be_missing(flow: Flow, answer: Answer, unit: Unit) -> str:
    """Return the name of a row that is looked up and answered without a look at whether it is there."""
    body, function = answer.body, answer.function
    if not isinstance(body, Name) or function is None:
        return ""
    for definition in flow.names.definitions(body, unit):
        value = definition.value
        value = value.value if isinstance(value, Await) else value
        looked = (isinstance(value, Call) and not definition.path and last_name(value.callee) in _ONE) or (
            definition.path == (0, 0) and _is_by_key(value)
        )
        if not looked or definition.kind != "value":
            return ""
        if _is_tested(function, body.name):
            return ""
        return body.name.lstrip("$")
    return ""


def _is_by_key(value: Expression | None) -> bool:
    if not isinstance(value, Call) or not value.arguments:
        return False
    text = getattr(value.arguments[0].value, "value", "")
    return isinstance(text, str) and re.search(r"\bwhere\s+(?:\w+\.)?id\s*=", text, re.IGNORECASE) is not None


def _is_tested(function: Function, name: str) -> bool:
    for node in walk(function.body):
        tests: list[Expression] = []
        if isinstance(node, If | Conditional):
            tests = [node.test]
        elif isinstance(node, Binary) and node.operator in {"||", "??", "&&", "==", "===", "!=", "!=="}:
            tests = [node.left, node.right]
        elif isinstance(node, Unary) and node.operator == "!":
            tests = [node.value]
        elif isinstance(node, Call):
            tests = [one.value for one in node.arguments] if "ssert" in last_name(node.callee) else []
        if any(isinstance(part, Name) and part.name == name for part in walk(tests)):
            return True
    return False


def _blames_the_caller(attempt: Try, handler: Handler, unit: Unit, sent: Sequence[Answer]) -> bool:
    """A catch-all that answers 400 for whatever fails, a database among it."""
    if unit.language not in JAVASCRIPT_FAMILY and handler.types:
        return False
    if any(isinstance(node, If | Conditional | Raise) for node in walk(handler.body)):
        return False
    calls = [node for node in walk(attempt.body) if isinstance(node, Call)]
    if not any(isinstance(node, Await) for node in walk(attempt.body)):
        return False
    if any(_CHECKING.search(last_name(call.callee)) for call in calls):
        return False
    return _answered(handler, sent) <= {400, 404, 409, 422, None}


def _answered(handler: Handler, sent: Sequence[Answer]) -> set[int | None]:
    """Return the statuses that a handler answers with; only 0 where it answers nothing."""
    inside = {id(node) for node in walk(handler.body)}
    found: set[int | None] = {answer.status for answer in sent if id(answer.node) in inside}
    return found or {0}


def _praises(flow: Flow, handler: Handler, unit: Unit, sent: Sequence[Answer]) -> bool:
    """A catch-all that answers as if all were well; a body that says otherwise has a finding of its own."""
    inside = {id(node) for node in walk(handler.body)}
    given = [answer for answer in sent if id(answer.node) in inside]
    if any(_is_error(flow, answer, unit) for answer in given):
        return False
    return is_blanket(handler, unit) and _answered(handler, sent) <= {200, 201, 204}


def _blames_itself(attempt: Try, handler: Handler, unit: Unit, sent: Sequence[Answer]) -> bool:
    """What is thrown on a condition, by the code that is tried itself, all ends in one 500."""
    if unit.language not in JAVASCRIPT_FAMILY and handler.types:
        return False
    if any(isinstance(node, If | Conditional | Raise | Switch) for node in walk(handler.body)):
        return False
    thrown = [
        node
        for test in walk(attempt.body, into_functions=False)
        if isinstance(test, If)
        for node in test.then
        if isinstance(node, Raise)
    ]
    return bool(thrown) and _answered(handler, sent) == {500}
