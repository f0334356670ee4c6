"""From differences to a conclusion, within one error budget.

There are three ways to be ``regressed``, and each has a third of the budget: all rules together drop by at
least the margin; a single rule does (corrected for how many there are); what always passed fails when it
is asked afresh (that one needs new answers, so only the gate takes it). ``same`` is claimed only where the
whole interval lies within the margin: not to have found a change is not to have found that there is none.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.compare.cells import Evasion
from harness.compare.evasion import supported
from harness.compare.model import Direction, EvasionChange, Policy, RateChange, RuleChange
from harness.stats.interval import NO_NUMBER, Number
from harness.stats.paired import PairedDifference
from harness.store.decided import DecidedRule

__all__ = ["conclude", "direction_of", "direction_of_all", "place_of"]

_WORDS = {
    Evasion.MISSING: "answers that are missing",
    Evasion.UNDECIDED: "verdicts that are undecided",
    Evasion.ERROR: "checks that crashed",
    Evasion.VACUOUS: "passes on answers that hold nothing to violate",
    Evasion.OMITTED: "answers that leave out what a rule asks for",
    Evasion.NOT_APPLICABLE: "answers that a rule does not speak about",
}


def direction_of(difference: PairedDifference, q: Number, q_drop: Number, policy: Policy) -> Direction:
    """Return what can be said of one rule; ``q`` values stand for its p-values among all rules."""
    delta, low, high = difference.delta, difference.low, difference.high
    if delta is NO_NUMBER or low is NO_NUMBER or high is NO_NUMBER or q is NO_NUMBER or q_drop is NO_NUMBER:
        return Direction.INCONCLUSIVE
    if delta <= -policy.margin and q_drop <= policy.share:
        return Direction.REGRESSED
    if delta >= policy.margin and q <= policy.alpha:
        return Direction.IMPROVED
    if low >= -policy.margin and high <= policy.margin:
        return Direction.SAME
    return Direction.INCONCLUSIVE


def direction_of_all(aggregate: RateChange, policy: Policy) -> Direction:
    """Return what can be said of all rules together: one test stands for itself, its q is its p."""
    difference = aggregate.difference
    return direction_of(difference, difference.p, difference.p_drop, policy)


def conclude(
    aggregate: RateChange,
    rules: Sequence[RuleChange],
    evasions: Sequence[EvasionChange],
    real: PairedDifference,
    policy: Policy,
) -> tuple[Direction, tuple[str, ...]]:
    """Return the conclusion, and what led to it in sentences; ``real`` are the passes on something."""
    dropped = [rule for rule in rules if rule.decision is Direction.REGRESSED]
    whole = direction_of_all(aggregate, policy)
    reasons = [_of_aggregate(aggregate, whole, policy)]
    reasons += [_of_rule(rule) for rule in sorted(dropped, key=lambda rule: float(_known(rule.change)))]
    evaded = [change for change in evasions if change.rose]
    reasons += [
        f"{_WORDS[change.kind]} rose from {change.before:.1%} to {change.after:.1%} (p = {change.p_rise:.3f})"
        for change in evaded
    ]
    if whole is Direction.REGRESSED or dropped:
        return Direction.REGRESSED, tuple(reasons)
    evasive = supported(whole, real, policy) is not whole
    if (evaded or evasive) and whole in {Direction.IMPROVED, Direction.SAME}:
        reasons.append(f"less was measured than before: the rate alone would say {whole.value!r}")
        return Direction.INCONCLUSIVE, tuple(reasons)
    return whole, tuple(reasons)


def _known(change: RateChange) -> float:
    delta = change.difference.delta
    return 0.0 if delta is NO_NUMBER else delta


def _of_aggregate(change: RateChange, whole: Direction, policy: Policy) -> str:
    difference = change.difference
    said = (
        f"all rules together: {change.before:.1%} before, {change.after:.1%} after, "
        f"{_points(difference.delta)} points ({_points(difference.low)} to {_points(difference.high)}) "
        f"on {difference.cases} cases"
    )
    if whole is Direction.INCONCLUSIVE:
        return (
            f"{said}; a drop of less than {difference.minimum_detectable:.1%} could hide in these data "
            f"(margin {policy.margin:.1%})"
        )
    return said


def _of_rule(rule: RuleChange) -> str:
    difference = rule.change.difference
    return (
        f"{rule.rule.id}: {rule.change.before:.1%} before, {rule.change.after:.1%} after on "
        f"{difference.cases} cases (q = {rule.q_drop:.3f}); {place_of(rule.rule, rule.earlier)}"
    )


def place_of(rule: DecidedRule, earlier: DecidedRule | None = None) -> str:
    """Say where an author finds a rule; line 0 is that of a rule which the new file has no longer."""
    if rule.line:
        return f"the rule stands in line {rule.line}{f' of {rule.file}' if rule.file else ''}"
    was = f", it was in line {earlier.line}" if earlier is not None and earlier.line else ""
    return f"the new file has the rule no longer{was}"


def _points(number: Number) -> str:
    return str(number) if number is NO_NUMBER else f"{100 * number:+.1f}"
