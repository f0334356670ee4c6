"""What a run tells the one who watches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

__all__ = ["Counts", "Progress", "silent"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Where a run stands. ``total`` = ``reused`` + ``answered`` + ``failed`` + what is still to come.

    Requests are counted, not planned calls: calls that share a sample count once. ``stopping`` says
    that the run only finishes the calls in flight.
    """

    total: int
    reused: int = 0
    answered: int = 0
    failed: int = 0
    in_flight: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    stopping: bool = False

    @property
    def waiting(self) -> int:
        """Requests that are not decided yet, those in flight among them."""
        return self.total - self.reused - self.answered - self.failed


class Progress(Protocol):
    """Called after every change, on the event loop: it must return at once."""

    def __call__(self, counts: Counts, /) -> None:
        """Take note of where the run stands."""


def silent(counts: Counts, /) -> None:
    """Watch without a word."""
