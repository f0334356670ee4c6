"""The sidecar of an agent file as its author writes it: ``<stem>.harness.yaml``, validated, with lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from harness.core.errors import ConfigurationError
from harness.core.located_yaml import read_bounded, read_yaml, validated
from harness.core.types import Severity

__all__ = ["SUFFIX", "RuleEntry", "SidecarFile", "load_sidecar", "sidecar_path"]

SUFFIX = ".harness.yaml"
_MAX_BYTES = 1024 * 1024
_SLUG = re.compile(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*)?")


def _scalar_as_text(value: object) -> object:
    """Accept ``max: 200`` for a text; YAML reads it as a number, checks take their parameters as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else value


_Text = Annotated[str, BeforeValidator(_scalar_as_text)]


class RuleEntry(BaseModel):
    """What the sidecar says about one rule; ``match`` is the rule's text or its unique beginning."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: str = Field(min_length=1)
    id: str = Field(default="", max_length=80)
    severity: Severity | None = None
    check: str = ""
    parameters: dict[str, _Text] = {}
    waive: str = ""
    rubric: str = ""

    @field_validator("id")
    @classmethod
    def _is_slug(cls, value: str) -> str:
        if _SLUG.fullmatch(value) is None:
            raise ValueError(f"an id is a slug such as no-console; found {value[:80]!r}")
        return value


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[RuleEntry, ...] = ()
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SidecarFile:
    """A sidecar as it was read: its entries and includes, each with its line (from 1)."""

    path: Path
    entries: tuple[tuple[RuleEntry, int], ...]
    includes: tuple[tuple[str, int], ...]


def sidecar_path(agent: Path) -> Path:
    """Return where the sidecar of an agent file lies: beside it, with the same stem."""
    return agent.with_name(agent.stem + SUFFIX)


def load_sidecar(path: Path) -> SidecarFile:
    """Read a sidecar; one that does not exist is empty.

    Raises:
        ConfigurationError: it cannot be read, is not YAML, holds an unknown key or a wrong value.
    """
    if not path.is_file():
        return SidecarFile(path, (), ())
    text = read_bounded(path, limit=_MAX_BYTES, error=ConfigurationError)
    document = read_yaml(text, str(path), error=ConfigurationError)
    if document.value is None:
        return SidecarFile(path, (), ())
    schema = validated(document, _Schema)
    return SidecarFile(
        path,
        tuple((entry, document.line_of(("rules", index))) for index, entry in enumerate(schema.rules)),
        tuple((name, document.line_of(("include", index))) for index, name in enumerate(schema.include)),
    )
