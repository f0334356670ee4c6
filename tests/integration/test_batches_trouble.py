"""Batches whose server or network fails around the sending: what nobody knows is told, never sent again."""

from __future__ import annotations

from pathlib import Path

import pytest
from batch_project import BATCH, QUESTIONS, configure
from batches_api import BatchesApi
from messages_api import Fault
from run_project import Command

RESET, HANG = Fault(act="reset"), Fault(act="hang")
PAGE = Fault(status=502, body="<html>bad gateway</html>", content_type="text/html")
LOST = {
    "reset": RESET,
    "half an answer": Fault(act="half"),
    "500": Fault(status=500),
    "gateway": PAGE,
    "no JSON": Fault(status=200, body="<html>welcome</html>", content_type="text/html"),
    "another JSON": Fault(status=200, body='{"id": 7}'),
    "an id that is no id": Fault(
        status=200, body='{"id": "../x", "processing_status": "ended", "request_counts": {}}'
    ),
}
LISTS = {
    "500": Fault(status=500),
    "reset": RESET,
    "no list": Fault(status=200, body="[]"),
    "not there": Fault(status=404, kind="not_found_error"),
    "forbidden": Fault(status=403, kind="permission_error"),
}


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST)
def test_a_batch_whose_receipt_is_lost_is_found_and_not_sent_again(
    batch_server: BatchesApi, harness: Command, fault: Fault
) -> None:
    batch_server.lose = lambda number: fault if number == 0 else None
    ran = harness(*BATCH)
    assert (ran.code, set(batch_server.taken.values()), "is in doubt" in ran.err) == (0, {1}, True)


def test_a_receipt_that_never_comes_is_waited_for_no_longer_than_is_said(
    batch_server: BatchesApi, harness: Command, small_project: Path
) -> None:
    configure(small_project, "run", timeout_s=0.5)
    batch_server.lose = lambda number: HANG if number == 0 else None
    assert (harness(*BATCH).code, len(batch_server.batches)) == (0, 1)


def test_a_connection_that_breaks_before_the_server_has_it_leaves_a_doubt(
    batch_server: BatchesApi, harness: Command
) -> None:
    batch_server.refuse = lambda number: RESET
    codes = [harness(*BATCH).code for _ in range(2)]
    assert (codes, batch_server.batches) == ([3, 3], [])


@pytest.mark.parametrize("fault", LISTS.values(), ids=LISTS)
def test_without_the_list_a_doubt_stays_and_is_told(
    batch_server: BatchesApi, harness: Command, fault: Fault
) -> None:
    batch_server.lose, batch_server.list_fault = lambda number: RESET, fault
    ran = harness(*BATCH)
    assert (ran.code, len(batch_server.batches)) == (3, 1)
    assert "the server's list could not be read" in ran.err


def test_a_list_that_answers_again_resolves_the_doubt(batch_server: BatchesApi, harness: Command) -> None:
    batch_server.lose, batch_server.list_fault = lambda number: RESET, Fault(status=500)
    harness(*BATCH)
    batch_server.list_fault = None
    assert (harness(*BATCH).code, set(batch_server.taken.values())) == (0, {1})


def test_batches_that_are_known_are_fetched_while_the_list_cannot_be_read(
    batch_server: BatchesApi, harness: Command, small_project: Path
) -> None:
    """A doubt about one batch holds up no other."""
    configure(small_project, max_requests=2)
    batch_server.lose = lambda number: RESET if number == 0 else None
    batch_server.list_fault = Fault(status=404, kind="not_found_error")
    ran = harness(*BATCH)
    assert (ran.code, ran.document["usage"]["asked"]) == (3, 2)


def test_a_batch_that_the_list_shows_late_is_found_by_the_next_run(
    batch_server: BatchesApi, harness: Command
) -> None:
    batch_server.lose = lambda number: RESET
    hidden = batch_server.hidden
    hidden.add("msgbatch_0")
    first = harness(*BATCH)
    hidden.clear()
    assert (first.code, harness(*BATCH).code, len(batch_server.batches)) == (3, 0, 1)


def foreign_names(server: BatchesApi) -> list[str]:
    """Names that a colleague's harness would give the same requests: the same shas, another token."""
    return [f"{one['custom_id'][:40]}-{'0123456789abcdef'}" for one in server.batches[0].requests]


def test_a_batch_of_the_same_requests_from_elsewhere_is_not_taken_for_ours(
    batch_server: BatchesApi, harness: Command
) -> None:
    """Of equal size and time and key, as a colleague's would be; its answers are not ours."""
    batch_server.lose = lambda number: RESET
    batch_server.hidden.add("msgbatch_0")
    harness(*BATCH)
    batch_server.foreign("msgbatch_theirs", foreign_names(batch_server))
    ran = harness(*BATCH)
    assert (ran.code, ran.out) == (3, "")
    assert "the server lists no such batch" in ran.err


def test_our_batch_is_told_from_one_of_the_same_requests(batch_server: BatchesApi, harness: Command) -> None:
    batch_server.lose = lambda number: RESET
    batch_server.hidden.add("msgbatch_0")
    harness(*BATCH)
    batch_server.foreign("msgbatch_theirs", foreign_names(batch_server))
    batch_server.hidden.clear()
    ran = harness(*BATCH)
    assert (ran.code, ran.document["usage"]["asked"]) == (0, QUESTIONS)
    assert "msgbatch_0: is the batch that was in doubt" in ran.err


def test_a_batch_that_may_be_ours_is_named_until_it_ends(batch_server: BatchesApi, harness: Command) -> None:
    batch_server.batch_s = 3600.0
    batch_server.lose = lambda number: RESET
    ran = harness(*BATCH, "--batch-deadline", "0.0001")
    assert (ran.code, len(batch_server.batches)) == (3, 1)
    assert "it may be msgbatch_0, which has not ended: run again with --batch later" in ran.err


def test_a_foreign_batch_whose_results_are_gone_is_not_ours(
    batch_server: BatchesApi, harness: Command
) -> None:
    batch_server.refuse = lambda number: RESET
    harness(*BATCH)
    batch_server.foreign("msgbatch_theirs", [f"theirs-{number}" for number in range(QUESTIONS)])
    batch_server.batches[0].archived = True
    assert "the server lists no such batch" in harness(*BATCH).err


def test_a_key_that_is_refused_is_an_error_of_the_user(batch_server: BatchesApi, harness: Command) -> None:
    """And leaves no doubt: a server that refuses the key takes nothing."""
    batch_server.refuse = lambda number: Fault(status=401, kind="authentication_error")
    first = harness(*BATCH)
    batch_server.refuse = lambda number: None
    assert (first.code, harness(*BATCH).code) == (2, 0)
