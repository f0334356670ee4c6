"""What a router without a model measures of a message and an agent: scores, each in [0, 1].

``text``
    BM25F over stems and pairs of stems in name, description and body.
``words``, ``characters``
    Cosine of sublinear TF-IDF over name and description, by stems and by character n-grams: descriptions
    are so short that the cosine's normalisation serves them better than BM25's, and n-grams forgive typing.
``concepts``
    Cosine over the subjects that words of name and description belong to: "React" and "browser" meet there.
``passages``
    BM25 over stems of the body, forty words at a time; an agent has the score of its best passage.
``dialogues``
    BM25F over character n-grams of each example dialogue; an agent has the score of its best dialogue.

``embedded_description``, ``embedded_passages``, ``embedded_dialogues``
    Cosine of averaged token vectors (``embedding.py``): of the description, the best passage, the best
    dialogue.

A dialogue never speaks for itself: one whose user turn is the message (same letters and digits, one within
the other, or nearly the same words) is left out, so messages that come from agent files measure what
unseen ones would.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.core.types import Agent
from harness.routing.bm25 import Field, FieldedIndex
from harness.routing.embedding import EmbeddedTexts
from harness.routing.indexes import Cosine, Dialogues, EmbeddedPassages, Passages
from harness.routing.vocabulary import concepts, everyday_weight
from harness.routing.words import LONGEST_TEXT, words, words_and_pairs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.float64]

__all__ = [
    "Feature",
    "Measured",
    "RosterFeatures",
    "RouterKind",
    "Source",
    "description_of",
    "features_of",
    "prose_of",
]


class Source(StrEnum):
    """What the router may read of an agent besides its name and description."""

    BODY = "body"
    DIALOGUES = "dialogues"


class Feature(StrEnum):
    """The scores, in the order of the arrays."""

    TEXT = "text"
    WORDS = "words"
    CHARACTERS = "characters"
    CONCEPTS = "concepts"
    PASSAGES = "passages"
    DIALOGUES = "dialogues"
    EMBEDDED_DESCRIPTION = "embedded_description"
    EMBEDDED_PASSAGES = "embedded_passages"
    EMBEDDED_DIALOGUES = "embedded_dialogues"


class RouterKind(StrEnum):
    """What a router without a model goes by: words, meaning by token vectors, or both."""

    LEXICAL = "lexical"
    EMBEDDING = "embedding"
    HYBRID = "hybrid"


@dataclass(frozen=True, slots=True)
class Measured:
    """Scores of n messages against m agents.

    Attributes:
        scores: shape (features, n, m), the agents in the order of ``RosterFeatures.names``.
        evidence: shape (n, 5), what says whether any agent fits at all: how much of the message its best
            agent matches, as log(1 + number of words, a word that no agent has counting 1 and common ones
            less); the best ``words``, ``characters`` and ``concepts`` scores; log(1 + words of the message
            that belong to a subject). An embedding router has the best embedded description and passage
            instead.
    """

    scores: Scores
    evidence: Scores


_EMBEDDED = frozenset({Feature.EMBEDDED_DESCRIPTION, Feature.EMBEDDED_PASSAGES, Feature.EMBEDDED_DIALOGUES})
_EXAMPLE = re.compile(r"<example>.*?(?:</example>|\Z)", re.DOTALL | re.IGNORECASE)
_CODE = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1[^\n]*$|\Z)", re.DOTALL | re.MULTILINE)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-_/:.]+")
_NAME_WEIGHT = 2.0
_DESCRIPTION_WEIGHT = 2.0
_WORTH_COMPARING = 0.2  # a dialogue that is the message scores far above this
_SAME_MEANING = 0.6  # the same for token vectors


def features_of(sources: Collection[Source], kind: RouterKind = RouterKind.LEXICAL) -> tuple[Feature, ...]:
    """Return the features that exist when the router may read ``sources``."""
    wanted = {Feature.WORDS, Feature.CHARACTERS, Feature.CONCEPTS, Feature.EMBEDDED_DESCRIPTION}
    if Source.BODY in sources:
        wanted |= {Feature.TEXT, Feature.PASSAGES, Feature.EMBEDDED_PASSAGES}
    if Source.DIALOGUES in sources:
        wanted |= {Feature.DIALOGUES, Feature.EMBEDDED_DIALOGUES}
    left_out = _EMBEDDED if kind is RouterKind.LEXICAL else frozenset(Feature) - _EMBEDDED
    return tuple(
        feature
        for feature in Feature
        if feature in wanted and (kind is RouterKind.HYBRID or feature not in left_out)
    )


class RosterFeatures:
    """The agents of a roster, indexed once; then any number of messages.

    Args:
        agents: the roster. A name may occur twice; its best file then speaks for it.
        sources: what may be read besides name and description.
        kind: words, token vectors, or both.

    Raises:
        ConfigurationError: token vectors are wanted and not installed.
    """

    def __init__(
        self,
        agents: Sequence[Agent],
        sources: Collection[Source] = frozenset(Source),
        kind: RouterKind = RouterKind.LEXICAL,
    ) -> None:
        agents = sorted(agents, key=lambda agent: (agent.name, agent.path))
        self.features = features_of(sources, kind)
        self.names = tuple(sorted({agent.name for agent in agents}))
        self._first = [
            number
            for number, agent in enumerate(agents)
            if not number or agent.name != agents[number - 1].name
        ]
        self._size = len(agents)
        self._kind = kind
        self._short = [description_of(agent) for agent in agents]
        self._bodies = [prose_of(agent) for agent in agents] if Source.BODY in sources else []
        self._dialogues = Dialogues(agents) if Source.DIALOGUES in sources else None
        if kind is not RouterKind.EMBEDDING:
            self._index_words(agents)
        if kind is not RouterKind.LEXICAL:
            self._index_vectors()

    def measure(self, messages: Sequence[str]) -> Measured:
        """Score every message against every agent."""
        import numpy as np

        found: dict[Feature, Scores] = {}
        evidence: list[Scores] = []
        if self._kind is not RouterKind.EMBEDDING:
            evidence += self._measure_words(messages, found)
        if self._kind is not RouterKind.LEXICAL:
            self._measure_vectors(messages, found)
        if self._kind is RouterKind.EMBEDDING:
            # A dialogue that is the message is left out, and then says nothing of whether the message fits.
            best = (Feature.EMBEDDED_DESCRIPTION, Feature.EMBEDDED_PASSAGES)
            evidence += [found[name].max(axis=1) for name in best if name in found]
        scores = np.stack([found[feature] for feature in self.features])
        return Measured(np.maximum.reduceat(scores, self._first, axis=2), np.column_stack(evidence))

    def _index_words(self, agents: Sequence[Agent]) -> None:
        fields = {
            "name": Field([_name_of(agent) for agent in agents], _NAME_WEIGHT, 0.0),
            "description": Field(
                [_EXAMPLE.sub(" ", agent.description)[:LONGEST_TEXT] for agent in agents], _DESCRIPTION_WEIGHT
            ),
        }
        if self._bodies:
            fields["body"] = Field(self._bodies, 1.0)
        self._text = FieldedIndex(words_and_pairs, fields, everyday_weight)
        self._passages = Passages(self._bodies) if self._bodies else None
        self._words = Cosine(self._short, analyzer=words)
        self._characters = Cosine(self._short, analyzer="char_wb", ngram_range=(3, 5))
        self._concepts = Cosine(self._short, analyzer=concepts)
        self._said = self._dialogues.by_words() if self._dialogues is not None else None

    def _index_vectors(self) -> None:
        self._meaning = EmbeddedTexts(self._short)
        self._meant_passages = EmbeddedPassages(self._bodies) if self._bodies else None
        self._meant = self._dialogues.by_vectors() if self._dialogues is not None else None

    def _measure_words(self, messages: Sequence[str], found: dict[Feature, Scores]) -> list[Scores]:
        """Add the scores by words; return what they say on whether any agent fits."""
        import numpy as np

        text, content = self._text.score_and_content(messages)
        found |= {
            Feature.TEXT: text,
            Feature.WORDS: self._words.score(messages),
            Feature.CHARACTERS: self._characters.score(messages),
            Feature.CONCEPTS: self._concepts.score(messages),
        }
        if self._passages is not None:
            found[Feature.PASSAGES] = self._passages.score(messages)
        if self._dialogues is not None:
            found[Feature.DIALOGUES] = self._dialogues.score(
                messages, self._size, self._said, _WORTH_COMPARING
            )
        matched = np.log1p(text.max(axis=1) * content)
        known = np.log1p([float(len(concepts(message))) for message in messages])
        best = [found[name].max(axis=1) for name in (Feature.WORDS, Feature.CHARACTERS, Feature.CONCEPTS)]
        return [matched, *best, known]

    def _measure_vectors(self, messages: Sequence[str], found: dict[Feature, Scores]) -> None:
        found[Feature.EMBEDDED_DESCRIPTION] = self._meaning.score(messages)
        if self._meant_passages is not None:
            found[Feature.EMBEDDED_PASSAGES] = self._meant_passages.score(messages)
        if self._dialogues is not None:
            found[Feature.EMBEDDED_DIALOGUES] = self._dialogues.score(
                messages, self._size, self._meant, _SAME_MEANING
            )


def description_of(agent: Agent) -> str:
    """Return an agent's name, as words, and its description without dialogues."""
    return f"{_name_of(agent)} {_EXAMPLE.sub(' ', agent.description)[:LONGEST_TEXT]}"


def prose_of(agent: Agent) -> str:
    """Return a body without its dialogues and code blocks: neither says what the agent is asked for."""
    return _CODE.sub(" ", _EXAMPLE.sub(" ", agent.prompt[:LONGEST_TEXT]))


def _name_of(agent: Agent) -> str:
    return _HUMP.sub(" ", agent.name)
