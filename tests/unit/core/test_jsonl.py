"""Canonical JSON is one text per value; files are whole or absent."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import IncompleteError
from harness.core.jsonl import (
    canonical_json,
    sha_of,
    to_jsonable,
    write_atomic,
    write_atomic_bytes,
    write_jsonl,
)
from harness.core.types import Finding, Outcome, Span

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_canonical_json_is_read_back_as_the_same_value(value: object) -> None:
    """Nothing is lost on the way."""
    assert json.loads(canonical_json(value)) == value


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    """Equal dictionaries have equal shas."""
    assert sha_of(value) == sha_of(dict(reversed(list(value.items()))))


def test_a_lone_surrogate_does_not_stop_a_sha() -> None:
    """Broken files hold lone surrogates; they are hashed all the same."""
    assert len(sha_of("\ud800")) == 64


def test_not_a_number_is_refused() -> None:
    """A NaN has no JSON; a mean of nothing must be written as null by whoever knows."""
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(float("nan"))


def test_dataclasses_and_enums_become_plain_values() -> None:
    """Slotted dataclasses are written by field, enums by value."""
    assert to_jsonable((Span(1, 2, 3, 4), Outcome.PASS)) == [
        {"line": 1, "column": 2, "end_line": 3, "end_column": 4},
        "pass",
    ]


def test_a_finding_is_canonical_json() -> None:
    """What checks return can be stored."""
    assert '"message":"m"' in canonical_json(Finding(1, 2, 3, 4, 5, "m", "q"))


def test_an_atomic_write_leaves_nothing_else_behind(tmp_path: Path) -> None:
    """The temporary file is gone."""
    write_atomic(tmp_path / "a.json", "{}")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_an_atomic_write_honours_the_umask(tmp_path: Path) -> None:
    """A report is as readable as any other file of the user."""
    plain, written = tmp_path / "plain", tmp_path / "written"
    plain.write_text("x")
    write_atomic(written, "x")
    assert stat.S_IMODE(written.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    """The message says which path cannot be written."""
    (tmp_path / "taken").write_text("x")
    with pytest.raises(IncompleteError, match="taken"):
        write_atomic(tmp_path / "taken" / "report.html", "x")


def test_a_failed_write_keeps_the_old_content(tmp_path: Path) -> None:
    """The old file stays when the new text cannot be written."""
    target = tmp_path / "a"
    write_atomic(target, "old")
    with pytest.raises(TypeError):
        write_atomic_bytes(target, 1)  # type: ignore[arg-type]
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "old")]


def test_json_lines_are_one_value_a_line(tmp_path: Path) -> None:
    """Each row is a document of its own."""
    write_jsonl(tmp_path / "rows.jsonl", [{"b": 1, "a": 2}, []])
    assert (tmp_path / "rows.jsonl").read_text() == '{"a":2,"b":1}\n[]\n'
