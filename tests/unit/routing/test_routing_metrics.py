"""Figures about routing."""

import pytest

from harness.routing.metrics import MISSING, RoutingRow, routing_metrics
from harness.stats.interval import estimate


def row(expected, predicted, case="", **more):
    return RoutingRow(case or f"{expected}-{predicted}", expected, predicted, **more)


ROWS = [
    row("a", "a", "1", ranked=("a", "b"), tags=("plain",)),
    row("a", "b", "2", ranked=("b", "a"), tags=("plain", "typo")),
    row("b", "b", "3", ranked=("b", "a")),
    row("none", "none", "4", ranked=("none", "a")),
    row("none", "b", "5", ranked=("b", "a")),
]
METRICS = routing_metrics(ROWS, estimate)


def test_accuracy_is_the_share_of_right_choices():
    """Three of five."""
    assert METRICS.accuracy.mean == pytest.approx(0.6)


def test_top3_counts_labels_among_the_first_three_names():
    """The second name counts too, ``none`` only where it was named."""
    assert METRICS.top3 == pytest.approx(0.8)


def test_precision_and_recall_of_an_agent():
    """``b`` was chosen three times, once rightly, and never missed."""
    figures = METRICS.agent("b")
    assert (figures.precision, figures.recall) == (pytest.approx(1 / 3), 1.0)


def test_recall_of_none():
    """Of two messages for nobody one was given to nobody."""
    assert METRICS.agent("none").recall == pytest.approx(0.5)


def test_macro_f1_is_the_mean_over_labels():
    """Each label counts the same: a 2/3, b 1/2, none 2/3."""
    assert METRICS.macro_f1 == pytest.approx((2 / 3 + 1 / 2 + 2 / 3) / 3)


def test_confusions_are_the_wrong_cells():
    """Right choices are no confusion."""
    assert [(cell.expected, cell.predicted, cell.count) for cell in METRICS.confusions] == [
        ("a", "b", 1),
        ("none", "b", 1),
    ]


def test_accuracy_by_tag():
    """A case counts under each of its tags."""
    assert [(tag, share.mean, share.n) for tag, share in METRICS.by_tag] == [
        ("plain", 0.5, 2),
        ("typo", 0.0, 1),
    ]


def test_chance_is_the_most_frequent_label():
    """Always answering ``a`` or ``none`` is right in two of five."""
    assert METRICS.chance == pytest.approx(0.4)


def test_a_missing_choice_is_missing_not_wrong():
    """It lowers n, not the accuracy."""
    metrics = routing_metrics([row("a", "a", "1"), row("a", MISSING, "2")])
    assert (metrics.accuracy.mean, metrics.n, metrics.missing) == (1.0, 1, 1)


def test_the_mean_of_nothing_is_no_number():
    """Without a single choice there is no accuracy."""
    metrics = routing_metrics([row("a", MISSING)])
    assert (metrics.accuracy.mean, metrics.macro_f1, metrics.top3, metrics.chance) == (None, None, None, None)


def test_an_unknown_agent_is_a_wrong_choice():
    """It is in the denominator and counted as unknown."""
    metrics = routing_metrics([row("a", "ghost", known=False)])
    assert (metrics.accuracy.mean, metrics.unknown, metrics.n) == (0.0, 1, 1)


def test_an_agent_that_nobody_expects_does_not_enter_macro_f1():
    """Macro-F1 is over the labels that occur."""
    assert routing_metrics([row("a", "a", "1"), row("a", "ghost", "2")]).macro_f1 == pytest.approx(2 / 3)


def test_precision_of_an_agent_that_was_never_chosen_is_no_number():
    """Nothing can be divided."""
    assert routing_metrics([row("a", "b")]).agent("a").precision is None


def test_a_router_that_does_not_rank_has_no_top3():
    """A model gives one choice."""
    assert routing_metrics([row("a", "a")]).top3 is None


def test_trials_of_a_case_weigh_as_one_case():
    """Three right answers to one question and a wrong one to another: a half."""
    rows = [row("a", "a", "1")] * 3 + [row("a", "b", "2")]
    assert routing_metrics(rows).accuracy.mean == pytest.approx(0.5)


def test_cases_of_one_cluster_widen_the_interval():
    """Twenty paraphrases of two questions are not twenty questions."""
    alone = [row("a", "ab"[number % 2], str(number)) for number in range(20)]
    together = [row("a", "ab"[number % 2], str(number), cluster="xy"[number % 2]) for number in range(20)]
    width = [
        share.high - share.low
        for share in (routing_metrics(rows, estimate).accuracy for rows in (alone, together))
    ]
    assert width[1] > 1.5 * width[0]
