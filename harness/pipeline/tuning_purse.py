"""What an optimisation may spend, counted so that a run that is taken up again ends where it would have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.core.config import Config
from harness.core.errors import BudgetError
from harness.core.types import Sample
from harness.run.budget import Ledger
from harness.run.prices import cost_of, price_of

__all__ = ["Purse"]


@dataclass(slots=True)
class Purse:
    """Counts every answer that is used, once, at its price.

    Answers that were in the store count, too: only then does a run that was broken off, and finds its answers
    there, come to the same end for the same budget. What was newly paid for is never more than what counts.

    Attributes:
        config: for the prices.
        max_cost: US dollars; ``None``: no limit.
        max_tokens: the same in tokens.
        max_calls: the same in answers; 0: no limit.
        kept: answers that are set aside for the test and that the search may not use.
        dollars: what counts so far; ``None``: a price is not known.
        paid: what was newly spent by this process; likewise.
        judges: what judges were paid, which counts as it is spent.
        tokens: that count so far.
        earlier: answers that count and were used before this process began.
    """

    config: Config
    max_cost: float | None
    max_tokens: int | None
    max_calls: int
    kept: int = 0
    dollars: float | None = 0.0
    paid: float | None = 0.0
    judges: float = 0.0
    tokens: int = 0
    earlier: int = 0
    _seen: set[str] = field(default_factory=set)
    _of_subject: tuple[int, float] = (0, 0.0)

    @property
    def calls(self) -> int:
        """Answers that count so far."""
        return self.earlier + len(self._seen)

    def carry(self, answers: int, dollars: float | None, tokens: int) -> None:
        """Take over what a search that has ended had used."""
        self.earlier, self.dollars, self.tokens = answers, dollars, tokens

    def count(self, samples: Iterable[Sample], *, of_subject: bool = False) -> None:
        """Count answers that were not counted before."""
        for sample in samples:
            if sample.request_sha in self._seen:
                continue
            self._seen.add(sample.request_sha)
            usage = sample.completion.usage
            self.tokens += usage.input_tokens + usage.output_tokens
            price = price_of(sample.model_asked, self.config.prices)
            cost = None if price is None else cost_of(usage, price)
            self.dollars = None if cost is None or self.dollars is None else self.dollars + cost
            if of_subject:
                self._of_subject = (self._of_subject[0] + 1, self._of_subject[1] + (cost or 0.0))

    def ledger(self, model: str, wanted: int) -> Ledger:
        """Return the ledger for a number of calls that are to be made.

        Raises:
            BudgetError: there are not so many answers left.
            ConfigurationError: the cost is limited, and the model's price is not known.
        """
        if self.max_calls and self.calls + wanted + self.kept > self.max_calls:
            raise BudgetError(
                f"{self.calls:,} answers are used, {wanted:,} more would be needed and {self.kept:,} kept "
                f"for the test: that is more than {self.max_calls:,} (--max-calls)"
            )
        price = price_of(model, self.config.prices)
        tokens = None if self.max_tokens is None else max(0, self.max_tokens - self.tokens)
        return Ledger(price, self.left, tokens)

    @property
    def left(self) -> float | None:
        """Dollars that may still be spent, the test's set aside; ``None``: no limit."""
        if self.max_cost is None:
            return None
        answers, cost = self._of_subject
        each = 1.25 * cost / answers if answers else 0.0  # answers differ in length
        return max(0.0, self.max_cost - (self.dollars or 0.0) - self.judges - self.kept * each)

    def book(self, ledger: Ledger) -> None:
        """Add what a ledger has newly spent."""
        dollars = ledger.spent.dollars
        if ledger.spent.answers:
            self.paid = None if dollars is None or self.paid is None else self.paid + dollars
