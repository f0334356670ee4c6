"""Making a store smaller: only what was named goes, and its space comes back."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.errors import StoreError
from harness.core.types import Completion, Message, Request, Role, Sample, SampleFailure, StopReason, Usage
from harness.store.codec import request_sha
from harness.store.prune import holdings, plan_pruning, prune, used_bytes
from harness.store.samples import SampleStore

DAY = 86_400.0


def asked(name: str) -> Request:
    return Request("anthropic:m", "You are.", (Message(Role.USER, name),), 100, 1)


def sha(name: str) -> str:
    return request_sha(asked(name))


def put(store: SampleStore, name: str, text: str = "Answer", stop: StopReason = StopReason.END) -> None:
    completion = Completion(text, (), Usage(10, 5), stop, "m-served", 0.5)
    store.put(Sample(sha(name), name, "base", 1, "anthropic:m", completion), asked(name))


def date(path: Path, **days: float) -> None:
    """Say on which day answers were committed."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for name, day in days.items():
            raw.execute("UPDATE samples SET created = ? WHERE request_sha = ?", (day * DAY, sha(name)))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SampleStore]:
    with SampleStore(tmp_path / "s.db") as opened:
        for name in ("a", "b", "c"):
            put(opened, name)
        date(opened.path, a=1, b=2, c=3)
        yield opened


def names(store: SampleStore) -> set[str]:
    return {sample.case for sample in store.samples()}


def test_what_is_older_goes(store: SampleStore) -> None:
    prune(store, plan_pruning(store, before=2.5 * DAY))
    assert names(store) == {"c"}


def test_a_plan_removes_nothing(store: SampleStore) -> None:
    plan_pruning(store, before=9 * DAY)
    assert names(store) == {"a", "b", "c"}


def test_a_plan_says_how_many_would_go(store: SampleStore) -> None:
    assert plan_pruning(store, before=2.5 * DAY).count == 2


def test_what_is_kept_stays_whatever_its_age(store: SampleStore) -> None:
    prune(store, plan_pruning(store, before=9 * DAY, keep={sha("a")}))
    assert names(store) == {"a"}


def test_the_oldest_go_first_by_size(store: SampleStore) -> None:
    put(store, "big", "x" * 3_000_000)
    put(store, "new", "x" * 3_000_000)
    date(store.path, big=4, new=5)
    prune(store, plan_pruning(store, max_bytes=4_000_000))
    assert names(store) == {"new"}


def test_after_pruning_by_size_no_more_is_used(store: SampleStore) -> None:
    for number in range(400):
        put(store, f"n{number}", "x" * 3_000)
    prune(store, plan_pruning(store, max_bytes=500_000))
    assert used_bytes(store) <= 500_000


def test_a_size_that_is_kept_to_removes_nothing(store: SampleStore) -> None:
    assert plan_pruning(store, max_bytes=10_000_000).count == 0


def test_the_file_shrinks(store: SampleStore) -> None:
    put(store, "big", "x" * 3_000_000)
    date(store.path, big=1)
    before = used_bytes(store)
    prune(store, plan_pruning(store, before=1.5 * DAY))
    assert store.path.stat().st_size < before / 10


def test_a_file_of_the_first_release_shrinks_too(tmp_path: Path) -> None:
    """It was made without the setting that lets SQLite give pages back."""
    with SampleStore(tmp_path / "s.db") as made:
        put(made, "big", "x" * 3_000_000)
    with contextlib.closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as raw:
        raw.execute("PRAGMA auto_vacuum = NONE")
        raw.execute("VACUUM")
    before = (tmp_path / "s.db").stat().st_size
    with SampleStore(tmp_path / "s.db") as store:
        prune(store, plan_pruning(store, before=1e12))
    assert (tmp_path / "s.db").stat().st_size < before / 10


def superseded(store: SampleStore) -> None:
    """Let another answer take the place of one that was cut off."""
    put(store, "cut", "half", StopReason.MAX_TOKENS)
    with SampleStore(store.path) as later:
        put(later, "cut", "whole")


def test_superseded_answers_go_when_named(store: SampleStore) -> None:
    superseded(store)
    plan = plan_pruning(store, superseded=True)
    assert (len(plan.superseded), len(plan.answers)) == (1, 0)


def test_superseded_answers_stay_otherwise(store: SampleStore) -> None:
    superseded(store)
    assert plan_pruning(store, before=2.5 * DAY).superseded == ()


def test_an_answer_that_was_replaced_since_the_plan_stays(store: SampleStore) -> None:
    plan = plan_pruning(store, before=2.5 * DAY)
    with SampleStore(store.path, fresh=True) as fresh:
        put(fresh, "a", "new")
    prune(store, plan)
    assert names(store) == {"a", "c"}


def test_a_run_that_goes_on_beside_keeps_its_prompt(store: SampleStore) -> None:
    """A prompt that no answer uses is removed; the next answer brings it back."""
    with SampleStore(store.path) as running:
        put(running, "d")
        prune(store, plan_pruning(store, before=1e12))
        put(running, "e")
        assert running.request(sha("e")) == asked("e")


def test_failures_of_that_age_go(store: SampleStore) -> None:
    store.put_failure(SampleFailure(sha("x"), "x", "base", 1, "timeout", "late", transient=True))
    prune(store, plan_pruning(store, before=1e12))
    assert store.failures() == []


def test_a_holding_counts_what_there_is(store: SampleStore) -> None:
    superseded(store)
    store.put_failure(SampleFailure(sha("a"), "a", "base", 1, "timeout", "late", transient=True))
    (held,) = holdings(store)
    assert (held.model, held.answers, held.superseded, held.failures) == ("anthropic:m", 4, 1, 1)


def test_an_empty_store_holds_nothing(tmp_path: Path) -> None:
    with SampleStore(tmp_path / "empty.db") as empty:
        assert holdings(empty) == ()


def test_a_row_without_a_model_is_a_damaged_store(tmp_path: Path) -> None:
    """The table forbids it; whoever damaged the file need not have asked."""
    path = tmp_path / "samples.db"
    with SampleStore(path) as store:
        put(store, "one")
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'model_asked TEXT NOT NULL', 'model_asked TEXT')"
        )
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE samples SET model_asked = NULL")
    with SampleStore(path) as store, pytest.raises(StoreError, match="None as its model"):
        holdings(store)
