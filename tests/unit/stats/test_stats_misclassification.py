"""Rates corrected for the errors of the instrument: by the formulas, by coverage, and at the edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats.interval import NO_NUMBER, wilson_interval
from harness.stats.misclassification import ErrorCounts, corrected_rate

CHECK = ErrorCounts(passes_seen=38, passes=40, fails_seen=15, fails=20)


def test_the_estimate_is_rogan_and_gladens() -> None:
    """(.9 - .25) / (.95 - .25)."""
    assert corrected_rate(0.9, 200, CHECK).mean == pytest.approx(0.65 / 0.70)


def test_the_interval_is_lang_and_reiczigels() -> None:
    """Step by step, as their paper has it."""
    z, n, q = 1.959964, 200, 0.8
    rate = (n * q + z**2 / 2) / (n + z**2)
    sensitivity, specificity = 39 / 42, 16 / 22
    youden = sensitivity + specificity - 1
    true = (rate + specificity - 1) / youden
    first, second = sensitivity * (1 - sensitivity) / 42, specificity * (1 - specificity) / 22
    centre = true + 2 * z**2 * (true * first - (1 - true) * second)
    variance = rate * (1 - rate) / (n + z**2) + true**2 * first + (1 - true) ** 2 * second
    reach = z * variance**0.5 / youden
    found = corrected_rate(q, n, CHECK)
    assert (found.low, found.high) == pytest.approx((centre - reach, centre + reach), abs=1e-5)


def test_errors_that_never_occurred_are_not_ruled_out() -> None:
    """A check that was right on 20 and 20 labels: the interval is wider than the raw one."""
    found = corrected_rate(0.9, 100, ErrorCounts(20, 20, 20, 20))
    low, high = wilson_interval(0.9, 100)
    assert found.mean == pytest.approx(0.9)
    assert float(found.high) - float(found.low) > high - low  # type: ignore[arg-type]


def test_an_estimate_beyond_one_is_cut_and_told() -> None:
    """More passes were seen than the check's false fails allow."""
    found = corrected_rate(0.99, 100, CHECK)
    assert (found.mean, found.clipped) == (1.0, True)


@pytest.mark.parametrize(
    "counts",
    [ErrorCounts(0, 0, 5, 5), ErrorCounts(5, 5, 0, 0), ErrorCounts(5, 10, 5, 10), ErrorCounts(0, 10, 0, 10)],
    ids=["no passes", "no fails", "a coin", "the wrong way round"],
)
def test_an_instrument_that_tells_nothing_gives_no_number(counts: ErrorCounts) -> None:
    """Without labels of both kinds, or where pass and fail are not told apart."""
    assert corrected_rate(0.8, 100, counts).mean is NO_NUMBER


def test_no_rate_has_no_correction() -> None:
    """Nothing was decided."""
    assert corrected_rate(NO_NUMBER, 0, CHECK).mean is NO_NUMBER


@pytest.mark.parametrize(("mean", "n"), [(1.2, 10), (0.5, 0)])
def test_impossible_rates_are_refused(mean: float, n: float) -> None:
    """A mistake of ours, not a result."""
    with pytest.raises(ValueError, match="no corrected rate"):
        corrected_rate(mean, n, CHECK)


@pytest.mark.parametrize(("counts", "false_fail", "false_pass"), [(CHECK, 0.05, 0.25)])
def test_error_rates_are_shares_of_what_is_labelled_so(
    counts: ErrorCounts, false_fail: float, false_pass: float
) -> None:
    """Two of forty passes failed, five of twenty fails passed."""
    assert (counts.false_fail, counts.false_pass) == pytest.approx((false_fail, false_pass))


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0.5, 500), *[st.integers(0, 40)] * 4)
def test_bounds_hold_for_any_data(
    mean: float, n: float, seen: int, missed: int, caught: int, passed: int
) -> None:
    """0 ≤ low ≤ mean ≤ high ≤ 1, or three times no number."""
    found = corrected_rate(mean, n, ErrorCounts(seen, seen + missed, caught, caught + passed))
    if found.mean is NO_NUMBER:
        assert (found.low, found.high) == (NO_NUMBER, NO_NUMBER)
    else:
        assert 0 <= float(found.low) <= found.mean <= float(found.high) <= 1  # type: ignore[arg-type]


def coverage(rate: float, labels: tuple[int, int], n: int, rounds: int) -> tuple[float, float]:
    """Return how often the corrected and the raw interval hold the true rate (TPR .95, TNR .75)."""
    generator = np.random.default_rng(3)
    corrected = raw = 0
    for _ in range(rounds):
        counts = ErrorCounts(
            int(generator.binomial(labels[0], 0.95)),
            labels[0],
            int(generator.binomial(labels[1], 0.75)),
            labels[1],
        )
        seen = generator.binomial(n, rate * 0.95 + (1 - rate) * 0.25) / n
        found = corrected_rate(seen, n, counts)
        corrected += float(found.low) <= rate <= float(found.high)  # type: ignore[arg-type]
        low, high = wilson_interval(seen, n)
        raw += low <= rate <= high
    return corrected / rounds, raw / rounds


@pytest.mark.parametrize("rate", [0.5, 0.7, 0.9, 1.0])
def test_the_corrected_interval_keeps_its_promise(rate: float) -> None:
    """Sixty labelled passes and twenty-five labelled fails, 300 answers: .93 or more."""
    assert coverage(rate, (60, 25), 300, 500)[0] >= 0.93


def test_the_raw_interval_breaks_it() -> None:
    """At a true rate of .5 a check that misses a quarter of the violations is far off."""
    assert coverage(0.5, (60, 25), 300, 500)[1] < 0.3


@pytest.mark.full
@pytest.mark.parametrize("labels", [(20, 10), (40, 15), (200, 100)])
@pytest.mark.parametrize("rate", [0.3, 0.8, 0.95])
def test_few_labels_widen_the_interval_and_do_not_break_it(rate: float, labels: tuple[int, int]) -> None:
    """From ten labelled fails on."""
    assert coverage(rate, labels, 300, 3_000)[0] >= 0.93
