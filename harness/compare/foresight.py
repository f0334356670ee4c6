"""What a gate could find at all, before anything is paid for: drops it can see, rules that can be red."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from harness.compare.gate import Trouble
from harness.compare.pilot import Pilot, clusters_by_rule
from harness.core.config import GateConfig
from harness.core.types import Case
from harness.run.estimate import Estimate
from harness.stats.interval import NO_NUMBER, Number
from harness.stats.paired import least_p
from harness.stats.power import CaseGroup, detectable_drop
from harness.store.decided import DecidedRule

__all__ = ["AgentPlan", "GatePlan", "RuleReach", "cases_to_be_red", "clusters_of", "reach_of"]

POWER = 0.8


@dataclass(frozen=True, slots=True)
class RuleReach:
    """Whether a drop of one rule could turn the gate red by itself.

    Attributes:
        rule: the rule.
        cases: cases that decide it: those of stored answers, else those that name it.
        measured: whether answers show that they do.
        detectable: the smallest drop that these cases show with power .8.
        can_be_red: whether even a fall of all cases would be significant.
    """

    rule: DecidedRule
    cases: int
    measured: bool
    detectable: Number
    can_be_red: bool


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """What the gate would do for one agent.

    Attributes:
        path: the agent file.
        cases: how many are asked; ``clusters`` of them are independent.
        trials: how often each is asked with each prompt; ``prompts`` is 2 against a commit, else 1.
        wanted: answers of the plan; ``stored`` of them exist.
        estimate: what the others will use.
        pilot: what power is computed from.
        detectable: the smallest drop of all rules together that would be found with power .8.
        rules: per rule, whether it could turn red by itself.
        needed: cases that a rule needs for that.
    """

    path: str
    cases: int
    clusters: int
    trials: int
    prompts: int
    wanted: int
    stored: int
    estimate: Estimate
    pilot: Pilot
    detectable: Number
    rules: tuple[RuleReach, ...]
    needed: int


@dataclass(frozen=True, slots=True)
class GatePlan:
    """What the gate would do.

    Attributes:
        model: who would be asked.
        against: a commit or a baseline, as the user named it.
        policy: that of each agent: its part of the error budget.
        max_cost: US dollars for all agents; ``max_tokens_total``: the same in tokens. ``None``: no limit.
        agents: the plans.
        troubles: agents that could not even be planned.
        warnings: what the policy cannot do.
    """

    model: str
    against: str
    policy: GateConfig
    max_cost: float | None
    max_tokens_total: int | None
    agents: tuple[AgentPlan, ...]
    troubles: tuple[Trouble, ...]
    warnings: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """What the command returns: a plan that cannot be made is the user's to mend."""
        codes = {trouble.code for trouble in self.troubles}
        return 2 if 2 in codes else max(codes, default=0)


def cases_to_be_red(level: float) -> int:
    """Return how many independent cases have to fall for a p-value within a level."""
    groups = 1
    while least_p(groups) > level:
        groups += 1
    return groups


def reach_of(
    rules: Sequence[DecidedRule], cases: Sequence[Case], pilot: Pilot, share: float, trials: int
) -> tuple[tuple[RuleReach, ...], int]:
    """Return, per rule, what its cases can show, and how many cases it takes to be red.

    A rule that falls alone among R has a q-value of R times its p-value (Benjamini and Hochberg).

    Args:
        rules: of the specification.
        cases: that are asked.
        pilot: what stored answers say; its rules may be empty.
        share: the part of the error budget that single rules have.
        trials: how often each case is asked.
    """
    seen = {subject.rule: subject for subject in pilot.rules if subject.rate is not NO_NUMBER}
    named = clusters_by_rule([rule.rule for rule in rules], cases)
    tested = [rule.id for rule in rules if rule.check and (rule.id in seen or named.get(rule.id))]
    level = share / max(1, len(tested))
    needed = cases_to_be_red(level)
    found = []
    for rule in rules:
        subject = seen.get(rule.id)
        clusters = named.get(rule.id, [])
        group = subject.group if subject is not None else CaseGroup.of(clusters)
        spread = subject.spread if subject is not None else pilot.aggregate.spread
        able = bool(rule.check) and group.worth >= needed
        drop = detectable_drop(group, spread, trials, alpha=level, power=POWER) if able else NO_NUMBER
        found.append(RuleReach(rule, group.cases, subject is not None, drop, able))
    return tuple(found), needed


def clusters_of(cases: Sequence[Case]) -> int:
    """Return the number of independent groups of cases."""
    return len(Counter(case.cluster or case.id for case in cases))
