"""Compare two sides: the paired differences, rules that moved, cases that flipped, what was evaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.compare.cells import Grid, trials_of
from harness.compare.conclusion import ROUTING, Concluded, Part, conclude, together
from harness.compare.evasion import evasion_changes, real_passes
from harness.compare.measured import (
    Common,
    Measured,
    case_flips,
    common_cells,
    measure,
    rate_change,
    rule_changes,
    tag_changes,
)
from harness.compare.model import Comparison, Policy, RateChange, RoutingComparison
from harness.compare.pairing import Side, demand_comparable
from harness.compare.routing import confusion_changes, roster_change, routing_flips, routing_side
from harness.core.errors import InputError
from harness.stats.interval import Number
from harness.stats.multiple import false_discovery, holm_adjusted

__all__ = ["Common", "common_cells", "compare", "rate_change"]

_RULES = "all rules together"
_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Told:
    """A part of the comparison, measured and concluded."""

    measured: Measured
    part: Part
    concluded: Concluded


def compare(before: Side, after: Side, policy: Policy | None = None) -> Comparison:
    """Compare two sides on their common cases and rules, and on where their messages go.

    Only cells (a case and a rule) that both sides decide enter a difference; what one side evades is
    counted beside it, and a significant rise of it forbids the conclusions ``same`` and ``improved``.

    Raises:
        InputError: the sides were not asked or decided alike, or neither decides anything.
    """
    policy = policy or Policy()
    demand_comparable(before, after)
    measured = {_RULES: measure(before, after, policy)}
    routes = routing_side(before), routing_side(after)
    if routes[0] is not None and routes[1] is not None:
        measured[ROUTING] = measure(routes[0], routes[1], policy)
    told = _told({name: one for name, one in measured.items() if not one.empty}, policy)
    if not told:
        raise InputError(
            f"{before.name} and {after.name} decide no rule for any case; there is nothing to compare: "
            "`harness rules` lists the rules that checks decide"
        )
    rules, routing = told.get(_RULES), told.get(ROUTING)
    decision, reasons = together([one.concluded for one in told.values()])
    main = rules or next(iter(told.values()))
    matched = measured[_RULES]
    same = all(one.part.same_answers for one in told.values())
    return Comparison(
        before=before,
        after=after,
        decision=decision,
        reasons=reasons,
        caveats=() if same else (*_caveats(before, after), *_routing_caveats(before, after, routes)),
        aggregate=main.part.change,
        whole=None if rules is None else rules.concluded.whole,
        rules=rules.part.rules if rules else (),
        tags=tag_changes(matched),
        flips=case_flips(matched),
        evasions=rules.part.evasions if rules else (),
        matched=matched.matched,
        policy=policy,
        routing=None if routing is None else _routing(routing, before, after),
    )


def _told(measured: Mapping[str, Measured], policy: Policy) -> dict[str, _Told]:
    """Conclude about each part. All that can differ shares one correction, whatever part it is of."""
    tested = {name: one for name, one in measured.items() if one.tested}
    level = policy.share / max(1, len(tested))
    totals = {name: rate_change(one.common, one.cases, policy, level) for name, one in measured.items()}
    alone = [{name: totals[name] for name in tested}, _changes(tested.values())]
    p, q = holm_adjusted(_p(alone[0])), false_discovery(_p(alone[1]))
    p_drop, q_drop = holm_adjusted(_p_drop(alone[0])), false_discovery(_p_drop(alone[1]))
    found = {}
    for name, one in measured.items():
        # The same answers are no test: their p-values stand as they are, and correct nothing else.
        own = _changes([one])
        part = Part(
            name=name,
            change=totals[name],
            p=p.get(name, totals[name].difference.p),
            p_drop=p_drop.get(name, totals[name].difference.p_drop),
            rules=rule_changes(one, _p(own) | q, _p_drop(own) | q_drop),
            evasions=evasion_changes(one.grids, one.cases, policy),
            real=real_passes(one.grids, one.cases, policy),
            same_answers=one.same_answers,
        )
        concluded = conclude(part, policy)
        if not one.common and not one.same_answers:
            reasons = (_nothing_in_common(name, one.grids), *concluded.reasons[1:])
            concluded = replace(concluded, reasons=reasons)
        found[name] = _Told(one, part, concluded)
    return found


def _changes(measured: Iterable[Measured]) -> dict[str, RateChange]:
    return {rule: change for one in measured for rule, change in one.changes.items()}


def _p(changes: Mapping[str, RateChange]) -> dict[str, Number]:
    return {name: change.difference.p for name, change in changes.items()}


def _p_drop(changes: Mapping[str, RateChange]) -> dict[str, Number]:
    return {name: change.difference.p_drop for name, change in changes.items()}


def _routing(told: _Told, before: Side, after: Side) -> RoutingComparison:
    measured = told.measured
    return RoutingComparison(
        accuracy=told.part.change,
        decision=told.concluded.whole,
        agents=told.part.rules,
        tags=tag_changes(measured),
        flips=routing_flips(measured),
        confusions=confusion_changes(measured.common),
        evasions=told.part.evasions,
        roster=roster_change(before, after),
        same_answers=told.part.same_answers,
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _routing_caveats(before: Side, after: Side, routes: tuple[Side | None, Side | None]) -> tuple[str, ...]:
    """Say what of routing was not compared, and what differs in the rosters beside the agent under test."""
    if (routes[0] is None) is not (routes[1] is None):
        asked = "after" if routes[0] is None else "before"
        return (f"routing was asked only {asked} the edit, so it is not compared",)
    change = roster_change(before, after)
    said = [
        f"{word} {_listed(others)}"
        for word, names in (("new:", change.added), ("gone:", change.removed), ("changed:", change.changed))
        if (others := [name for name in names if name != after.run.agent])
    ]
    if routes[0] is None or not said:
        return ()
    return (f"the rosters differ in other agents too ({'; '.join(said)})",)


def _nothing_in_common(name: str, grids: tuple[Grid, Grid]) -> str:
    before, after = (len({case for (case, _), cell in grid.items() if cell.decided}) for grid in grids)
    if name == ROUTING:
        return "no message was routed on both sides, so nothing can be said about routing"
    return (
        "no rule is decided for the same case on both sides, so nothing can be said about obedience: "
        f"{before} {'case was' if before == 1 else 'cases were'} decided before, {after} "
        f"{'is' if after == 1 else 'are'} now"
    )


def _caveats(before: Side, after: Side) -> tuple[str, ...]:
    """Say what differs between the sides beside the prompt, and what was left out for it."""
    said = []
    first, second = before.run, after.run
    if first.model != second.model:
        said.append(f"the model differs too: {first.model} before, {second.model} after")
    elif set(first.models_served) != set(second.models_served):
        served = (", ".join(sorted(one.models_served)) or "none" for one in (first, second))
        said.append("the server names another model: {} before, {} after".format(*served))
    if first.max_tokens != second.max_tokens:
        said.append(
            f"answers might be longer on one side: {first.max_tokens:,} tokens before, "
            f"{second.max_tokens:,} after"
        )
    days = [one.created[:10] for one in (first, second)]
    if days[0] != days[1]:
        said.append(
            f"asked on {days[0]} and on {days[1]}: what the model has become in between cannot be told from "
            "the edit"
        )
    earlier, later = trials_of(before), trials_of(after)
    if earlier != later:
        fewer = min(earlier, later)
        compared = "the first is compared" if fewer == 1 else f"the first {fewer} are compared"
        said.append(f"trials: {earlier} before, {later} after; {compared}")
    return tuple(said)
