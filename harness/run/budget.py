"""What a run has spent and what it may spend.

A call is made only while the most it can use still fits under the limits, together with all calls in
flight: the limits are never passed, save where a prompt has more tokens than :mod:`harness.run.tokens`
holds possible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.core.errors import ConfigurationError
from harness.core.types import Usage
from harness.run.prices import Price, cost_of
from harness.run.tokens import HIGH, request_tokens

if TYPE_CHECKING:
    from harness.run.plan import PlannedCall

__all__ = ["Ledger", "Spent"]


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used. ``dollars`` is ``None`` where the price is not known; it is never 0 then."""

    answers: int
    usage: Usage
    dollars: float | None


class Ledger:
    """Adds up the answers that were paid for, and keeps a run within its limits.

    One ledger may serve several executions, one after the other: the limits then hold for all together.

    Args:
        price: of the model; ``None``: not known.
        max_cost: US dollars.
        max_tokens: of prompts and answers together.

    Raises:
        ConfigurationError: a cost is limited that nobody can know.
    """

    def __init__(
        self, price: Price | None = None, max_cost: float | None = None, max_tokens: int | None = None
    ) -> None:
        if max_cost is not None and price is None:
            raise ConfigurationError(
                "max_cost is set and the model's price is not known: tell it in harness.toml"
                ' ([prices."provider:name"], input and output in dollars per million tokens),'
                " or limit max_tokens_total"
            )
        self.price = price
        self._max_cost = max_cost
        self._max_tokens = max_tokens
        self._reserved: dict[str, tuple[float, float]] = {}
        self._answers = 0
        self._usage = Usage(0, 0)
        self._dollars = 0.0
        self._lost = (0.0, 0.0)
        self._others = (0.0, 0.0)

    @property
    def limited(self) -> bool:
        """Whether there are limits."""
        return self._max_cost is not None or self._max_tokens is not None

    @property
    def spent(self) -> Spent:
        """What the answers so far have used."""
        return Spent(self._answers, self._usage, None if self.price is None else self._dollars)

    @property
    def booked(self) -> tuple[float, float]:
        """Tokens and US dollars that count against the limits: also lost calls, and those of other models."""
        tokens = self._usage.input_tokens + self._usage.output_tokens + self._lost[0] + self._others[0]
        return tokens, self._dollars + self._lost[1] + self._others[1]

    @property
    def left(self) -> tuple[float | None, int | None]:
        """US dollars and tokens that may still be spent; ``None``: no limit."""
        tokens, dollars = self.booked
        return (
            None if self._max_cost is None else max(0.0, self._max_cost - dollars),
            None if self._max_tokens is None else max(0, int(self._max_tokens - tokens)),
        )

    def book_others(self, tokens: float, dollars: float) -> None:
        """Count what another model has used against the same limits; ``spent`` does not tell it."""
        self._others = (self._others[0] + tokens, self._others[1] + dollars)

    def admits(self, call: PlannedCall) -> bool:
        """Tell whether a call fits, whatever becomes of the calls in flight."""
        return not self.limited or self._fits(self._most(call), list(self._reserved.values()))

    def exhausted_by(self, call: PlannedCall) -> bool:
        """Tell whether a call would not fit even if the calls in flight cost nothing."""
        return self.limited and not self._fits(self._most(call), [])

    def reserve(self, call: PlannedCall) -> None:
        """Set aside the most that a call can use, until it is settled."""
        if self.limited:
            self._reserved[call.sha] = self._most(call)

    def settle(self, call: PlannedCall, usage: Usage | None, *, lost: bool = False) -> None:
        """Book what a call has used.

        Args:
            call: as it was reserved.
            usage: of its answer; ``None``: there is none.
            lost: there is no answer, but one may have been paid for: it counts as the most it can be.
        """
        reserved = self._reserved.pop(call.sha, (0.0, 0.0))
        if usage is None:
            if lost:
                self._lost = (self._lost[0] + reserved[0], self._lost[1] + reserved[1])
            return
        self._answers += 1
        self._usage = Usage(
            self._usage.input_tokens + usage.input_tokens,
            self._usage.output_tokens + usage.output_tokens,
            self._usage.cached_tokens + usage.cached_tokens,
            self._usage.cache_written_tokens + usage.cache_written_tokens,
        )
        if self.price is not None:
            self._dollars += cost_of(usage, self.price)

    def shown(self) -> str:
        """Say what is spent of what, for a message."""
        parts = []
        tokens, dollars = self.booked
        if self._max_cost is not None:
            parts.append(f"{dollars:.4g} of {self._max_cost:g} dollars (max_cost)")
        if self._max_tokens is not None:
            parts.append(f"{tokens:,.0f} of {self._max_tokens:,} tokens (max_tokens_total)")
        return " and ".join(parts)

    def _fits(self, most: tuple[float, float], reserved: list[tuple[float, float]]) -> bool:
        tokens, dollars = (sum(column) for column in zip(self.booked, most, *reserved, strict=True))
        return (self._max_tokens is None or tokens <= self._max_tokens) and (
            self._max_cost is None or dollars <= self._max_cost
        )

    def _most(self, call: PlannedCall) -> tuple[float, float]:
        """Return the tokens and the dollars that a call can use at most."""
        prompt = request_tokens(call.request) * HIGH
        dollars = 0.0
        if self.price is not None:
            rates = self.price.rates_for(round(prompt))
            per_token = max(rates.input, rates.cache_write)
            dollars = (prompt * per_token + call.request.max_tokens * rates.output) / 1_000_000
        return prompt + call.request.max_tokens, dollars
