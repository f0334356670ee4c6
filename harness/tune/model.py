"""The vocabulary of an ablation: what is asked, what is seen, and what is said of each part of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.core.errors import ConfigurationError
from harness.tune.units import Unit

__all__ = [
    "ROUTING",
    "WHOLE",
    "Ablation",
    "Conflict",
    "Design",
    "Effect",
    "Finding",
    "Measure",
    "Observation",
    "Standing",
    "StoppedError",
    "Wanted",
]

ROUTING = "routing"
"""In the place of a rule id: whether a message was delegated to the right agent."""

WHOLE = ""
"""In the place of a unit's id: the whole file."""


class StoppedError(Exception):
    """Raised by a measure that can ask no further; what was seen before stands."""


class Standing(StrEnum):
    """What came of a unit."""

    EARNS = "earns its place"
    HARMFUL = "harmful"
    NONE_SEEN = "no effect seen"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A case to be asked, with the file without a unit (an empty id: the whole file)."""

    unit: str
    case: str


@dataclass(frozen=True, slots=True)
class Observation:
    """How often (in [0, 1], over the trials) a rule was obeyed in the answers to a case."""

    unit: str
    case: str
    rule: str
    obeyed: float


Measure = Callable[[Sequence[Wanted]], Iterable[Observation]]
"""Asks and decides; what could not be decided is left out."""


@dataclass(frozen=True, slots=True)
class Design:
    """How an ablation asks.

    Attributes:
        alpha: false discovery rate of all effects that are claimed.
        margin: the smallest effect worth a line, in [0, 1]: a share of answers.
        batch: cases of its own that a unit gets at a time.
        rest: share of further cases, where the unit's own rules do not apply, to see effects on others.
        most: at most so many answers of variants are asked for, base included; 0: no limit.
        trials: answers to each question.
        seed: of the order of the cases.
    """

    alpha: float = 0.05
    margin: float = 0.1
    batch: int = 6
    rest: float = 0.34
    most: int = 0
    trials: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.alpha < 1 or not 0 < self.margin < 1:
            raise ConfigurationError("alpha and margin of an ablation lie between 0 and 1")
        if self.batch < 1 or self.trials < 1 or self.most < 0 or not 0 <= self.rest <= 1:
            raise ConfigurationError("batch and trials of an ablation are at least 1, rest lies in [0, 1]")


@dataclass(frozen=True, slots=True)
class Effect:
    """What a unit does to a rule: how much more often the rule is obeyed *with* the unit than without.

    Attributes:
        cases: pairs of answers that it rests on.
        mean: the mean difference, in [−1, 1]; 0 without cases.
        low: lower end of an interval that holds however often one looked (95 %).
        high: its upper end.
        benefit: e-value against "the unit does not help".
        harm: e-value against "the unit does not hurt".
    """

    cases: int
    mean: float
    low: float
    high: float
    benefit: float
    harm: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one unit.

    ``own`` is its effect on its own rules, ``others`` on all the others; ``needed`` says how many more cases
    would settle an open question (0: it is settled, or no case exercises it); ``why`` is one sentence.
    """

    unit: Unit
    standing: Standing
    own: Effect
    others: Effect
    asked: int
    needed: int
    why: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A unit without which another rule is obeyed more often, with cases that show it."""

    unit: str
    rule: str
    effect: Effect
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ablation:
    """What came of an ablation.

    ``asked`` counts questions (with ``trials`` answers each), ``exhaustive`` those of a design without stops.
    """

    findings: tuple[Finding, ...]
    conflicts: tuple[Conflict, ...]
    asked: int
    exhaustive: int
    design: Design
