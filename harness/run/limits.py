"""Limits of a run: how many calls at once, how many a minute, how long to wait, and when to stop asking.

Each is a small piece of arithmetic without a clock of its own; :mod:`harness.run.admission` uses them.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from harness.core.errors import ConfigurationError

__all__ = ["Breaker", "Limits", "Pace", "Timing", "Window", "backoff_s"]

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 30.0
_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard to try, and how much to ask of a server.

    Attributes:
        retries: how often a call that failed transiently is asked again; being told to slow down (429, 529)
            does not count.
        deadline_s: seconds after its first attempt from which on a call is not repeated any more. A server
            that answers nothing for so long but "slow down" ends the run.
        requests_per_minute: at most so many in any 60 seconds; ``None``: no limit of ours.
        tokens_per_minute: the same for tokens of prompts and answers, estimated before each call.
    """

    retries: int = 5
    deadline_s: float = 1_800.0
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None

    def __post_init__(self) -> None:
        if self.retries < 0:
            raise ConfigurationError(f"retries is {self.retries}; it must be at least 0")
        for name in ("deadline_s", "requests_per_minute", "tokens_per_minute"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ConfigurationError(f"{name} is {value}; it must be more than 0")


@dataclass(frozen=True, slots=True)
class Timing:
    """What a run takes from the world around it; tests pass their own."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: random.Random = field(default_factory=random.Random)
    now: Callable[[], float] = time.monotonic


def backoff_s(attempt: int, rng: random.Random) -> float:
    """Return the seconds to wait after a failed attempt (counted from 1): doubling, with jitter.

    The jitter (down to half) keeps calls that failed together from coming back together.
    """
    delay: float = min(FIRST_DELAY_S * 2.0 ** min(attempt - 1, 32), LONGEST_DELAY_S)
    return delay * (0.5 + 0.5 * rng.random())


class Window:
    """How many calls may be in flight: additive increase, multiplicative decrease (Chiu and Jain, 1989).

    It begins at its greatest width. Each call that was told to slow down halves it, but calls that were
    under way together count once; each answer widens it by its inverse, that is by one per full window.

    Args:
        width: calls at most; the window never closes below one.
    """

    def __init__(self, width: int) -> None:
        self._width = float(width)
        self._size = float(width)
        self._cut_at = float("-inf")

    @property
    def size(self) -> int:
        """Calls that may be in flight now."""
        return int(self._size)

    def answered(self) -> None:
        """Widen a little: the server keeps up."""
        if self._size < self._width:
            self._size = min(self._width, self._size + 1.0 / self._size)

    def throttled(self, started: float, now: float) -> None:
        """Halve, unless the call was under way at the last cut and so tells nothing new."""
        if started >= self._cut_at:
            self._size = max(1.0, self._size / 2.0)
            self._cut_at = now


class Pace:
    """At most so much in any 60 seconds.

    Args:
        per_minute: the limit; a single amount above it is let through when nothing else was.
    """

    def __init__(self, per_minute: float) -> None:
        self._limit = per_minute
        self._spent: deque[tuple[float, float]] = deque()
        self._sum = 0.0

    def wait_s(self, now: float, amount: float) -> float:
        """Return the seconds until an amount may be spent; 0: now."""
        while self._spent and self._spent[0][0] <= now - _MINUTE_S:
            self._sum -= self._spent.popleft()[1]
        over = self._sum + amount - self._limit
        if over <= 0 or not self._spent:
            return 0.0
        for spent_at, spent in self._spent:
            over -= spent
            if over <= 0:
                return max(0.0, spent_at + _MINUTE_S - now)
        return max(0.0, self._spent[-1][0] + _MINUTE_S - now)

    def spend(self, now: float, amount: float) -> None:
        """Note an amount that is spent."""
        self._spent.append((now, amount))
        self._sum += amount


class Breaker:
    """Notices that the server cannot be reached, so that a long run does not try every call in vain.

    It trips after two failed connections in a row for each call that may be in flight, and as many more as
    one call is repeated: a server that drops all connections once (a restart) makes each of them fail once,
    and the retries reach it again; one call that kills its connection each time is not the server's end.
    """

    def __init__(self, in_flight: int, retries: int = 0) -> None:
        self._limit = 2 * in_flight + 1 + retries
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
