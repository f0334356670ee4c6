"""`harness run --batch`: half the price, nothing paid twice unnoticed, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from batches_api import BatchesApi, errored
from messages_api import Fault
from run_project import MODEL, Command, answer

CONFIG = """[run]
retries = 2
[batch]
first_poll_s = 0.05
longest_poll_s = 0.1
[prices."anthropic:m"]
input = 1000.0
output = 1000.0
batch_discount = 0.5
"""
BATCH = ("run", *MODEL, "--no-routing", "--json", "--batch")
QUESTIONS = 4


@pytest.fixture
def server(small_project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BatchesApi]:
    (small_project / "harness.toml").write_text(CONFIG, encoding="utf-8")
    with BatchesApi(answer) as running:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        yield running


def configure(folder: Path, **batch: Any) -> None:
    lines = "".join(f"{name} = {value}\n" for name, value in batch.items())
    (folder / "harness.toml").write_text(CONFIG.replace("[batch]\n", f"[batch]\n{lines}"), encoding="utf-8")


def test_a_plan_is_one_batch(server: BatchesApi, harness: Command) -> None:
    assert harness(*BATCH).code == 0
    assert [len(batch.requests) for batch in server.batches] == [QUESTIONS]


def test_no_single_call_is_made(server: BatchesApi, harness: Command) -> None:
    harness(*BATCH)
    assert not server.seen


def test_shuffled_results_reach_their_cases(server: BatchesApi, harness: Command) -> None:
    alone = harness("run", *MODEL, "--no-routing", "--json", "--fresh").scores()
    assert harness(*BATCH, "--fresh").scores() == alone


def test_a_run_without_batches_takes_their_answers(server: BatchesApi, harness: Command) -> None:
    harness(*BATCH)
    assert harness("run", *MODEL, "--no-routing", "--json").document["usage"]["asked"] == 0


def test_a_batch_costs_half(server: BatchesApi, harness: Command) -> None:
    half = harness(*BATCH).document["usage"]["spent_usd"]
    whole = harness("run", *MODEL, "--no-routing", "--json", "--fresh").document["usage"]["spent_usd"]
    assert half == pytest.approx(whole / 2)


def test_the_forecast_is_at_half_price(server: BatchesApi, harness: Command) -> None:
    forecast = ("run", *MODEL, "--no-routing", "--json", "--dry-run")
    whole = harness(*forecast).document["cost_usd"]["likely"]
    assert harness(*forecast, "--batch").document["cost_usd"]["likely"] == pytest.approx(whole / 2)


def test_what_may_cost_too_much_is_not_sent(server: BatchesApi, harness: Command) -> None:
    ran = harness(*BATCH, "--max-cost", "0.001")
    assert (ran.code, server.batches) == (3, [])


def test_a_budget_for_some_sends_those_first(server: BatchesApi, harness: Command) -> None:
    harness(*BATCH, "--max-cost", "3.0")
    assert 0 < len(server.batches[0].requests) < QUESTIONS


def test_batches_are_split_by_count(server: BatchesApi, harness: Command, small_project: Path) -> None:
    configure(small_project, max_requests=3)
    harness(*BATCH)
    assert [len(batch.requests) for batch in server.batches] == [3, 1]


def test_batches_are_split_by_bytes(server: BatchesApi, harness: Command, small_project: Path) -> None:
    configure(small_project, max_bytes=1200)
    harness(*BATCH)
    assert [len(batch.requests) for batch in server.batches] == [2, 2]


def test_overloaded_requests_are_sent_again(server: BatchesApi, harness: Command) -> None:
    server.outcome = lambda body, times: errored("overloaded_error") if times == 1 else None
    ran = harness(*BATCH)
    assert (ran.code, len(server.batches)) == (0, 2)


def test_expired_requests_are_sent_again(server: BatchesApi, harness: Command) -> None:
    server.outcome = lambda body, times: errored("expired") if times == 1 else None
    assert harness(*BATCH).code == 0


def test_patience_with_expired_requests_ends(server: BatchesApi, harness: Command) -> None:
    server.outcome = lambda body, times: errored("expired")
    assert harness(*BATCH).code == 3
    assert len(server.batches) == 3


@pytest.mark.parametrize(
    ("kind", "named"), [("invalid_request_error", "bad_request"), ("canceled", "canceled")]
)
def test_what_stays_wrong_is_missing(server: BatchesApi, harness: Command, kind: str, named: str) -> None:
    server.outcome = lambda body, times: errored(kind) if "users" in str(body) else None
    ran = harness(*BATCH)
    assert f"1 of 4 answers are missing ({named})" in ran.err
    assert len(server.batches) == 1


def test_a_request_without_a_result_is_missing(server: BatchesApi, harness: Command) -> None:
    server.drop_results = 1
    assert "1 of 4 answers are missing (no_result)" in harness(*BATCH).err


def test_results_that_break_off_are_fetched_again(server: BatchesApi, harness: Command) -> None:
    server.cut_results = 1
    assert harness(*BATCH).code == 0
    assert max(server.paid.values()) == 1


def test_a_lost_receipt_is_found_again(server: BatchesApi, harness: Command) -> None:
    server.lose = lambda number: Fault(act="reset") if number == 0 else None
    assert harness(*BATCH).code == 0
    assert len(server.batches) == 1


def test_another_batch_of_the_same_size_is_not_taken_for_ours(server: BatchesApi, harness: Command) -> None:
    server.refuse = lambda number: Fault(status=500) if number == 1 else None
    harness(*BATCH)
    ran = harness(*BATCH, "--fresh")
    assert ran.code == 3
    assert "the server lists no such batch" in ran.err


def test_what_is_in_doubt_is_not_sent_again(server: BatchesApi, harness: Command) -> None:
    server.refuse = lambda number: Fault(status=500) if number == 0 else None
    first, second = harness(*BATCH), harness(*BATCH)
    assert (first.code, second.code, server.batches) == (3, 3, [])


def test_the_way_out_of_doubt_is_explicit(server: BatchesApi, harness: Command) -> None:
    server.refuse = lambda number: Fault(status=500) if number == 0 else None
    harness(*BATCH)
    ran = harness(*BATCH, "--resubmit-doubtful")
    assert ran.code == 0
    assert "may be paid twice" in ran.err


def test_a_refused_batch_leaves_no_doubt(server: BatchesApi, harness: Command) -> None:
    server.refuse = lambda number: Fault(status=400, kind="invalid_request_error") if number == 0 else None
    assert harness(*BATCH).code == 3
    assert harness(*BATCH).code == 0


def test_a_deadline_leaves_the_batch_running(server: BatchesApi, harness: Command) -> None:
    server.batch_s = 3600.0
    ran = harness(*BATCH, "--batch-deadline", "0.0001")
    assert ran.code == 3
    assert "msgbatch_0: 4 requests go on at the server: run the same again with --batch" in ran.err


def test_a_later_run_fetches_what_went_on(server: BatchesApi, harness: Command) -> None:
    server.batch_s = 3600.0
    harness(*BATCH, "--batch-deadline", "0.0001")
    server.batch_s = 0.0
    assert harness(*BATCH).code == 0
    assert len(server.batches) == 1


def test_single_calls_are_warned_of_open_batches(server: BatchesApi, harness: Command) -> None:
    server.batch_s = 3600.0
    harness(*BATCH, "--batch-deadline", "0.0001")
    assert "4 of these answers are in batches" in harness("run", *MODEL, "--no-routing").err


def test_results_that_are_gone_are_in_doubt(server: BatchesApi, harness: Command) -> None:
    server.batch_s = 3600.0
    harness(*BATCH, "--batch-deadline", "0.0001")
    server.batch_s, server.batches[0].archived = 0.0, True
    ran = harness(*BATCH)
    assert (ran.code, len(server.batches)) == (3, 1)
    assert "its results (msgbatch_0) are gone" in ran.err


def test_another_model_cannot_be_asked_in_batches(server: BatchesApi, harness: Command) -> None:
    ran = harness("run", "--model", "local:smollm2", "--batch")
    assert ran.code == 2
    assert "leave out --batch" in ran.err
