"""Documents of our own that do not fit are one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from harness.core.documents import parse_document
from harness.core.errors import InputError


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")

    words: str
    format: int = 3


class Bare(BaseModel):
    words: str


def said(data: bytes, model: type[BaseModel] = Note) -> str:
    """The message about a document that does not fit."""
    with pytest.raises(InputError) as caught:
        parse_document(model, data, Path("a/b.json"), "a note", "write it again")
    return str(caught.value)


def test_a_document_that_fits_is_returned() -> None:
    """With its fields."""
    found = parse_document(Note, b'{"words": "w", "format": 3}', Path("n"), "a note", "write it again")
    assert found == Note(words="w")


def test_a_wrong_field_is_named_with_the_file_and_the_remedy() -> None:
    """Where, what, and what to do."""
    assert said(b'{"words": 1}') == (
        "a/b.json: words: input should be a valid string; not a note of this release, write it again"
    )


def test_what_is_no_json_is_told() -> None:
    """Even bytes that are no text."""
    assert said(b"\xff\xfe{").startswith("a/b.json: the file: invalid JSON")


def test_another_format_is_told_rather_than_its_other_fields() -> None:
    """The number explains why the fields are unknown."""
    assert said(b'{"sentences": [], "format": 4}') == (
        "a/b.json: format 4, this release reads 3; write it again"
    )


def test_another_format_with_the_same_fields_is_refused() -> None:
    """Its fields may mean something else."""
    assert "format 2, this release reads 3" in said(b'{"words": "w", "format": 2}')


def test_a_document_without_a_format_needs_none() -> None:
    """A line of a larger file has none of its own."""
    assert parse_document(Bare, b'{"words": "w"}', Path("n"), "a note", "write it again") == Bare(words="w")


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b'"text"'])
def test_other_json_is_refused_in_one_line(data: bytes) -> None:
    """No traceback, no second line."""
    assert "\n" not in said(data)


def test_brackets_without_end_are_one_line() -> None:
    """What a reader of JSON cannot descend into is no document."""
    assert said(b"[" * 100_000, Bare).startswith("a/b.json: ")
