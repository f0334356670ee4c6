"""Where the descriptions of a roster collide: predicted from text, joined to the confusions observed.

Two agents are as alike as their texts: the mean of the cosines (sublinear TF-IDF over stems) of their
descriptions, which is all a model sees, and of their descriptions with bodies, which says whether they are
for the same work at all. Over five collections that mean told pairs that the lexical router confused from
others with an area under the ROC curve of .74 to .89, as well as bodies alone and better than descriptions,
character n-grams or subjects (``benchmarks/overlap.py``). Descriptions take part because models see nothing
else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.core.types import Agent
from harness.routing.features import description_of, prose_of
from harness.routing.metrics import MISSING, NONE, RoutingRow
from harness.routing.names import name_key
from harness.routing.reach import Unreachable, unreachable
from harness.routing.wordlist import WordTable
from harness.suite.roster import ROSTER_WARNING_TOKENS, line_tokens

__all__ = ["Collision", "LongLine", "Overlap", "SameName", "find_overlap"]

_LEAST_LIKENESS = 0.05
_SHARED = 8  # words
_DISTINGUISHING = 5


@dataclass(frozen=True, slots=True)
class Side:
    """One agent of a colliding pair.

    Attributes:
        agent: its name.
        lost: messages for it that went to the other one.
        says: words of its description that the other's lacks, the most telling first.
        could_say: words that its body dwells on, its description lacks and the other agent has nowhere.
    """

    agent: str
    lost: int
    says: tuple[str, ...]
    could_say: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Collision:
    """Two agents that a router may take for each other.

    Attributes:
        first, second: in the order of their names.
        likeness: of their texts, in [0, 1].
        rank: place among all pairs by likeness, from 1.
        predicted: whether the texts alone point at the pair: as many of the likest do as there are agents.
        shared: the words of both descriptions that make them alike, the heaviest first.
    """

    first: Side
    second: Side
    likeness: float
    rank: int
    predicted: bool
    shared: tuple[str, ...]

    @property
    def observed(self) -> int:
        """Messages for one of the two that went to the other."""
        return self.first.lost + self.second.lost


@dataclass(frozen=True, slots=True)
class LongLine:
    """The roster line of one agent, in estimated tokens, where it takes more than its share of the budget."""

    agent: str
    tokens: int
    share: int


@dataclass(frozen=True, slots=True)
class SameName:
    """Agents (or files) that Claude Code cannot tell apart: it ignores case and separators."""

    names: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """What is wrong with a roster as a whole.

    Attributes:
        agents: how many there are.
        collisions: observed pairs first, the most frequent first; then the predicted ones, likest first.
        tokens: estimated length of the whole roster; ``budget`` the number from which Claude Code warns.
        long_lines: lines to shorten first, the longest first; empty while the roster is within the budget.
        unreachable: agents that hardly any message can reach, with the reason.
        same_names: names that are one name.
        confusions: observed choices of a wrong agent; ``foreseen`` those of the predicted pairs, which are
            ``predicted`` of ``pairs``.
    """

    agents: int
    collisions: tuple[Collision, ...]
    tokens: int
    budget: int
    long_lines: tuple[LongLine, ...]
    unreachable: tuple[Unreachable, ...]
    same_names: tuple[SameName, ...]
    confusions: int
    foreseen: int
    predicted: int
    pairs: int


def find_overlap(agents: Sequence[Agent], files: Sequence[Agent], rows: Sequence[RoutingRow] = ()) -> Overlap:
    """Look for collisions.

    Args:
        agents: the roster, each name once.
        files: every agent file, those with a name that is taken too.
        rows: choices of any router on this roster, to be joined; may be empty.
    """
    agents = sorted(agents, key=lambda agent: agent.name)
    lost = _confused(agents, rows)
    collisions = _collisions(agents, lost)
    lines = line_tokens(agents)
    total = sum(tokens for _, tokens in lines)
    return Overlap(
        agents=len(agents),
        collisions=collisions,
        tokens=total,
        budget=ROSTER_WARNING_TOKENS,
        long_lines=_long_lines(lines, total),
        unreachable=unreachable(agents, rows),
        same_names=_same_names(files),
        confusions=sum(lost.values()),
        foreseen=sum(pair.observed for pair in collisions if pair.predicted),
        predicted=sum(pair.predicted for pair in collisions),
        pairs=len(agents) * (len(agents) - 1) // 2,
    )


def _confused(agents: Sequence[Agent], rows: Iterable[RoutingRow]) -> Counter[tuple[str, str]]:
    """Count wrong choices of one agent for another, (label, choice)."""
    names = {agent.name for agent in agents}
    return Counter(
        (row.expected, row.predicted)
        for row in rows
        if not row.correct
        and row.predicted not in (MISSING, NONE)
        and row.expected in names
        and row.predicted in names
    )


def _collisions(agents: Sequence[Agent], lost: Counter[tuple[str, str]]) -> tuple[Collision, ...]:
    import numpy as np

    if len(agents) < 2:
        return ()
    descriptions = [description_of(agent) for agent in agents]
    whole = [f"{text}\n{prose_of(agent)}" for text, agent in zip(descriptions, agents, strict=True)]
    told, known = WordTable(descriptions), WordTable(whole)
    likeness = (told.likeness() + known.likeness()) / 2
    upper = np.triu_indices(len(agents), k=1)
    values = likeness[upper]
    order = np.argsort(-np.round(values, 9), kind="stable")
    rank = np.empty(len(order), dtype=int)
    rank[order] = np.arange(1, len(order) + 1)
    place = {agent.name: number for number, agent in enumerate(agents)}
    seen = {tuple(sorted((place[label], place[choice]))) for label, choice in lost}
    found = []
    likely = {int(number) for number in order[: len(agents)] if values[number] >= _LEAST_LIKENESS}
    pairs = zip(upper[0].tolist(), upper[1].tolist(), strict=True)
    wanted = likely.union(number for number, pair in enumerate(pairs) if pair in seen)
    for number in sorted(wanted):
        pair = (int(upper[0][number]), int(upper[1][number]))
        found.append(
            Collision(
                _side(agents, pair, lost, (told, known)),
                _side(agents, (pair[1], pair[0]), lost, (told, known)),
                float(values[number]),
                int(rank[number]),
                number in likely,
                told.shared(*pair, limit=_SHARED),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.observed, one.rank)))


def _side(
    agents: Sequence[Agent],
    pair: tuple[int, int],
    lost: Counter[tuple[str, str]],
    tables: tuple[WordTable, WordTable],
) -> Side:
    here, there = pair
    told, known = tables
    says = told.only_in(here, there, limit=_DISTINGUISHING)
    own = known.only_in(here, there, limit=_DISTINGUISHING, without=told.stems(here))
    return Side(agents[here].name, lost[agents[here].name, agents[there].name], says, own)


def _long_lines(lines: Sequence[tuple[str, int]], total: int) -> tuple[LongLine, ...]:
    """Return the lines above an equal share of the budget, if the roster exceeds it."""
    if total <= ROSTER_WARNING_TOKENS:
        return ()
    share = ROSTER_WARNING_TOKENS // len(lines)
    above = [LongLine(agent, tokens, share) for agent, tokens in lines if tokens > share]
    return tuple(sorted(above, key=lambda line: (-line.tokens, line.agent)))


def _same_names(files: Sequence[Agent]) -> tuple[SameName, ...]:
    by_key: defaultdict[str, list[Agent]] = defaultdict(list)
    for agent in files:
        by_key[name_key(agent.name)].append(agent)
    return tuple(
        SameName(tuple(sorted({agent.name for agent in same})), tuple(sorted(agent.path for agent in same)))
        for key, same in sorted(by_key.items())
        if len(same) > 1
    )
