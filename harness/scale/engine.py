"""What an engine is given and what it gives back; every engine makes the same bytes of a partition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from harness.core.errors import HarnessError
from harness.scale.plan import DecidingPlan

__all__ = ["Done", "Engine", "Job"]


@dataclass(frozen=True, slots=True)
class Job:
    """A partition that is to be decided; its bytes are read when its turn comes."""

    name: str
    responses: int
    load: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a partition: its verdicts, or the error that kept them from being made."""

    job: Job
    data: bytes = b""
    error: HarnessError | None = None


class Engine(Protocol):
    """Something that decides partitions."""

    def decide(self, plan: DecidingPlan, jobs: Iterable[Job], told: Callable[[int], None]) -> Iterator[Done]:
        """Yield what came of each partition, in the order in which they are done.

        Args:
            plan: what decides.
            jobs: the partitions; only a few are loaded at a time.
            told: told how many more answers were started since it was last told.

        Raises:
            HarnessError: there is nobody to decide.
        """
