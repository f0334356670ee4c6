"""What calls cost: a dated list of prices, the user's own prices before it, and the cost of one answer.

All prices are US dollars per million tokens. A model whose price nobody told has none: sums that it is
part of are unknown too, never smaller.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

from harness.core.config import PriceConfig
from harness.core.types import Usage
from harness.providers.base import split_model
from harness.providers.endpoint import official

__all__ = ["FREE", "Price", "Rates", "cost_of", "price_of", "saving_of"]

_PER = 1_000_000
_DATED = re.compile(r"-(?:20\d{6}|latest)$")


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars per million tokens of each kind."""

    input: float
    output: float
    cache_write: float
    cache_read: float


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs, and who says so.

    Attributes:
        rates: for a prompt of usual length.
        long_rates: for all tokens of a call whose prompt is longer than ``long_above`` tokens.
        long_above: 0: there is no such threshold.
        batch_discount: share that Message Batches take off.
        source: where the price comes from, for the reader.
    """

    rates: Rates
    long_rates: Rates
    long_above: int
    batch_discount: float
    source: str

    def rates_for(self, prompt_tokens: int) -> Rates:
        """Return the rates of a call with a prompt of so many tokens."""
        return self.long_rates if 0 < self.long_above < prompt_tokens else self.rates

    @property
    def batched(self) -> Price:
        """The price of what is asked through Message Batches."""
        share = 1.0 - self.batch_discount
        rates, long = (_times(rates, share) for rates in (self.rates, self.long_rates))
        return Price(rates, long, self.long_above, 0.0, f"{self.source}, in batches")


_NOTHING = Rates(0.0, 0.0, 0.0, 0.0)
FREE = Price(_NOTHING, _NOTHING, 0, 0.0, "answers that cost nothing")
"""The price of models that run here, and of answers that exist already."""


def price_of(model: str, own: Mapping[str, PriceConfig]) -> Price | None:
    """Return the price of a model, or ``None`` where nobody told it.

    A listed price holds for the provider's own servers: another server that uses the name of a listed
    model has a price of its own. Names are compared whole, as a newer model has another price than the
    one whose name it begins with; only the date at the end of a name is left out.

    Args:
        model: ``provider:name``.
        own: prices of the user, by ``provider:name``.

    Raises:
        ConfigurationError: ``ANTHROPIC_BASE_URL`` is no address.
    """
    if model in own:
        return _own(own[model])
    provider, name = split_model(model)
    if provider in {"local", "replay"}:
        return FREE
    if provider != "anthropic" or not official():
        return None
    return _listed().get(_DATED.sub("", name))


def cost_of(usage: Usage, price: Price, *, batch: bool = False) -> float:
    """Return what one answer cost, in US dollars.

    Args:
        usage: of one call, as a long prompt may have other rates.
        price: of the model.
        batch: whether it was asked through Message Batches.
    """
    rates = (price.batched if batch else price).rates_for(usage.input_tokens)
    plain = max(0, usage.input_tokens - usage.cached_tokens - usage.cache_written_tokens)
    return (
        plain * rates.input
        + usage.cached_tokens * rates.cache_read
        + usage.cache_written_tokens * rates.cache_write
        + usage.output_tokens * rates.output
    ) / _PER


def saving_of(usage: Usage, price: Price) -> float:
    """Return what the prompt cache saved on one answer, in US dollars; below 0 where it cost more."""
    rates = price.rates_for(usage.input_tokens)
    read = usage.cached_tokens * (rates.input - rates.cache_read)
    return (read + usage.cache_written_tokens * (rates.input - rates.cache_write)) / _PER


def _times(rates: Rates, share: float) -> Rates:
    return Rates(*(getattr(rates, one.name) * share for one in fields(rates)))


def _own(value: PriceConfig) -> Price:
    rates = Rates(
        value.input,
        value.output,
        value.input if value.cache_write is None else value.cache_write,
        value.input if value.cache_read is None else value.cache_read,
    )
    return Price(rates, rates, 0, value.batch_discount, "harness.toml")


@cache
def _listed() -> dict[str, Price]:
    listed = tomllib.loads(files("harness.run").joinpath("prices.toml").read_text(encoding="utf-8"))
    source = f"{listed['source']}, {listed['date'].isoformat()}"
    return {name: _price(entry, listed["batch_discount"], source) for name, entry in listed["models"].items()}


def _price(entry: dict[str, Any], batch_discount: float, source: str) -> Price:
    long = entry.get("long_prompt", entry)
    return Price(_rates(entry), _rates(long), long.get("above", 0), batch_discount, source)


def _rates(entry: dict[str, Any]) -> Rates:
    return Rates(*(float(entry[name]) for name in ("input", "output", "cache_write", "cache_read")))
