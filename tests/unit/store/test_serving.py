"""What may be served in place of a call, and what stays a fact of the run in which it was given."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from harness.core.types import Completion, Message, Request, Role, Sample, StopReason, Usage
from harness.store.codec import answer_digest, encode, request_sha
from harness.store.database import Database
from harness.store.samples import SCHEMA_VERSION, SampleStore

UNSERVED = [StopReason.REFUSAL, StopReason.MAX_TOKENS]
SERVED = [stop for stop in StopReason if stop not in UNSERVED]


def asked(**parameters: object) -> Request:
    return Request("anthropic:m", "You are.", (Message(Role.USER, "Q"),), 100, 1, parameters=parameters)


def answered(request: Request, text: str, stop: StopReason = StopReason.END) -> Sample:
    completion = Completion(text, (), Usage(10, 5), stop, "m-served", 0.5)
    return Sample(request_sha(request), "case-1", "base", 1, request.model, completion)


def put(path: Path, text: str, stop: StopReason = StopReason.END, *, fresh: bool = False) -> str:
    """Put an answer as a run of its own would; return its digest."""
    with SampleStore(path, fresh=fresh) as store:
        store.put(answered(asked(), text, stop), asked())
        return store.given[request_sha(asked())]


def served(path: Path, request: Request | None = None, *, fresh: bool = False) -> str:
    """The text that a run would be served; empty for none."""
    sha = request_sha(request or asked())
    with SampleStore(path, fresh=fresh) as store:
        found = store.get_many([sha])
        return found[sha].completion.text if found else ""


def recorded(path: Path, digest: str) -> str:
    """The text that a run rests on."""
    sha = request_sha(asked())
    with SampleStore(path, read_only=True) as store:
        found = store.recorded({sha: digest})
        return found[sha].completion.text if found else ""


@pytest.mark.parametrize("stop", SERVED)
def test_a_whole_answer_is_served(tmp_path: Path, stop: StopReason) -> None:
    put(tmp_path / "s.db", "whole", stop)
    assert served(tmp_path / "s.db") == "whole"


@pytest.mark.parametrize("stop", UNSERVED)
def test_a_refusal_or_a_cut_off_answer_is_not_served(tmp_path: Path, stop: StopReason) -> None:
    put(tmp_path / "s.db", "half", stop)
    assert served(tmp_path / "s.db") == ""


@pytest.mark.parametrize("stop", UNSERVED)
def test_the_run_that_was_given_it_is_served_it(tmp_path: Path, stop: StopReason) -> None:
    with SampleStore(tmp_path / "s.db") as store:
        store.put(answered(asked(), "half", stop), asked())
        assert request_sha(asked()) in store.get_many([request_sha(asked())])


@pytest.mark.parametrize("stop", UNSERVED)
def test_a_seeded_request_is_served_whatever_it_got(tmp_path: Path, stop: StopReason) -> None:
    """Asking again would give the same."""
    request = asked(seed=1)
    with SampleStore(tmp_path / "s.db") as store:
        store.put(answered(request, "half", stop), request)
    assert served(tmp_path / "s.db", request) == "half"


def test_what_is_asked_again_takes_the_place_of_what_was_cut_off(tmp_path: Path) -> None:
    put(tmp_path / "s.db", "half", StopReason.MAX_TOKENS)
    put(tmp_path / "s.db", "whole")
    assert served(tmp_path / "s.db") == "whole"


def test_a_later_cut_off_answer_never_takes_the_place_of_a_whole_one(tmp_path: Path) -> None:
    put(tmp_path / "s.db", "whole")
    put(tmp_path / "s.db", "half", StopReason.MAX_TOKENS)
    assert served(tmp_path / "s.db") == "whole"


def test_a_run_still_rests_on_what_another_answer_took_the_place_of(tmp_path: Path) -> None:
    half = put(tmp_path / "s.db", "half", StopReason.MAX_TOKENS)
    whole = put(tmp_path / "s.db", "whole")
    assert (recorded(tmp_path / "s.db", half), recorded(tmp_path / "s.db", whole)) == ("half", "whole")


def test_without_a_digest_the_answer_that_counts_now_is_given(tmp_path: Path) -> None:
    put(tmp_path / "s.db", "half", StopReason.MAX_TOKENS)
    put(tmp_path / "s.db", "whole")
    assert recorded(tmp_path / "s.db", "") == "whole"


def test_an_answer_that_was_never_given_is_not_made_up(tmp_path: Path) -> None:
    put(tmp_path / "s.db", "whole")
    assert recorded(tmp_path / "s.db", "0" * 32) == ""


def test_a_fresh_run_is_served_nothing_of_before(tmp_path: Path) -> None:
    put(tmp_path / "s.db", "old")
    assert served(tmp_path / "s.db", fresh=True) == ""


def test_a_fresh_answer_counts_from_then_on(tmp_path: Path) -> None:
    put(tmp_path / "s.db", "old")
    put(tmp_path / "s.db", "new", fresh=True)
    assert served(tmp_path / "s.db") == "new"


def test_a_fresh_answer_leaves_earlier_runs_theirs(tmp_path: Path) -> None:
    old = put(tmp_path / "s.db", "old")
    put(tmp_path / "s.db", "new", fresh=True)
    assert recorded(tmp_path / "s.db", old) == "old"


def test_a_fresh_run_is_served_its_own_answers(tmp_path: Path) -> None:
    put(tmp_path / "s.db", "old")
    with SampleStore(tmp_path / "s.db", fresh=True) as store:
        store.put(answered(asked(), "new"), asked())
        assert store.get_many([request_sha(asked())])[request_sha(asked())].completion.text == "new"


def test_a_fresh_answer_that_is_the_same_sets_nothing_aside(tmp_path: Path) -> None:
    put(tmp_path / "s.db", "same")
    put(tmp_path / "s.db", "same", fresh=True)
    with contextlib.closing(sqlite3.connect(tmp_path / "s.db")) as raw:
        assert raw.execute("SELECT count(*) FROM superseded").fetchone() == (0,)


def test_what_is_served_is_noted_as_given(tmp_path: Path) -> None:
    digest = put(tmp_path / "s.db", "whole")
    with SampleStore(tmp_path / "s.db") as store:
        store.get_many([request_sha(asked())])
        assert store.given == {request_sha(asked()): digest}


def test_what_may_not_be_served_is_counted(tmp_path: Path) -> None:
    put(tmp_path / "s.db", "half", StopReason.REFUSAL)
    with SampleStore(tmp_path / "s.db") as store:
        store.get_many([request_sha(asked())])
        assert store.withheld == 1


def test_the_digest_is_that_of_the_stored_bytes(tmp_path: Path) -> None:
    assert put(tmp_path / "s.db", "whole") == answer_digest(encode(answered(asked(), "whole").completion))


def first_release(path: Path) -> None:
    """Make a store as the first release wrote it."""
    put(path, "old")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("DROP TABLE superseded")
        raw.execute("PRAGMA user_version = 1")


def test_a_store_of_the_first_release_keeps_its_answers(tmp_path: Path) -> None:
    first_release(tmp_path / "s.db")
    assert served(tmp_path / "s.db") == "old"


def test_a_store_of_the_first_release_is_brought_up_to_date_when_it_is_written(tmp_path: Path) -> None:
    first_release(tmp_path / "s.db")
    put(tmp_path / "s.db", "new", fresh=True)
    with contextlib.closing(sqlite3.connect(tmp_path / "s.db")) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


def test_a_store_of_the_first_release_is_read_without_being_changed(tmp_path: Path) -> None:
    first_release(tmp_path / "s.db")
    database = Database(tmp_path / "s.db", read_only=True)
    version = database.version
    database.close()
    assert (version, recorded(tmp_path / "s.db", "")) == (1, "old")
