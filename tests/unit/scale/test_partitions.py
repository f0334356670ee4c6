"""Partitions hold all that deciding needs, without a loss, and say so when they were changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stored import exported, plan_of, response, rules_of

from harness.core.errors import HarnessError, IncompleteError, InputError
from harness.core.types import Basis, Decision, Finding, Mode, Outcome, Verdict
from harness.scale.engine import Done, Engine, Job
from harness.scale.export import partition_bytes, read_export
from harness.scale.partition import (
    DecidedRow,
    StoredResponse,
    decided_bytes,
    read_decided_rows,
    read_responses,
    responses_bytes,
)
from harness.scale.plan import DecidingPlan
from harness.scale.results import decide_export

TEXTS = st.text(st.characters(codec=None), max_size=200)


def verdict_on(one: StoredResponse, reason: str = "seen", quote: str = "console.log") -> Verdict:
    finding = Finding(1, 2, 3, 2, 9, "a call", quote)
    decision = Decision(Outcome.FAIL, reason, (finding,), (("judge", "p:j"),))
    sample = one.sample
    return Verdict(
        case=sample.case,
        variant=sample.variant,
        trial=sample.trial,
        rule="r",
        check="team/c",
        version=3,
        mode=Mode.LITERAL,
        basis=Basis.JUDGE,
        decision=decision,
        flag="omitted",
    )


@settings(max_examples=40, deadline=None)
@given(TEXTS, TEXTS)
def test_an_answer_comes_back_as_it_was(text: str, quote: str) -> None:
    """Whatever a model wrote, lone surrogates and null characters too."""
    one = response(0, text)
    one = replace(one, before={"r": verdict_on(one, text, quote)}, redacted=True)
    assert read_responses(responses_bytes([one]), "p") == [one]


@settings(max_examples=40, deadline=None)
@given(TEXTS, TEXTS)
def test_a_verdict_comes_back_as_it_was(reason: str, quote: str) -> None:
    """Its findings too."""
    one = response(0)
    row = DecidedRow(0, replace(verdict_on(one, reason, quote), basis=Basis.STATIC))
    assert list(read_decided_rows(decided_bytes([row]), [one], "d")) == [row]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_what_is_no_partition_is_refused_in_words(data: bytes) -> None:
    """No bytes make a traceback."""
    with pytest.raises(InputError, match="cannot be read as a partition"):
        read_responses(data, "p")


def test_equal_answers_give_equal_files(tmp_path: Path) -> None:
    """So that what was decided of them is found again."""
    first = exported(tmp_path / "a", (response(number) for number in range(20)))
    assert first == exported(tmp_path / "b", (response(number) for number in range(20)))


def test_no_more_than_one_partition_is_held(tmp_path: Path) -> None:
    """A partition is written before the answers of the next are asked for."""
    written = []

    def responses() -> Iterator[StoredResponse]:
        for number in range(20):
            written.append(len(list(tmp_path.glob("part-*"))))
            yield response(number)

    exported(tmp_path, responses())
    assert written == [number // 8 for number in range(20)]


def test_long_answers_make_smaller_partitions(tmp_path: Path) -> None:
    """Memory is bounded in bytes, too."""
    export = exported(tmp_path, (response(number, "x" * 3_000_000) for number in range(4)))
    assert [one.responses for one in export.partitions] == [3, 1]


def test_an_export_that_was_not_finished_is_none(tmp_path: Path) -> None:
    """Its description comes last."""

    def broken() -> Iterator[StoredResponse]:
        yield from (response(number) for number in range(10))
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        exported(tmp_path, broken())
    with pytest.raises(InputError, match="cannot be read"):
        read_export(tmp_path)


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    """An export replaces nothing but an export."""
    (tmp_path / "thesis.tex").write_text("all my work")
    with pytest.raises(InputError, match=r"holds thesis\.tex"):
        exported(tmp_path, [response(0)])


def test_a_smaller_export_leaves_nothing_of_the_larger(tmp_path: Path) -> None:
    """Partitions of another time would be decided by a glob."""
    exported(tmp_path, (response(number) for number in range(20)))
    exported(tmp_path, [response(0)])
    assert [path.name for path in tmp_path.glob("part-*")] == ["part-000000.parquet"]


def test_a_changed_partition_is_told(tmp_path: Path) -> None:
    """Its bytes are not those that were written."""
    export = exported(tmp_path, [response(0)])
    path = tmp_path / export.partitions[0].name
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(InputError, match="its sha differs"):
        partition_bytes(tmp_path, export.partitions[0])


def test_a_partition_outside_its_folder_is_refused(tmp_path: Path) -> None:
    """The description of an export may come from anybody."""
    exported(tmp_path, [response(0)])
    file = tmp_path / "export.json"
    file.write_text(file.read_text().replace("part-000000.parquet", "../secret.parquet"))
    with pytest.raises(InputError, match="is not the name of a partition"):
        read_export(tmp_path)


# --- results -------------------------------------------------------------------------------------


class Scripted(Engine):
    """An engine that does as it is told: gives verdicts, or fails on some partitions."""

    def __init__(self, failing: dict[str, HarnessError] | None = None) -> None:
        self.failing = failing or {}
        self.seen: list[str] = []

    def decide(self, plan: DecidingPlan, jobs: Iterator[Job], told: object) -> Iterator[Done]:  # type: ignore[override]
        for job in jobs:
            self.seen.append(job.name)
            error = self.failing.get(job.name)
            yield Done(job, b"" if error else decided_bytes([]), error)


def decide(folder: Path, engine: Engine, plan: DecidingPlan) -> None:
    decide_export(folder, read_export(folder), plan, engine, folder / "decided", lambda _: None)


PARTS = [f"part-{number:06d}.parquet" for number in range(3)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three partitions."""
    exported(tmp_path, (response(number) for number in range(20)))
    return tmp_path


def test_what_is_decided_is_not_decided_again(folder: Path) -> None:
    """A broken-off command goes on where it was."""
    plan = plan_of(rules_of())
    with pytest.raises(IncompleteError, match="1 of 3 partitions"):
        decide(folder, Scripted({PARTS[1]: IncompleteError("a machine burnt")}), plan)
    engine = Scripted()
    decide(folder, engine, plan)
    assert engine.seen == [PARTS[1]]


def test_other_rules_are_decided_anew(folder: Path) -> None:
    """Verdicts of other rules are not taken for those that are wanted."""
    plan = plan_of(rules_of())
    decide(folder, Scripted(), plan)
    engine = Scripted()
    decide(folder, engine, plan.model_copy(update={"rules": plan.rules[:1]}))
    assert engine.seen == PARTS


def test_partitions_that_all_fail_alike_end_it(folder: Path) -> None:
    """A thousand workers need not find out one by one that they decide by other code."""
    engine = Scripted(dict.fromkeys(PARTS, InputError("a worker decides by other code")))
    exported(folder, (response(number) for number in range(80)))
    with pytest.raises(InputError, match="3 of 10 partitions were not decided"):
        decide(folder, engine, plan_of(rules_of()))
