"""The leaderboard of an experiment: what is said of each variant, and which may be the best."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.compare.model import EvasionChange, Policy, RateChange
from harness.stats.interval import NO_NUMBER, Number
from harness.stats.score import Score

__all__ = ["Entry", "Facts", "Leaderboard", "RuleMove", "VariantStanding", "is_contestant"]


class VariantStanding(StrEnum):
    """What can be said of a variant beside the base."""

    BASE = "base"
    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    EVADES = "evades"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a variant costs; numbers that nobody knows are ``NO_NUMBER``.

    Attributes:
        prompt_tokens: of the system prompt, estimated; they are sent with every question.
        answers: number of answers.
        input_tokens: mean per answer, as the server counted them.
        output_tokens: the same of the answer.
        cost_usd: mean per answer, in US dollars.
    """

    prompt_tokens: int
    answers: int = 0
    input_tokens: Number = NO_NUMBER
    output_tokens: Number = NO_NUMBER
    cost_usd: Number = NO_NUMBER


@dataclass(frozen=True, slots=True)
class RuleMove:
    """One rule that a variant moves; ``q`` is over all rules of all variants."""

    rule: str
    delta: float
    q: float


@dataclass(frozen=True, slots=True)
class Entry:
    """One variant.

    Attributes:
        name: of the variant.
        control: whether it is a control arm.
        score: all rules together.
        change: against the base, with an interval that holds for all arms together; empty for the base.
        p_adjusted: two-sided, Holm's correction over all arms.
        standing: what can be said.
        rose: kinds of evasion that rose against the base.
        moved: rules that fell or rose, the greatest fall first.
        facts: what it costs.
        best: whether it may be the best.
        front: whether no other variant has a better score with a prompt that is no longer.
        needed: more cases that would show a difference of five points; 0: enough, or not known.
        why: what keeps this variant from being compared, if anything does.
    """

    name: str
    control: bool
    score: Score
    change: RateChange | None
    p_adjusted: Number
    standing: VariantStanding
    rose: tuple[EvasionChange, ...]
    moved: tuple[RuleMove, ...]
    facts: Facts
    best: bool = False
    front: bool = False
    needed: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """All variants: those with a rank by their score, those that evade, the controls.

    Attributes:
        entries: in that order.
        best: names of those that may be the best; empty where nothing can be told.
        arms: number of variants that are held against the base.
        cases: independent cases behind the comparisons, at most.
        cases_needed: independent cases without which no difference at all could be shown.
        policy: margin, error budget and seed.
    """

    entries: tuple[Entry, ...]
    best: tuple[str, ...]
    arms: int
    cases: int
    cases_needed: int
    policy: Policy

    @property
    def ranked(self) -> tuple[Entry, ...]:
        """The contestants that do not evade, best score first."""
        return tuple(one for one in self.entries if is_contestant(one))

    @property
    def controls(self) -> tuple[Entry, ...]:
        """The control arms."""
        return tuple(one for one in self.entries if one.control)

    @property
    def evading(self) -> tuple[Entry, ...]:
        """Variants that are marked."""
        return tuple(
            one for one in self.entries if one.standing is VariantStanding.EVADES and not one.control
        )

    @property
    def told(self) -> tuple[Entry, ...]:
        """Variants, controls left out, of which something is shown."""
        shown = {VariantStanding.BETTER, VariantStanding.WORSE, VariantStanding.SAME}
        return tuple(one for one in self.entries if one.standing in shown and not one.control)


def is_contestant(entry: Entry) -> bool:
    """Tell whether a variant can be the best at all."""
    return not entry.control and entry.standing is not VariantStanding.EVADES
