"""BM25F: how well each document with several fields answers a query (Robertson, Zaragoza, Taylor, CIKM 2004).

Term counts of the fields are weighted and normalised for the length of the field, then added, then
saturated; adding before saturating is what separates BM25F from a sum of BM25 scores. Scores are divided
by what a document could reach at most, so they lie in [0, 1] and mean the same for 12 agents and for 400.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Scores = NDArray[np.float64]

__all__ = ["Field", "FieldedIndex"]

_SATURATION = 2.0  # k1; with fields weighted 2 it plays the part of the usual 1.2
_LENGTH = 0.75  # b
_REPEATED_IN_QUERY = 0.5  # exponent: the second mention of a word in a message says less than the first


def _one(_unit: str) -> float:
    return 1.0


@dataclass(frozen=True, slots=True)
class Field:
    """One field of every document: its texts, its weight, how much its length counts (0 to 1)."""

    texts: Sequence[str]
    weight: float
    length: float = _LENGTH


class FieldedIndex:
    """An index over documents with fields, scored by BM25F.

    Args:
        analyse: cuts a text into units.
        fields: name -> field; all fields have one text per document.
        weigh: how much a unit of a message says, in (0, 1], whatever the documents hold.
    """

    def __init__(
        self,
        analyse: Callable[[str], list[str]],
        fields: Mapping[str, Field],
        weigh: Callable[[str], float] = _one,
    ) -> None:
        import numpy as np

        self._analyse = analyse
        self._weigh = weigh
        lengths = {len(field.texts) for field in fields.values()}
        if len(lengths) != 1:
            raise ValueError(f"fields have {sorted(lengths)} texts; each needs one per document")
        self.documents = lengths.pop()
        self._vocabulary: dict[str, int] = {}
        stacked = [text for field in fields.values() for text in field.texts]
        counts = self._count(stacked)
        parts = [counts[start : start + self.documents] for start in range(0, len(stacked), self.documents)]
        found = sum((part > 0).astype(np.float64) for part in parts)
        frequency = np.asarray((found > 0).sum(axis=0), dtype=np.float64).ravel()
        self._weight = self.rarity(frequency)
        self._strength = _saturated(parts, list(fields.values()))

    def rarity(self, frequency: Any) -> Any:
        """Return the inverse document frequency of units that occur in ``frequency`` documents."""
        import numpy as np

        return np.log(1 + (self.documents - frequency + 0.5) / (frequency + 0.5))

    def score(self, messages: Sequence[str]) -> Scores:
        """Return the scores, shape (messages, documents), each in [0, 1]; zeros for an empty message."""
        return self.score_and_content(messages)[0]

    def score_and_content(self, messages: Sequence[str]) -> tuple[Scores, Scores]:
        """Return the scores and how much each message says, shape (messages,).

        A unit counts 1 if no document has it, less if many do.
        """
        import numpy as np

        query, reachable = self._queries(messages)
        total: Scores = (query @ self._strength.T).toarray()
        total /= np.where(reachable > 0, reachable, 1.0)[:, None]
        return total, reachable / float(self.rarity(0))

    def _count(self, texts: Sequence[str]) -> Any:
        """Count the units of each text, new ones being added to the vocabulary; sparse, (texts, units)."""
        import numpy as np
        import scipy.sparse as sparse

        place = self._vocabulary.setdefault
        starts: list[int] = [0]
        columns: list[int] = []
        values: list[int] = []
        for text in texts:
            counted = Counter(self._analyse(text))
            columns.extend([place(unit, len(self._vocabulary)) for unit in counted])
            values.extend(counted.values())
            starts.append(len(columns))
        shape = (len(texts), len(self._vocabulary))
        return sparse.csr_matrix((np.array(values, dtype=np.float64), columns, starts), shape=shape)

    def _queries(self, messages: Sequence[str]) -> tuple[Any, Scores]:
        """Return weighted units per message (sparse) and what a perfect document would score, per message."""
        import numpy as np
        import scipy.sparse as sparse

        weigh = self._weigh
        unseen = float(self.rarity(0))
        rarity: list[float] = self._weight.tolist()  # a list is several times faster to look up in
        starts = [0]
        columns: list[int] = []
        values: list[float] = []
        reachable = np.zeros(len(messages))
        for row, message in enumerate(messages):
            missed = 0.0
            for unit, count in Counter(self._analyse(message)).items():
                asked = weigh(unit) * (1.0 if count == 1 else count**_REPEATED_IN_QUERY)
                column = self._vocabulary.get(unit)
                if column is None:
                    missed += asked
                else:
                    columns.append(column)
                    values.append(asked * rarity[column])
            reachable[row] = missed * unseen + sum(values[starts[-1] :])
            starts.append(len(columns))
        shape = (len(messages), len(self._vocabulary))
        return sparse.csr_matrix((values, columns, starts), shape=shape, dtype=np.float64), reachable


def _saturated(parts: Sequence[Any], fields: Sequence[Field]) -> Any:
    """Weight, normalise and add the fields' counts, then saturate them into [0, 1)."""
    import numpy as np
    import scipy.sparse as sparse

    added: Any = 0
    for part, field in zip(parts, fields, strict=True):
        length = np.asarray(part.sum(axis=1)).ravel()
        mean = length.mean() if length.size and length.mean() > 0 else 1.0
        added = (
            added
            + sparse.diags(field.weight / (1 - field.length + field.length * length / mean + 1e-9)) @ part
        )
    strength = sparse.csr_matrix(added)
    strength.data = strength.data / (strength.data + _SATURATION)
    return strength
