"""Many tests at once: how a p-value reads when it is one of many."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

from harness.stats.interval import NO_NUMBER, Number

__all__ = ["false_discovery", "holm"]

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
