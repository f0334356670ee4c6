"""The paired comparison: against scipy, by hand, and by its error rates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, permutation_test, ttest_1samp

from harness.stats.interval import NO_NUMBER
from harness.stats.paired import paired_difference, sign_flip_p


def _alone(count: int) -> list[str]:
    return [f"case-{number}" for number in range(count)]


def test_the_exact_test_agrees_with_scipy() -> None:
    """With few cases all sign patterns are counted, as scipy's permutation test does."""
    differences = [-0.6, -0.2, 0.1, -0.9, -0.3, 0.4, -0.7]
    theirs = permutation_test(
        (np.array(differences),), np.sum, permutation_type="samples", alternative="less", n_resamples=np.inf
    )
    assert sign_flip_p(differences, _alone(7))[0] == pytest.approx(theirs.pvalue)


def test_the_random_test_agrees_with_scipy() -> None:
    """Beyond that, random patterns give nearly the same p-value as scipy's."""
    differences = list(np.random.default_rng(5).normal(-0.12, 0.4, 60))
    theirs = permutation_test(
        (np.array(differences),),
        np.sum,
        permutation_type="samples",
        alternative="less",
        n_resamples=40_000,
        rng=1,
    )
    assert sign_flip_p(differences, _alone(60))[0] == pytest.approx(theirs.pvalue, rel=0.25)


def test_one_trial_per_case_is_the_exact_mcnemar_test() -> None:
    """Nine cases flip to fail, two to pass: the sign test of the eleven."""
    differences = [-1.0] * 9 + [1.0] * 2 + [0.0] * 30
    expected = binomtest(2, 11, alternative="less").pvalue
    assert sign_flip_p(differences, _alone(41))[0] == pytest.approx(expected)


def test_cases_of_a_cluster_flip_together() -> None:
    """Ten paraphrases of one case are one piece of evidence, not ten."""
    assert sign_flip_p([-1.0] * 10, ["same"] * 10)[0] == pytest.approx(0.5)


def test_the_interval_is_students_where_every_case_stands_alone() -> None:
    """Without shared clusters it is the one-sample t interval."""
    differences = [-0.5, 0.0, 0.25, -0.25, 0.5, -1.0]
    theirs = ttest_1samp(differences, 0).confidence_interval(0.95)
    ours = paired_difference(differences, _alone(6))
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))


def test_no_cases_give_no_number() -> None:
    """The difference of nothing is not zero."""
    assert paired_difference([], []).delta is NO_NUMBER


def test_ten_cases_that_did_not_move_do_not_prove_that_none_would() -> None:
    """Clopper and Pearson: with none of ten moved, up to 31 % of cases may move."""
    still = paired_difference([0.0] * 10, _alone(10))
    assert still.high == pytest.approx(1 - 0.025**0.1)


def test_nothing_moved_is_no_evidence_of_a_drop() -> None:
    """All differences zero: p is one."""
    assert sign_flip_p([0.0] * 5, _alone(5)) == (1.0, 1.0)


def test_lists_of_different_length_are_refused() -> None:
    """A cluster for every difference."""
    with pytest.raises(ValueError, match="3 differences, but 2 clusters"):
        paired_difference([0.0, 0.1, 0.2], ["a", "b"])


@settings(deadline=None)
@given(st.lists(st.sampled_from([-1.0, -0.5, -0.25, 0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=20))
def test_turning_before_and_after_round_mirrors_the_result(differences: list[float]) -> None:
    """The difference of the swapped comparison is the negative, with a mirrored interval."""
    one = paired_difference(differences, _alone(len(differences)))
    other = paired_difference([-value for value in differences], _alone(len(differences)))
    mirrored = [-float(number) for number in (other.delta, other.high, other.low)]  # type: ignore[arg-type]
    assert [one.delta, one.low, one.high] == pytest.approx(mirrored)


def test_an_edit_that_helps_some_and_hurts_others_alarms_as_often_as_promised() -> None:
    """Type I error of the one-sided test at .05 where edits move single cases but not the mean.

    An unpaired test that takes every answer for itself is wrong about four times as often.
    """
    generator = np.random.default_rng(20)
    alarms, replications = 0, 1_000
    for replication in range(replications):
        before = generator.beta(2, 1, 40)
        after = np.clip(before + generator.choice([-0.3, 0.0, 0.3], 40), 0, 1)
        after += before.mean() - after.mean()  # the clipping moved the mean a little
        after = np.clip(after, 0, 1)
        seen = generator.binomial(3, after) / 3 - generator.binomial(3, before) / 3
        truth = (after - before).mean()
        alarms += sign_flip_p(list(seen - truth), _alone(40), seed=replication % 3)[0] <= 0.05
    assert binomtest(alarms, replications, 0.05, alternative="greater").pvalue > 0.001


def test_the_interval_covers_the_true_difference_as_often_as_promised() -> None:
    """Coverage of the 95 % interval over 1,000 replications, with paraphrases in clusters of two."""
    generator = np.random.default_rng(21)
    held, replications = 0, 1_000
    clusters = [f"c{number // 2}" for number in range(60)]
    for _ in range(replications):
        shift = np.repeat(generator.normal(-0.05, 0.1, 30), 2)
        noise = generator.binomial(3, 0.8, 60) / 3 - generator.binomial(3, 0.8, 60) / 3
        seen = paired_difference(list(shift + noise), clusters)
        held += float(seen.low) <= -0.05 <= float(seen.high)  # type: ignore[arg-type]
    assert held / replications == pytest.approx(0.95, abs=0.02)


def test_a_stricter_level_hides_greater_drops() -> None:
    """The detectable drop is that of the test that decides, which may have a share of the budget only."""
    differences = list(np.random.default_rng(6).normal(0.0, 0.4, 40))
    strict = paired_difference(differences, _alone(40), level=0.05 / 3)
    loose = paired_difference(differences, _alone(40))
    assert strict.minimum_detectable > loose.minimum_detectable  # type: ignore[operator]
