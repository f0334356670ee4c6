"""What ``get_permissions`` and its like return for one action of a view of DRF."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.response.endpoints.model import Passed
from harness.response.endpoints.reading import Reading, last_name, positional
from harness.response.flow.expressions import (
    Assignment,
    Attribute,
    Binary,
    Call,
    Conditional,
    Constant,
    Expression,
    Index,
    Items,
    Name,
    Opaque,
    Unary,
)
from harness.response.flow.statements import Evaluate, If, Return, Statement, Try, Unit

__all__ = ["by_action", "common", "returned_for"]


def by_action(reading: Reading, returned: list[Expression], unit: Unit, action: str) -> list[Expression]:
    """Return what is for an action of what a method may return.

    Of ``classes_by_action[self.action]`` and ``.get(self.action, default)`` the entry counts; where there is
    one, nothing else does, and where there is none, it is what the handler of the missing key returns.
    """
    found: list[Expression] = []
    for one in returned:
        base, otherwise = _lookup(one)
        entries = {} if base is None else reading.entries(base, unit)
        if action in entries:
            return [entries[action][0]]
        if base is None or not entries:
            found.append(one)
        elif otherwise is not None:
            found.append(otherwise)
    return found or returned


def _lookup(returned: Expression) -> tuple[Expression | None, Expression | None]:
    """Return the mapping that a value is looked up in by the action, and what stands for a missing one."""
    if isinstance(returned, Index) and last_name(returned.key) == "action":
        return returned.base, None
    if isinstance(returned, Call) and isinstance(returned.callee, Attribute):
        given = positional(returned)
        if returned.callee.name == "get" and given and last_name(given[0]) == "action":
            return returned.callee.base, given[1] if len(given) > 1 else None
    return None, None


def common(listed: list[list[Passed]]) -> list[Passed]:
    """Return what stands in all lists, by name: which of them is taken is not known."""
    if not listed:
        return []
    shared = set.intersection(*[{one.name for one in found} for found in listed])
    return [one for one in listed[0] if one.name in shared] if len(listed) > 1 else listed[0]


def returned_for(body: tuple[Statement, ...], action: str, method: str) -> list[Expression] | None:
    """Return what a function may return for an action: ``if self.action == "list": return [...]``."""
    here = _Walk(action, method)
    _follow(body, here)
    return here.found or None


@dataclass(slots=True)
class _Walk:
    """What a method returns for one action; names hold what was put into them."""

    action: str
    method: str
    found: list[Expression] = field(default_factory=list)
    held: dict[str, Expression] = field(default_factory=dict)


def _follow(body: tuple[Statement, ...], here: _Walk) -> bool:
    """Follow statements; return whether all ways have returned."""
    for statement in body:
        if isinstance(statement, Return):
            _note(statement, here)
            return True
        if isinstance(statement, Try) and _follow(statement.body, here):
            # What is looked up by the action; the handler is for those without an entry.
            for handler in statement.handlers:
                _follow(handler.body, here)
            return True
        if isinstance(statement, Evaluate):
            assigned = statement.value
            if isinstance(assigned, Assignment) and isinstance(assigned.target, Name) and assigned.value:
                here.held[assigned.target.name] = assigned.value
        elif isinstance(statement, If) and _branch(statement, here):
            return True
    return False


def _branch(statement: If, here: _Walk) -> bool:
    truth = _test(statement.test, here.action, here.method)
    if truth is not None:
        return _follow(statement.then if truth else statement.otherwise, here)
    for way in (statement.then, statement.otherwise):
        _follow(way, here)
    return False


def _note(statement: Return, here: _Walk) -> None:
    value = statement.value
    inner = value.parts[1] if isinstance(value, Opaque) and len(value.parts) >= 3 else value
    if isinstance(inner, Name) and inner.name in here.held:
        inner = here.held[inner.name]
    if inner is not None:
        here.found += [inner.then, inner.otherwise] if isinstance(inner, Conditional) else [inner]


def _test(test: Expression, action: str, method: str) -> bool | None:
    """Decide ``self.action in ("list", "retrieve")`` and ``self.request.method == "POST"``."""
    if isinstance(test, Unary) and test.operator == "!":
        inner = _test(test.value, action, method)
        return None if inner is None else not inner
    if not isinstance(test, Binary) or not isinstance(test.left, Attribute):
        return None
    if test.left.name not in {"action", "method"}:
        return None
    actual = action if test.left.name == "action" else method.upper()
    right = test.right
    values = (
        [one.value for one in right.items if isinstance(one, Constant)] if isinstance(right, Items) else []
    )
    if isinstance(right, Constant):
        values = [right.value]
    if isinstance(right, Name | Attribute) and last_name(right) == "SAFE_METHODS":
        values = ["GET", "HEAD", "OPTIONS"]
    if not values:
        return None
    inside = actual in values
    return not inside if test.operator in {"!in", "!=", "!=="} else inside
