"""Kinds of rules that have a name but no check yet, and wordings that resemble a check's."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from harness.core.errors import CheckDefinitionError
from harness.core.located_yaml import read_bounded, read_yaml, validated

__all__ = ["other_phrases", "reserved_phrases"]

_FILE = Path(__file__).with_name("reserved.yaml")


class _Reserved(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    topics: dict[str, tuple[str, ...]]
    other: tuple[str, ...]


@cache
def _read() -> _Reserved:
    text = read_bounded(_FILE, error=CheckDefinitionError)
    return validated(read_yaml(text, str(_FILE), error=CheckDefinitionError), _Reserved)


def reserved_phrases() -> dict[str, tuple[str, ...]]:
    """Return the ids that are reserved for later checks, each with wordings of its rules."""
    return dict(_read().topics)


def other_phrases() -> tuple[str, ...]:
    """Return wordings of rules that resemble those of a check and that no check decides."""
    return _read().other
