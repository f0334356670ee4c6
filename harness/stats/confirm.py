"""Is a failure of what always passed real? Ask again, and look only at the new answers.

With hundreds of (case, rule) cells some that pass nine times of ten will pass three of three before an edit
and fail three of three after it, though nothing changed: a rule like "3/3, then 0/3" raises a false alarm in
.22 of runs with 300 such cells. The trials that raised the suspicion are therefore left out; fresh ones of
both prompts decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from harness.stats.multiple import holm

__all__ = ["FreshTrials", "confirmation_p", "confirmed", "trials_to_confirm"]

_Cell = TypeVar("_Cell", bound=tuple[str, str])


@dataclass(frozen=True, slots=True)
class FreshTrials:
    """What the trials asked after the suspicion came to, on both sides."""

    passed_before: int
    failed_before: int
    passed_after: int
    failed_after: int


def confirmation_p(fresh: FreshTrials) -> float:
    """Return the one-sided p-value of Fisher's exact test against a drop; 1 where a side has no answer.

    Statistical Methods for Research Workers (1934, section 21.02), by scipy.
    """
    from scipy.stats import fisher_exact

    before = fresh.passed_before + fresh.failed_before
    after = fresh.passed_after + fresh.failed_after
    if not before or not after:
        return 1.0
    table = [[fresh.passed_before, fresh.failed_before], [fresh.passed_after, fresh.failed_after]]
    return float(fisher_exact(table, alternative="greater").pvalue)


def confirmed(
    trials: Mapping[_Cell, FreshTrials], share: float, among: int = 0
) -> tuple[frozenset[_Cell], dict[_Cell, float]]:
    """Return the suspicions that fresh trials confirm, and every p-value.

    Where both prompts were asked afresh, the answers that raised a suspicion are not among ``trials``: the
    p-values know nothing of how the suspects were chosen, and Holm's correction over those asked again
    (:func:`harness.stats.multiple.holm`) keeps the probability of any false confirmation within ``share``.
    Where the earlier prompt could not be asked again, its old answers stand in, and they did choose: then
    every cell that could have raised a suspicion counts (Bonferroni over ``among`` cells).
    """
    p_values = {cell: confirmation_p(fresh) for cell, fresh in trials.items()}
    if among:
        return frozenset(cell for cell, p in p_values.items() if p <= share / among), p_values
    return holm(p_values, share), p_values


def trials_to_confirm(suspects: int, share: float) -> int:
    """Return the least trials per side with which a cell that now always fails can be confirmed.

    With m trials per side, all passed before and none after, Fisher's p-value (:func:`confirmation_p`) is
    ``1 / C(2m, m)``.
    """
    from math import comb

    trials = 1
    while 1 / comb(2 * trials, trials) > share / max(1, suspects):
        trials += 1
    return trials
