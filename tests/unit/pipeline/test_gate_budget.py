"""What may be spent is shared by the agents of one gate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from calls import planned

from harness.core.config import Config, PriceConfig
from harness.core.types import Usage
from harness.pipeline.gates import GateRequest, _share_of
from harness.pipeline.options import RunOptions
from harness.run.budget import Ledger

PRICES = {"anthropic:m": PriceConfig(input=1.0, output=1.0)}


def options(**limits: float) -> RunOptions:
    """Options with limits, and a model of a dollar per million tokens."""
    return replace(RunOptions.of(Config(prices=PRICES)), model="anthropic:m", **limits)  # type: ignore[arg-type]


def spent(ledger: Ledger, tokens: int) -> Ledger:
    """Book an answer of so many tokens."""
    call = planned("a")
    ledger.reserve(call)
    ledger.settle(call, Usage(tokens, 0))
    return ledger


@pytest.mark.parametrize(("used", "left"), [(0, "0 of 50,000"), (10_000, "0 of 45,000"), (100_000, "0 of 0")])
def test_the_next_agent_gets_an_even_part_of_what_is_left(used: int, left: str) -> None:
    """Of 100,000 tokens for three agents, the first of whom has used some."""
    first = spent(_share_of(options(max_tokens_total=100_000), [], 3), used)
    assert left in _share_of(options(max_tokens_total=100_000), [first], 2).shown()


def test_money_is_shared_in_the_same_way() -> None:
    """Of three dollars for three agents the first has used a half: 1.25 for each of the others."""
    first = spent(_share_of(options(max_cost=3.0), [], 3), 500_000)
    assert "of 1.25 dollars" in _share_of(options(max_cost=3.0), [first], 2).shown()


def test_what_judges_spend_is_taken_from_the_share_of_the_others() -> None:
    first = _share_of(options(max_tokens_total=100_000), [], 3)
    first.book_others(10_000, 0.0)
    assert "0 of 45,000" in _share_of(options(max_tokens_total=100_000), [first], 2).shown()


def test_what_judges_spend_is_no_cost_of_the_answers() -> None:
    ledger = Ledger()
    ledger.book_others(10_000, 2.0)
    assert (ledger.spent.usage, ledger.booked) == (Usage(0, 0), (10_000, 2.0))


def test_what_is_left_is_told_within_both_limits() -> None:
    ledger = options(max_cost=3.0, max_tokens_total=100).new_ledger()
    ledger.book_others(10, 1.0)
    assert ledger.left == (2.0, 90)


def test_without_a_limit_there_is_none() -> None:
    """Nothing is counted against anything."""
    assert not _share_of(options(), [], 2).limited


@pytest.mark.parametrize(("agents", "alpha"), [(0, 0.05), (1, 0.05), (4, 0.0125)])
def test_the_error_budget_is_divided_evenly(agents: int, alpha: float) -> None:
    """Bonferroni, whatever the agents say."""
    paths = tuple(Path(f"{number}.md") for number in range(agents))
    request = GateRequest(paths, "main", Path(), options(), Config().gate)
    assert request.policy_of_each.alpha == pytest.approx(alpha)
