"""What the lexical router measures of a message and an agent: six scores, each in [0, 1].

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

A dialogue never speaks for itself: one whose user turn is the message (same letters and digits, one within
the other, or nearly the same words) is left out, so messages that come from agent files measure what
unseen ones would.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from harness.core.types import Agent, Dialogue, Role
from harness.routing.bm25 import Field, FieldedIndex
from harness.routing.vocabulary import concepts, everyday_weight
from harness.routing.words import LONGEST_TEXT, character_grams, normalised, words, words_and_pairs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.float64]

__all__ = [
    "Cosine",
    "Feature",
    "Measured",
    "RosterFeatures",
    "Source",
    "description_of",
    "features_of",
    "prose_of",
    "same_message",
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


@dataclass(frozen=True, slots=True)
class Measured:
    """Scores of n messages against m agents.

    Attributes:
        scores: shape (features, n, m), the agents in the order of ``RosterFeatures.names``.
        evidence: shape (n, 5), what says whether any agent fits at all: how much of the message its best
            agent matches, as log(1 + number of words, a word that no agent has counting 1 and common ones
            less); the best ``words``, ``characters`` and ``concepts`` scores; log(1 + words of the message
            that belong to a subject).
    """

    scores: Scores
    evidence: Scores


_EXAMPLE = re.compile(r"<example>.*?(?:</example>|\Z)", re.DOTALL | re.IGNORECASE)
_CODE = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1[^\n]*$|\Z)", re.DOTALL | re.MULTILINE)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-_/:.]+")
_NAME_WEIGHT = 2.0
_DESCRIPTION_WEIGHT = 2.0
_USER_WEIGHT = 2.0
_SHORT_LENGTH = 0.4  # b of BM25 for dialogues: they differ little in length
_PASSAGE = 40  # words that are no stop words
_WORTH_COMPARING = 0.2  # a dialogue that is the message scores far above this
_SAME_WORDS = 0.8  # Jaccard likeness from which two messages are the same one, reworded by a parser
_CONTAINED = 20  # characters that a message must have to be looked for within another


def features_of(sources: Collection[Source]) -> tuple[Feature, ...]:
    """Return the features that exist when the router may read ``sources``."""
    wanted = {Feature.WORDS, Feature.CHARACTERS, Feature.CONCEPTS}
    if Source.BODY in sources:
        wanted |= {Feature.TEXT, Feature.PASSAGES}
    if Source.DIALOGUES in sources:
        wanted.add(Feature.DIALOGUES)
    return tuple(feature for feature in Feature if feature in wanted)


def same_message(first: str, second: str) -> bool:
    """Say whether two normalised texts are one message: equal, contained, or nearly the same words."""
    if first == second:
        return True
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) >= _CONTAINED and shorter in longer:
        return True
    one, other = set(first.split()), set(second.split())
    return len(one & other) >= _SAME_WORDS * len(one | other)


class RosterFeatures:
    """The agents of a roster, indexed once; then any number of messages.

    Args:
        agents: the roster. A name may occur twice; its best file then speaks for it.
        sources: what may be read besides name and description.
    """

    def __init__(self, agents: Sequence[Agent], sources: Collection[Source] = frozenset(Source)) -> None:
        agents = sorted(agents, key=lambda agent: (agent.name, agent.path))
        self.features = features_of(sources)
        self.names = tuple(sorted({agent.name for agent in agents}))
        self._first = [
            number
            for number, agent in enumerate(agents)
            if not number or agent.name != agents[number - 1].name
        ]
        names = [_name_of(agent) for agent in agents]
        descriptions = [_EXAMPLE.sub(" ", agent.description)[:LONGEST_TEXT] for agent in agents]
        short = [description_of(agent) for agent in agents]
        self._size = len(agents)
        fields = {
            "name": Field(names, _NAME_WEIGHT, 0.0),
            "description": Field(descriptions, _DESCRIPTION_WEIGHT),
        }
        bodies = [prose_of(agent) for agent in agents] if Source.BODY in sources else []
        if bodies:
            fields["body"] = Field(bodies, 1.0)
        self._text = FieldedIndex(words_and_pairs, fields, everyday_weight)
        self._passages = _Passages(bodies) if bodies else None
        self._words = Cosine(short, analyzer=words)
        self._characters = Cosine(short, analyzer="char_wb", ngram_range=(3, 5))
        self._concepts = Cosine(short, analyzer=concepts)
        self._dialogues = _Dialogues(agents) if Source.DIALOGUES in sources else None

    def measure(self, messages: Sequence[str]) -> Measured:
        """Score every message against every agent."""
        import numpy as np

        text, content = self._text.score_and_content(messages)
        found: dict[Feature, Scores] = {
            Feature.TEXT: text,
            Feature.WORDS: self._words.score(messages),
            Feature.CHARACTERS: self._characters.score(messages),
            Feature.CONCEPTS: self._concepts.score(messages),
        }
        if self._passages is not None:
            found[Feature.PASSAGES] = self._passages.score(messages)
        if self._dialogues is not None:
            found[Feature.DIALOGUES] = self._dialogues.score(messages, self._size)
        matched = np.log1p(text.max(axis=1) * content)
        known = np.log1p([float(len(concepts(message))) for message in messages])
        best = [found[name].max(axis=1) for name in (Feature.WORDS, Feature.CHARACTERS, Feature.CONCEPTS)]
        evidence = np.column_stack([matched, *best, known])
        scores = np.stack([found[feature] for feature in self.features])
        return Measured(np.maximum.reduceat(scores, self._first, axis=2), evidence)


class Cosine:
    """Cosine of sublinear TF-IDF vectors."""

    def __init__(self, texts: Sequence[str], **options: Any) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._vectorizer = TfidfVectorizer(sublinear_tf=True, **options)
        self._size = len(texts)
        self._empty = not any(self._vectorizer.build_analyzer()(text) for text in texts)
        if not self._empty:
            self._matrix = self._vectorizer.fit_transform(texts)

    def score(self, messages: Sequence[str]) -> Scores:
        """Return the cosines, shape (messages, texts)."""
        import numpy as np

        if self._empty:
            return np.zeros((len(messages), self._size))
        cut = [message[:LONGEST_TEXT] for message in messages]
        scores: Scores = (self._vectorizer.transform(cut) @ self._matrix.T).toarray()
        return scores


class _Passages:
    """Every body cut into overlapping passages, each a document of its own."""

    def __init__(self, bodies: Sequence[str]) -> None:
        cut = [_cut(body) for body in bodies]
        self._first = [0, *accumulate(len(passages) for passages in cut)][:-1]
        texts = [text for passages in cut for text in passages]
        self._index = FieldedIndex(str.split, {"passage": Field(texts, 1.0, _SHORT_LENGTH)}, everyday_weight)

    def score(self, messages: Sequence[str]) -> Scores:
        """Return the score of each body's best passage, shape (messages, bodies)."""
        import numpy as np

        stems = [" ".join(words(message)) for message in messages]
        return np.maximum.reduceat(self._index.score(stems), self._first, axis=1)


