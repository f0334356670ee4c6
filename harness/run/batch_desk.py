"""What an execution in batches has at hand: the server, the stores, the rules, and who is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from harness.core.errors import ConfigurationError
from harness.providers.batch import MAX_BYTES, MAX_REQUESTS, BatchService, BatchStatus
from harness.run.limits import Timing
from harness.run.progress import Progress, silent
from harness.store.batches import BatchRecord
from harness.store.samples import SampleStore

__all__ = ["BatchRules", "Desk", "latest", "standing"]


def _unheard(message: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class BatchRules:
    """How batches are made and waited for.

    Attributes:
        first_poll_s: seconds until a batch is asked after for the first time; each time half as long again.
        longest_poll_s: but never longer than this.
        deadline_s: seconds after which waiting ends; batches go on.
        max_requests: in one batch, ``max_bytes`` of its body.
        resubmit_doubtful: ask again for what may have been paid already.
    """

    first_poll_s: float = 5.0
    longest_poll_s: float = 120.0
    deadline_s: float = 25 * 3_600.0
    max_requests: int = MAX_REQUESTS
    max_bytes: int = MAX_BYTES
    resubmit_doubtful: bool = False

    def __post_init__(self) -> None:
        for name in ("first_poll_s", "longest_poll_s", "deadline_s", "max_requests", "max_bytes"):
            if not getattr(self, name) > 0:
                raise ConfigurationError(f"{name} is {getattr(self, name)}; it must be more than 0")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where batches go and where what comes of them is kept."""

    service: BatchService
    store: SampleStore
    record: BatchRecord
    rules: BatchRules
    progress: Progress = silent
    tell: Callable[[str], None] = _unheard
    timing: Timing = field(default_factory=Timing)


def latest(status: BatchStatus) -> str:
    """Say when a batch ends at the latest; empty where the server does not tell."""
    if not status.expires:
        return ""
    return f"; ends by {datetime.fromtimestamp(status.expires).astimezone().strftime('%a %H:%M')}"


def standing(status: BatchStatus) -> str:
    """Say where a batch stands, and when it may end if it goes on like this."""
    said = f"{status.id}: {status.processed:,} of {status.requests:,} requests done"
    if 0 < status.processed < status.requests and status.created:
        passed = max(0.0, time.time() - status.created)
        left = passed * (status.requests - status.processed) / status.processed
        return f"{said}; about {max(1, round(left / 60)):,} minutes left"
    return said + latest(status)
