"""Indexes of a roster's texts: descriptions, passages of bodies, example dialogues, each scoring messages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from harness.core.types import Agent, Dialogue, Role
from harness.routing.bm25 import Field, FieldedIndex
from harness.routing.embedding import EmbeddedTexts, passages_of
from harness.routing.vocabulary import everyday_weight
from harness.routing.words import LONGEST_TEXT, character_grams, normalised, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.float64]

__all__ = ["Cosine", "Dialogues", "EmbeddedPassages", "Passages", "same_message"]

_USER_WEIGHT = 2.0
_SHORT_LENGTH = 0.4  # b of BM25 for dialogues: they differ little in length
_PASSAGE = 40  # words that are no stop words
_SAME_WORDS = 0.8  # Jaccard likeness from which two messages are the same one, reworded by a parser
_CONTAINED = 20  # characters that a message must have to be looked for within another


def same_message(first: str, second: str) -> bool:
    """Say whether two normalised texts are one message: equal, contained, or nearly the same words."""
    if first == second:
        return True
    shorter, longer = sorted((first, second), key=len)
    if len(shorter) >= _CONTAINED and shorter in longer:
        return True
    one, other = set(first.split()), set(second.split())
    return len(one & other) >= _SAME_WORDS * len(one | other)


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


class Passages:
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


class EmbeddedPassages:
    """Every body as vectors of overlapping passages."""

    def __init__(self, bodies: Sequence[str]) -> None:
        cut = [passages_of(body) for body in bodies]
        self._first = [0, *accumulate(len(passages) for passages in cut)][:-1]
        self._texts = EmbeddedTexts([text for passages in cut for text in passages])

    def score(self, messages: Sequence[str]) -> Scores:
        """Return the score of each body's best passage, shape (messages, bodies)."""
        import numpy as np

        return np.maximum.reduceat(self._texts.score(messages), self._first, axis=1)


class Dialogues:
    """Every example dialogue as a document of its own, so that single ones can be left out."""

    def __init__(self, agents: Sequence[Agent]) -> None:
        pairs = [(owner, dialogue) for owner, agent in enumerate(agents) for dialogue in agent.dialogues]
        self._owners = [owner for owner, _ in pairs]
        self._said = [[normalised(text) for text in _sayings(dialogue)] for _, dialogue in pairs]
        self._by_text: defaultdict[str, list[int]] = defaultdict(list)
        for number, said in enumerate(self._said):
            for text in said:
                self._by_text[text].append(number)
        self._user = [" ".join(_user_turns(dialogue)) for _, dialogue in pairs]
        self._about = [f"{dialogue.context} {dialogue.commentary}" for _, dialogue in pairs]

    def by_words(self) -> FieldedIndex | None:
        """Index what users say, and the context and commentary about it, by character n-grams."""
        fields = {
            "user": Field(self._user, _USER_WEIGHT, _SHORT_LENGTH),
            "about": Field(self._about, 1.0, _SHORT_LENGTH),
        }
        return FieldedIndex(character_grams(), fields) if self._user else None

    def by_vectors(self) -> EmbeddedTexts | None:
        """Index what users say by token vectors."""
        return EmbeddedTexts(self._user) if self._user else None

    def score(
        self, messages: Sequence[str], agents: int, index: FieldedIndex | EmbeddedTexts | None, near: float
    ) -> Scores:
        """Return the best score of each agent's dialogues, shape (messages, agents); 0 for agents without.

        Args:
            messages: what is asked.
            agents: how many there are.
            index: scores a message against every dialogue.
            near: a dialogue that is the message scores above this.
        """
        import numpy as np

        best = np.zeros((len(messages), agents))
        if index is None:
            return best
        scores = index.score(messages)
        for row, message in enumerate(messages):
            scores[row, self._same_as(normalised(message), scores[row] > near)] = 0.0
        for number, owner in enumerate(self._owners):
            np.maximum(best[:, owner], scores[:, number], out=best[:, owner])
        return best

    def _same_as(self, message: str, alike: Any) -> list[int]:
        near = [int(number) for number in alike.nonzero()[0]]
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
