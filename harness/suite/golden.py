"""Golden responses: answers kept in the project with the outcome that each rule should get."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import DatasetError
from harness.core.located_yaml import Document, read_bounded, read_yaml, validated
from harness.core.types import Case, CaseKind, Message, Outcome, Role, SuppliedFile
from harness.suite.cases import sealed
from harness.suite.schema import GoldenFront, MessageEntry, SuppliedFileEntry

__all__ = [
    "GOLDEN_FOLDER",
    "GoldenFile",
    "GoldenResponse",
    "files_of",
    "messages_of",
    "own_case",
    "read_golden",
]

GOLDEN_FOLDER = "golden"
MAX_GOLDEN_BYTES = 2 * 1024 * 1024

_FRONT = re.compile(
    r"\A---[ \t]*\n(?P<yaml>.*?)^---[ \t]*\n(?P<blank>(?:[ \t]*\n)*)", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class GoldenResponse:
    """A stored answer to a case, labelled per rule.

    ``labels`` maps a check id or rule id, as written, to the outcome expected of it. A line of
    ``response`` stands on line ``line + line_offset`` of the file ``path``.
    """

    case: Case
    response: str
    labels: Mapping[str, Outcome]
    notes: Mapping[str, str]
    truncated: bool
    author: str
    path: str
    line_offset: int

    @property
    def id(self) -> str:
        """The name of the file without its ending; unique in its folder."""
        return Path(self.path).stem


@dataclass(frozen=True, slots=True)
class GoldenFile:
    """One file as read, before its case and its references are looked up."""

    front: GoldenFront
    document: Document
    response: str
    line_offset: int


def read_golden(path: Path) -> GoldenFile:
    """Read one golden response file.

    Raises:
        DatasetError: no front matter, front matter that breaks the schema, or no response below it.
    """
    text = read_bounded(path, MAX_GOLDEN_BYTES, DatasetError)
    match = _FRONT.match(text)
    if match is None:
        raise DatasetError(
            f"{path}:1: no front matter; begin with a line ---, the labels, and another line ---"
        )
    document = read_yaml(match["yaml"], str(path), first_line=2, error=DatasetError)
    front = validated(document, GoldenFront)
    response = text[match.end() :]
    if not response.strip():
        raise DatasetError(f"{path}:{text.count(chr(10)) + 1}: no response below the front matter; add it")
    return GoldenFile(front, document, response, text.count("\n", 0, match.end()))


def own_case(file: GoldenFile, agent: str) -> Case:
    """Make the case of a golden response that brings its own question."""
    front = file.front
    path = Path(file.document.path)
    return sealed(
        Case(
            id=f"{GOLDEN_FOLDER}/{path.stem}",
            kind=CaseKind.COMPLIANCE,
            agent=agent,
            messages=messages_of(front.prompt, front.messages),
            files=files_of(front.files),
            applies=(),
            not_applicable=(),
            expected_agent="",
            tags=(GOLDEN_FOLDER,),
            cluster="",
            provenance=f"{path.as_posix()}:1",
            sha="",
        )
    )


def messages_of(text: str, messages: tuple[MessageEntry, ...]) -> tuple[Message, ...]:
    """Return a conversation from either of the two ways to write one."""
    if messages:
        return tuple(Message(entry.role, entry.text) for entry in messages)
    return (Message(Role.USER, text),)


def files_of(files: tuple[SuppliedFileEntry, ...]) -> tuple[SuppliedFile, ...]:
    """Return supplied files as the rest of the harness knows them."""
    return tuple(SuppliedFile(entry.path, entry.text) for entry in files)
