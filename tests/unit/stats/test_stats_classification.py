"""Outcomes held against labels: the right numbers, and no number where there is nothing to count."""

from __future__ import annotations

import random

import pytest

from harness.core.types import Outcome
from harness.stats.classification import classification_of, f1_of, rate_of
from harness.stats.interval import NO_NUMBER

P, F, N, U, E = (
    Outcome.PASS,
    Outcome.FAIL,
    Outcome.NOT_APPLICABLE,
    Outcome.UNDECIDED,
    Outcome.ERROR,
)
# Pairs of label and outcome.
MIXED = (
    [(F, F)] * 6 + [(F, P)] * 2 + [(F, U)] + [(F, E)] + [(P, P)] * 8 + [(P, F)] * 2 + [(N, N)] * 3 + [(N, P)]
)


def test_precision_is_of_what_was_failed() -> None:
    """Six of the eight that were failed are labelled so."""
    figures = classification_of(MIXED)
    assert (figures.precision.hits, figures.precision.n, figures.precision.mean) == (6, 8, 0.75)


def test_what_was_left_undecided_or_crashed_was_not_caught() -> None:
    """Ten are labelled fail; recall has all of them below the line."""
    assert (classification_of(MIXED).recall.hits, classification_of(MIXED).recall.n) == (6, 10)


def test_f1_is_the_harmonic_mean() -> None:
    """2PR/(P+R) with precision .75 and recall .6."""
    assert classification_of(MIXED).f1.mean == pytest.approx(2 * 0.75 * 0.6 / (0.75 + 0.6))


def test_applicability_leaves_out_what_was_not_decided() -> None:
    """Of the 22 that were decided both ways, one was taken to be in scope that is not."""
    rate = classification_of(MIXED).applicability
    assert (rate.hits, rate.n) == (21, 22)


def test_the_undecided_rate_leaves_out_what_nobody_can_decide() -> None:
    """A response labelled undecided should be undecided."""
    rate = classification_of([*MIXED, (U, U), (U, P)]).undecided
    assert (rate.hits, rate.n) == (1, len(MIXED))


def test_crashes_are_counted() -> None:
    """An error is neither verdict."""
    assert classification_of(MIXED).errors == 1


def test_the_cells_hold_every_label() -> None:
    """Nothing is dropped on the way to the table."""
    assert sum(count for _, _, count in classification_of(MIXED).cells) == len(MIXED)


@pytest.mark.parametrize("name", ["precision", "recall", "f1"])
def test_without_any_fail_there_is_no_number(name: str) -> None:
    """The share of nothing is not zero."""
    assert getattr(classification_of([(P, P), (N, N)]), name).mean is NO_NUMBER


def test_no_labels_give_no_numbers() -> None:
    """A check that nobody labelled is unknown."""
    assert classification_of([]).agreed.mean is NO_NUMBER


def test_an_invented_fail_alone_gives_f1_zero() -> None:
    """There is something to count, and all of it is wrong."""
    assert classification_of([(P, F)]).f1.mean == 0


def test_the_interval_of_f1_is_not_of_width_zero_without_mistakes() -> None:
    """A bootstrap of ten right answers would claim certainty."""
    rate = f1_of(10, 0, 0)
    assert rate.mean == rate.high == 1
    assert rate.low == pytest.approx(2 * rate_of(10, 10).low / (1 + rate_of(10, 10).low))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("prevalence", "precision", "recall", "size"),
    [(0.3, 0.9, 0.8, 150), (0.15, 0.95, 0.6, 150), (0.5, 0.7, 0.9, 60), (0.2, 0.98, 0.97, 200)],
)
def test_the_interval_of_f1_holds_the_true_value(
    prevalence: float, precision: float, recall: float, size: int
) -> None:
    """Simulated: 95 % is promised, and at least 93 % is kept where labels and mistakes are few."""
    generator = random.Random(20260823)
    true = 2 * precision * recall / (precision + recall)
    false_positive = prevalence * recall * (1 - precision) / precision
    held = 0
    rounds = 600
    for _ in range(rounds):
        found = invented = missed = 0
        for _ in range(size):
            draw = generator.random()
            if draw < prevalence * recall:
                found += 1
            elif draw < prevalence:
                missed += 1
            elif draw < prevalence + false_positive:
                invented += 1
        rate = f1_of(found, invented, missed)
        held += isinstance(rate.low, float) and isinstance(rate.high, float) and rate.low <= true <= rate.high
    assert held / rounds >= 0.93
