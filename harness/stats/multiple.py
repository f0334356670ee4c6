"""Many tests at once: how a p-value reads when it is one of many."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

from harness.stats.interval import NO_NUMBER, Number

__all__ = ["false_discovery", "holm", "holm_adjusted"]

_Name = TypeVar("_Name", bound=Hashable)


def false_discovery(p_values: Mapping[_Name, Number]) -> dict[_Name, Number]:
    """Return q-values: Benjamini and Hochberg (JRSS B 57, 1995), by scipy.

    Among the tests with ``q <= x`` at most a share ``x`` is expected to be false alarms; where nothing at all
    changed, the probability of any alarm is at most ``x``. What has no p-value is no test, and has no q.
    """
    from scipy.stats import false_discovery_control

    known = {name: value for name, value in p_values.items() if value is not NO_NUMBER}
    adjusted = false_discovery_control(list(known.values())) if known else []
    found = {name: float(value) for name, value in zip(known, adjusted, strict=True)}
    return {name: found.get(name, NO_NUMBER) for name in p_values}


def holm(p_values: Mapping[_Name, float], alpha: float) -> frozenset[_Name]:
    """Return what Holm's step-down procedure rejects (Scandinavian Journal of Statistics 6, 1979).

    The probability of any false rejection is at most ``alpha``, however the tests depend on each other.
    """
    rejected: set[_Name] = set()
    for name in sorted(p_values, key=lambda name: p_values[name]):
        if p_values[name] > alpha / (len(p_values) - len(rejected)):
            break
        rejected.add(name)
    return frozenset(rejected)


def holm_adjusted(p_values: Mapping[_Name, Number]) -> dict[_Name, Number]:
    """Return p-values that read as if each were alone: :func:`holm` rejects those that are ``<= alpha``.

    ``max over the i smallest of (m - i + 1)·p``, at most 1; what has no p-value is no test, and has none.
    """
    known = sorted((value, str(name), name) for name, value in p_values.items() if value is not NO_NUMBER)
    found: dict[_Name, Number] = dict.fromkeys(p_values, NO_NUMBER)
    largest = 0.0
    for rank, (value, _, name) in enumerate(known):
        largest = max(largest, min(1.0, (len(known) - rank) * value))
        found[name] = largest
    return found
