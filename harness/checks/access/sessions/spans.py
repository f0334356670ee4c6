"""Life times: how many seconds an expression says."""

from __future__ import annotations

import re

from harness.checks.access.sessions.ground import Ground
from harness.checks.errors.terms import last_name
from harness.response.flow.constants import NOT_CONSTANT
from harness.response.flow.expressions import Binary, Call, Expression
from harness.response.flow.statements import Unit

__all__ = ["SECONDS_OF_A_DAY", "seconds"]

SECONDS_OF_A_DAY = 86_400
_MAX_DEPTH = 12
_WRITTEN = re.compile(r"^\s*\+?\s*(\d{1,9}(?:\.\d{1,3})?)\s*([a-z]*)\s*$", re.IGNORECASE)
_UNITS = {
    "s": 1.0,
    "m": 60.0,
    "h": 3_600.0,
    "d": 86_400.0,
    "w": 604_800.0,
    "y": 31_557_600.0,
    "mo": 2_629_800.0,
    "ms": 0.001,
}
_KEYWORDS = {"seconds": 1.0, "minutes": 60.0, "hours": 3_600.0, "days": 86_400.0, "weeks": 604_800.0}


def seconds(
    ground: Ground, expression: Expression, unit: Unit, *, number: float = 1, depth: int = 0
) -> float | None:
    """Return the length of time that an expression is for certain; a point in time counts from now.

    Args:
        ground: the answer.
        expression: ``'30d'``, ``60 * 60``, ``timedelta(days=30)``, ``now + timedelta(hours=1)``.
        unit: where it stands.
        number: how many seconds a bare number is.
        depth: how deep the expression lies in the one that was asked for.
    """
    if depth > _MAX_DEPTH:
        return None
    found = ground.value(expression, unit)
    if isinstance(found, bool) or found is None:
        return None
    if isinstance(found, int | float):
        return float(found) * number
    if isinstance(found, str):
        return _written(found)
    if found is not NOT_CONSTANT:
        return None
    for value, where in ground.names.values(expression, unit):
        if isinstance(value, Call):
            length = _delta(ground, value, where)
            if length is not None:
                return length
        if isinstance(value, Binary) and value.operator == "+":
            # Now is what has no length of its own.
            parts = (
                seconds(ground, part, where, number=number, depth=depth + 1)
                for part in (value.right, value.left)
            )
            return next((part for part in parts if part is not None), None)
    return None


def _delta(ground: Ground, call: Call, unit: Unit) -> float | None:
    if last_name(call.callee) != "timedelta":
        return None
    total = 0.0
    for position, argument in enumerate(call.arguments):
        name = argument.name or ("days", "seconds")[position] if position < 2 or argument.name else ""
        worth = _KEYWORDS.get(name)
        amount = _number(ground, argument.value, unit)
        if worth is None or amount is None:
            return None
        total += worth * amount
    return total


def _number(ground: Ground, expression: Expression, unit: Unit) -> float | None:
    found = ground.value(expression, unit)
    if isinstance(found, int | float) and not isinstance(found, bool):
        return float(found)
    # A setting that has a value unless the environment says otherwise.
    amounts = [
        ground.value(value, where)
        for value, where in ground.names.values(expression, unit)
        if value is not expression
    ]
    if len(amounts) == 1 and isinstance(amounts[0], int | float) and not isinstance(amounts[0], bool):
        return float(amounts[0])
    return None


def _written(text: str) -> float | None:
    match = _WRITTEN.match(text)
    if match is None:
        return None
    word = match[2].lower()
    if not word:
        # jsonwebtoken reads a text without a unit as milliseconds.
        return float(match[1]) / 1_000
    unit = _UNITS.get(word) or _UNITS.get(
        "mo" if word.startswith("mo") else "ms" if word.startswith("mil") else word[0]
    )
    return None if unit is None else float(match[1]) * unit