class _Dialogues:
    """Every example dialogue as a document of its own, so that single ones can be left out."""

    def __init__(self, agents: Sequence[Agent]) -> None:
        pairs = [(owner, dialogue) for owner, agent in enumerate(agents) for dialogue in agent.dialogues]
        self._owners = [owner for owner, _ in pairs]
        self._said = [[normalised(text) for text in _sayings(dialogue)] for _, dialogue in pairs]
        self._by_text: defaultdict[str, list[int]] = defaultdict(list)
        for number, said in enumerate(self._said):
            for text in said:
                self._by_text[text].append(number)
        user = [" ".join(_user_turns(dialogue)) for _, dialogue in pairs]
        about = [f"{dialogue.context} {dialogue.commentary}" for _, dialogue in pairs]
        fields = {"user": Field(user, _USER_WEIGHT, _SHORT_LENGTH), "about": Field(about, 1.0, _SHORT_LENGTH)}
        self._index = FieldedIndex(character_grams(), fields) if pairs else None

    def score(self, messages: Sequence[str], agents: int) -> Scores:
        """Return the best score of each agent's dialogues, shape (messages, agents); 0 for agents without."""
        import numpy as np

        best = np.zeros((len(messages), agents))
        if self._index is None:
            return best
        scores = self._index.score(messages)
        for row, message in enumerate(messages):
            scores[row, self._same_as(normalised(message), scores[row])] = 0.0
        for number, owner in enumerate(self._owners):
            np.maximum(best[:, owner], scores[:, number], out=best[:, owner])
        return best

    def _same_as(self, message: str, scores: Any) -> list[int]:
        near = [int(number) for number in (scores > _WORTH_COMPARING).nonzero()[0]]
        same = [n for n in near if any(same_message(message, said) for said in self._said[n])]
        return sorted({*same, *self._by_text.get(message, ())})


def _sayings(dialogue: Dialogue) -> list[str]:
    """Return what may be the message of a case made from a dialogue: each user turn, and all in one."""
    turns = _user_turns(dialogue)
    return [*turns, "\n".join(turns)] if len(turns) > 1 else turns


def _user_turns(dialogue: Dialogue) -> list[str]:
    return [turn.text for turn in dialogue.turns if turn.role is Role.USER]


def _cut(body: str) -> list[str]:
    """Return overlapping passages of a body, as stems; at least one, which may be empty."""
    found = words(body)
    starts = range(0, max(1, len(found)), _PASSAGE // 2)
    return [" ".join(found[start : start + _PASSAGE]) for start in starts]


def description_of(agent: Agent) -> str:
    """Return an agent's name, as words, and its description without dialogues."""
    return f"{_name_of(agent)} {_EXAMPLE.sub(' ', agent.description)[:LONGEST_TEXT]}"


def prose_of(agent: Agent) -> str:
    """Return a body without its dialogues and code blocks: neither says what the agent is asked for."""
    return _CODE.sub(" ", _EXAMPLE.sub(" ", agent.prompt[:LONGEST_TEXT]))


def _name_of(agent: Agent) -> str:
    return _HUMP.sub(" ", agent.name)
