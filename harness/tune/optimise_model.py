"""The vocabulary of an optimisation: what is seen of a prompt on a case, and what came of each proposal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from harness.compare.cells import Evasion
from harness.core.errors import ConfigurationError
from harness.stats.paired import sign_flip_p

__all__ = ["Answered", "Attempt", "Fate", "Feedback", "Measure", "Plan", "gain", "risen"]

_EVASIVE = 0.05
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the reflection model is told about a case: the question, and what went wrong, in sentences."""

    question: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a prompt on a case.

    Attributes:
        case: its id.
        cluster: its group.
        obeyed: mean over the rules in play of the share of answers that obey on something, in [0, 1]; the
            rules in play are those that the case names and those that the base's answers decide.
        measured: whether there was an answer, and a rule in play; ``obeyed`` says nothing otherwise.
        evaded: share of the verdicts in play, by kind, that measure nothing or find nothing to measure.
        feedback: what went wrong.
    """

    case: str
    cluster: str
    obeyed: float
    measured: bool
    evaded: Mapping[Evasion, float] = field(default_factory=dict)
    feedback: Feedback = Feedback("", ())


Measure = Callable[[str, Sequence[str]], Sequence[Answered]]
"""Puts a body to cases (by id) and returns one :class:`Answered` for each, in order."""


class Fate(StrEnum):
    """What came of a proposal."""

    REFUSED = "refused"
    NO_BETTER = "no better in training"
    EVASIVE = "evades"
    VALIDATED = "validated"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A proposal: the round it was made in, what came of it, why, and its gain on the validation cases."""

    round: int
    fate: Fate
    reason: str
    gain: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How prompts are sought.

    Attributes:
        rounds: at most so many times the reflection model is given something to improve.
        batch: training cases that it is told about at a time.
        proposals: how often it may try in a round, where its proposals are refused.
        seed: of the order of the cases and of the choice of parents.
    """

    rounds: int = 12
    batch: int = 6
    proposals: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.rounds, self.batch, self.proposals) < 1:
            raise ConfigurationError("rounds, batch and proposals of an optimisation are at least 1")


def gain(before: Sequence[Answered], after: Sequence[Answered]) -> float:
    """Return the mean rise over the cases that both sides measured; 0 where there is none.

    A case whose answers are missing on one side is no case of no obedience: it is left out.
    """
    moved = [
        new.obeyed - old.obeyed
        for old, new in zip(before, after, strict=True)
        if old.measured and new.measured
    ]
    return sum(moved) / len(moved) if moved else 0.0


def risen(before: Sequence[Answered], after: Sequence[Answered]) -> str:
    """Return which kind of evasion rose by more than chance explains; empty where none did."""
    clusters = [one.cluster or one.case for one in before]
    for kind in Evasion:
        # A rise is a drop of the negative.
        moved = [
            old.evaded.get(kind, 0.0) - new.evaded.get(kind, 0.0)
            for old, new in zip(before, after, strict=True)
        ]
        if sum(moved) < -_ROUNDING and sign_flip_p(moved, clusters)[0] <= _EVASIVE:
            return kind.value.replace("_", " ")
    return ""
