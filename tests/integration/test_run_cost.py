"""What a run costs: said before, kept within a budget, told after; and the model that an agent names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from messages_api import Answer, MessagesApi, Seen
from run_project import AGENT, COMPLIANCE_QUESTIONS, MODEL, ROUTING_QUESTIONS, Command, answer, runs

ALL = COMPLIANCE_QUESTIONS + ROUTING_QUESTIONS
PRICED = '[prices."anthropic:m"]\ninput = 3\noutput = 15\ncache_read = 0.3\ncache_write = 3.75\n'


def priced(folder: Path, more: str = "") -> None:
    (folder / "harness.toml").write_text(more + PRICED, encoding="utf-8")


def test_a_dry_run_tells_the_cost_and_asks_nothing(
    harness: Command, model_server: MessagesApi, small_project: Path
) -> None:
    priced(small_project)
    ran = harness("run", *MODEL, "--dry-run", "--json")
    cost = ran.document["cost_usd"]
    assert (ran.code, ran.document["calls"], model_server.seen, runs(small_project)) == (0, ALL, [], [])
    assert 0 < cost["low"] < cost["likely"] < cost["high"]


def test_a_dry_run_needs_no_key(
    harness: Command, small_project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who wants to know what it costs has not bought one yet."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    priced(small_project)
    ran = harness("run", *MODEL, "--dry-run", "--json")
    assert (ran.code, ran.document["calls"]) == (0, ALL)


def test_a_dry_run_that_lets_the_server_count_names_the_missing_key(
    harness: Command, small_project: Path
) -> None:
    ran = harness("run", *MODEL, "--dry-run", "--count-tokens")
    assert (ran.code, "ANTHROPIC_API_KEY" in ran.err) == (2, True)


def test_the_server_counts_prompts_where_it_is_asked_to(harness: Command, model_server: MessagesApi) -> None:
    ran = harness("run", *MODEL, "--dry-run", "--count-tokens", "--trials", "3", "--json")
    tokens = ran.document["input_tokens"]
    assert (ran.document["counted"], model_server.counted, tokens["low"] == tokens["high"]) == (
        True,
        ALL,
        True,
    )


def test_a_price_that_is_not_known_is_not_nothing(harness: Command, model_server: MessagesApi) -> None:
    ran = harness("run", *MODEL, "--dry-run", "--json")
    assert (ran.document["cost_usd"], "price unknown" in ran.err) == (None, True)


def test_a_run_tells_what_it_cost(harness: Command, model_server: MessagesApi, small_project: Path) -> None:
    priced(small_project)
    usage = harness("run", *MODEL, "--json").document["usage"]
    cost = (usage["input_tokens"] * 3 + usage["output_tokens"] * 15) / 1_000_000
    assert (round(usage["cost_usd"], 9), round(usage["spent_usd"], 9)) == (round(cost, 9), round(cost, 9))


def test_a_run_over_stored_answers_spends_nothing(
    harness: Command, model_server: MessagesApi, small_project: Path
) -> None:
    priced(small_project)
    first = harness("run", *MODEL, "--json").document["usage"]
    second = harness("run", *MODEL, "--json").document["usage"]
    assert (second["cost_usd"], second["spent_usd"]) == (first["cost_usd"], 0.0)


def test_what_the_prompt_cache_saved_is_told(
    harness: Command, model_server: MessagesApi, small_project: Path
) -> None:
    def cached(seen: Seen) -> Answer:
        said = answer(seen)
        return Answer(said.text, said.stop, said.tool, cached=100_000)

    priced(small_project)
    model_server.script = cached
    ran = harness("run", *MODEL, "--no-routing")
    assert "the prompt cache saved $1.08" in " ".join(ran.out.split())  # 4 × 100,000 × 2.7 dollars a million


def test_a_budget_ends_a_run_with_what_it_has(
    harness: Command, model_server: MessagesApi, small_project: Path
) -> None:
    priced(small_project, "[run]\nmax_cost = 0.1\nconcurrency = 1\n")
    model_server.script = Answer("A long answer. " * 530)  # three cents each
    ran = harness("run", *MODEL, "--json")
    usage = ran.document["usage"]
    assert (ran.code, 0 < usage["asked"] < ALL, usage["spent_usd"] <= 0.1) == (3, True, True)
    assert "budget is used up" in ran.err


def test_the_rest_is_asked_when_there_is_more_to_spend(
    harness: Command, model_server: MessagesApi, small_project: Path
) -> None:
    first = harness("run", *MODEL, "--max-tokens-total", "4000", "--concurrency", "1", "--json")
    second = harness("run", *MODEL, "--json")
    asked = [ran.document["usage"]["asked"] for ran in (first, second)]
    assert (first.code, second.code, sum(asked), len(model_server.seen)) == (3, 0, ALL, ALL)


def test_a_cost_that_nobody_can_know_is_no_budget(harness: Command, model_server: MessagesApi) -> None:
    ran = harness("run", *MODEL, "--max-cost", "1")
    assert (ran.code, "price is not known" in ran.err, model_server.seen) == (2, True, [])


def test_the_model_that_an_agent_names_is_asked(
    harness: Command, model_server: MessagesApi, small_project: Path
) -> None:
    named = AGENT.replace("name: tester\n", "name: tester\nmodel: sonnet\n")
    (small_project / "agents/tester.md").write_text(named, encoding="utf-8")
    ran = harness("run", "--model", "anthropic:inherit", "--json")
    asked = {seen.body["model"] for seen in model_server.seen}
    assert (asked, ran.document["model"]) == ({"claude-sonnet-5-5"}, "anthropic:claude-sonnet-5-5")


def test_an_agent_that_names_no_model_is_an_error_with_a_remedy(
    harness: Command, model_server: MessagesApi
) -> None:
    ran = harness("run", "--model", "anthropic:inherit")
    assert (ran.code, "names no model of its own" in ran.err, json.dumps(ran.err).count("\\n")) == (
        2,
        True,
        1,
    )
