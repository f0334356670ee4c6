"""The lexical router: which agent's text shares most with the message. No model, no network, no randomness.

The scores of ``features.py`` are added with weights that were learned once (``fit.py``); the sum goes
through a softmax, so that a score reads as the router's share of belief. Whether any agent should get the
message at all is a second question with weights of its own. Both sets lie in ``data/lexical.json``, one for
each choice of what the router may read; those of routers that go by token vectors, alone or too, lie beside
it (``embedding.json``, ``hybrid.json``).
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from harness.core.errors import InputError
from harness.core.types import Agent
from harness.routing.features import RosterFeatures, RouterKind, Source, features_of
from harness.routing.metrics import NONE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.float64]

__all__ = ["ALL_SOURCES", "FEW", "MANY", "LexicalRouter", "Ranking", "Weights", "calibrated", "load_weights"]

ALL_SOURCES: frozenset[Source] = frozenset(Source)
FEW, MANY = 20, 150
_SUREST = 1e-6
_BATCH = 512  # messages scored at once: bounds memory at a few arrays of 512 x agents


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned.

    Attributes:
        small, large: one weight per feature, in the order of ``features_of(sources)``, for rosters of at most
            ``FEW`` agents and of at least ``MANY``; none is negative.
        none_bias, none_slopes: the logit of "no agent" is bias + slopes x evidence.
        none_threshold: from this probability on the answer is ``none``.
    """

    small: tuple[float, ...]
    large: tuple[float, ...]
    none_bias: float
    none_slopes: tuple[float, ...]
    none_threshold: float

    def fusion(self, agents: int) -> tuple[float, ...]:
        """Return the weights for a roster of so many agents, between the two by the logarithm of its size."""
        share = math.log(max(agents, 1) / FEW) / math.log(MANY / FEW)
        share = min(1.0, max(0.0, share))
        return tuple(
            (1 - share) * few + share * many for few, many in zip(self.small, self.large, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Ranking:
    """The router's answer to one message.

    ``agents`` holds every agent with its share of belief, best first; ties go by name. The shares add
    up to 1. ``none`` is the probability, in [0, 1], that no agent should get the message; ``choice`` is
    the best agent or ``none``.
    """

    agents: tuple[tuple[str, float], ...]
    none: float
    choice: str
    kind: RouterKind = RouterKind.LEXICAL

    @property
    def confidence(self) -> float:
        """Return the router's own probability that its choice is right, in [0, 1].

        The share of belief is too sure of itself; bias and slope, learned on labelled messages, correct its
        logarithmic odds (Platt, 1999).
        """
        return calibrated(self.raw_confidence, *_confidence(self.kind))

    @property
    def raw_confidence(self) -> float:
        """Return the belief in the choice before it is corrected."""
        return self.none if self.choice == NONE else (1 - self.none) * self.agents[0][1]

    def names(self, limit: int) -> tuple[str, ...]:
        """Return the first ``limit`` names, ``none`` first where it is the choice and left out otherwise."""
        first = (NONE,) if self.choice == NONE else ()
        return (first + tuple(name for name, _ in self.agents[:limit]))[:limit]


def calibrated(belief: float, bias: float, slope: float) -> float:
    """Return a probability whose logarithmic odds are bias + slope x those of ``belief``."""
    belief = min(max(belief, _SUREST), 1 - _SUREST)
    return 1 / (1 + math.exp(-(bias + slope * math.log(belief / (1 - belief)))))


@lru_cache
def _document(kind: RouterKind) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        (files("harness.routing") / "data" / f"{kind}.json").read_text(encoding="utf-8")
    )
    return document


@lru_cache
def _confidence(kind: RouterKind) -> tuple[float, float]:
    found = _document(kind)["confidence"]
    return found["bias"], found["slope"]


@lru_cache
def _stored(kind: RouterKind) -> dict[str, Weights]:
    return {
        key: Weights(
            tuple(row["small"]),
            tuple(row["large"]),
            row["none_bias"],
            tuple(row["none_slopes"]),
            row["none_threshold"],
        )
        for key, row in _document(kind)["weights"].items()
    }


def load_weights(sources: Collection[Source], kind: RouterKind = RouterKind.LEXICAL) -> Weights:
    """Return the learned weights for what the router may read."""
    return _stored(kind)["+".join(["description", *sorted(sources)])]


class LexicalRouter:
    """Ranks the agents of a roster for a message.

    Args:
        agents: the roster. A name may occur twice; its best file then speaks for it.
        sources: what may be read besides name and description.
        weights: other weights than the learned ones.
        kind: words, token vectors, or both.

    Raises:
        InputError: the roster is empty.
        ConfigurationError: token vectors are wanted and not installed.
    """

    def __init__(
        self,
        agents: Sequence[Agent],
        sources: Collection[Source] = ALL_SOURCES,
        weights: Weights | None = None,
        kind: RouterKind = RouterKind.LEXICAL,
    ) -> None:
        if not agents:
            raise InputError("the roster is empty; a router needs at least one agent to choose from")
        self.weights = load_weights(sources, kind) if weights is None else weights
        wanted = features_of(sources, kind)
        if len(self.weights.small) != len(wanted):
            raise ValueError(f"{len(self.weights.small)} weights for {len(wanted)} features")
        self._features = RosterFeatures(agents, sources, kind)
        self._kind = kind
        self._names = self._features.names
        self._fusion = self.weights.fusion(len(self._names))

    def rank(self, message: str) -> list[tuple[str, float]]:
        """Return every agent with its share of belief, best first."""
        return list(self.rank_all([message])[0].agents)

    def rank_all(self, messages: Sequence[str]) -> list[Ranking]:
        """Rank the agents for each message; much faster than one by one."""
        return [
            ranking
            for start in range(0, len(messages), _BATCH)
            for ranking in self._rank_batch(messages[start : start + _BATCH])
        ]

    def _rank_batch(self, messages: Sequence[str]) -> list[Ranking]:
        import numpy as np

        measured = self._features.measure(messages)
        fused = np.tensordot(np.array(self._fusion), measured.scores, axes=1)
        belief = np.exp(fused - fused.max(axis=1, keepdims=True))
        belief /= belief.sum(axis=1, keepdims=True)
        logit = self.weights.none_bias + measured.evidence @ np.array(self.weights.none_slopes)
        none = 1 / (1 + np.exp(-np.clip(logit, -500, 500)))
        # Rounding first makes ties of what only the order of additions told apart; names decide them.
        order = np.argsort(-np.round(fused, 9), axis=1, kind="stable")
        sorted_belief = np.take_along_axis(belief, order, axis=1)
        return [
            self._ranking(columns, shares, no_agent)
            for columns, shares, no_agent in zip(
                order.tolist(), sorted_belief.tolist(), none.tolist(), strict=True
            )
        ]

    def _ranking(self, columns: list[int], shares: list[float], none: float) -> Ranking:
        names = [self._names[column] for column in columns]
        choice = NONE if none >= self.weights.none_threshold else names[0]
        return Ranking(tuple(zip(names, shares, strict=True)), none, choice, self._kind)
