"""Properties that are worked out when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

__all__ = ["lazy"]

_Value = TypeVar("_Value")


class lazy(Generic[_Value]):  # noqa: N801 - used as a decorator, like a property
    """``functools.cached_property`` without the lock that it takes before Python 3.12.

    A program is read by one thread, and the lock costs more than most of what it guards.
    """

    def __init__(self, make: Callable[[Any], _Value]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> lazy[_Value]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> _Value: ...
    def __get__(self, instance: object | None, owner: type) -> _Value | lazy[_Value]:
        """Return the value, and keep it in the place of the property."""
        if instance is None:
            return self
        value = instance.__dict__[self._name] = self._make(instance)
        return value
