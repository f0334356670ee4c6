"""Which words make texts alike, and which tell them apart, as a person would write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from harness.routing.vocabulary import concepts, everyday_weight
from harness.routing.words import plain_words, stem, words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["WordTable"]

_OF_A_SUBJECT = 2.0  # a word of the trade says more of an agent than any other
_SHORTEST = 3  # letters of a word that is worth recommending


class WordTable:
    """Sublinear TF-IDF over the stems of texts, with the words that the stems came from.

    Args:
        texts: one per document; everyday words count half.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        import numpy as np
        import scipy.sparse as sparse
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.preprocessing import normalize

        self._texts = texts
        vectorizer = TfidfVectorizer(analyzer=words, sublinear_tf=True, norm=None)
        try:
            weighted = vectorizer.fit_transform(texts)
        except ValueError:  # the vectorizer's word for "no text has any word"
            self._stems: list[str] = []
            self._matrix: Any = sparse.csr_matrix((len(texts), 0), dtype=np.float64)
            return
        self._stems = list(vectorizer.get_feature_names_out())
        common = sparse.diags([everyday_weight(one) for one in self._stems])
        self._matrix = normalize(weighted @ common).tocsr()

    def likeness(self) -> NDArray[np.float64]:
        """Return the cosines of all texts with each other, shape (texts, texts)."""
        cosines: NDArray[np.float64] = (self._matrix @ self._matrix.T).toarray()
        return cosines

    def stems(self, text: int) -> frozenset[str]:
        """Return the stems of a text."""
        return frozenset(self._stems[column] for column in self._row(text))

    def shared(self, first: int, second: int, limit: int) -> tuple[str, ...]:
        """Return the words that two texts share, those that add most to their likeness first."""
        one, other = self._row(first), self._row(second)
        weights = {column: weight * other[column] for column, weight in one.items() if column in other}
        return self._as_written(weights, (first, second), limit)

    def only_in(
        self, text: int, other: int, limit: int, without: Collection[str] = frozenset()
    ) -> tuple[str, ...]:
        """Return the heaviest words of a text that another lacks, stems in ``without`` left out."""
        there = self._row(other)
        weights = {
            column: weight * (_OF_A_SUBJECT if concepts(self._stems[column]) else 1.0)
            for column, weight in self._row(text).items()
            if column not in there and self._stems[column] not in without and self._telling(column)
        }
        return self._as_written(weights, (text,), limit)

    def _telling(self, column: int) -> bool:
        word = self._stems[column]
        return len(word) >= _SHORTEST and word.isalpha() and everyday_weight(word) == 1.0

    def _row(self, text: int) -> dict[int, float]:
        start, end = self._matrix.indptr[text : text + 2]
        columns, weights = self._matrix.indices[start:end], self._matrix.data[start:end]
        return dict(zip(columns.tolist(), weights.tolist(), strict=True))

    def _as_written(self, weights: dict[int, float], texts: Sequence[int], limit: int) -> tuple[str, ...]:
        """Return words instead of stems: of each the form that the texts use most."""
        heaviest = sorted(weights, key=lambda column: (-weights[column], self._stems[column]))[:limit]
        wanted = {self._stems[column] for column in heaviest}
        forms: dict[str, Counter[str]] = {one: Counter() for one in wanted}
        for text in texts:
            for word in plain_words(self._texts[text]):
                if stem(word) in wanted:
                    forms[stem(word)][word] += 1
        return tuple(
            min(forms[one], key=lambda word: (-forms[one][word], word))
            for one in map(self._stems.__getitem__, heaviest)
        )
