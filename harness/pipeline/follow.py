"""Follow suspicions: what always passed and now fails is asked again, with both prompts or both rosters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.compare.gate import Confirmation, Followed, confirm, most_confirmable
from harness.compare.model import Comparison
from harness.compare.routing import is_routing
from harness.compare.suspects import Suspect, decided_cells
from harness.core.config import GateConfig
from harness.pipeline.confirm import Fresh, Prompts, ask_again
from harness.pipeline.confirm_routing import Rosters, roster_of, route_again
from harness.pipeline.options import RunOptions
from harness.pipeline.sampling import Watcher
from harness.stats.confirm import FreshTrials

__all__ = ["Context", "follow"]

Context = tuple[RunOptions, GateConfig, Watcher]
"""How the model is asked, by which policy, and who is told."""

_NO_TRIALS = FreshTrials(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Level:
    """The share of the error budget that confirmation has, and among how many cells (0: those followed)."""

    share: float
    among: int


def follow(
    found: Sequence[Suspect], comparison: Comparison, prompts: Prompts, context: Context
) -> tuple[Followed, Fresh | None]:
    """Ask again about as many suspicions as the policy wants and as fresh trials could confirm at all."""
    _, policy, _ = context
    if not found:
        return Followed(), None
    share, among = comparison.policy.share, 0
    earlier = policy.confirm_trials
    if prompts.before is None:
        # Not only those that did: which of the cells always passed is chance, too.
        among = decided_cells(comparison.before)
        earlier = max(one.passed_before for one in found)
    most = most_confirmable(earlier, policy.confirm_trials, share, among)
    chosen = found[: min(policy.confirm_cells, most)]
    why = ""
    if len(chosen) < len(found):
        why = (
            "raise gate.confirm_cells to follow more"
            if policy.confirm_cells <= most
            else f"gate.confirm_trials = {policy.confirm_trials} could confirm {most} at most; raise it"
        )
    if not chosen:
        return Followed((), tuple(found), why), None
    fresh = _asked(chosen, comparison, prompts, context)
    confirmations = _confirmed(chosen, fresh, prompts, _Level(share, among))
    return Followed(confirmations, tuple(found[len(chosen) :]), why), fresh


def _asked(chosen: Sequence[Suspect], comparison: Comparison, prompts: Prompts, context: Context) -> Fresh:
    """Ask about rules, then about routing; who stops the one stops the other."""
    options, policy, watcher = context
    before, after = comparison.before, comparison.after
    cases = {case.id: case for case in (*after.run.cases, *after.run.routing.cases)}
    rules = [one for one in chosen if not is_routing(one.rule)]
    routing = [one for one in chosen if is_routing(one.rule)]
    found: list[Fresh] = []
    if rules:
        found.append(ask_again(rules, cases, prompts, policy.confirm_trials, options, watcher))
    if routing and not any(one.interrupted for one in found):
        earlier = roster_of(before.run.routing, before.variant) if prompts.before is not None else ()
        rosters = Rosters(earlier, roster_of(after.run.routing, after.variant))
        found.append(route_again(routing, cases, rosters, policy.confirm_trials, options, watcher))
    return _joined(found)


def _joined(parts: Sequence[Fresh]) -> Fresh:
    """Return several askings as one; the first trouble is told."""
    trouble = next((one for one in parts if one.trouble), parts[0])
    return Fresh(
        trials={cell: trials for one in parts for cell, trials in one.trials.items()},
        wanted=sum(one.wanted for one in parts),
        missing=sum(one.missing for one in parts),
        trouble=trouble.trouble,
        code=trouble.code,
        interrupted=any(one.interrupted for one in parts),
    )


def _confirmed(
    chosen: Sequence[Suspect], fresh: Fresh, prompts: Prompts, level: _Level
) -> tuple[Confirmation, ...]:
    """Hold fresh trials against fresh ones; where the earlier side is not known, against its old ones."""
    trials = {one.cell: fresh.trials.get(one.cell, _NO_TRIALS) for one in chosen}
    if prompts.before is None:
        trials = {one.cell: replace(trials[one.cell], passed_before=one.passed_before) for one in chosen}
    return confirm(chosen, trials, level.share, level.among)
