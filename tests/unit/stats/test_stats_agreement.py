"""Agreement: against scikit-learn and published examples, by coverage, and at the edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, matthews_corrcoef

from harness.stats.agreement import Measure, agreement_of, cohen_kappa, krippendorff_alpha, matthews
from harness.stats.interval import NO_NUMBER

CELLS = st.integers(0, 30)


def pairs(*counts: int) -> tuple[list[bool], list[bool], list[str]]:
    """Return labels, outcomes and clusters of a table: both pass, missed, invented, both fail."""
    kinds = [(True, True), (True, False), (False, True), (False, False)]
    rows = [kind for kind, count in zip(kinds, counts, strict=True) for _ in range(count)]
    return [a for a, _ in rows], [b for _, b in rows], [str(place) for place in range(len(rows))]


@settings(deadline=None)
@given(CELLS, CELLS, CELLS, CELLS)
def test_kappa_and_mcc_are_those_of_scikit_learn(both: int, missed: int, invented: int, neither: int) -> None:
    """Where they exist."""
    labels, outcomes, _ = pairs(both, missed, invented, neither)
    table = (both, missed, invented, neither)
    kappa, mcc = cohen_kappa(table), matthews(table)
    if kappa is not NO_NUMBER:
        assert kappa == pytest.approx(cohen_kappa_score(labels, outcomes))
    if mcc is not NO_NUMBER:
        assert mcc == pytest.approx(matthews_corrcoef(labels, outcomes))


def test_the_four_shares_are_those_of_their_names() -> None:
    """Of 20 labelled pass 18 are passed; of 10 labelled fail 7 are failed."""
    found = agreement_of(*pairs(18, 2, 3, 7))
    shares = (found.tpr.value, found.tnr.value, found.ppv.value, found.npv.value)
    assert shares == pytest.approx((18 / 20, 7 / 10, 18 / 21, 7 / 9))


def test_always_saying_pass_is_no_agreement() -> None:
    """Nine of ten alike, and κ is zero."""
    found = agreement_of(*pairs(90, 0, 10, 0))
    assert (found.agreed.value, found.kappa.value) == (0.9, 0.0)


def test_agreement_on_one_thing_only_has_no_kappa() -> None:
    """Both always say pass: no achievement, no failure."""
    found = agreement_of(*pairs(20, 0, 0, 0))
    assert (found.kappa.value, found.mcc.value, found.tnr.value) == (NO_NUMBER, NO_NUMBER, NO_NUMBER)


def test_no_mistake_is_not_certainty() -> None:
    """Twenty of twenty right: the interval has a width."""
    low = agreement_of(*pairs(10, 0, 0, 10)).kappa.low
    assert low is not NO_NUMBER
    assert 0.6 < low < 0.95


def test_trials_of_one_case_count_once() -> None:
    """Five identical answers per case make no interval narrower than one."""
    labels, outcomes, clusters = pairs(18, 2, 3, 7)
    once = agreement_of(labels, outcomes, clusters)
    five = agreement_of(labels * 5, outcomes * 5, clusters * 5)
    assert (five.kappa.low, five.tpr.low) == pytest.approx((once.kappa.low, once.tpr.low), abs=0.02)


def test_nothing_labelled_gives_no_numbers() -> None:
    """The agreement of nothing."""
    found = agreement_of([], [], [])
    assert (found.n, found.agreed.value, found.kappa.value) == (0, NO_NUMBER, NO_NUMBER)


def test_sequences_of_different_length_are_refused() -> None:
    """An outcome for every label."""
    with pytest.raises(ValueError, match="differ in number"):
        agreement_of([True], [], [])


@given(CELLS, CELLS, CELLS, CELLS, st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_bounds_hold_for_any_table(a: int, b: int, c: int, d: int, each: int) -> None:
    """Every interval holds its figure and stays in range."""
    labels, outcomes, clusters = pairs(a, b, c, d)
    found = agreement_of(labels, outcomes, [str(int(one) // each) for one in clusters])
    correlations, shares = (found.kappa, found.mcc), (found.tpr, found.tnr, found.ppv, found.npv)
    for least, measures in ((-1, correlations), (0, shares)):
        assert all(one.value is NO_NUMBER or ordered(one, least) for one in measures)


def ordered(measure: Measure, least: float) -> bool:
    low, value, high = (float(one) for one in (measure.low, measure.value, measure.high))  # type: ignore[arg-type]
    return least <= low <= value <= high <= 1


def coverage(rate: float, cases: int, trials: int, alike: float, rounds: int) -> dict[str, float]:
    """Return how often each interval holds its true value (TPR .95, TNR .7; errors alike within a case)."""
    generator = np.random.default_rng(1)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        chances = [np.full((count, 1), mean) for mean in (rate, 0.95, 0.7)]
        if alike:
            shape = 1 / alike - 1
            chances = [
                generator.beta(mean * shape, (1 - mean) * shape, (count, 1)) for mean in (rate, 0.95, 0.7)
            ]
        truth = generator.random((count, trials)) < chances[0]
        draws = generator.random(truth.shape)
        return truth.ravel(), np.where(truth, draws < chances[1], draws >= chances[2]).ravel()

    many, said = draw(600_000 // trials)
    table = tuple(float(np.mean(one)) for one in (many & said, many & ~said, ~many & said, ~many & ~said))
    true = {"kappa": cohen_kappa(table), "mcc": matthews(table), "tpr": 0.95, "tnr": 0.7}  # type: ignore[arg-type]
    clusters = [str(place // trials) for place in range(cases * trials)]
    held = dict.fromkeys(true, 0)
    for seed in range(rounds):
        labels, outcomes = draw(cases)
        found = agreement_of(labels.tolist(), outcomes.tolist(), clusters, seed=seed)
        for name, value in true.items():
            measure = getattr(found, name)
            held[name] += measure.value is not NO_NUMBER and measure.low <= value <= measure.high
    return {name: count / rounds for name, count in held.items()}


def test_the_intervals_keep_their_promise() -> None:
    """A hundred independent answers: .91 or more of 150."""
    assert min(coverage(0.8, 100, 1, 0.0, 150).values()) >= 0.91


@pytest.mark.full
@pytest.mark.parametrize(
    ("rate", "cases", "trials", "alike"), [(0.8, 60, 3, 0.4), (0.5, 50, 3, 0.5), (0.9, 60, 1, 0.0)]
)
def test_they_keep_it_where_errors_are_alike(rate: float, cases: int, trials: int, alike: float) -> None:
    """Trials of one case share the instrument's errors."""
    assert min(coverage(rate, cases, trials, alike, 600).values()) >= 0.91


