"""May this change pass? The policy, applied to a comparison and to what was asked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.compare.model import Comparison, Direction
from harness.compare.suspects import Suspect
from harness.core.config import GateConfig
from harness.core.types import Severity
from harness.stats.confirm import FreshTrials, confirmed
from harness.stats.interval import NO_NUMBER
from harness.stats.score import Score

__all__ = ["AgentGate", "Confirmation", "GateResult", "Light", "apply_policy", "confirm"]


class Light(StrEnum):
    """What the gate shows. ``yellow`` passes, with a warning."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A suspicion that was followed: the fresh trials of both prompts, and whether they confirm it."""

    suspect: Suspect
    fresh: FreshTrials
    p: float
    confirmed: bool

    @property
    def counts(self) -> str:
        """The fresh trials in words."""
        fresh = self.fresh
        before, after = fresh.passed_before + fresh.failed_before, fresh.passed_after + fresh.failed_after
        return (
            f"{fresh.passed_before} of {before} pass with the earlier prompt, "
            f"{fresh.passed_after} of {after} with the new one (p = {self.p:.4f})"
        )


@dataclass(frozen=True, slots=True)
class GateResult:
    """The gate's answer for one agent.

    Attributes:
        light: the answer.
        reasons: why it is not green, the gravest first; empty when it is.
        comparison: what it rests on.
        confirmations: suspicions that were followed.
        unfollowed: suspicions that were not (more than the policy follows).
    """

    light: Light
    reasons: tuple[str, ...]
    comparison: Comparison
    confirmations: tuple[Confirmation, ...]
    unfollowed: tuple[Suspect, ...]


@dataclass(frozen=True, slots=True)
class AgentGate:
    """What the gate says about one agent.

    Attributes:
        agent: the agent's name.
        path: its file.
        run: folder of the run that asked the new prompt.
        model: the model that answered.
        result: the answer.
        scores: those of the new prompt.
    """

    agent: str
    path: str
    run: str
    model: str
    result: GateResult
    scores: tuple[Score, ...]


def confirm(
    suspects: Sequence[Suspect],
    fresh: Mapping[tuple[str, str], FreshTrials],
    share: float,
    among: int = 0,
) -> tuple[Confirmation, ...]:
    """Return what the fresh trials say about each suspicion that was followed.

    Args:
        suspects: those that were followed.
        fresh: their fresh trials by (case, rule).
        share: the part of the error budget that confirmation has.
        among: how many cells could have raised a suspicion, where the earlier prompt was not asked again.
    """
    rejected, p_values = confirmed({one.cell: fresh[one.cell] for one in suspects}, share, among)
    return tuple(
        Confirmation(one, fresh[one.cell], p_values[one.cell], one.cell in rejected) for one in suspects
    )


def apply_policy(
    comparison: Comparison,
    confirmations: Sequence[Confirmation],
    unfollowed: Sequence[Suspect],
    scores: Sequence[Score],
    policy: GateConfig,
) -> GateResult:
    """Apply a project's policy.

    Red: a supported regression, a confirmed failure, a missed threshold, or a critical rule that no case
    exercises. Yellow: nothing can be said (red where the policy says so), or more suspicions than were
    followed.

    Args:
        comparison: base against head.
        confirmations: suspicions that were followed.
        unfollowed: suspicions that were not.
        scores: those of the head.
        policy: the project's.
    """
    red = list(comparison.reasons[1:]) if comparison.decision is Direction.REGRESSED else []
    if comparison.decision is Direction.REGRESSED:
        red.insert(0, comparison.reasons[0])
    red += [_said(one) for one in confirmations if one.confirmed]
    red += _thresholds(scores, policy)
    red += _uncovered(comparison, scores, policy)
    yellow: list[str] = []
    if comparison.decision is Direction.INCONCLUSIVE:
        yellow += comparison.reasons
    if unfollowed:
        yellow.append(
            f"{len(unfollowed)} more cells that always passed failed in every trial and were not asked "
            "again; raise gate.confirm_cells to follow them"
        )
    unasked = [one for one in confirmations if not one.confirmed and _is_empty(one.fresh)]
    if unasked:
        yellow.append(
            f"{len(unasked)} cells that always passed failed in every trial, and the fresh trials gave no "
            "verdict on them; run the gate again"
        )
    if policy.inconclusive == "fail" and comparison.decision is Direction.INCONCLUSIVE and not red:
        red = [f"the policy takes what cannot be told for a failure: {comparison.reasons[0]}"]
    light = Light.RED if red else Light.YELLOW if yellow else Light.GREEN
    return GateResult(light, (*red, *yellow), comparison, tuple(confirmations), tuple(unfollowed))


def _is_empty(fresh: FreshTrials) -> bool:
    """Without a verdict on both sides nothing was confirmed, and nothing was refuted."""
    return not (fresh.passed_before + fresh.failed_before and fresh.passed_after + fresh.failed_after)


def _said(one: Confirmation) -> str:
    rule = one.suspect.rule
    return (
        f"{one.suspect.case}: {rule.id} always passed and now fails, confirmed by fresh trials: "
        f"{one.counts}; the rule stands in line {rule.line}"
    )


def _thresholds(scores: Sequence[Score], policy: GateConfig) -> list[str]:
    """A threshold is missed when even the upper end of the interval lies below it."""
    by_rule = {score.rule: score for score in scores}
    said = []
    for rule, least in sorted(policy.thresholds.items()):
        score = by_rule.get(rule)
        if score is None or score.mean is NO_NUMBER or score.high is NO_NUMBER:
            said.append(f"{rule}: the policy asks for {least:.0%}, and nothing was decided")
        elif score.high < least:
            said.append(
                f"{rule}: {score.mean:.1%} (at most {score.high:.1%}) of {score.n} verdicts pass, "
                f"the policy asks for {least:.0%}"
            )
    return said


def _uncovered(comparison: Comparison, scores: Sequence[Score], policy: GateConfig) -> list[str]:
    exercised = {score.rule for score in scores if score.n}
    exercised |= {rule for case in comparison.after.run.cases for rule in case.applies}
    critical = {
        rule.id
        for rule in comparison.after.run.rules
        if rule.severity is Severity.CRITICAL or rule.id in policy.critical
    }
    return [
        f"{rule}: a critical rule that no case exercises; add one" for rule in sorted(critical - exercised)
    ]
