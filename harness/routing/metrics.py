"""How well messages were routed: accuracy, per agent, per tag, and what was taken for what.

A choice that is missing (the call failed, the answer was cut off) is in no rate: ``n`` and ``missing`` say
how many there are. A name that is not in the roster is a choice, and a wrong one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = [
    "MISSING",
    "NONE",
    "AgentFigures",
    "Cell",
    "Interval",
    "RoutingMetrics",
    "RoutingRow",
    "Share",
    "routing_metrics",
]

NONE = "none"
"""The answer, and the label, of a message that no agent should get."""

MISSING = ""
"""What stands for the choice that was not made."""


@dataclass(frozen=True, slots=True)
class RoutingRow:
    """One choice.

    Attributes:
        case: id of the case; trials of a case share it.
        expected: the right agent or ``none``.
        predicted: the chosen agent, ``none``, any other name, or ``MISSING``.
        ranked: names best first, where the router ranks; at least three if the roster has them.
        known: whether ``predicted`` is in the roster (or ``none``).
        tags, cluster: those of the case; an empty cluster is the case itself.
        confidence: probability that the choice is right, as the router sees it; ``None`` if it states none.
    """

    case: str
    expected: str
    predicted: str
    ranked: tuple[str, ...] = ()
    known: bool = True
    tags: tuple[str, ...] = ()
    cluster: str = ""
    confidence: float | None = None

    @property
    def correct(self) -> bool:
        """Whether the choice is the label; false for a missing one, ask ``predicted`` first."""
        return self.predicted == self.expected


@dataclass(frozen=True, slots=True)
class Share:
    """A rate in [0, 1] with its 95 % interval and the number of choices; ``None``: the mean of nothing."""

    mean: float | None
    low: float | None
    high: float | None
    n: int


class _Bounds(Protocol):
    @property
    def low(self) -> Any: ...
    @property
    def high(self) -> Any: ...


Interval = Callable[[Sequence[float], Sequence[str], int], _Bounds]
"""(case means, their clusters, number of choices) -> bounds; ``harness.stats.interval.estimate`` is one."""


@dataclass(frozen=True, slots=True)
class AgentFigures:
    """How one agent (or ``none``) fared; a rate is ``None`` where nothing can be divided.

    ``expected`` counts the choices whose label it is, ``predicted`` those that named it.
    """

    agent: str
    precision: float | None
    recall: float | None
    f1: float | None
    expected: int
    predicted: int


@dataclass(frozen=True, slots=True)
class Cell:
    """``count`` choices named ``predicted`` where ``expected`` was right."""

    expected: str
    predicted: str
    count: int


@dataclass(frozen=True, slots=True)
class RoutingMetrics:
    """Everything about one router on one roster.

    Attributes:
        n: choices that were made; ``missing`` those that were not.
        accuracy: share of right choices, mean of case means.
        top3: share of labels among the first three names; ``None`` for a router that does not rank.
        macro_f1: mean F1 over the labels that occur, each counting the same.
        agents: every label and every chosen name: labels in order, then the others.
        cells: the confusion matrix, cells that are not empty, right choices included.
        by_tag: accuracy over the choices with a tag.
        unknown: choices that named no agent of the roster.
        chance: accuracy of always answering the most frequent label.
    """

    n: int
    missing: int
    accuracy: Share
    top3: float | None
    macro_f1: float | None
    agents: tuple[AgentFigures, ...]
    cells: tuple[Cell, ...]
    by_tag: tuple[tuple[str, Share], ...]
    unknown: int
    chance: float | None

    @property
    def confusions(self) -> tuple[Cell, ...]:
        """The wrong cells, the largest first."""
        wrong = (cell for cell in self.cells if cell.expected != cell.predicted)
        return tuple(sorted(wrong, key=lambda cell: (-cell.count, cell.expected, cell.predicted)))

    def agent(self, name: str) -> AgentFigures:
        """Return the figures of one agent or of ``none``; of nothing if nobody named or expected it."""
        empty = AgentFigures(name, None, None, None, 0, 0)
        return next((figures for figures in self.agents if figures.agent == name), empty)


def routing_metrics(rows: Sequence[RoutingRow], interval: Interval | None = None) -> RoutingMetrics:
    """Measure choices.

    Args:
        rows: one per choice that was wanted.
        interval: gives the bounds of a share; without it they are ``None``.
    """
    made = [row for row in rows if row.predicted != MISSING]
    ranked = [row for row in made if row.ranked]
    agents = _agents(made)
    labelled = [figures.f1 or 0.0 for figures in agents if figures.expected]
    tags = sorted({tag for row in rows for tag in row.tags})
    counted = Counter((row.expected, row.predicted) for row in made)
    labels = Counter(row.expected for row in made)
    return RoutingMetrics(
        n=len(made),
        missing=len(rows) - len(made),
        accuracy=_share(made, interval),
        top3=_mean([float(row.expected in row.ranked[:3]) for row in ranked])
        if len(ranked) == len(made)
        else None,
        macro_f1=_mean(labelled),
        agents=agents,
        cells=tuple(Cell(*pair, count) for pair, count in sorted(counted.items())),
        by_tag=tuple((tag, _share([row for row in made if tag in row.tags], interval)) for tag in tags),
        unknown=sum(not row.known for row in made),
        chance=max(labels.values()) / len(made) if made else None,
    )


def _agents(made: Sequence[RoutingRow]) -> tuple[AgentFigures, ...]:
    if not made:
        return ()
    from sklearn.metrics import precision_recall_fscore_support

    expected = [row.expected for row in made]
    predicted = [row.predicted for row in made]
    named = Counter(predicted)
    names = sorted(set(expected)) + sorted(set(predicted) - set(expected))
    figures = precision_recall_fscore_support(expected, predicted, labels=names, zero_division=0.0)
    return tuple(
        AgentFigures(
            agent=name,
            precision=float(precision) if named[name] else None,
            recall=float(recall) if support else None,
            f1=float(f1),
            expected=int(support),
            predicted=named[name],
        )
        for name, precision, recall, f1, support in zip(names, *figures, strict=True)
    )


def _share(made: Sequence[RoutingRow], interval: Interval | None) -> Share:
    """Return the mean of case means: a case asked three times weighs as much as one asked once."""
    by_case: defaultdict[str, list[RoutingRow]] = defaultdict(list)
    for row in made:
        by_case[row.case].append(row)
    means = [sum(row.correct for row in rows) / len(rows) for rows in by_case.values()]
    mean = _mean(means)
    if mean is None or interval is None:
        return Share(mean, None, None, len(made))
    clusters = [rows[0].cluster or case for case, rows in by_case.items()]
    bounds = interval(means, clusters, len(made))
    return Share(mean, float(bounds.low), float(bounds.high), len(made))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
