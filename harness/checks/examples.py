"""The examples of a check: labelled responses in a YAML file beside its module.

They are the check's specification by example. Tests run them, and the reference page prints them;
deciding a response never reads them.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.checks.base import Check, Example, ExampleKind, ExpectedFinding
from harness.checks.facts import class_of
from harness.checks.registry import examples_path
from harness.core.errors import CheckDefinitionError
from harness.core.located_yaml import Document, Where, read_bounded, read_yaml, validated
from harness.core.types import Mode, SuppliedFile

__all__ = ["ExampleEntries", "examples_of_entries", "load_examples"]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _File(_Entry):
    path: str = Field(min_length=1)
    text: str


class _Finding(_Entry):
    line: int = Field(ge=1)
    words: str = Field(min_length=1)


class _Good(_Entry):
    title: str = Field(min_length=1)
    response: str
    user: str = ""
    files: tuple[_File, ...] = ()
    parameters: dict[str, str] = Field(default_factory=dict)
    mode: Mode = Mode.ANALOGUE


class _Bad(_Good):
    findings: tuple[_Finding, ...] = Field(min_length=1)


class _Skip(_Good):
    outcome: Literal["not_applicable", "undecided"]


class ExampleEntries(_Entry):
    """Examples as they stand in a file."""

    good: tuple[_Good, ...] = ()
    bad: tuple[_Bad, ...] = ()
    skip: tuple[_Skip, ...] = ()


def load_examples(check: Check) -> tuple[Example, ...]:
    """Read the examples of a check: the good ones first, then the bad, then those it must skip.

    Raises:
        CheckDefinitionError: the file cannot be read or breaks the format; the message has its line.
    """
    path = examples_path(class_of(check))
    text = read_bounded(path, error=CheckDefinitionError)
    document = read_yaml(text, str(path), error=CheckDefinitionError)
    return examples_of_entries(validated(document, ExampleEntries), document, ())


def examples_of_entries(entries: ExampleEntries, document: Document, where: Where) -> tuple[Example, ...]:
    """Return the examples that stand at a place of a file.

    Raises:
        HarnessError: of the document's kind: two examples have the same title.
    """
    outcomes = {ExampleKind.GOOD: "pass", ExampleKind.BAD: "fail"}
    examples: list[Example] = []
    titles: set[str] = set()
    for kind in ExampleKind:
        for index, entry in enumerate(getattr(entries, kind.value)):
            place = (*where, kind.value, index)
            if entry.title in titles:
                said = f"two examples have the title {entry.title!r}; a failing test could not say which"
                raise document.fault((*place, "title"), said)
            titles.add(entry.title)
            outcome = outcomes.get(kind) or entry.outcome
            findings = entry.findings if kind is ExampleKind.BAD else ()
            located = f"{document.path}:{document.line_of(place)}"
            examples.append(_example(kind, entry, outcome, findings, located))
    return tuple(examples)


def _example(
    kind: ExampleKind, entry: _Good, outcome: str, findings: tuple[_Finding, ...], place: str
) -> Example:
    return Example(
        kind=kind,
        title=entry.title,
        response=entry.response,
        outcome=outcome,
        findings=tuple(ExpectedFinding(item.line, item.words) for item in findings),
        user=entry.user,
        files=tuple(SuppliedFile(file.path, file.text) for file in entry.files),
        parameters=dict(entry.parameters),
        mode=entry.mode,
        place=place,
    )
