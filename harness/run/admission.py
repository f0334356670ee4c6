"""When the next call may be made: everything that can hold a call back, in one place."""

from __future__ import annotations

import asyncio
import math

from harness.core.errors import BudgetError
from harness.core.types import Usage
from harness.run.budget import Ledger
from harness.run.limits import Limits, Pace, Timing, Window
from harness.run.plan import PlannedCall
from harness.run.tokens import TYPICAL, request_tokens

__all__ = ["Admission"]


class Admission:
    """Lets calls through as the window, the pace, the server and the budget allow.

    Each attempt enters before it is sent and leaves when it is over. All of it happens on one event loop.

    Args:
        width: calls in flight at most.
        limits: of the run.
        ledger: what may be spent.
        timing: the clock.
    """

    def __init__(self, width: int, limits: Limits, ledger: Ledger, timing: Timing) -> None:
        self._window = Window(width)
        self._ledger = ledger
        self._timing = timing
        self._active = 0
        self._resume_at = -math.inf
        self._closed = False
        self._entering: list[asyncio.Future[None]] = []
        self._resting: list[asyncio.Future[None]] = []
        self._requests = None if limits.requests_per_minute is None else Pace(limits.requests_per_minute)
        self._tokens = None if limits.tokens_per_minute is None else Pace(limits.tokens_per_minute)

    @property
    def closed(self) -> bool:
        """Whether no further call is let through."""
        return self._closed

    @property
    def width(self) -> int:
        """Calls that may be in flight now."""
        return self._window.size

    def close(self) -> None:
        """Let no further call through, and end every wait."""
        self._closed = True
        _call(self._entering)
        _call(self._resting)

    async def enter(self, call: PlannedCall) -> bool:
        """Wait until a call may be made; ``False``: the run is stopping, it may not.

        Raises:
            BudgetError: it does not fit into what may still be spent.
        """
        while not self._closed:
            wait = self._obstacle(call)
            if wait == 0.0:
                self._let_through(call)
                return True
            await self._wait(self._entering, wait)
        return False

    def leave(self, call: PlannedCall, usage: Usage | None, *, lost: bool = False) -> None:
        """Give the place of an attempt back; see :meth:`harness.run.budget.Ledger.settle`."""
        self._active -= 1
        self._ledger.settle(call, usage, lost=lost)
        if usage is not None:
            self._window.answered()
        _call(self._entering)

    def throttled(self, started: float, wait_s: float) -> None:
        """Ask for less, and for nothing at all for as long as the server wants.

        Args:
            started: when the attempt began that was told to slow down.
            wait_s: seconds until anything may be asked again.
        """
        now = self._timing.now()
        self._window.throttled(started, now)
        self.hold(now + wait_s)

    def hold(self, until: float) -> None:
        """Let nothing through before a time of the run's clock."""
        self._resume_at = max(self._resume_at, until)

    async def rest(self, seconds: float) -> None:
        """Wait for a time, but not longer than the run goes on."""
        if not self._closed:
            await self._wait(self._resting, seconds)

    async def _wait(self, waiting: list[asyncio.Future[None]], seconds: float) -> None:
        """Wait for a time, or until those who wait in a list are called; ``inf``: only for that."""
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.append(called)
        tasks = [called]
        if math.isfinite(seconds):
            tasks.append(asyncio.ensure_future(self._timing.sleep(seconds)))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            if called in waiting:
                waiting.remove(called)

    def _obstacle(self, call: PlannedCall) -> float:
        """Return the seconds to wait before looking again: 0 for none, ``inf`` until something changes."""
        if self._active >= self._window.size:
            return math.inf
        if self._ledger.limited and not self._ledger.admits(call):
            if self._ledger.exhausted_by(call):
                raise BudgetError(f"the budget is used up: {self._ledger.shown()}")
            return math.inf
        now = self._timing.now()
        waits = [self._resume_at - now]
        if self._requests is not None:
            waits.append(self._requests.wait_s(now, 1.0))
        if self._tokens is not None:
            waits.append(self._tokens.wait_s(now, _likely_tokens(call)))
        return max(0.0, *waits)

    def _let_through(self, call: PlannedCall) -> None:
        self._active += 1
        if self._ledger.limited:
            self._ledger.reserve(call)
        if self._requests is not None:
            self._requests.spend(self._timing.now(), 1.0)
        if self._tokens is not None:
            self._tokens.spend(self._timing.now(), _likely_tokens(call))


def _call(waiting: list[asyncio.Future[None]]) -> None:
    for future in waiting:
        if not future.done():
            future.set_result(None)
    waiting.clear()


def _likely_tokens(call: PlannedCall) -> float:
    return request_tokens(call.request) * TYPICAL + call.request.max_tokens / 2
