"""A provider that follows a script, and the pieces around it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

from harness.core.errors import PermanentProviderError, TransientProviderError
from harness.core.types import Completion, Request
from harness.providers.base import Traits
from harness.run.limits import Timing

__all__ = ["Scripted", "timing"]


class Scripted(Traits):
    """Answers each request by calling ``script`` with it; remembers the requests and how many ran at once."""

    name = "anthropic:test-model"

    def __init__(
        self, script: Callable[[Request], Completion | Exception], *, max_concurrency: int = 100
    ) -> None:
        self._width = max_concurrency
        self.script = script
        self.asked: list[str] = []
        self.most_in_flight = 0
        self._in_flight = 0

    @property
    def max_concurrency(self) -> int:
        """As the test wants it."""
        return self._width

    async def generate(self, request: Request) -> Completion:
        """Follow the script."""
        self.asked.append(request.messages[-1].text)
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            await asyncio.sleep(0)
            result = self.script(request)
        finally:
            self._in_flight -= 1
        if isinstance(result, Exception):
            raise result
        return result

    async def close(self) -> None:
        """Nothing is open."""


def timing() -> tuple[Timing, list[float]]:
    """Make a clock that does not wait but writes down how long it would have."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await asyncio.sleep(0)

    return Timing(sleep, random.Random(1), lambda: sum(waited)), waited


def transient(kind: str = "rate_limit") -> TransientProviderError:
    """Make a failure that may pass."""
    return TransientProviderError(kind, f"{kind} at the server")


def permanent(kind: str = "bad_request", *, fatal: bool = False) -> PermanentProviderError:
    """Make a failure that will not pass."""
    return PermanentProviderError(kind, f"{kind} at the server", fatal=fatal)
