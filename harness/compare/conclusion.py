"""From differences to a conclusion, within one error budget.

There are three ways to be ``regressed``, and each has a third of the budget: all rules together, or routing,
drop by at least the margin (corrected where there are both); a single rule, or the recall of one agent, does
(corrected for how many there are); what always passed fails when it is asked afresh (that one needs new
answers, so only the gate takes it). ``same`` is claimed only where the whole interval lies within the margin:
not to have found a change is not to have found that there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.compare.cells import Evasion
from harness.compare.evasion import supported
from harness.compare.model import Direction, EvasionChange, Policy, RateChange, RuleChange
from harness.stats.interval import NO_NUMBER, Number
from harness.stats.paired import PairedDifference
from harness.store.decided import DecidedRule

__all__ = ["ROUTING", "Concluded", "Part", "conclude", "direction_of", "place_of", "together"]

ROUTING = "routing"
"""The check of the rules that say where messages should go, and, with a slash, the beginning of their ids."""

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


@dataclass(frozen=True, slots=True)
class Part:
    """What one conclusion is about: all rules together, or routing.

    Attributes:
        name: how a reason calls it.
        change: its rate on both sides and the difference.
        p: the two-sided p-value as the conclusion reads it: corrected for the other part, where there is one.
        p_drop: the same of the one against a drop.
        rules: its single rules.
        evasions: what of it was not measured.
        real: the difference of passes on something.
        same_answers: both sides are the very same answers.
    """

    name: str
    change: RateChange
    p: Number
    p_drop: Number
    rules: tuple[RuleChange, ...]
    evasions: tuple[EvasionChange, ...]
    real: PairedDifference
    same_answers: bool


@dataclass(frozen=True, slots=True)
class Concluded:
    """What can be said of a part: of its rate alone (``whole``), of all of it, and why."""

    whole: Direction
    decision: Direction
    reasons: tuple[str, ...]


def conclude(part: Part, policy: Policy) -> Concluded:
    """Return the conclusion about a part, and what led to it in sentences."""
    if part.same_answers:
        same = f"{part.name}: both sides are the same answers: what the model was asked did not change"
        return Concluded(Direction.SAME, Direction.SAME, (same,))
    dropped = [rule for rule in part.rules if rule.decision is Direction.REGRESSED]
    whole = direction_of(part.change.difference, part.p, part.p_drop, policy)
    reasons = [_of_aggregate(part, whole, policy)]
    reasons += [_of_rule(rule) for rule in sorted(dropped, key=lambda rule: float(_known(rule.change)))]
    evaded = [change for change in part.evasions if change.rose]
    reasons += [
        f"{_WORDS[change.kind]} rose from {change.before:.1%} to {change.after:.1%} (p = {change.p_rise:.3f})"
        for change in evaded
    ]
    if whole is Direction.REGRESSED or dropped:
        return Concluded(whole, Direction.REGRESSED, tuple(reasons))
    evasive = supported(whole, part.real, policy) is not whole
    if (evaded or evasive) and whole in {Direction.IMPROVED, Direction.SAME}:
        reasons.append(f"less was measured than before: the rate alone would say {whole.value!r}")
        return Concluded(whole, Direction.INCONCLUSIVE, tuple(reasons))
    return Concluded(whole, whole, tuple(reasons))


_GRAVEST = (Direction.REGRESSED, Direction.INCONCLUSIVE, Direction.IMPROVED, Direction.SAME)


def together(parts: Sequence[Concluded]) -> tuple[Direction, tuple[str, ...]]:
    """Return one conclusion about all parts, the reasons of the gravest first.

    ``regressed`` where one part is; ``improved`` or ``same`` only where it can be said of every part.
    """
    ordered = sorted(parts, key=lambda part: _GRAVEST.index(part.decision))
    return ordered[0].decision, tuple(reason for part in ordered for reason in part.reasons)


def _known(change: RateChange) -> float:
    delta = change.difference.delta
    return 0.0 if delta is NO_NUMBER else delta


def _of_aggregate(part: Part, whole: Direction, policy: Policy) -> str:
    change, difference = part.change, part.change.difference
    said = (
        f"{part.name}: {change.before:.1%} before, {change.after:.1%} after, "
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
    if rule.check == ROUTING:
        return "the descriptions of the agents decide that"
    if rule.line:
        return f"the rule stands in line {rule.line}{f' of {rule.file}' if rule.file else ''}"
    was = f", it was in line {earlier.line}" if earlier is not None and earlier.line else ""
    return f"the new file has the rule no longer{was}"


def _points(number: Number) -> str:
    return str(number) if number is NO_NUMBER else f"{100 * number:+.1f}"
