"""What the answer puts into sessions, and what it takes out of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.checks.access.sessions.ground import Ground
from harness.checks.errors.terms import last_name, names_in
from harness.response.flow.constants import NOT_CONSTANT
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Call,
    Expression,
    Index,
    Mapping,
    Name,
    Opaque,
    Unary,
)
from harness.response.flow.statements import Unit
from harness.response.flow.walk import Node
from harness.response.languages import JAVASCRIPT_FAMILY

__all__ = ["Write", "writes_of"]


@dataclass(frozen=True, slots=True)
class Write:
    """Something that is put into the session: ``gone`` says that it is taken out of it again."""

    node: Node
    unit: Unit
    key: str
    gone: bool
    kind: str


# What is put into sessions.


def writes_of(ground: Ground) -> list[Write]:
    """Return what the answer puts into sessions and takes out of them."""
    found: list[Write] = []
    for unit in ground.units:
        if "ession" not in unit.block.text and "_SESSION" not in unit.block.text:
            continue
        for one in unit.assignments:
            found += _assigned(ground, one, unit)
        for call in unit.calls:
            found += _put(ground, call, unit)
        found += _deleted(ground, unit)
    return [one for one in found if ground.counts(one.unit, one.node.node)]


def _deleted(ground: Ground, unit: Unit) -> Iterator[Write]:
    for deletion in ground.names.nodes(unit, Unary):
        if deletion.operator == "delete":
            yield from _taken(ground, deletion.value, deletion, unit)
    for opaque in ground.names.nodes(unit, Opaque):
        if opaque.node.kind() in {"delete_statement", "unset_statement"}:
            for part in opaque.parts:
                yield from _taken(ground, part, opaque, unit)


def _assigned(ground: Ground, one: Assignment, unit: Unit) -> Iterator[Write]:
    place = _in_session(ground, one.target, unit)
    if place is not None and one.value is not None:
        value = ground.value(one.value, unit)
        gone = value is not NOT_CONSTANT and not value
        yield Write(one, unit, place[0], gone, place[1])


def _taken(ground: Ground, part: Expression, node: Node, unit: Unit) -> Iterator[Write]:
    place = _in_session(ground, part, unit)
    if place is not None:
        yield Write(node, unit, place[0], True, place[1])


def _in_session(ground: Ground, target: Expression, unit: Unit) -> tuple[str, str] | None:
    """Return the key and the kind of session that an expression is an entry of."""
    if isinstance(target, Attribute):
        base, key = target.base, target.name
    elif isinstance(target, Index) and target.key is not None:
        base, key = target.base, ground.text(target.key, unit) or last_name(target.key)
    else:
        return None
    # `req.session.user.role = x` changes what is there already.
    kind = _session(ground, base, unit)
    return (key, kind) if kind else None


def _session(ground: Ground, base: Expression, unit: Unit) -> str:
    if unit.language == "php":
        return "php" if isinstance(base, Name) and base.name == "$_SESSION" else ""
    if unit.language == "python":
        if isinstance(base, Name) and ground.origin(base, unit) in {"flask.session", "session"}:
            return "flask"
        is_request = (
            isinstance(base, Attribute) and base.name == "session" and last_name(base.base) == "request"
        )
        return "request" if is_request else ""
    for value, _ in ground.names.values(base, unit):
        if not isinstance(value, Attribute) or value.name != "session":
            continue
        if last_name(value.base) in {"req", "request", "ctx", "context", "_req"}:
            return "javascript"
    return ""


def _put(ground: Ground, call: Call, unit: Unit) -> Iterator[Write]:
    """Entries that are set by a call: Fastify's ``session.set``, Laravel's ``session()->put``."""
    callee, name = call.callee, last_name(call.callee)
    if unit.language == "php":
        yield from [Write(call, unit, key, False, "laravel") for key in _laravel_keys(ground, call, unit)]
        return
    if unit.language not in JAVASCRIPT_FAMILY or name != "set" or not isinstance(callee, Attribute):
        return
    if len(call.arguments) == 2 and _session(ground, callee.base, unit):
        key = ground.text(call.arguments[0].value, unit)
        yield Write(call, unit, key, False, "javascript")


def _laravel_keys(ground: Ground, call: Call, unit: Unit) -> list[str]:
    ways = names_in(call.callee)
    by_method = ways[:1] in (["put"], ["set"]) and ways[1:2] in (["session"], ["Session"])
    if not call.arguments or not (by_method or ways == ["session"]):
        return []
    first = call.arguments[0].value
    if isinstance(first, Mapping):
        return [ground.text(one.key, unit) for one in first.entries if one.key is not None]
    return [ground.text(first, unit)] if len(call.arguments) > 1 else []
