"""The file of a declarative check: what it must say, read with the line of every fault."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, StrictInt, field_validator, model_validator

from harness.checks.base import Example, Soundness
from harness.checks.declared_rule import LANGUAGES, ProvedRule, prove
from harness.checks.examples import ExampleEntries, examples_of_entries
from harness.core.errors import CheckDefinitionError
from harness.core.located_yaml import read_bounded, read_yaml, validated
from harness.core.types import Severity
from harness.response.block import BlockRole
from harness.response.languages import language_of_tag

__all__ = ["Declaration", "read_declaration"]

MAX_FILE_BYTES = 1024 * 1024
ID = r"[a-z][a-z0-9]*(-[a-z0-9]+)*/[a-z][a-z0-9]*(-[a-z0-9]+)*"
# What an answer wants to run or to configure; tests, seeds, pages and counter-examples show something else.
ROLES = (BlockRole.CODE, BlockRole.CONFIG, BlockRole.SHELL, BlockRole.DATA)
_ID = re.compile(ID)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    version: StrictInt = Field(default=1, ge=1)
    rule: str = Field(min_length=1)
    phrases: tuple[str, ...] = Field(min_length=1)
    soundness: Soundness = Soundness.FAIL_ONLY
    severity: Severity = Severity.MAJOR
    languages: tuple[str, ...] = Field(min_length=1)
    roles: tuple[BlockRole, ...] = Field(default=ROLES, min_length=1)
    message: str = Field(min_length=1, max_length=400)
    applies_when: dict[str, object] | None = None
    fail_when: dict[str, object] | None = None
    require: dict[str, object] | None = None
    constraints: dict[str, dict[str, object]] = Field(default_factory=dict)
    utils: dict[str, dict[str, object]] = Field(default_factory=dict)
    examples: ExampleEntries

    @field_validator("id")
    @classmethod
    def _well_formed(cls, value: str) -> str:
        if not _ID.fullmatch(value):
            raise ValueError(f"write {value!r} as group/name in small letters, digits and hyphens")
        return value

    @field_validator("languages", mode="before")
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("languages")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in LANGUAGES:
                usual = language_of_tag(name)
                hint = f"write {usual!r}" if usual in LANGUAGES else f"known: {', '.join(LANGUAGES)}"
                raise ValueError(f"no grammar for {name!r}; {hint}")
        return value

    @model_validator(mode="after")
    def _complete(self) -> _File:
        if self.fail_when is None and self.require is None:
            raise ValueError(
                "say what breaks the rule: add `fail_when` (a place that is wrong), or `require`"
            )
        if self.require is not None and self.applies_when is None:
            raise ValueError("`require` needs `applies_when`: what must be there before something is missing")
        if not self.examples.good or not self.examples.bad:
            raise ValueError(
                "`examples` needs at least one `good` and one `bad`: they show that the rule works"
            )
        return self


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declarative check, read and proved; a rule object that the file leaves out is empty."""

    id: str
    version: int
    rule: str
    phrases: tuple[str, ...]
    soundness: Soundness
    severity: Severity
    languages: frozenset[str]
    roles: frozenset[BlockRole]
    message: str
    applies_when: tuple[ProvedRule, ...]
    fail_when: tuple[ProvedRule, ...]
    require: tuple[ProvedRule, ...]
    examples: tuple[Example, ...]
    path: Path


def read_declaration(path: Path) -> Declaration:
    """Read one file.

    Raises:
        CheckDefinitionError: it is not YAML, breaks the format, or a rule object is none; with its line.
    """
    text = read_bounded(path, MAX_FILE_BYTES, CheckDefinitionError)
    document = read_yaml(text, str(path), error=CheckDefinitionError)
    file = validated(document, _File)

    def proved(name: str) -> tuple[ProvedRule, ...]:
        if document.value.get(name) is None:
            return ()
        return (prove(document, (name,), file.languages),)

    return Declaration(
        id=file.id,
        version=file.version,
        rule=file.rule.strip(),
        phrases=file.phrases,
        soundness=file.soundness,
        severity=file.severity,
        languages=frozenset(file.languages),
        roles=frozenset(file.roles),
        message=file.message.strip(),
        applies_when=proved("applies_when"),
        fail_when=proved("fail_when"),
        require=proved("require"),
        examples=examples_of_entries(file.examples, document, ("examples",)),
        path=path,
    )
