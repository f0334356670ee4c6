"""When calls are made: never beyond the budget, as fast as the server and the pace allow."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from calls import completion, planned
from fakes import Scripted

from harness.core.config import PriceConfig
from harness.core.errors import BudgetError, ConfigurationError, HarnessError, TransientProviderError
from harness.core.types import Completion, Request, Usage
from harness.run.budget import Ledger
from harness.run.execute import Execution, execute
from harness.run.limits import Limits, Timing
from harness.run.prices import Price, price_of
from harness.run.settings import Settings
from harness.store.samples import SampleStore

CALLS = [planned(str(number)) for number in range(40)]


def dollar_a_token() -> Price:
    price = price_of("anthropic:m", {"anthropic:m": PriceConfig(input=1_000_000, output=1_000_000)})
    assert price is not None
    return price


@dataclass
class World:
    """A clock that jumps ahead when everybody waits, and the moments at which calls were made."""

    now: float = 0.0

    def timing(self) -> Timing:
        async def sleep(seconds: float) -> None:
            until = self.now + seconds
            for _ in range(20):  # whoever wakes earlier goes first
                await asyncio.sleep(0)
            self.now = max(self.now, until)

        return Timing(sleep, random.Random(1), lambda: self.now)


def run(
    path: Path,
    script: Callable[[Request], Completion | Exception],
    settings: Settings,
    world: World | None = None,
) -> tuple[Execution | None, HarnessError | None, Scripted, int]:
    provider = Scripted(script)
    timing = (world or World()).timing()
    with SampleStore(path / "samples.db") as store:
        try:
            result = asyncio.run(execute(CALLS, provider, store, settings, timing=timing))
            return result, None, provider, len(store)
        except HarnessError as error:
            return None, error, provider, len(store)


def settings(ledger: Ledger | None = None, concurrency: int = 8, **limits: int) -> Settings:
    return Settings(
        "anthropic:m", concurrency=concurrency, limits=Limits(**limits), ledger=ledger or Ledger()
    )


def spends(tokens: int) -> Callable[[Request], Completion]:
    return lambda request: replace(completion("Hi"), usage=Usage(10, tokens))


@pytest.mark.parametrize("limit", ["tokens", "cost"])
@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_run_ends_before_it_passes_its_budget_and_keeps_what_it_has(
    tmp_path: Path, limit: str, concurrency: int
) -> None:
    ledger = Ledger(max_tokens=1_000) if limit == "tokens" else Ledger(dollar_a_token(), max_cost=1_000)
    _, error, provider, kept = run(tmp_path, spends(90), settings(ledger, concurrency))
    usage = ledger.spent.usage
    assert isinstance(error, BudgetError)
    assert (error.exit_code, usage.input_tokens + usage.output_tokens <= 1_000, len(provider.asked)) == (
        3,
        True,
        kept,
    )
    assert kept >= 8  # 100 tokens each: only what a further call could cost at most is left


def test_a_budget_that_is_enough_stops_nothing(tmp_path: Path) -> None:
    result, error, _, kept = run(tmp_path, spends(90), settings(Ledger(max_tokens=50_000)))
    assert (error, kept) == (None, 40)
    assert result is not None


def test_a_budget_holds_for_all_executions_that_share_it(tmp_path: Path) -> None:
    ledger = Ledger(max_tokens=5_000)
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        _, error, _, _ = run(tmp_path / folder, spends(90), settings(ledger))
    assert isinstance(error, BudgetError)


def test_an_answer_that_may_have_been_written_counts_as_spent(tmp_path: Path) -> None:
    lost = TransientProviderError("timeout", "no answer in time")
    _, error, provider, _ = run(tmp_path, lambda _: lost, settings(Ledger(max_tokens=1_000)))
    assert isinstance(error, BudgetError)
    assert len(provider.asked) < 10


def test_a_call_that_was_refused_counts_nothing(tmp_path: Path) -> None:
    refused = TransientProviderError("server_error", "busy")
    _, error, _, _ = run(tmp_path, lambda _: refused, settings(Ledger(max_tokens=1_000), retries=0))
    assert error is None


def test_a_cost_that_nobody_can_know_is_no_limit() -> None:
    with pytest.raises(ConfigurationError, match="price is not known"):
        Ledger(None, max_cost=1.0)


def test_what_has_no_price_has_no_sum(tmp_path: Path) -> None:
    ledger = Ledger()
    run(tmp_path, spends(90), settings(ledger))
    assert (ledger.spent.answers, ledger.spent.dollars) == (40, None)


def test_a_pace_is_kept(tmp_path: Path) -> None:
    world, moments = World(), []

    def answer(request: Request) -> Completion:
        moments.append(world.now)
        return completion()

    run(tmp_path, answer, settings(requests_per_minute=10), world)
    assert max(sum(start <= at < start + 60 for at in moments) for start in moments) == 10


def test_a_pace_of_tokens_is_kept(tmp_path: Path) -> None:
    world = World()
    run(tmp_path, spends(90), settings(tokens_per_minute=1_000), world)
    assert world.now >= 120


def test_a_throttled_run_asks_for_less_at_once(tmp_path: Path) -> None:
    """The server takes two calls at a time and turns away what is more; every call is answered in the end."""
    provider: list[Scripted] = []

    def answer(request: Request) -> Completion | Exception:
        if provider[0]._in_flight > 2:
            return TransientProviderError("rate_limit", "slow down", retry_after_s=1.0)
        return completion()

    scripted = Scripted(answer)
    provider.append(scripted)
    with SampleStore(tmp_path / "samples.db") as store:
        work = execute(CALLS, scripted, store, settings(concurrency=16), timing=World().timing())
        execution = asyncio.run(work)
    assert (len(execution.samples), len(scripted.asked) < 100) == (40, True)


def test_a_wait_that_the_server_announces_is_kept_by_all(tmp_path: Path) -> None:
    world, moments = World(), []

    def answer(request: Request) -> Completion | Exception:
        moments.append(world.now)
        if len(moments) == 1:
            return TransientProviderError("overloaded", "busy", retry_after_s=30.0)
        return completion()

    run(tmp_path, answer, settings(concurrency=1), world)
    assert moments[1] >= 30.0


def test_a_server_that_only_throttles_ends_the_run(tmp_path: Path) -> None:
    throttled = TransientProviderError("rate_limit", "slow down")
    _, error, _, kept = run(tmp_path, lambda _: throttled, settings(concurrency=2, deadline_s=120))
    assert (type(error).__name__, kept, "serves nothing" in str(error)) == ("IncompleteError", 0, True)
