"""Conditions that are always true or always false, and those that the method of a request decides."""

from __future__ import annotations

from collections.abc import Iterable

from harness.response.endpoints.reading import Reading, last_name
from harness.response.flow.expressions import Attribute, Await, Binary, Call, Expression, Name, Unary
from harness.response.flow.origins import returned
from harness.response.flow.statements import Evaluate, If, Raise, Return, Statement, Unit, With

__all__ = ["Conditions", "ends"]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Conditions:
    """Decides conditions."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def truth(self, test: Expression, unit: Unit, method: str) -> bool | None:
        """Decide a condition: constants, shown functions that always say the same, the method asked for."""
        if isinstance(test, Unary) and test.operator == "!":
            inner = self.truth(test.value, unit, method)
            return None if inner is None else not inner
        if isinstance(test, Binary) and test.operator in {"&&", "||"}:
            left, right = self.truth(test.left, unit, method), self.truth(test.right, unit, method)
            settles = test.operator == "||"
            if settles in (left, right):
                return settles
            return None if None in (left, right) else not settles
        if isinstance(test, Binary) and method and last_name(test.left) == "method":
            return self._method_test(test, unit, method)
        if isinstance(test, Call | Await):
            return self._always(test, unit)
        return self.reading.truth(test, unit)

    def _method_test(self, test: Binary, unit: Unit, method: str) -> bool | None:
        right = test.right
        if isinstance(right, Name | Attribute) and last_name(right) == "SAFE_METHODS":
            allowed = set(_SAFE)
        else:
            allowed = {self.reading.text(*item).upper() for item in self.reading.items(right, unit)}
        if not allowed or "" in allowed:
            return None
        inside = method.upper() in allowed
        return not inside if test.operator in {"!in", "!=", "!=="} else inside

    def _always(self, call: Expression, unit: Unit) -> bool | None:
        while isinstance(call, Await):
            call = call.value
        shown = self.reading.names.callees(call, unit) if isinstance(call, Call) else ()
        found: set[bool | None] = set()
        for function, unit in shown:
            values = returned(function)
            found |= {self.reading.truth(value, unit) for value in values} or {None}
            if not ends(function.body):
                found.add(None)
        return found.pop() if len(found) == 1 else None


def ends(body: Iterable[Statement]) -> bool:
    """Say whether statements surely end the function: with a return, an exception or an exit."""
    for statement in body:
        if isinstance(statement, Return | Raise):
            return True
        value = statement.value if isinstance(statement, Evaluate) else None
        if isinstance(value, Call) and last_name(value) in {"exit", "die", "abort"}:
            return True
        if isinstance(statement, If) and ends(statement.then) and ends(statement.otherwise):
            return True
        if isinstance(statement, With) and ends(statement.body):
            return True
    return False
