"""The sample store: what is put is safe, what is stored is found, and damage is named."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.core.errors import ConfigurationError, StoreError
from harness.core.types import (
    Completion,
    Message,
    Request,
    Role,
    Sample,
    SampleFailure,
    StopReason,
    Tool,
    ToolCall,
    Usage,
)
from harness.store.codec import request_sha
from harness.store.samples import SCHEMA_VERSION, SampleStore


def asked(text: str = "Question", trial: int = 1, system: str = "You are a tester.") -> Request:
    return Request("anthropic:m", system, (Message(Role.USER, text),), 100, trial)


def answered(request: Request, text: str = "Answer") -> Sample:
    completion = Completion(text, (), Usage(10, 5, 2), StopReason.END, "m-served", 0.5)
    return Sample(request_sha(request), "case-1", "base", request.trial, request.model, completion)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SampleStore]:
    with SampleStore(tmp_path / "folder" / "samples.db") as opened:
        yield opened


def test_what_was_put_is_found_by_another_opening(tmp_path: Path) -> None:
    request = asked()
    with SampleStore(tmp_path / "s.db") as first:
        first.put(answered(request), request)
    with SampleStore(tmp_path / "s.db") as second:
        assert second.get_many([request_sha(request)]) == {request_sha(request): answered(request)}


def test_what_is_not_stored_is_left_out(store: SampleStore) -> None:
    assert store.get_many(["0" * 64]) == {}


def test_every_field_of_a_request_survives(store: SampleStore) -> None:
    request = Request(
        "local:m",
        "system",
        (Message(Role.USER, "a"), Message(Role.ASSISTANT, "b"), Message(Role.USER, "c")),
        7,
        3,
        (Tool("t", "d", {"type": "object"}),),
        {"type": "string"},
        {"temperature": 0.5},
    )
    store.put(answered(request), request)
    assert store.request(request_sha(request)) == request


def test_tool_calls_and_stop_reason_survive(store: SampleStore) -> None:
    request = asked()
    completion = Completion(
        "", (ToolCall("Agent", {"a": [1, {"b": None}]}),), Usage(1, 2), StopReason.TOOL_USE, "m", 0.25
    )
    sample = Sample(request_sha(request), "c", "v", 1, "m", completion)
    store.put(sample, request)
    assert store.get_many([sample.request_sha])[sample.request_sha] == sample


def test_the_first_answer_stays_and_everybody_gets_it(tmp_path: Path) -> None:
    request = asked()
    with SampleStore(tmp_path / "s.db") as one, SampleStore(tmp_path / "s.db") as two:
        one.put(answered(request, "first"), request)
        assert two.put(answered(request, "second"), request).completion.text == "first"


def test_a_group_is_stored_whole_even_if_part_of_it_is_there(store: SampleStore) -> None:
    requests = [asked(str(number)) for number in range(4)]
    store.put(answered(requests[2], "first"), requests[2])
    kept = store.put_many([(answered(request), request) for request in requests])
    assert [sample.completion.text for sample in kept] == ["Answer", "Answer", "first", "Answer"]


def test_a_sample_of_another_request_is_refused(store: SampleStore) -> None:
    with pytest.raises(ValueError, match="does not belong"):
        store.put(answered(asked("one")), asked("two"))


def test_trials_of_one_question_are_samples_of_their_own(store: SampleStore) -> None:
    for trial in (1, 2):
        store.put(answered(asked(trial=trial)), asked(trial=trial))
    assert len(store) == 2


def test_a_failure_is_kept_and_never_served(store: SampleStore) -> None:
    request = asked()
    failure = SampleFailure(request_sha(request), "c", "v", 1, "rate_limit", "throttled", transient=True)
    store.put_failure(failure)
    assert (store.get_many([failure.request_sha]), store.failures()) == ({}, [failure])


def test_all_samples_come_in_the_order_of_their_commits(store: SampleStore) -> None:
    requests = [asked(str(number)) for number in range(1_203)]
    store.put_many([(answered(request), request) for request in requests])
    assert [sample.request_sha for sample in store.samples()] == [
        request_sha(request) for request in requests
    ]


def test_a_prompt_that_many_requests_share_is_stored_once(store: SampleStore) -> None:
    prompt = "A long prompt. " * 1_000
    pairs = [(answered(asked(str(n), system=prompt)), asked(str(n), system=prompt)) for n in range(50)]
    store.put_many(pairs)
    store.close()
    with contextlib.closing(sqlite3.connect(store.path)) as raw:
        assert raw.execute("SELECT count(*), sum(length(body)) < 20000 FROM contexts").fetchone() == (1, 1)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(st.characters()), answer=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives(store: SampleStore, text: str, answer: str) -> None:
    request = asked(text + "\ud800\x00")
    stored = store.put(answered(request, answer), request)
    assert (store.request(request_sha(request)), stored.completion.text is not None) == (request, True)


def test_an_unknown_version_is_named_with_what_to_do(tmp_path: Path) -> None:
    SampleStore(tmp_path / "s.db").close()
    with contextlib.closing(sqlite3.connect(tmp_path / "s.db")) as raw:
        raw.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(
        ConfigurationError, match=f"version {SCHEMA_VERSION + 1}.*use the release that wrote it"
    ):
        SampleStore(tmp_path / "s.db")


def test_another_programs_database_is_not_touched(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as raw:
        raw.execute("PRAGMA user_version = 7")
        raw.execute("CREATE TABLE theirs (a)")
    before = (tmp_path / "other.db").read_bytes()
    with pytest.raises(ConfigurationError, match="not a sample store"):
        SampleStore(tmp_path / "other.db")
    assert (tmp_path / "other.db").read_bytes() == before


def test_another_programs_database_without_a_version_is_not_touched(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as raw:
        raw.execute("CREATE TABLE theirs (a)")
    before = (tmp_path / "other.db").read_bytes()
    with pytest.raises(ConfigurationError, match="not a sample store"):
        SampleStore(tmp_path / "other.db")
    assert (tmp_path / "other.db").read_bytes() == before


def test_a_text_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "s.db").write_text("These are my notes, please keep them. " * 100)
    with pytest.raises(StoreError, match="not a sample store"):
        SampleStore(tmp_path / "s.db")


def test_a_damaged_row_is_named(tmp_path: Path) -> None:
    request = asked()
    with SampleStore(tmp_path / "s.db") as store:
        store.put(answered(request), request)
    with contextlib.closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as raw:
        raw.execute("UPDATE samples SET completion = x'7B7D'")
    with SampleStore(tmp_path / "s.db") as store, pytest.raises(StoreError, match=request_sha(request)):
        store.get_many([request_sha(request)])


def test_a_folder_in_place_of_the_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be opened or created"):
        SampleStore(tmp_path)


def test_a_file_in_place_of_the_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot be opened"):
        SampleStore(tmp_path / "file" / "samples.db")


def test_reading_only_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such sample store"):
        SampleStore(tmp_path / "s.db", read_only=True)
    assert not (tmp_path / "s.db").exists()


def test_reading_only_does_not_write(store: SampleStore) -> None:
    request = asked()
    with SampleStore(store.path, read_only=True) as reader, pytest.raises(StoreError, match="written"):
        reader.put(answered(request), request)


def test_a_full_disk_is_named_and_what_is_stored_stays(tmp_path: Path) -> None:
    """SQLite's own page limit raises the error that a full disk raises."""
    small, large = asked("small"), asked("large")
    with SampleStore(tmp_path / "s.db") as store:
        store.put(answered(small), small)
        pages = store.database._connection.execute("PRAGMA page_count").fetchone()[0]
        store.database._connection.execute(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(StoreError, match="disk is full") as caught:
            store.put(answered(large, "x" * 1_000_000), large)
        assert (caught.value.exit_code, len(store)) == (3, 1)


def test_after_a_full_disk_the_store_goes_on(tmp_path: Path) -> None:
    request = asked()
    with SampleStore(tmp_path / "s.db") as store:
        store.database._connection.execute("PRAGMA max_page_count = 8")
        with pytest.raises(StoreError):
            store.put(answered(request, "x" * 1_000_000), request)
        store.database._connection.execute("PRAGMA max_page_count = 100000")
        store.put(answered(request), request)
        assert len(store) == 1


def _put_many(path: Path, start: int) -> None:
    with SampleStore(path) as store:
        for number in range(start, start + 25):
            store.put(answered(asked(str(number))), asked(str(number)))


def test_several_processes_share_a_store_from_its_creation_on(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    path = tmp_path / "s.db"
    workers = [context.Process(target=_put_many, args=(path, start)) for start in (0, 10, 20, 30)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with SampleStore(path) as store:
        assert ([worker.exitcode for worker in workers], len(store)) == ([0, 0, 0, 0], 55)


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_samples import answered, asked, SampleStore
store = SampleStore(Path(sys.argv[1]))
for number in range(10):
    store.put(answered(asked(str(number))), asked(str(number)))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_a_killed_process_loses_nothing_that_was_put(tmp_path: Path) -> None:
    here = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "s.db"), here], check=False)
    with SampleStore(tmp_path / "s.db") as store:
        assert len(store) == 10
