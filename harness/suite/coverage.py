"""Which rules are exercised: a rule that no case says applies is never really put to the test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from harness.core.types import Case, Rule

__all__ = ["cases_per_rule", "uncovered"]


def cases_per_rule(rules: Sequence[Rule], cases: Iterable[Case]) -> dict[str, int]:
    """Return how many cases say that a rule applies, by rule id in the order of the rules."""
    counted = Counter(rule for case in cases for rule in case.applies)
    return {rule.id: counted[rule.id] for rule in rules}


def uncovered(rules: Sequence[Rule], cases: Iterable[Case]) -> tuple[Rule, ...]:
    """Return the rules that no case says apply."""
    counted = cases_per_rule(rules, cases)
    return tuple(rule for rule in rules if not counted[rule.id])
