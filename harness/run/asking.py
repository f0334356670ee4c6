"""One call brought to its end: admitted, sent, repeated where that can help. Nothing else repeats calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from harness.core.errors import (
    HarnessError,
    IncompleteError,
    PermanentProviderError,
    ProviderError,
    TransientProviderError,
)
from harness.core.types import Completion
from harness.providers.base import FailureKind, Provider
from harness.run.admission import Admission
from harness.run.limits import Breaker, Timing, backoff_s
from harness.run.plan import PlannedCall
from harness.run.settings import Settings

__all__ = ["Asker"]

_THROTTLES = {FailureKind.RATE_LIMIT, FailureKind.OVERLOADED}
# Nothing of use came back: after many of these in a row there is no Messages API at that address.
_NOT_SERVING = {FailureKind.CONNECTION, FailureKind.INVALID_RESPONSE}
# The server may have written an answer that did not arrive or could not be read: it is paid for.
_MAY_BE_PAID = {FailureKind.TIMEOUT, FailureKind.CONNECTION, FailureKind.INVALID_RESPONSE}


class Asker:
    """Asks until there is an answer, a failure that stays, or no patience left.

    Args:
        provider: who is asked.
        settings: how hard to try.
        admission: when.
        timing: the clock and the dice.
        stop: told the error that every further call would meet too.
    """

    def __init__(
        self,
        provider: Provider,
        settings: Settings,
        admission: Admission,
        timing: Timing,
        stop: Callable[[HarnessError], None],
    ) -> None:
        self._provider = provider
        self._limits = settings.limits
        self._timeout_s = settings.timeout_s
        self._admission = admission
        self._timing = timing
        self._stop = stop
        self._breaker = Breaker(admission.width, settings.limits.retries)
        self._served_at = timing.now()

    async def ask(self, call: PlannedCall) -> Completion | None:
        """Return the answer; ``None``: the run stopped before the call was made.

        Raises:
            ProviderError: why there is no answer.
            BudgetError: the call may cost more than may still be spent.
        """
        last: TransientProviderError | None = None
        begun, failed, throttled = self._timing.now(), 0, 0
        while await self._admission.enter(call):
            started = self._timing.now()
            try:
                return await self._attempt(call)
            except TransientProviderError as error:
                last = error
            if last.kind in _THROTTLES:
                throttled += 1
                self._admission.throttled(started, last.retry_after_s)
                wait = max(last.retry_after_s, backoff_s(throttled, self._timing.random))
            else:
                failed += 1
                wait = max(last.retry_after_s, backoff_s(failed, self._timing.random))
            if not self._goes_on(last, failed, self._timing.now() + wait - begun):
                raise last
            await self._admission.rest(wait)
        if last is not None:
            raise last
        return None

    async def _attempt(self, call: PlannedCall) -> Completion:
        """Ask once."""
        usage, lost = None, True
        try:
            async with asyncio.timeout(self._timeout_s):
                completion = await self._provider.generate(call.request)
            usage = completion.usage
        except TimeoutError as error:
            raise TransientProviderError(
                FailureKind.TIMEOUT,
                f"no answer within {self._timeout_s:g} s; raise timeout_s or ask for less",
            ) from error
        except ProviderError as error:
            lost = error.kind in _MAY_BE_PAID
            self._consider(error)
            raise
        finally:
            self._admission.leave(call, usage, lost=lost)
        self._breaker.reached()
        self._served_at = self._timing.now()
        if self._provider.wait_s > 0:
            self._admission.hold(self._served_at + self._provider.wait_s)
        return completion

    def _consider(self, error: ProviderError) -> None:
        """Stop the run where every further call would fail alike."""
        if error.transient and error.kind in _NOT_SERVING:
            self._breaker.connection_failed()
            if self._breaker.tripped:
                self._stop(IncompleteError(str(error)))
            return
        self._breaker.reached()
        if isinstance(error, PermanentProviderError) and error.fatal:
            self._stop(error)

    def _goes_on(self, error: TransientProviderError, failed: int, after_s: float) -> bool:
        """Tell whether to ask again, so many seconds after the call began."""
        deadline = self._limits.deadline_s
        if error.kind in _THROTTLES and (
            error.retry_after_s > deadline or self._timing.now() - self._served_at > deadline
        ):
            asked = (
                f"asks for {error.retry_after_s:,.0f} s of silence"
                if error.retry_after_s
                else "serves nothing"
            )
            patience = f"longer than deadline_s, {deadline:,.0f} s"
            self._stop(IncompleteError(f"{error}; the server {asked}, {patience}"))
        return (
            not self._admission.closed
            and error.kind != FailureKind.TIMEOUT
            and failed <= self._limits.retries
            and after_s <= deadline
        )
