"""Work that is only said to be done: a pause in place of a call, success without a deed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from harness.checks.code.records import is_sample
from harness.checks.code.served import Served, is_remark, is_timer
from harness.checks.errors.terms import last_name
from harness.core.types import Finding
from harness.response.flow.build import Flow
from harness.response.flow.expressions import (
    Attribute,
    Binary,
    Call,
    Constant,
    Expression,
    Index,
    Mapping,
    Name,
    Text,
)
from harness.response.flow.statements import Unit
from harness.response.flow.walk import walk

__all__ = ["left_out_work", "literal_logins", "pretended_work"]

_DEEDS = re.compile(
    r"^(?:send|charge|refund|pay|process|upload|notify|publish|sync|capture|transfer|submit|dispatch|deliver|ship|"
    r"book|reserve|subscribe|unsubscribe|enqueue|import|export|issue|provision|deploy)(?=[A-Z_]|$)",
)
_CHANGES = re.compile(r"^(?:create|add|update|delete|remove|cancel|register|save|store)(?=[A-Z_]|$)")
_WAITING = re.compile(
    r"sleep|delay|wait|retry|backoff|poll|throttl|debounc|timeout|jitter|pause|schedul|interval|shutdown|loop",
    re.IGNORECASE,
)
_SUCCESS = frozenset(
    "success ok sent delivered paid charged processed status state approved completed".split()
)
_DONE = frozenset("succeeded paid sent delivered completed approved verified charged".split())
_HEALTH = re.compile(r"health|ready|status", re.IGNORECASE)
_PARTS = re.compile(
    r"^(?:db|database|postgres(?:ql)?|mysql|mongo(?:db)?|redis|cache|queue|kafka|rabbitmq|elasticsearch|storage|"
    r"s3|smtp|search)(?:_?status)?$",
    re.IGNORECASE,
)
_PASSWORDS = re.compile(r"^\$?(?:pass(?:word|wd|phrase)?|pwd|pin|passcode)$", re.IGNORECASE)
_USERS = re.compile(r"^\$?(?:user(?:_?name)?|e?mail|login|account|name)$", re.IGNORECASE)
_EQUAL = frozenset({"==", "==="})


def pretended_work(flow: Flow, unit: Unit, served: Served) -> Iterator[Finding]:
    """Yield where a function claims to have done what it did not do."""
    if served.works:
        return
    name = served.name
    pauses = [] if _WAITING.search(name) else [one for one in served.waits if is_timer(one)]
    results = [one for one in served.answers if _is_result(one)]
    if _DEEDS.match(served.name):
        results += [one for one in served.answers if _is_made_number(flow, unit, one) or _is_address(one)]
    if pauses and results:
        yield flow.finding(unit, pauses[0].node, "this only waits, and then says that the work is done")
        return
    claims = [one for one in results if _claims(one)] if _is_deed(served) else []
    if claims:
        yield flow.finding(unit, claims[0].node, f"{name}() says that it is done, and has done nothing")
    elif served.is_entry or _HEALTH.search(name):
        for answer in served.answers:
            if isinstance(answer, Mapping) and (part := _vouched_for(answer)):
                message = f"the answer says how {part} is, without asking it"
                yield flow.finding(unit, answer.node, message)
                return


def left_out_work(flow: Flow, unit: Unit, served: Served, remarks: Collection[int]) -> Iterator[Finding]:
    """Yield the success that is told, or written down, where a remark says that work is to be done."""
    if not remarks:
        return
    place = flow.finding(unit, served.function.node, "")
    if not any(place.line <= line <= place.end_line for line in remarks):
        return
    for node in walk(served.function.body):
        if isinstance(node, Mapping) and _is_success(node):
            yield flow.finding(unit, node.node, "what a remark says is still to be done is told to be done")
            return


def _is_success(record: Mapping) -> bool:
    return any(
        isinstance(entry.key, Constant)
        and entry.key.value == "status"
        and isinstance(entry.value, Constant)
        and str(entry.value.value).lower() in _DONE
        for entry in record.entries
    )


def _is_made_number(flow: Flow, unit: Unit, value: Expression) -> bool:
    """Tell whether a result is an identifier that was made up on the spot, of nothing that exists."""
    return any(
        isinstance(one, Call) and any(isinstance(part, Call) and _makes_number(part) for part in walk([one]))
        for one, _ in flow.names.values(value, unit)
    )


def _is_address(value: Expression) -> bool:
    first = value.parts[0] if isinstance(value, Text) and value.parts else None
    return isinstance(first, Constant) and str(first.value).startswith(("http://", "https://"))


def _makes_number(call: Call) -> bool:
    return last_name(call.callee) in {"uuid4", "uuid", "uuidv4", "randomUUID", "nanoid", "uniqid"}


def _is_deed(served: Served) -> bool:
    if _DEEDS.match(served.name):
        return bool(served.function.parameters)
    return served.is_entry and _CHANGES.match(served.name) is not None


def _is_result(value: Expression) -> bool:
    if isinstance(value, Constant):
        return value.value is True
    if isinstance(value, Call):
        return last_name(value.callee)[:1].isupper() and not is_remark(value)
    return isinstance(value, Mapping) and bool(value.entries)


def _claims(result: Expression) -> bool:
    """Tell whether a result says that all went well: ``true``, ``{success: true}``, ``{status: 'sent'}``."""
    if not isinstance(result, Mapping):
        return isinstance(result, Constant | Name | Call | Text)
    for entry in result.entries:
        key = str(entry.key.value).lower() if isinstance(entry.key, Constant) else ""
        if key in _SUCCESS and isinstance(entry.value, Constant) and entry.value.value not in (False, None):
            return True
    return is_sample(result)


def _vouched_for(answer: Mapping) -> str:
    for entry in answer.entries:
        key = str(entry.key.value) if isinstance(entry.key, Constant) else ""
        if _PARTS.match(key) and isinstance(entry.value, Constant) and entry.value.value not in (False, None):
            return key
        if isinstance(entry.value, Mapping) and (found := _vouched_for(entry.value)):
            return found
    return ""


def literal_logins(flow: Flow, unit: Unit) -> Iterator[Finding]:
    """Yield where a user and a password are compared with what is written there."""
    for node in flow.names.nodes(unit, Binary):
        if node.operator != "&&":
            continue
        sides = [one for one in walk([node], into_functions=False) if isinstance(one, Binary)]
        compared = [name for one in sides if (name := _compared_with_literal(one))]
        is_login = any(_PASSWORDS.match(one) for one in compared) and any(
            _USERS.match(one) for one in compared
        )
        if is_login and not flow.is_counter_example(unit, node.node):
            yield flow.finding(
                unit, node.node, "who logs in is compared with a name and a password written here"
            )


def _compared_with_literal(comparison: Binary) -> str:
    if comparison.operator not in _EQUAL:
        return ""
    for one, other in ((comparison.left, comparison.right), (comparison.right, comparison.left)):
        if isinstance(other, Constant) and isinstance(other.value, str) and other.value.strip():
            return _field(one)
    return ""


def _field(value: Expression) -> str:
    if isinstance(value, Index) and isinstance(value.key, Constant):
        return str(value.key.value)
    return last_name(value) if isinstance(value, Name | Attribute) else ""
