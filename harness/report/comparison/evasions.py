"""What was not measured, or measured on nothing, in words: it stands beside every rate."""

from __future__ import annotations

from collections.abc import Sequence

from harness.compare.cells import Evasion
from harness.compare.model import EvasionChange, RuleChange
from harness.report.words import percent
from harness.stats.interval import NO_NUMBER

__all__ = ["evasion_counts", "evasion_words", "worth_a_row"]

_WORDS = {kind: kind.value.replace("_", " ") for kind in Evasion}


def evasion_counts(change: RuleChange) -> str:
    """Return what was not measured of a rule, before and after: ``vacuous 0 → 12``; may be empty.

    That a rule does not speak about most answers is usual; it is told where the number changed.
    """
    before, after = change.evasions_before, change.evasions_after
    return ", ".join(
        f"{_WORDS[kind]} {before.get(kind, 0)} → {after.get(kind, 0)}"
        for kind in Evasion
        if before.get(kind, 0) != after.get(kind, 0)
        or (before.get(kind, 0) and kind is not Evasion.NOT_APPLICABLE)
    )


def worth_a_row(change: RuleChange) -> bool:
    """Tell whether a rule has a rate on both sides, or a check that was evaded."""
    return bool(change.change.difference.cases or (change.rule.check and evasion_counts(change)))


def evasion_words(changes: Sequence[EvasionChange]) -> str:
    """Return the shares of all rules together: ``undecided 2% → 9% (rose)``; may be empty."""
    return ", ".join(
        f"{_WORDS[one.kind]} {percent(one.before)} → {percent(one.after)}{' (rose)' if one.rose else ''}"
        for one in changes
        if not _nothing(one)
    )


def _nothing(change: EvasionChange) -> bool:
    sides = (change.before, change.after)
    return all(side is NO_NUMBER or side == 0 for side in sides)
