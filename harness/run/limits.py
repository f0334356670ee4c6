"""Limits of a run: how long to wait before asking again, and when to stop asking at all."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

__all__ = ["Breaker", "Timing", "backoff_s"]

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 30.0


@dataclass(frozen=True, slots=True)
class Timing:
    """What a run takes from the world around it; tests pass their own."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: random.Random = field(default_factory=random.Random)


def backoff_s(attempt: int, rng: random.Random) -> float:
    """Return the seconds to wait after a failed attempt (counted from 1): doubling, with jitter.

    The jitter (down to half) keeps calls that failed together from coming back together.
    """
    delay: float = min(FIRST_DELAY_S * 2.0 ** min(attempt - 1, 32), LONGEST_DELAY_S)
    return delay * (0.5 + 0.5 * rng.random())


class Breaker:
    """Notices that the server cannot be reached, so that a long run does not try every call in vain.

    It trips after two failed connections in a row for each call that may be in flight: a server that
    drops all connections once (a restart) makes each of them fail once, and the retries reach it again.
    """

    def __init__(self, in_flight: int) -> None:
        self._limit = 2 * in_flight + 1
        self._in_a_row = 0

    @property
    def tripped(self) -> bool:
        """Whether it is time to stop."""
        return self._in_a_row >= self._limit

    def connection_failed(self) -> None:
        """Count an attempt that did not reach the server."""
        self._in_a_row += 1

    def reached(self) -> None:
        """Count an attempt that did reach it, whatever it answered."""
        self._in_a_row = 0
