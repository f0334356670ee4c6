"""Immutable data that is cheap to make.

A frozen dataclass sets each field through ``object.__setattr__``, which makes it three to four times as
dear to make, and reading one answer makes hundreds. These are frozen for the type checker, which sees every
line of this project, and plain at run time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

__all__ = ["entity", "lazy_record", "record"]

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, eq_default=True, field_specifiers=(field,))
def record(cls: type[_Class]) -> type[_Class]:
    """Make a class a record: immutable, compared and hashed by content, without room for other attributes."""
    return dataclass(slots=True, unsafe_hash=True)(cls)


@dataclass_transform(frozen_default=True, eq_default=True, field_specifiers=(field,))
def lazy_record(cls: type[_Class]) -> type[_Class]:
    """Make a class a record that has lazy properties."""
    return dataclass(unsafe_hash=True)(cls)


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def entity(cls: type[_Class]) -> type[_Class]:
    """Make a class an entity: immutable, each one only like itself, without room for other attributes."""
    return dataclass(slots=True, eq=False)(cls)
