"""A model whose obedience depends on the lines of its prompt, as a measure of an ablation."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from harness.core.types import Span
from harness.tune.model import Observation, Wanted
from harness.tune.units import Unit, UnitKind

# How often a rule is obeyed with its line, and without it.
RATES = {"useful": (0.85, 0.35), "useless": (0.8, 0.8), "harmful": (0.5, 0.9)}


def planted(counts: dict[str, int]) -> list[Unit]:
    """Return units of which it is known what they do: their title says it."""
    return [
        Unit(f"rule:{kind}-{number}", UnitKind.RULE, kind, Span(1, 1, 1, 2), (f"{kind}-{number}",), 10)
        for kind, count in counts.items()
        for number in range(count)
    ]


def suite(units: Sequence[Unit], cases: int, each: int, seed: int) -> dict[str, list[str]]:
    """Return cases of which about ``each`` exercise each rule."""
    chance = random.Random(seed)
    return {
        f"case-{number}": [unit.rules[0] for unit in units if chance.random() < each / cases]
        for number in range(cases)
    }


def obeying(
    units: Sequence[Unit], cases: dict[str, list[str]], trials: int, seed: int
) -> Callable[[Sequence[Wanted]], Iterator[Observation]]:
    """Return a measure that obeys by chance, with the rates of the titles."""
    chance = random.Random(seed)
    kinds = {unit.rules[0]: unit.title for unit in units}

    def measure(wanted: Sequence[Wanted]) -> Iterator[Observation]:
        for one in wanted:
            for rule in cases[one.case]:
                present, absent = RATES[kinds[rule]]
                rate = absent if one.unit == f"rule:{rule}" else present
                share = sum(chance.random() < rate for _ in range(trials)) / trials
                yield Observation(one.unit, one.case, rule, share)

    return measure
