"""Agents that hardly any message can reach."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.core.types import Agent
from harness.routing.features import description_of, prose_of
from harness.routing.indexes import Cosine
from harness.routing.metrics import MISSING, RoutingRow
from harness.routing.words import normalised, words

__all__ = ["Reason", "Unreachable", "unreachable"]

_PASSAGES = 8
_PASSAGE = 40  # words
_FIRST = 3  # places in which an agent counts as reached
_LABELLED = 2  # messages from which "never chosen" says something


class Reason(StrEnum):
    """Why an agent cannot be reached."""

    NO_DESCRIPTION = "no description"
    SAME_DESCRIPTION = "same description"
    OWN_WORK_ELSEWHERE = "own work elsewhere"
    NEVER_CHOSEN = "never chosen"


@dataclass(frozen=True, slots=True)
class Unreachable:
    """An agent, why it is hard to reach, and in words what was found."""

    agent: str
    reason: Reason
    detail: str


def unreachable(agents: Sequence[Agent], rows: Sequence[RoutingRow] = ()) -> tuple[Unreachable, ...]:
    """Return the agents that hardly any message can reach, each with its plainest reason.

    An agent is reached where a passage of its own body, taken for a message, ranks its description among the
    first three: if none of them does, the description does not say what the agent is for.

    Args:
        agents: the roster, each name once.
        rows: choices of any router on it.
    """
    found: dict[str, Unreachable] = {}
    for one in (*_undescribed(agents), *_never_chosen(rows), *_elsewhere(agents)):
        found.setdefault(one.agent, one)
    return tuple(found[name] for name in sorted(found))


def _undescribed(agents: Sequence[Agent]) -> Iterator[Unreachable]:
    same: defaultdict[str, list[str]] = defaultdict(list)
    for agent in agents:
        text = normalised(agent.description)
        if text:
            same[text].append(agent.name)
        else:
            yield Unreachable(agent.name, Reason.NO_DESCRIPTION, "the roster shows nothing but its name")
    for names in same.values():
        for name in names if len(names) > 1 else ():
            others = ", ".join(other for other in names if other != name)
            yield Unreachable(name, Reason.SAME_DESCRIPTION, f"word for word that of {others}")


def _never_chosen(rows: Sequence[RoutingRow]) -> Iterator[Unreachable]:
    made = [row for row in rows if row.predicted != MISSING]
    expected = Counter(row.expected for row in made)
    right = {row.expected for row in made if row.correct}
    for name, count in sorted(expected.items()):
        if count >= _LABELLED and name not in right:
            went = Counter(row.predicted for row in made if row.expected == name).most_common(2)
            where = ", ".join(f"{other} {times}" for other, times in went)
            yield Unreachable(
                name, Reason.NEVER_CHOSEN, f"none of its {count} messages came; went to {where}"
            )


def _elsewhere(agents: Sequence[Agent]) -> Iterator[Unreachable]:
    passages = [(number, text) for number, agent in enumerate(agents) for text in _passages(agent)]
    if len(agents) <= _FIRST or not passages:
        return
    scores = Cosine([description_of(agent) for agent in agents], analyzer=words).score(
        [text for _, text in passages]
    )
    reached: Counter[int] = Counter()
    better: defaultdict[int, Counter[int]] = defaultdict(Counter)
    total: Counter[int] = Counter(number for number, _ in passages)
    for row, (number, _) in enumerate(passages):
        own = scores[row, number]
        if own > 0 and int((scores[row] > own).sum()) < _FIRST:
            reached[number] += 1
        else:
            better[number][int(scores[row].argmax())] += 1
    for number, agent in enumerate(agents):
        if total[number] == _PASSAGES and not reached[number]:
            winners = [agents[other].name for other, _ in better[number].most_common(2)]
            yield Unreachable(
                agent.name,
                Reason.OWN_WORK_ELSEWHERE,
                f"{_PASSAGES} passages of its body fit other descriptions better, as {', '.join(winners)}",
            )


def _passages(agent: Agent) -> list[str]:
    """Return as many passages as are compared, evenly spread; fewer where the body is short."""
    found = prose_of(agent).split()
    cut = [" ".join(found[start : start + _PASSAGE]) for start in range(0, len(found), _PASSAGE)]
    if len(cut) <= _PASSAGES:
        return cut
    return [cut[number * len(cut) // _PASSAGES] for number in range(_PASSAGES)]
