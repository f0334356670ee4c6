"""What somebody who wants to know where data goes has to say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from harness.response.flow.expressions import Expression, Function, Parameter, Tagged
from harness.response.flow.taint.values import Value

if TYPE_CHECKING:
    from harness.response.flow.taint.calls import Given
    from harness.response.flow.taint.walker import Walker

__all__ = ["Observer"]


class Observer(Protocol):
    """Sees every call with what its arguments may be, and knows which texts matter."""

    def is_of_interest(self, value: Value) -> bool:
        """Say whether a text that was just put together should be remembered."""
        ...

    def joins(self, tag: Expression) -> bool:
        """Say whether a template's tag only joins the parts (``String.raw``)."""
        ...

    def tagged(self, walker: Walker, expression: Tagged, values: list[Value]) -> None:
        """See a template with a tag that keeps its parts apart."""
        ...

    def sight(self, walker: Walker, given: Given) -> Value | None:
        """See a call; return what it gives, or ``None`` to let the analysis find out."""
        ...

    def thrown(self, value: Value) -> None:
        """See what is thrown."""
        ...

    def typed(self, walker: Walker, function: Function, parameter: Parameter) -> Value | None:
        """Return what a parameter is by its type, or ``None`` where that says nothing."""
        ...
