"""What a run did not get, in one sentence, and the exit code that it means."""

from __future__ import annotations

from dataclasses import dataclass

from harness.core.errors import IncompleteError
from harness.pipeline.job import Outcome

__all__ = ["Shortfall", "shortfall_of"]


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Answers that are missing; ``code`` is 0 where the project's limit allows for so many."""

    message: str
    code: int


def shortfall_of(outcome: Outcome, limit: float) -> Shortfall | None:
    """Return what is missing of a run, if anything is.

    Args:
        outcome: of the run.
        limit: share of the answers that may be missing before the run counts as incomplete.
    """
    failures = outcome.results.failures
    if outcome.error is not None:
        return Shortfall(str(outcome.error), outcome.error.exit_code)
    if not failures:
        return None
    missing = f"{len(failures):,} of {outcome.wanted:,} answers are missing"
    if outcome.interrupted:
        return Shortfall(f"stopped: {missing}; run again to ask for them", IncompleteError.exit_code)
    kinds = ", ".join(sorted({failure.kind for failure in failures}))
    again = (
        "run again to ask for them" if any(one.transient for one in failures) else "mend that and run again"
    )
    beyond = len(failures) > limit * outcome.wanted
    return Shortfall(
        f"{missing} ({kinds}), such as: {failures[0].message}; {again}",
        IncompleteError.exit_code if beyond else 0,
    )
