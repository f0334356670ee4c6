"""What a run would ask and what it would cost, without asking."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from harness.core.errors import ProviderError
from harness.core.jsonl import to_jsonable
from harness.pipeline.job import plan_in_words
from harness.pipeline.options import RunOptions
from harness.pipeline.prepare import prepare
from harness.pipeline.sampling import Session, Watcher, open_session
from harness.run.count import count_prompts
from harness.run.estimate import Estimate, Range, estimate

__all__ = ["Forecast", "forecast"]

_NOTHING = Range(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Forecast:
    """A plan and its estimate.

    Attributes:
        model: who would be asked.
        wanted: answers of the plan; ``stored`` of them exist.
        estimate: of the others.
        counted: whether the server counted the prompts.
        price: where the price comes from; empty: it is not known.
    """

    model: str
    wanted: int
    stored: int
    estimate: Estimate
    counted: bool
    price: str

    def document(self) -> dict[str, Any]:
        """Return what ``--dry-run --json`` prints: tokens and dollars as ``low``, ``likely`` and ``high``."""
        return {
            "model": self.model,
            "wanted": self.wanted,
            "stored": self.stored,
            "calls": self.estimate.calls,
            "input_tokens": _whole(self.estimate.input_tokens),
            "output_tokens": _whole(self.estimate.output_tokens),
            "cost_usd": to_jsonable(self.estimate.dollars),
            "counted": self.counted,
            "known_answers": self.estimate.known_answers,
            "price": self.price,
        }


def _whole(tokens: Range) -> dict[str, int]:
    return {name: round(value) for name, value in to_jsonable(tokens).items()}


def forecast(options: RunOptions, watcher: Watcher, *, count_tokens: bool) -> Forecast:
    """Plan a run and estimate what it uses; the watcher is told in words.

    Args:
        options: of the run.
        watcher: told the plan.
        count_tokens: let the server count the prompts, where it can; that costs nothing.

    Raises:
        HarnessError: as a run would, before its first call.
    """
    prepared = prepare(options)
    options = options.inheriting(prepared.specification.agent)
    if not (prepared.compliance or prepared.routing):
        watcher.say(plan_in_words(prepared, options, None))
        nothing = Estimate(0, _NOTHING, _NOTHING, _NOTHING, 0)
        return Forecast(options.model, 0, 0, nothing, counted=False, price="")
    with open_session(prepared, replace(options, planning=not count_tokens), watcher) as session:
        counted = _count(session, watcher) if count_tokens else {}
        if counted:
            stored = session.store.get_many(session.calls.shas)
            price = session.settings.ledger.price
            session.estimate = estimate(session.calls.all, stored, price, counted)
        watcher.say(plan_in_words(prepared, options, session))
        price = session.settings.ledger.price
        return Forecast(
            model=options.model,
            wanted=len(session.calls.shas),
            stored=session.stored,
            estimate=session.estimate,
            counted=bool(counted),
            price="" if price is None else price.source,
        )


def _count(session: Session, watcher: Watcher) -> dict[str, int]:
    session.used = True

    async def work() -> dict[str, int]:
        try:
            return await count_prompts(session.calls.all, session.provider, session.settings.concurrency)
        finally:
            await session.provider.close()

    try:
        return asyncio.run(work())
    except ProviderError as error:
        watcher.say(f"tokens are estimated: {error}")
        return {}
