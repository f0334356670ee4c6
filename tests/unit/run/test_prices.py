"""What calls cost: listed, told by the user, or not known, which is never nothing."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from harness.core.config import PriceConfig
from harness.core.types import Usage
from harness.run.prices import FREE, cost_of, price_of, saving_of

LISTED = tomllib.loads(files("harness.run").joinpath("prices.toml").read_text(encoding="utf-8"))["models"]
MILLION = 1_000_000
OPUS = "anthropic:claude-opus-5-5"
HAIKU = "anthropic:claude-haiku-5-5"


def dollars(model: str, usage: Usage, *, batch: bool = False) -> float:
    price = price_of(model, {})
    assert price is not None
    return round(cost_of(usage, price, batch=batch), 6)


@pytest.mark.parametrize("name", sorted(LISTED))
def test_cached_tokens_are_cheaper_and_written_ones_dearer_than_others(name: str) -> None:
    entry = LISTED[name]
    assert 0 < entry["cache_read"] < entry["input"] < entry["cache_write"] < entry["output"]


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        (Usage(MILLION, 0), 4.0),
        (Usage(0, MILLION), 20.0),
        (Usage(MILLION, 0, MILLION), 0.2),
        (Usage(MILLION, 0, 0, MILLION), 5.0),
        (Usage(MILLION, MILLION, 500_000, 250_000), 0.25 * 4 + 0.5 * 0.2 + 0.25 * 5 + 20),
    ],
)
def test_each_kind_of_token_has_its_price(usage: Usage, cost: float) -> None:
    assert dollars(OPUS, usage) == cost


def test_a_batch_costs_half() -> None:
    assert dollars(OPUS, Usage(MILLION, MILLION), batch=True) == 12.0


@pytest.mark.parametrize(("tokens", "cost"), [(100_000, 0.01), (100_001, 0.050001)])
def test_a_long_prompt_pays_its_own_rates(tokens: int, cost: float) -> None:
    assert dollars(HAIKU, Usage(tokens, 0)) == cost


def test_a_long_prompt_pays_its_own_rates_for_the_answer_too() -> None:
    assert dollars(HAIKU, Usage(200_000, MILLION)) == 0.1 + 2.5


@pytest.mark.parametrize(
    "name", ["claude-sonnet-4-5-20250929", "claude-sonnet-4-5-latest", "claude-sonnet-4-5"]
)
def test_the_date_of_a_model_does_not_matter(name: str) -> None:
    assert dollars(f"anthropic:{name}", Usage(MILLION, 0)) == 3.0


@pytest.mark.parametrize(
    "model", ["anthropic:claude-opus-5-6", "anthropic:claude-opus", "anthropic:qwen", "openai:x"]
)
def test_a_model_that_is_not_listed_has_no_price(model: str) -> None:
    assert price_of(model, {}) is None


@pytest.mark.parametrize("model", ["local:smollm2", "replay:reports/x"])
def test_what_runs_here_costs_nothing(model: str) -> None:
    assert price_of(model, {}) is FREE


def test_another_server_does_not_have_the_listed_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://gateway.example")
    assert price_of(OPUS, {}) is None


def test_the_official_server_by_its_name_has_the_listed_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://api.anthropic.com")
    assert price_of(OPUS, {}) is not None


def test_the_users_price_wins_and_cached_tokens_cost_as_others() -> None:
    price = price_of(OPUS, {OPUS: PriceConfig(input=1.0, output=2.0)})
    assert price is not None
    assert cost_of(Usage(MILLION, MILLION, 300_000, 300_000), price) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("usage", "saved"), [(Usage(MILLION, 0, MILLION), 3.8), (Usage(MILLION, 0, 0, MILLION), -1.0)]
)
def test_the_cache_saves_on_reading_and_costs_on_writing(usage: Usage, saved: float) -> None:
    price = price_of(OPUS, {})
    assert price is not None
    assert saving_of(usage, price) == pytest.approx(saved)
