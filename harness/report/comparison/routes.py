"""Routing of two sides in words, for every format that writes lines."""

from __future__ import annotations

from collections.abc import Sequence

from harness.compare.model import Comparison, Direction, RoutingComparison, RoutingFlip, RuleChange
from harness.report.escape import clip
from harness.report.words import count, percent
from harness.stats.interval import NO_NUMBER, Number

__all__ = ["accuracy_words", "flip_words", "grown_words", "roster_words", "tested_rules", "worse_routes"]

_LONGEST_MESSAGE = 110
_LONGEST_NAME = 60
_MOST_NAMES = 3
_MOST_PAIRS = 5


def accuracy_words(routing: RoutingComparison) -> str:
    """Return accuracy, difference and what could have hidden, in one sentence."""
    change, difference = routing.accuracy, routing.accuracy.difference
    if routing.same_answers:
        return f"{percent(change.before)} right; both sides are the same answers"
    said = (
        f"{percent(change.before)} right before, {percent(change.after)} after: {_points(difference.delta)} "
        f"points ({_points(difference.low)} to {_points(difference.high)}) "
        f"on {count(difference.cases, 'message')}"
    )
    if routing.decision is Direction.INCONCLUSIVE and difference.minimum_detectable is not NO_NUMBER:
        said += f"; a drop of less than {percent(difference.minimum_detectable)} could hide"
    return said


def roster_words(routing: RoutingComparison) -> str:
    """Return whose lines in the roster differ; may be empty."""
    roster = routing.roster
    parts = (("new", roster.added), ("gone", roster.removed), ("changed", roster.changed))
    return "; ".join(f"{word}: {', '.join(map(_name, names[:20]))}" for word, names in parts if names)


def tested_rules(comparison: Comparison) -> tuple[RuleChange, ...]:
    """Return every rule of a comparison: those of the specification, then the recall of each agent."""
    return (*comparison.rules, *(comparison.routing.agents if comparison.routing is not None else ()))


def worse_routes(routing: RoutingComparison) -> tuple[RoutingFlip, ...]:
    """Return the messages that reach the right agent less often than before."""
    return tuple(one for one in routing.flips if one.flip.delta < 0)


def flip_words(one: RoutingFlip) -> str:
    """Return what became of a message: whom it should reach, whom it reached before, and now."""
    message = clip(" ".join(one.message.split()) or one.flip.case.id, _LONGEST_MESSAGE)
    return (
        f"\u201c{message}\u201d should reach {_name(one.expected)}: "
        f"{_chosen(one.before)} before, {_chosen(one.after)} now"
    )


def grown_words(routing: RoutingComparison) -> str:
    """Return the confusions that grew most: ``baker → brewer 0 → 5``; may be empty."""
    grown = [one for one in routing.confusions if one.after > one.before][:_MOST_PAIRS]
    return ", ".join(
        f"{_name(one.expected)} taken for {_name(one.predicted)} {one.before} → {one.after}" for one in grown
    )


def _chosen(chosen: Sequence[tuple[str, int]]) -> str:
    said = [f"{_name(name)} {times}×" if times > 1 else _name(name) for name, times in chosen[:_MOST_NAMES]]
    return ", ".join(said) + (", …" if len(chosen) > _MOST_NAMES else "")


def _name(name: str) -> str:
    return clip(" ".join(name.split()), _LONGEST_NAME)


def _points(number: Number) -> str:
    return str(number) if number is NO_NUMBER else f"{100 * number:+.1f}"
