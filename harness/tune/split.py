"""Three parts of a suite: to learn from, to choose by, and to test on once.

Paraphrases share a cluster and go to one part together: a candidate that was fitted to a question has as
good as seen the other ways of asking it. The draw is seeded, and depends on nothing but the seed and the
names of the clusters.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from harness.core.errors import ConfigurationError, InputError
from harness.core.types import Case
from harness.stats.paired import least_p

__all__ = ["Split", "split_cases"]

_LEAST = 3


@dataclass(frozen=True, slots=True)
class Split:
    """Cases by what they are for; each part in the order of the suite.

    Attributes:
        training: what the reflection model is told about.
        validation: what decides which candidate is taken.
        test: what nobody looks at until a candidate is taken.
        seed: of the draw.
        clusters: number of independent groups in each of the three.
    """

    training: tuple[Case, ...]
    validation: tuple[Case, ...]
    test: tuple[Case, ...]
    seed: int
    clusters: tuple[int, int, int]

    def can_show(self, level: float) -> bool:
        """Tell whether the test part could show anything at a one-sided level, if every group rose."""
        return least_p(self.clusters[2]) <= level


def split_cases(cases: Sequence[Case], shares: tuple[float, float, float], seed: int) -> Split:
    """Divide cases by cluster; no part stays empty.

    Args:
        cases: of which those with one ``cluster`` stay together; a case without one is its own.
        shares: of the clusters for training, validation and test; they add up to 1.
        seed: of the draw.

    Raises:
        ConfigurationError: the shares are no shares.
        InputError: there are fewer than three clusters.
    """
    if any(share <= 0 for share in shares) or abs(sum(shares) - 1) > 1e-6:
        said = ", ".join(f"{share:g}" for share in shares)
        raise ConfigurationError(f"the shares of a split are above 0 and add up to 1, not {said}")
    names = sorted({_cluster(case) for case in cases})
    if len(names) < _LEAST:
        raise InputError(
            f"{len(cases)} cases in {len(names)} groups cannot be divided into three parts; "
            "add cases that differ (docs/datasets.md)"
        )
    random.Random(seed).shuffle(names)  # noqa: S311 - an order, not a secret
    first = min(max(1, round(shares[0] * len(names))), len(names) - 2)
    second = min(max(1, round(shares[1] * len(names))), len(names) - first - 1)
    parts = (names[:first], names[first : first + second], names[first + second :])
    chosen = [tuple(case for case in cases if _cluster(case) in set(part)) for part in parts]
    sizes = (len(parts[0]), len(parts[1]), len(parts[2]))
    return Split(chosen[0], chosen[1], chosen[2], seed, sizes)


def _cluster(case: Case) -> str:
    return case.cluster or case.id
