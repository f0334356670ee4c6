"""From what was seen of each unit to what is said of it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.stats.eprocess import confidence_sequence, discoveries, e_value
from harness.tune.model import Conflict, Design, Effect, Finding, Standing
from harness.tune.units import Unit

__all__ = ["Track", "claims", "conflicts_of", "findings_of", "is_small"]


GIVEN_UP = 0.8416  # quantile of the normal distribution for 80 %


@dataclass(slots=True)
class Track:
    """One unit on its way: the cases still to ask, and what was seen of those that were."""

    unit: Unit
    pending: list[str]
    planned: int
    has_own: bool
    sample: frozenset[str]
    asked: int = 0
    own: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    by_rule: defaultdict[str, list[tuple[str, float]]] = field(default_factory=lambda: defaultdict(list))
    open: bool = True


def is_small(differences: Sequence[float], design: Design) -> bool:
    """Tell whether an effect of the margin has become unlikely (a one-sided bound of 80 %).

    Thrift, not proof: a unit that is given up for this reason is said to have no effect *seen*, and the
    interval beside it, which holds however often one looks, says what is ruled out.
    """
    n = len(differences)
    if n < design.batch:
        return False
    mean = sum(differences) / n
    spread = math.sqrt(sum((one - mean) ** 2 for one in differences) / (n - 1)) if n > 1 else 1.0
    # Where nothing moved yet, as much spread is allowed for as one case in n + 1 that moved would show.
    spread = max(spread, math.sqrt(1.0 / (n + 1)))
    return abs(mean) + GIVEN_UP * spread / math.sqrt(n) < design.margin


def claims(tracks: Sequence[Track], design: Design) -> list[tuple[bool, bool]]:
    """Return of each unit whether it is shown to help, and to hurt: e-BH over all effects of all units."""
    values = []
    for track in tracks:
        # The mean of two e-values is one: for "helps neither its own rules nor the others".
        values.append((e_value(track.own) + e_value(track.others)) / 2)
        values.append((e_value(_turned(track.own)) + e_value(_turned(track.others))) / 2)
    found = discoveries(values, design.alpha)
    return list(zip(found[::2], found[1::2], strict=True))


def _turned(differences: Sequence[float]) -> list[float]:
    return [-one for one in differences]


def _effect(differences: Sequence[float]) -> Effect:
    low, high = confidence_sequence(differences)
    return Effect(
        cases=len(differences),
        mean=sum(differences) / len(differences) if differences else 0.0,
        low=low,
        high=high,
        benefit=e_value(differences),
        harm=e_value(_turned(differences)),
    )


def findings_of(tracks: Sequence[Track], design: Design) -> tuple[Finding, ...]:
    """Return what is said of each unit, in their order."""
    return tuple(
        _finding(track, helps, hurts, design)
        for track, (helps, hurts) in zip(tracks, claims(tracks, design), strict=True)
    )


def _finding(track: Track, helps: bool, hurts: bool, design: Design) -> Finding:
    own, others = _effect(track.own), _effect(track.others)
    needed = 0
    if helps and hurts:
        standing, why = Standing.UNKNOWN, "it helps some rules and hurts others; look at both"
    elif helps:
        standing, why = Standing.EARNS, _said(own, others, "less often obeyed without it", sign=1)
    elif hurts:
        standing, why = Standing.HARMFUL, _said(own, others, "more often obeyed without it", sign=-1)
    elif not track.has_own:
        standing, why = Standing.UNKNOWN, "no case exercises its rules"
    elif not track.own:
        standing, why = Standing.UNKNOWN, "its rules were decided in no pair of answers"
    elif is_small(track.own, design) and (not track.others or is_small(track.others, design)):
        standing = Standing.NONE_SEEN
        why = f"its own rules move by {own.mean:+.0%}; more than {max(own.high, -own.low):.0%} is ruled out"
    else:
        needed = _needed(track.own, design)
        standing, why = Standing.UNKNOWN, f"about {needed} more cases that exercise it would tell"
    return Finding(track.unit, standing, own, others, track.asked, needed, why)


def _said(own: Effect, others: Effect, words: str, *, sign: int) -> str:
    strength = (own.benefit, others.benefit) if sign > 0 else (own.harm, others.harm)
    which, effect = ("its own rules are", own) if strength[0] >= strength[1] else ("other rules are", others)
    return f"{which} {abs(effect.mean):.0%} {words} ({effect.cases} cases)"


def _needed(differences: Sequence[float], design: Design) -> int:
    """Return how many more cases would show an effect as large as seen, or of the margin, in four of five."""
    n = len(differences)
    mean = sum(differences) / n
    spread = max(math.sqrt(sum((one - mean) ** 2 for one in differences) / max(1, n - 1)), 0.1)
    # Growth of the wealth per case is about mean² / (2·spread²) for the best stake; 80 % power adds to that.
    effect = max(abs(mean), design.margin)
    total = (math.sqrt(2 * math.log(4 / design.alpha)) + 0.84) ** 2 * (spread / effect) ** 2
    return max(1, math.ceil(total) - n)


def conflicts_of(tracks: Sequence[Track], design: Design) -> tuple[Conflict, ...]:
    """Return the rules that are obeyed more often without a unit, those that cannot be chance."""
    pairs = [(track, rule, seen) for track in tracks for rule, seen in sorted(track.by_rule.items())]
    found = discoveries([e_value([-value for _, value in seen]) for _, _, seen in pairs], design.alpha)
    return tuple(
        Conflict(
            unit=track.unit.id,
            rule=rule,
            effect=_effect([value for _, value in seen]),
            cases=tuple(case for case, value in seen if value < 0)[:5],
        )
        for (track, rule, seen), shown in zip(pairs, found, strict=True)
        if shown
    )
