"""Few labels, many verdicts: against the reference formulas, and by coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats.interval import NO_NUMBER, wilson_interval
from harness.stats.prediction_powered import Labelled, PredictionPowered, Unlabelled, prediction_powered


def names(count: int, each: int = 1, start: int = 0) -> list[str]:
    return [str(start + number // each) for number in range(count)]


def reference(truth: list[float], judged: list[float], rest: list[float]) -> tuple[float, float, float]:
    """Return λ, θ and the variance as section 6 of the paper has them, for the mean of independent values."""
    y, f, other = (np.array(one) for one in (truth, judged, rest))
    ratio = len(y) / len(other)
    weight = np.cov(y, f, bias=True)[0, 1] / ((1 + ratio) * np.var(np.concatenate([f, other])))
    weight = float(np.clip(weight, 0, 1))
    variance = np.var(y - weight * f, ddof=1) / len(y) + weight**2 * np.var(other, ddof=1) / len(other)
    return weight, float(y.mean() + weight * (other.mean() - f.mean())), float(variance)


def answers(
    generator: np.random.Generator, rate: float, counts: tuple[int, int, int], alike: float = 0.0
) -> tuple[Labelled, Unlabelled, float]:
    """Return labelled and unlabelled answers of a judge with TPR .95 and TNR .70, and the judge's own rate.

    ``counts``: labelled cases, unlabelled cases, trials of each; ``alike``: correlation within a case.
    """
    labelled, unlabelled, trials = counts
    cases = labelled + unlabelled
    rates = np.full(cases, rate)
    if alike:
        rates = generator.beta(rate * (1 / alike - 1), (1 - rate) * (1 / alike - 1), cases)
    truth = (generator.random((cases, trials)) < rates[:, None]).ravel()
    judged = np.where(truth, generator.random(truth.size) < 0.95, generator.random(truth.size) >= 0.7)
    cut, clusters = labelled * trials, names(truth.size, trials)
    return (
        Labelled(truth[:cut].astype(float), judged[:cut].astype(float), clusters[:cut]),  # type: ignore[arg-type]
        Unlabelled(judged[cut:].astype(float), clusters[cut:]),  # type: ignore[arg-type]
        float(judged.mean()),
    )


def test_estimate_and_weight_are_those_of_the_paper() -> None:
    """Independent answers: θ and λ by the formulas."""
    labelled, unlabelled, _ = answers(np.random.default_rng(1), 0.8, (80, 500, 1))
    weight, mean, _ = reference(list(labelled.truth), list(labelled.judged), list(unlabelled.judged))
    found = prediction_powered(labelled, unlabelled)
    assert (found.weight, found.mean) == pytest.approx((weight, mean))


def test_the_interval_is_as_wide_as_that_of_the_paper() -> None:
    """Far from 0 and 1, with many labels, Wilson's and Student's refinements do not matter."""
    labelled, unlabelled, _ = answers(np.random.default_rng(2), 0.6, (2_000, 9_000, 1))
    _, mean, variance = reference(list(labelled.truth), list(labelled.judged), list(unlabelled.judged))
    found = prediction_powered(labelled, unlabelled)
    assert (found.low, found.high) == pytest.approx(
        (mean - 1.96 * variance**0.5, mean + 1.96 * variance**0.5), abs=0.001
    )


def test_a_perfect_judge_is_listened_to() -> None:
    """λ is N/(n+N): then labelled and unlabelled answers weigh the same."""
    truth, rest = [1.0] * 30 + [0.0] * 10, [1.0] * 150 + [0.0] * 50
    found = prediction_powered(Labelled(truth, truth, names(40)), Unlabelled(rest, names(200, start=40)))
    assert found.weight == pytest.approx(200 / 240)


def test_a_useless_judge_is_not_listened_to() -> None:
    """It always says pass: the labels alone decide."""
    labelled = Labelled([1.0] * 30 + [0.0] * 10, [1.0] * 40, names(40))
    found = prediction_powered(labelled, Unlabelled([1.0] * 500, names(500, start=40)))
    assert (found.weight, found.mean) == (0.0, 0.75)


def test_labels_that_all_agree_do_not_prove_perfection() -> None:
    """Ten of ten: the interval is not of width zero."""
    found = prediction_powered(Labelled([1.0] * 10, [1.0] * 10, names(10)), Unlabelled([], []))
    assert found.low is not NO_NUMBER
    assert found.low < 0.8


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_labelled_cases_give_no_number(count: int) -> None:
    """Nothing can be said about the judge's errors."""
    found = prediction_powered(Labelled([1.0] * count, [1.0] * count, names(count)), Unlabelled([1.0], ["x"]))
    assert (found.mean, found.low, found.high) == (NO_NUMBER, NO_NUMBER, NO_NUMBER)


