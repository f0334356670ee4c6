"""May this change pass? The policy, applied to a comparison and to what was asked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import comb

from harness.compare.conclusion import ROUTING, place_of
from harness.compare.model import Comparison, Direction
from harness.compare.routing import is_routing
from harness.compare.suspects import Suspect
from harness.core.config import GateConfig
from harness.core.types import Severity
from harness.stats.confirm import FreshTrials, confirmed
from harness.stats.interval import NO_NUMBER
from harness.stats.score import Score
from harness.store.decided import DecidedRule

__all__ = [
    "AgentGate",
    "Confirmation",
    "Followed",
    "GateReport",
    "GateResult",
    "Light",
    "Trouble",
    "apply_policy",
    "confirm",
    "most_confirmable",
]

_ROUNDING = 1e-9


class Light(StrEnum):
    """What the gate shows. ``yellow`` passes, with a warning; ``none`` is no verdict about the prompt."""

    GREEN = "green"
    YELLOW = "yellow"
    NONE = "none"
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
class Followed:
    """What came of the suspicions.

    Attributes:
        confirmations: those that were asked about again.
        unfollowed: those that were not.
        why: why not all of them were.
    """

    confirmations: tuple[Confirmation, ...] = ()
    unfollowed: tuple[Suspect, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class GateResult:
    """The gate's answer for one agent.

    Attributes:
        light: the answer.
        reasons: why it is not green, the gravest first; empty when it is.
        comparison: what it rests on.
        followed: suspicions, and what came of them.
        missed: those of the reasons that are demands of the policy, whatever the comparison says.
        notes: what a reader should know and what alters no light.
    """

    light: Light
    reasons: tuple[str, ...]
    comparison: Comparison
    followed: Followed
    missed: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def confirmed(self) -> tuple[Confirmation, ...]:
        """The suspicions that fresh trials confirm."""
        return tuple(one for one in self.followed.confirmations if one.confirmed)


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
        description_line: where the file says when to choose the agent: what routing goes by.
    """

    agent: str
    path: str
    run: str
    model: str
    result: GateResult
    scores: tuple[Score, ...]
    description_line: int = 1

    def line_of(self, rule: DecidedRule) -> int:
        """Return the line of the agent file, or of the shared one, where an author has to look."""
        return self.description_line if is_routing(rule) else max(1, rule.line)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no verdict about an agent: the file, one sentence, and the exit code that it means."""

    path: str
    message: str
    code: int


@dataclass(frozen=True, slots=True)
class GateReport:
    """What the gate says about all agents.

    Attributes:
        gates: the agents that were asked about, in order.
        troubles: the agents about which nothing, or not enough, could be found out.
    """

    gates: tuple[AgentGate, ...]
    troubles: tuple[Trouble, ...] = ()

    @property
    def light(self) -> Light:
        """All agents together: red if one is, else none if one has none; nothing to gate is green."""
        lights = [gate.result.light for gate in self.gates]
        lights += [Light.NONE for _ in self.troubles]
        return max(lights, key=list(Light).index, default=Light.GREEN)

    @property
    def exit_code(self) -> int:
        """What the command returns: wrong input (2) wins over an incomplete run (3), that over red (1)."""
        codes = {trouble.code for trouble in self.troubles}
        if codes:
            return 2 if 2 in codes else 3
        return int(self.light is Light.RED)


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


def most_confirmable(trials_before: int, trials_after: int, share: float, among: int = 0) -> int:
    """Return how many suspicions at once can still be confirmed, if all trials before pass and none after.

    Fisher's p-value is then ``1 / C(before + after, after)``, and the smallest of k has to be within
    ``share / k`` (Holm), or within ``share / among`` where the earlier prompt is not asked again.
    0: none can, and nothing need be asked.
    """
    room = share * comb(trials_before + trials_after, trials_after)
    if among:
        return among if room >= among else 0
    return int(room * (1 + _ROUNDING))


def apply_policy(
    comparison: Comparison,
    followed: Followed,
    scores: Sequence[Score],
    policy: GateConfig,
    notes: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> GateResult:
    """Apply a project's policy.

    Red: a supported regression, a confirmed failure, a missed threshold, or a critical rule that no case
    exercises. Yellow: nothing can be said (red where the policy says so), or suspicions that were not
    followed to an end.

    Args:
        comparison: base against head.
        followed: suspicions and what came of them.
        scores: those of the head.
        policy: the project's.
        notes: what a reader should know.
        warnings: what would be red, had a judge decided it that may gate.
    """
    red = list(comparison.reasons) if comparison.decision is Direction.REGRESSED else []
    red += [_said(one) for one in followed.confirmations if one.confirmed]
    missed = [*_thresholds(comparison, scores, policy), *_uncovered(comparison, scores, policy)]
    yellow: list[str] = list(warnings)
    if comparison.decision is Direction.INCONCLUSIVE:
        yellow += comparison.reasons
        if policy.inconclusive == "fail" and not red and not missed:
            missed = [f"the policy takes what cannot be told for a failure: {comparison.reasons[0]}"]
    yellow += _open_suspicions(followed)
    light = Light.RED if red or missed else Light.YELLOW if yellow else Light.GREEN
    return GateResult(
        light, (*red, *missed, *yellow), comparison, followed, tuple(missed), (*notes, *comparison.caveats)
    )


def _open_suspicions(followed: Followed) -> list[str]:
    said = []
    if followed.unfollowed:
        number = len(followed.unfollowed)
        said.append(
            f"{number} {'cell' if number == 1 else 'cells'} (a case and a rule) that always passed failed in "
            f"every trial and {'was' if number == 1 else 'were'} not asked again: {followed.why}"
        )
    unasked = [one for one in followed.confirmations if not one.confirmed and _is_empty(one.fresh)]
    if unasked:
        said.append(
            f"{len(unasked)} cells that always passed failed in every trial, and the fresh trials gave no "
            "verdict on them; run the gate again"
        )
    return said


def _is_empty(fresh: FreshTrials) -> bool:
    """Without a verdict on both sides nothing was confirmed, and nothing was refuted."""
    return not (fresh.passed_before + fresh.failed_before and fresh.passed_after + fresh.failed_after)


def _said(one: Confirmation) -> str:
    rule = one.suspect.rule
    return (
        f"{one.suspect.case}: {rule.id} always passed and now fails, confirmed by fresh trials: "
        f"{one.counts}; {place_of(rule)}"
    )


def _thresholds(comparison: Comparison, scores: Sequence[Score], policy: GateConfig) -> list[str]:
    """A threshold is missed when even the upper end of the interval lies below it.

    Those of rules that this agent never had are for others.
    """
    own = {rule.id for side in (comparison.before, comparison.after) for rule in side.run.rules}
    if comparison.routing is not None:
        own |= {ROUTING, *(one.rule.id for one in comparison.routing.agents)}
    by_rule = {score.rule: score for score in scores}
    said = []
    for rule, least in sorted(policy.thresholds.items()):
        if rule not in own:
            continue
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
