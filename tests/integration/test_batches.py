"""`harness run --batch`: half the price, nothing paid twice unnoticed, whatever happens on the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from batch_project import BATCH, QUESTIONS, configure
from batches_api import BatchesApi, errored
from messages_api import Fault
from run_project import MODEL, Command


def test_a_plan_is_one_batch(batch_server: BatchesApi, harness: Command) -> None:
    assert harness(*BATCH).code == 0
    assert [len(batch.requests) for batch in batch_server.batches] == [QUESTIONS]


def test_no_single_call_is_made(batch_server: BatchesApi, harness: Command) -> None:
    harness(*BATCH)
    assert not batch_server.seen


def test_shuffled_results_reach_their_cases(batch_server: BatchesApi, harness: Command) -> None:
    alone = harness("run", *MODEL, "--no-routing", "--json", "--fresh").scores()
    assert harness(*BATCH, "--fresh").scores() == alone


def test_a_run_without_batches_takes_their_answers(batch_server: BatchesApi, harness: Command) -> None:
    harness(*BATCH)
    assert harness("run", *MODEL, "--no-routing", "--json").document["usage"]["asked"] == 0


def test_a_batch_costs_half(batch_server: BatchesApi, harness: Command) -> None:
    half = harness(*BATCH).document["usage"]["spent_usd"]
    whole = harness("run", *MODEL, "--no-routing", "--json", "--fresh").document["usage"]["spent_usd"]
    assert half == pytest.approx(whole / 2)


def test_the_forecast_is_at_half_price(batch_server: BatchesApi, harness: Command) -> None:
    forecast = ("run", *MODEL, "--no-routing", "--json", "--dry-run")
    whole = harness(*forecast).document["cost_usd"]["likely"]
    assert harness(*forecast, "--batch").document["cost_usd"]["likely"] == pytest.approx(whole / 2)


def test_what_may_cost_too_much_is_not_sent(batch_server: BatchesApi, harness: Command) -> None:
    ran = harness(*BATCH, "--max-cost", "0.001")
    assert (ran.code, batch_server.batches) == (3, [])


def test_a_budget_for_some_sends_those_first(batch_server: BatchesApi, harness: Command) -> None:
    harness(*BATCH, "--max-cost", "3.0")
    assert 0 < len(batch_server.batches[0].requests) < QUESTIONS


def test_batches_are_split_by_count(batch_server: BatchesApi, harness: Command, small_project: Path) -> None:
    configure(small_project, max_requests=3)
    harness(*BATCH)
    assert [len(batch.requests) for batch in batch_server.batches] == [3, 1]


def test_batches_are_split_by_bytes(batch_server: BatchesApi, harness: Command, small_project: Path) -> None:
    configure(small_project, max_bytes=1200)
    harness(*BATCH)
    assert [len(batch.requests) for batch in batch_server.batches] == [2, 2]


def test_overloaded_requests_are_sent_again(batch_server: BatchesApi, harness: Command) -> None:
    batch_server.outcome = lambda body, times: errored("overloaded_error") if times == 1 else None
    ran = harness(*BATCH)
    assert (ran.code, len(batch_server.batches)) == (0, 2)


def test_expired_requests_are_sent_again(batch_server: BatchesApi, harness: Command) -> None:
    batch_server.outcome = lambda body, times: errored("expired") if times == 1 else None
    assert harness(*BATCH).code == 0


def test_patience_with_expired_requests_ends(batch_server: BatchesApi, harness: Command) -> None:
    batch_server.outcome = lambda body, times: errored("expired")
    assert harness(*BATCH).code == 3
    assert len(batch_server.batches) == 3


@pytest.mark.parametrize(
    ("kind", "named"), [("invalid_request_error", "bad_request"), ("canceled", "canceled")]
)
def test_what_stays_wrong_is_missing(
    batch_server: BatchesApi, harness: Command, kind: str, named: str
) -> None:
    batch_server.outcome = lambda body, times: errored(kind) if "users" in str(body) else None
    ran = harness(*BATCH)
    assert f"1 of 4 answers are missing ({named})" in ran.err
    assert len(batch_server.batches) == 1


def test_a_request_without_a_result_is_missing(batch_server: BatchesApi, harness: Command) -> None:
    batch_server.drop_results = 1
    assert "1 of 4 answers are missing (no_result)" in harness(*BATCH).err


def test_results_that_break_off_are_fetched_again(batch_server: BatchesApi, harness: Command) -> None:
    batch_server.cut_results = 1
    assert harness(*BATCH).code == 0
    assert max(batch_server.paid.values()) == 1


def test_a_lost_receipt_is_found_again(batch_server: BatchesApi, harness: Command) -> None:
    batch_server.lose = lambda number: Fault(act="reset") if number == 0 else None
    assert harness(*BATCH).code == 0
    assert len(batch_server.batches) == 1


def test_another_batch_of_the_same_size_is_not_taken_for_ours(
    batch_server: BatchesApi, harness: Command
) -> None:
    batch_server.refuse = lambda number: Fault(status=500) if number == 1 else None
    harness(*BATCH)
    ran = harness(*BATCH, "--fresh")
    assert ran.code == 3
    assert "the server lists no such batch" in ran.err


def test_what_is_in_doubt_is_not_sent_again(batch_server: BatchesApi, harness: Command) -> None:
    batch_server.refuse = lambda number: Fault(status=500) if number == 0 else None
    first, second = harness(*BATCH), harness(*BATCH)
    assert (first.code, second.code, batch_server.batches) == (3, 3, [])


def test_the_way_out_of_doubt_is_explicit(batch_server: BatchesApi, harness: Command) -> None:
    batch_server.refuse = lambda number: Fault(status=500) if number == 0 else None
    harness(*BATCH)
    ran = harness(*BATCH, "--resubmit-doubtful")
    assert ran.code == 0
    assert "may be paid twice" in ran.err


def test_a_refused_batch_leaves_no_doubt(batch_server: BatchesApi, harness: Command) -> None:
    batch_server.refuse = lambda number: (
        Fault(status=400, kind="invalid_request_error") if number == 0 else None
    )
    assert harness(*BATCH).code == 3
    assert harness(*BATCH).code == 0


def test_a_deadline_leaves_the_batch_running(batch_server: BatchesApi, harness: Command) -> None:
    batch_server.batch_s = 3600.0
    ran = harness(*BATCH, "--batch-deadline", "0.0001")
    assert ran.code == 3
    assert "msgbatch_0: 4 requests go on at the server: run the same again with --batch" in ran.err


def test_a_later_run_fetches_what_went_on(batch_server: BatchesApi, harness: Command) -> None:
    batch_server.batch_s = 3600.0
    harness(*BATCH, "--batch-deadline", "0.0001")
    batch_server.batch_s = 0.0
    assert harness(*BATCH).code == 0
    assert len(batch_server.batches) == 1


def test_single_calls_are_warned_of_open_batches(batch_server: BatchesApi, harness: Command) -> None:
    batch_server.batch_s = 3600.0
    harness(*BATCH, "--batch-deadline", "0.0001")
    assert "4 of these answers are in batches" in harness("run", *MODEL, "--no-routing").err


def test_results_that_are_gone_are_in_doubt(batch_server: BatchesApi, harness: Command) -> None:
    batch_server.batch_s = 3600.0
    harness(*BATCH, "--batch-deadline", "0.0001")
    batch_server.batch_s, batch_server.batches[0].archived = 0.0, True
    ran = harness(*BATCH)
    assert (ran.code, len(batch_server.batches)) == (3, 1)
    assert "its results (msgbatch_0) are gone" in ran.err


def test_another_model_cannot_be_asked_in_batches(batch_server: BatchesApi, harness: Command) -> None:
    ran = harness("run", "--model", "local:smollm2", "--batch")
    assert ran.code == 2
    assert "leave out --batch" in ran.err