def test_many_labels_of_one_case_are_one_cluster() -> None:
    """Trials of a single case say nothing about other cases."""
    found = prediction_powered(Labelled([1.0, 0.0], [1.0, 0.0], ["a", "a"]), Unlabelled([1.0], ["x"]))
    assert found.mean is NO_NUMBER


def test_sequences_of_different_length_are_refused() -> None:
    """A verdict for every label."""
    with pytest.raises(ValueError, match="differ in number"):
        prediction_powered(Labelled([1.0, 0.0], [1.0], ["a", "b"]), Unlabelled([], []))


VALUES = st.sampled_from([0.0, 1.0])


@settings(deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), min_size=2, max_size=20), st.lists(VALUES, max_size=20))
def test_bounds_hold_for_any_data(pairs: list[tuple[float, float]], rest: list[float]) -> None:
    """0 ≤ low ≤ mean ≤ high ≤ 1."""
    labelled = Labelled([y for y, _ in pairs], [f for _, f in pairs], names(len(pairs)))
    found = prediction_powered(labelled, Unlabelled(rest, names(len(rest), start=100)))
    assert 0 <= float(found.low) <= float(found.mean) <= float(found.high) <= 1  # type: ignore[arg-type]
    assert 0 <= found.weight <= 1


def held(found: PredictionPowered, truth: float) -> bool:
    return float(found.low) <= truth <= float(found.high)  # type: ignore[arg-type]


def coverage(rate: float, counts: tuple[int, int, int], alike: float, rounds: int) -> tuple[float, float]:
    """Return how often the interval holds the true rate, and how often the judge's own interval does."""
    generator = np.random.default_rng(7)
    ours = alone = 0
    for _ in range(rounds):
        labelled, unlabelled, judged = answers(generator, rate, counts, alike)
        ours += held(prediction_powered(labelled, unlabelled), rate)
        low, high = wilson_interval(judged, len(labelled.truth) + len(unlabelled.judged))
        alone += low <= rate <= high
    return ours / rounds, alone / rounds


def test_the_judge_alone_is_surely_wrong_and_labels_mend_it() -> None:
    """TPR .95, TNR .70, a true rate of .7: 100 labels beside 400 verdicts."""
    ours, alone = coverage(0.7, (100, 400, 1), 0.0, 400)
    assert (0.92 <= ours <= 0.98, alone < 0.3) == (True, True)


@pytest.mark.full
@pytest.mark.parametrize("rate", [0.6, 0.8, 0.95])
@pytest.mark.parametrize(("counts", "alike"), [((60, 500, 1), 0.0), ((33, 300, 3), 0.5)])
def test_the_interval_keeps_its_promise(rate: float, counts: tuple[int, int, int], alike: float) -> None:
    """.92 or more, for independent answers and for trials that resemble each other."""
    ours, _ = coverage(rate, counts, alike, 2_000)
    assert 0.92 <= ours <= 0.98


def test_the_interval_of_a_difference_keeps_its_promise() -> None:
    """An edit lowers the true rate by ten points; case differences of three trials on each side."""
    generator = np.random.default_rng(8)
    covered, rounds = 0, 400
    for _ in range(rounds):
        truth = generator.random((2, 300, 3)) < np.array([0.8, 0.7])[:, None, None]
        judged = np.where(truth, generator.random(truth.shape) < 0.95, generator.random(truth.shape) >= 0.7)
        true, seen = (one[1].mean(axis=1) - one[0].mean(axis=1) for one in (truth, judged))
        found = prediction_powered(
            Labelled(true[:60], seen[:60], names(60)),
            Unlabelled(seen[60:], names(240, start=60)),
            bounds=(-1, 1),
        )
        covered += held(found, -0.1)
    assert 0.92 <= covered / rounds <= 0.98
