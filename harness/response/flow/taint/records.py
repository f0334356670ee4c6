"""What the analysis notes of functions, of their calls, and of texts of interest."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.response.flow.expressions import Call, Function
from harness.response.flow.statements import Unit
from harness.response.flow.taint.values import Value

__all__ = ["Entry", "Maker", "Summary"]


@dataclass(slots=True)
class Entry:
    """A call of a function of the program, with what it gives each parameter."""

    call: Call
    unit: Unit
    values: dict[int, Value]


@dataclass(slots=True)
class Maker:
    """An expression in which a text of interest was put together."""

    unit: Unit
    value: Value
    function: Function | None
    uses: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Summary:
    """What is known of a function for its callers: what it gives, and what it tests before it ends."""

    returned: Value
    cleared: tuple[tuple[int, tuple[str, ...]], ...] = ()
    defaults: dict[int, Value] = field(default_factory=dict)
