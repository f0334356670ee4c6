"""Simulate what docs/statistics.md claims, and keep the figures in ``benchmarks/data/statistics.json``.

    python benchmarks/statistics_figures.py             # all of it: some ten minutes
    python benchmarks/statistics_figures.py coverage    # one part

Seeds are fixed: the figures are the same on every machine. ``statistics_pictures.py`` draws them and writes
the tables of the page.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import ttest_ind

from harness.core.jsonl import write_atomic
from harness.stats.confirm import FreshTrials, confirmed
from harness.stats.interval import NO_NUMBER, estimate, wilson_interval
from harness.stats.misclassification import ErrorCounts, corrected_rate
from harness.stats.multiple import false_discovery
from harness.stats.paired import sign_flip_p
from harness.stats.power import CaseGroup, Spread, cases_needed, power_of, unpaired_cases_needed
from harness.stats.prediction_powered import Labelled, Unlabelled, prediction_powered

FIGURES = Path(__file__).parent / "data" / "statistics.json"
SEED = 20_261_123
ROUNDS = 2_000
ALIKE = 0.5
TPR, TNR = 0.95, 0.70
SHARE = 0.05 / 3

Rates = np.ndarray[Any, np.dtype[np.float64]]


def beta(generator: np.random.Generator, mean: float, alike: float, shape: Any) -> Rates:
    """Draw case rates of which two answers are alike by that correlation."""
    if not alike:
        return np.full(shape, mean)
    return generator.beta(mean * (1 / alike - 1), (1 - mean) * (1 / alike - 1), shape)


def coverage() -> list[dict[str, Any]]:
    """Return how often our interval and the naive one hold the true rate."""
    shapes = {
        "30 cases": [1] * 30,
        "100 cases": [1] * 100,
        "40 cases in 20 clusters of 2": [2] * 20,
        "50 cases in 10 clusters of 5": [5] * 10,
    }
    found = []
    for name, sizes in shapes.items():
        clusters = [str(place) for place, size in enumerate(sizes) for _ in range(size)]
        for rate in (0.5, 0.8, 0.9):
            generator = np.random.default_rng(SEED)
            ours = naive = 0
            for _ in range(ROUNDS):
                chances = np.repeat(beta(generator, rate, ALIKE, len(sizes)), sizes)
                values = generator.binomial(3, chances) / 3
                seen = estimate(values.tolist(), clusters, 3 * len(values))
                ours += float(seen.low) <= rate <= float(seen.high)  # type: ignore[arg-type]
                low, high = wilson_interval(float(values.mean()), 3 * len(values))
                naive += low <= rate <= high
            found.append({"suite": name, "rate": rate, "ours": ours / ROUNDS, "naive": naive / ROUNDS})
    return found


def false_alarms() -> dict[str, float]:
    """Return type I errors at .05 of edits that help some cases, hurt others, and change nothing on average.

    The naive test takes every answer for an observation of its own; the cases are those of a suite, which
    both prompts are asked.
    """
    generator = np.random.default_rng(SEED)
    paired = naive = 0
    names = [str(place) for place in range(40)]
    for replication in range(ROUNDS):
        before = generator.uniform(0.3, 0.7, 40)
        after = before + generator.choice([-0.3, 0.3], 40)
        first, second = (generator.random((40, 10)) < side[:, None] for side in (before, after))
        difference = second.mean(axis=1) - first.mean(axis=1)
        paired += sign_flip_p(difference.tolist(), names, seed=replication % 5)[0] <= 0.05
        naive += ttest_ind(second.ravel(), first.ravel(), alternative="less").pvalue <= 0.05
    return {"paired": paired / ROUNDS, "naive": naive / ROUNDS}


def power() -> dict[str, Any]:
    """Return the power of the paired test by number of cases, in theory and simulated, and the unpaired."""
    generator = np.random.default_rng(SEED)
    trials = (1, 3, 5)
    before = generator.beta(0.9 * 0.6, 0.1 * 0.6, 400_000)
    # The edit breaks one case in fifteen of those that mostly passed, and leaves the others alone.
    fall, breakable = 0.762, before > 0.762
    broken = breakable & (generator.random(before.size) < 0.05 / fall / breakable.mean())
    after = before - fall * broken
    true = float((before - after).mean())
    spread = Spread(
        float(np.var(after - before)),
        float(np.mean(before * (1 - before) + after * (1 - after))),
        grain=1.0,
    )
    rate = float(before.mean())
    lines = {
        str(number): [
            [cases, power_of(CaseGroup.alone(cases), true, spread, number)] for cases in range(10, 501, 10)
        ]
        for number in trials
    }
    dots = []
    for cases in (50, 100, 150, 250, 400):
        for number in trials:
            hits = 0
            for replication in range(400):
                picked = generator.integers(0, before.size, cases)
                seen = generator.binomial(number, after[picked]) - generator.binomial(number, before[picked])
                names = list(map(str, range(cases)))
                hits += sign_flip_p((seen / number).tolist(), names, seed=replication % 3)[0] <= 0.05
            dots.append([cases, number, hits / 400])
    needed = {str(number): cases_needed(true, spread, number) for number in trials}
    single = rate * (1 - rate) + (rate - true) * (1 - rate + true)
    unpaired = [
        [cases, power_of(CaseGroup.alone(cases), true, Spread(0.0, single), 1)]
        for cases in range(10, 501, 10)
    ]
    return {
        "rate": rate,
        "drop": true,
        "between": spread.between,
        "within": spread.within,
        "lines": lines,
        "dots": dots,
        "unpaired": unpaired,
        "needed": needed,
        "unpaired_needed": unpaired_cases_needed(rate, true),
        "pilot_needed": {str(number): cases_needed(0.05, Spread(0.0356, 0.08), number) for number in trials},
        "pilot_unpaired": unpaired_cases_needed(0.9, 0.05),
    }


def eager() -> list[dict[str, Any]]:
    """Return how often some of 300 steady cells looks broken, by rule; then with confirmation, simulated."""
    found = []
    for rate in (0.8, 0.9, 0.95):
        for before in (3, 5, 10):
            one = rate**before * (1 - rate) ** 3
            found.append(
                {
                    "rate": rate,
                    "rule": f"{before} of {before}, then 0 of 3",
                    "alarms": 1 - (1 - one) ** 300,
                    "confirmed": _confirmed(rate, before),
                }
            )
    return found


def _confirmed(rate: float, before: int) -> float:
    generator = np.random.default_rng(SEED)
    alarms = 0
    for _ in range(ROUNDS):
        steady = generator.binomial(before, rate, 300) == before
        suspected = min(10, int((steady & (generator.binomial(3, rate, 300) == 0)).sum()))
        fresh = {
            ("c", str(place)): FreshTrials(one, 12 - one, two, 12 - two)
            for place, (one, two) in enumerate(generator.binomial(12, rate, (suspected, 2)).tolist())
        }
        alarms += bool(confirmed(fresh, SHARE)[0])
    return alarms / ROUNDS


def gate() -> dict[str, float]:
    """Return how often each way to be red is, for edits that change nothing: 30 cases, 10 rules, 3 trials."""
    generator = np.random.default_rng(SEED)
    names, rounds, margin = [str(place) for place in range(30)], 1_000, 0.02
    counts = dict.fromkeys(("aggregate", "rule", "confirmed", "any", "raw"), 0)
    for replication in range(rounds):
        easy = generator.beta(4, 1, (30, 1))
        chances = np.clip(easy + generator.normal(0, 0.05, (30, 10)), 0, 1)
        first, second = (generator.random((3, 30, 10)) < chances for _ in range(2))
        change = second.mean(axis=0) - first.mean(axis=0)
        seed = replication % 5
        whole = sign_flip_p(change.mean(axis=1).tolist(), names, seed=seed)[0]
        q = false_discovery(
            {rule: sign_flip_p(change[:, rule].tolist(), names, seed=seed)[0] for rule in range(10)}
        )
        broken = np.argwhere(first.all(axis=0) & ~second.any(axis=0))
        fresh = {}
        for case, rule in broken[:10]:
            good, bad = generator.binomial(12, chances[case, rule], 2).tolist()
            fresh[str(case), str(rule)] = FreshTrials(good, 12 - good, bad, 12 - bad)
        ways = {
            "aggregate": bool(change.mean() <= -margin and whole <= SHARE),
            "rule": any(
                value is not NO_NUMBER and value <= SHARE and change[:, rule].mean() <= -margin
                for rule, value in q.items()
            ),
            "confirmed": bool(confirmed(fresh, SHARE)[0]),
        }
        for name, red in ways.items():
            counts[name] += red
        counts["any"] += any(ways.values())
        counts["raw"] += bool(len(broken))
    return {name: count / rounds for name, count in counts.items()}


def judge() -> list[dict[str, Any]]:
    """Return coverage and width of three rates: the judge's, that of the labels, and both together."""
    found = []
    for rate in (0.5, 0.6, 0.7, 0.8, 0.9, 0.95):
        generator = np.random.default_rng(SEED)
        held = dict.fromkeys(("judge", "labels", "both"), 0)
        width = dict.fromkeys(held, 0.0)
        clusters = [str(place) for place in range(600)]
        for _ in range(ROUNDS // 2):
            truth = generator.random(600) < rate
            said = np.where(truth, generator.random(600) < TPR, generator.random(600) >= TNR).astype(float)
            labelled = Labelled(truth[:100].astype(float), said[:100], clusters[:100])  # type: ignore[arg-type]
            ends = {"judge": wilson_interval(float(said.mean()), 600)}
            for name, rest in (
                ("labels", Unlabelled([], [])),
                ("both", Unlabelled(said[100:].tolist(), clusters[100:])),
            ):
                one = prediction_powered(labelled, rest)
                ends[name] = (float(one.low), float(one.high))  # type: ignore[arg-type]
            for name, (low, high) in ends.items():
                held[name] += low <= rate <= high
                width[name] += high - low
        rounds = ROUNDS // 2
        found.append(
            {
                "rate": rate,
                "seen": rate * TPR + (1 - rate) * (1 - TNR),
                "coverage": {name: count / rounds for name, count in held.items()},
                "width": {name: total / rounds for name, total in width.items()},
            }
        )
    return found


def corrected() -> list[dict[str, Any]]:
    """Return coverage of the raw and of the corrected rate by number of labels (TPR .95, TNR .75)."""
    found = []
    for passes, fails in ((20, 10), (60, 25), (200, 100)):
        for rate in (0.5, 0.7, 0.9):
            generator = np.random.default_rng(SEED)
            raw = ours = 0
            for _ in range(ROUNDS):
                counts = ErrorCounts(
                    int(generator.binomial(passes, 0.95)), passes, int(generator.binomial(fails, 0.75)), fails
                )
                seen = generator.binomial(300, rate * 0.95 + (1 - rate) * 0.25) / 300
                one = corrected_rate(seen, 300, counts)
                ours += float(one.low) <= rate <= float(one.high)  # type: ignore[arg-type]
                low, high = wilson_interval(seen, 300)
                raw += low <= rate <= high
            found.append(
                {
                    "labels": f"{passes} pass, {fails} fail",
                    "rate": rate,
                    "raw": raw / ROUNDS,
                    "corrected": ours / ROUNDS,
                }
            )
    return found


PARTS: dict[str, Callable[[], Any]] = {
    "coverage": coverage,
    "false_alarms": false_alarms,
    "power": power,
    "eager": eager,
    "gate": gate,
    "judge": judge,
    "corrected": corrected,
}


def rounded(value: Any) -> Any:
    """Return numbers with four digits: the file is for reading, too."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return round(float(value), 4) if isinstance(value, (float, np.floating)) else value


def main() -> None:
    """Simulate what is asked for, keep the rest."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="what to simulate; default: all")
    asked = parser.parse_args().part or list(PARTS)
    figures = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.is_file() else {}
    for name in asked:
        figures[name] = rounded(PARTS[name]())
        write_atomic(FIGURES, json.dumps(figures, indent=1, sort_keys=True) + "\n")
        print(f"{name}: simulated", flush=True)


if __name__ == "__main__":
    main()