# Three coders, fifteen units, some not rated: a published example, α = .691 for nominal values.
CODERS = ("*****3412113 3*3", "1*2133 43*******", "**213 44*211 33*4")


def published() -> list[dict[str, str]]:
    rows = [row.replace(" ", "") for row in CODERS]
    return [
        {str(coder): row[unit] for coder, row in enumerate(rows) if row[unit] != "*"} for unit in range(15)
    ]


def test_alpha_of_the_published_example() -> None:
    """Nominal α, units with a single rating left out."""
    found = krippendorff_alpha(published(), [str(unit) for unit in range(15)])
    assert (found.value, found.n) == (pytest.approx(0.691, abs=0.0005), 12)


def test_alpha_of_full_agreement_is_one() -> None:
    """Two annotators who always agree, on both kinds."""
    rows = [{"a": "pass", "b": "pass"}] * 10 + [{"a": "fail", "b": "fail"}] * 10
    assert krippendorff_alpha(rows, [str(place) for place in range(20)]).value == pytest.approx(1.0)


def test_alpha_of_coins_is_zero() -> None:
    """Two annotators who toss coins."""
    tosses = np.random.default_rng(3).random((2_000, 2)) < 0.5
    rows = [{"a": bool(one), "b": bool(other)} for one, other in tosses]
    found = krippendorff_alpha(rows, [str(place) for place in range(2_000)])
    assert found.value == pytest.approx(0.0, abs=0.06)


@pytest.mark.parametrize(
    "rows",
    [[], [{"a": "pass"}] * 5, [{"a": "pass", "b": "pass"}] * 5],
    ids=["nothing", "one annotator", "one kind"],
)
def test_alpha_of_what_cannot_differ_is_no_number(rows: list[dict[str, str]]) -> None:
    """Agreement needs a choice and somebody to agree with."""
    assert krippendorff_alpha(rows, [str(place) for place in range(len(rows))]).value is NO_NUMBER
