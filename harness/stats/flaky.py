"""Flaky or steady, and did it drift? What trials of one (case, rule), pooled over history, can tell.

A cell that passes nine times of ten fails a gate once in ten runs whatever the edit did. Whether it is such a
cell is a question about its probability to pass, and few trials leave it open: the answer is a posterior, not
"it failed once".
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from harness.stats.interval import NO_NUMBER, Number
from harness.stats.multiple import false_discovery

__all__ = [
    "CREDIBLE",
    "EDGE",
    "MOST_TRIALS",
    "PRIOR",
    "Drift",
    "Steadiness",
    "Tally",
    "drifts",
    "steadiness",
    "trials_to_tell",
]

EDGE = 0.05  # nearer to 0 or 1 than this counts as steady
CREDIBLE = 0.9  # probability that is asked of a conclusion
PRIOR = 0.5  # Jeffreys' Beta(½, ½)
MOST_TRIALS = 500  # nobody asks a case more often to know whether it is flaky

_Name = TypeVar("_Name", bound=Hashable)


class Steadiness(StrEnum):
    """What the trials tell. ``unknown``: too few of them."""

    FLAKY = "flaky"
    PASSES = "passes"
    FAILS = "fails"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Tally:
    """Passes and fails of one cell with its posterior, Beta(½ + passes, ½ + fails).

    Attributes:
        passed: trials that pass.
        failed: trials that fail.
        mean: posterior mean of the probability to pass; ``NO_NUMBER`` without trials, like all that follow.
        low: lower end of the equal-tailed 95 % interval.
        high: upper end.
        flaky: posterior probability of .05 < p < .95.
        conclusion: what is credible (at least .9).
    """

    passed: int
    failed: int
    mean: Number
    low: Number
    high: Number
    flaky: Number
    conclusion: Steadiness

    @property
    def trials(self) -> int:
        """How many trials it rests on."""
        return self.passed + self.failed


@lru_cache(maxsize=4096)
def steadiness(passed: int, failed: int) -> Tally:
    """Return what passes and fails say about the probability to pass.

    With Jeffreys' prior the posterior is Beta(½ + passes, ½ + fails) (Brown, Cai and DasGupta, Statistical
    Science 16, 2001, whose equal-tailed interval this is; with no pass or no fail it reaches the end).
    *Flaky*: P(.05 < p < .95) > .9. *Passes*: P(p ≥ .95) > .9. *Fails*: P(p ≤ .05) > .9.

    Raises:
        ValueError: a count is negative.
    """
    if passed < 0 or failed < 0:
        raise ValueError(f"{passed} passes and {failed} fails: counts are not negative")
    if not passed + failed:
        return Tally(0, 0, NO_NUMBER, NO_NUMBER, NO_NUMBER, NO_NUMBER, Steadiness.UNKNOWN)
    from scipy.special import betainc, betaincinv

    a, b = passed + PRIOR, failed + PRIOR
    below, upto = float(betainc(a, b, EDGE)), float(betainc(a, b, 1 - EDGE))
    conclusion = Steadiness.UNKNOWN
    for probability, said in (
        (upto - below, Steadiness.FLAKY),
        (1 - upto, Steadiness.PASSES),
        (below, Steadiness.FAILS),
    ):
        if probability > CREDIBLE:
            conclusion = said
    return Tally(
        passed=passed,
        failed=failed,
        mean=a / (a + b),
        low=float(betaincinv(a, b, 0.025)) if passed else 0.0,
        high=float(betaincinv(a, b, 0.975)) if failed else 1.0,
        flaky=upto - below,
        conclusion=conclusion,
    )


@lru_cache(maxsize=4096)
def trials_to_tell(passed: int, failed: int) -> Number:
    """Return how many more trials would settle an open cell if they came out as those so far.

    By :func:`steadiness`; the mix of passes and fails is kept. 0 where it is settled; without any trial, the
    least number of unanimous ones; ``NO_NUMBER`` where ``MOST_TRIALS`` more would not settle it, since the
    share lies at the edge itself (19 of 20 is neither flaky nor steady, however often it is asked).
    """
    if steadiness(passed, failed).conclusion is not Steadiness.UNKNOWN:
        return 0
    share = passed / (passed + failed) if passed + failed else 1.0
    for more in range(1, MOST_TRIALS + 1):
        total = passed + failed + more
        hits = max(passed, min(passed + more, round(share * total)))
        if steadiness(hits, total - hits).conclusion is not Steadiness.UNKNOWN:
            return more
    return NO_NUMBER


@dataclass(frozen=True, slots=True)
class Drift:
    """A cell held against itself: earlier and later, or with one served model and with another."""

    passed_before: int
    failed_before: int
    passed_after: int
    failed_after: int
    p: Number
    q: Number


def drifts(counts: Mapping[_Name, tuple[int, int, int, int]]) -> dict[_Name, Drift]:
    """Test every cell for drift: Fisher's exact test, two-sided, then Benjamini and Hochberg over all cells.

    Trials of one cell are independent of each other (each is an answer of its own), so that Fisher's test
    (Statistical Methods for Research Workers, 1934, section 21.02) is exact. Cells without trials on both
    sides are no tests; cells that could not reach a small p-value whatever came are tests all the same.

    Args:
        counts: (passed before, failed before, passed after, failed after) per cell.
    """
    from scipy.stats import fisher_exact

    p_values: dict[_Name, Number] = {}
    for name, cell in counts.items():
        told = sum(cell[:2]) and sum(cell[2:])
        p_values[name] = float(fisher_exact([cell[:2], cell[2:]]).pvalue) if told else NO_NUMBER
    q_values = false_discovery(p_values)
    return {name: Drift(*cell, p=p_values[name], q=q_values[name]) for name, cell in counts.items()}
