"""What a comparison says, frozen. Differences are always after − before; rates lie in [0, 1]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.compare.cells import Evasion
from harness.compare.pairing import MatchedRules, Side
from harness.core.types import Case, Verdict
from harness.stats.interval import Number
from harness.stats.paired import PairedDifference
from harness.store.decided import DecidedRule

__all__ = [
    "CaseFlip",
    "Comparison",
    "ConfusionChange",
    "Direction",
    "EvasionChange",
    "Policy",
    "RateChange",
    "RosterChange",
    "RoutingComparison",
    "RoutingFlip",
    "RuleChange",
    "TagChange",
]


class Direction(StrEnum):
    """What can be said. ``inconclusive``: neither a change nor its absence is supported."""

    IMPROVED = "improved"
    REGRESSED = "regressed"
    SAME = "same"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Policy:
    """How much counts, and how sure one must be.

    Attributes:
        margin: a smaller change than this counts as none (a share: 0.02 is two points).
        alpha: probability of a red result though nothing changed, over all ways to be red together.
        seed: of the random sign patterns.
    """

    margin: float = 0.02
    alpha: float = 0.05
    seed: int = 0

    @property
    def share(self) -> float:
        """The part of the error budget of each of the three ways to be ``regressed``.

        They are the aggregate, a single rule, and a confirmed failure of what always passed.
        """
        return self.alpha / 3


@dataclass(frozen=True, slots=True)
class RateChange:
    """A rate on both sides, over the cells that both sides decide, and the paired difference."""

    before: Number
    after: Number
    difference: PairedDifference


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule.

    Attributes:
        rule: the rule as the later side words it.
        earlier: as the earlier side words it.
        change: the rates and their difference.
        q: Benjamini–Hochberg of the two-sided p-values over all rules.
        q_drop: the same of the one-sided p-values against a drop; the gate looks at it.
        decision: what can be said about this rule.
        trials: decided verdicts before and after.
        evasions_before: what was not measured, by kind.
        evasions_after: the same after.
    """

    rule: DecidedRule
    earlier: DecidedRule
    change: RateChange
    q: Number
    q_drop: Number
    decision: Direction
    trials: tuple[int, int]
    evasions_before: Mapping[Evasion, int]
    evasions_after: Mapping[Evasion, int]


@dataclass(frozen=True, slots=True)
class TagChange:
    """All rules together on the cases with one tag. Shown, never tested: tags overlap."""

    tag: str
    change: RateChange


@dataclass(frozen=True, slots=True)
class CaseFlip:
    """A case whose share of passes for a rule changed, with a verdict of each side as evidence."""

    case: Case
    rule: DecidedRule
    passed_before: int
    decided_before: int
    passed_after: int
    decided_after: int
    verdict_before: Verdict
    verdict_after: Verdict

    @property
    def delta(self) -> float:
        """Change of the share of passes."""
        return self.passed_after / self.decided_after - self.passed_before / self.decided_before


@dataclass(frozen=True, slots=True)
class EvasionChange:
    """How often something was not measured: shares of verdicts, and the p-value against a rise.

    ``rose`` holds after Holm's correction over the kinds.
    """

    kind: Evasion
    before: Number
    after: Number
    p_rise: Number
    rose: bool


@dataclass(frozen=True, slots=True)
class RoutingFlip:
    """A message whose share of right choices changed.

    Attributes:
        flip: the counts on both sides, with a verdict of each.
        message: the user's last message; may be hostile.
        expected: the right agent, or ``none``.
        before: whom the trials chose before, and how often, the most frequent first.
        after: the same after.
    """

    flip: CaseFlip
    message: str
    expected: str
    before: tuple[tuple[str, int], ...]
    after: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ConfusionChange:
    """How many choices named ``predicted`` where ``expected`` was right, on messages both sides decide."""

    expected: str
    predicted: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class RosterChange:
    """Names of the agents that only one side's roster has, or whose lines differ."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoutingComparison:
    """Which agent gets the message, on both sides.

    Attributes:
        accuracy: share of right choices, every case weighing the same.
        decision: what can be said of it.
        agents: the recall of each expected agent, as a rule ``routing/<agent>``.
        tags: accuracy on the cases with one tag.
        flips: the greatest drop first.
        confusions: those that grew most first.
        evasions: by kind.
        roster: whose lines differ.
        same_answers: both sides are the very same answers, so nothing can differ.
    """

    accuracy: RateChange
    decision: Direction
    agents: tuple[RuleChange, ...]
    tags: tuple[TagChange, ...]
    flips: tuple[RoutingFlip, ...]
    confusions: tuple[ConfusionChange, ...]
    evasions: tuple[EvasionChange, ...]
    roster: RosterChange
    same_answers: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sides compared.

    Attributes:
        before: the earlier side.
        after: the later side.
        decision: the conclusion.
        reasons: one sentence each: what led to it.
        caveats: what differs beside the prompt, or was left out: one sentence each.
        aggregate: all rules together; every case weighs the same. Of routing where only that was asked.
        whole: what can be said of all rules together; ``None`` where no side decides any.
        rules: in the order of the later specification.
        tags: by name.
        flips: the greatest drop first.
        evasions: by kind.
        matched: which rule is which.
        policy: margin, error budget and seed.
        routing: which agent gets the message; ``None`` where not both sides asked that.
    """

    before: Side
    after: Side
    decision: Direction
    reasons: tuple[str, ...]
    caveats: tuple[str, ...]
    aggregate: RateChange
    whole: Direction | None
    rules: tuple[RuleChange, ...]
    tags: tuple[TagChange, ...]
    flips: tuple[CaseFlip, ...]
    evasions: tuple[EvasionChange, ...]
    matched: MatchedRules
    policy: Policy
    routing: RoutingComparison | None = None
