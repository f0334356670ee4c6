"""Scores weigh cases alike, count everything, and never take what is missing for a zero."""

from __future__ import annotations

import pytest

from harness.core.types import Basis, Decision, Mode, Outcome, Verdict
from harness.stats.interval import NO_NUMBER, wilson_interval
from harness.stats.score import AGGREGATE, Score, score_verdicts

PASS, FAIL = Outcome.PASS, Outcome.FAIL


def verdict(
    case: str, outcome: Outcome, *, rule: str = "r", trial: int = 1, variant: str = "base", flag: str = ""
) -> Verdict:
    decision = Decision(outcome, "")
    return Verdict(
        case, variant, trial, rule, f"check/{rule}", 1, Mode.ANALOGUE, Basis.STATIC, decision, flag
    )


def score(verdicts: list[Verdict], rule: str = "r", variant: str = "base", **options: object) -> Score:
    scores = score_verdicts(verdicts, options.get("missing", {}), options.get("clusters", {}))  # type: ignore[arg-type]
    return next(s for s in scores if s.rule == rule and s.variant == variant)


def test_the_mean_is_the_mean_of_case_means() -> None:
    """A case tried three times weighs no more than one tried once."""
    verdicts = [verdict("a", FAIL, trial=t) for t in (1, 2, 3)] + [verdict("b", PASS)]
    assert score(verdicts).mean == pytest.approx(0.5)


def test_only_pass_and_fail_are_counted_in_n() -> None:
    """Not applicable, undecided and error are beside the rate."""
    verdicts = [verdict(str(i), outcome) for i, outcome in enumerate(Outcome)]
    found = score(verdicts)
    assert (found.n, found.not_applicable, found.undecided, found.error) == (2, 1, 1, 1)


def test_what_is_not_decided_does_not_move_the_mean() -> None:
    """One pass and any number of undecided ones is a rate of 1."""
    verdicts = [verdict("a", PASS), verdict("b", Outcome.UNDECIDED), verdict("c", Outcome.ERROR)]
    assert score(verdicts).mean == 1.0


def test_missing_is_not_zero() -> None:
    """Answers that do not exist are counted and leave the mean alone."""
    found = score([verdict("a", PASS)], missing={"base": 4})
    assert (found.mean, found.missing) == (1.0, 4)


def test_nothing_decided_is_no_number() -> None:
    """A rule that only met cases it does not speak about has no mean."""
    found = score([verdict("a", Outcome.NOT_APPLICABLE)])
    assert (found.mean, found.low, found.high, found.n) == (NO_NUMBER, NO_NUMBER, NO_NUMBER, 0)


def test_a_variant_without_any_answer_has_scores() -> None:
    """When every call failed, the rules are listed with what is missing."""
    scores = score_verdicts([], {"base": 3}, {}, [("r", "check/r"), ("s", "check/s")])
    assert [(s.rule, s.n, s.missing) for s in scores] == [(AGGREGATE, 0, 6), ("r", 0, 3), ("s", 0, 3)]


def test_flags_are_counted() -> None:
    """Omitted fails and vacuous passes are told apart from the others."""
    found = score(
        [verdict("a", FAIL, flag="omitted"), verdict("b", PASS, flag="vacuous"), verdict("c", PASS)]
    )
    assert (found.omitted, found.vacuous, found.passed, found.failed) == (1, 1, 2, 1)


def test_the_aggregate_weighs_cases_alike() -> None:
    """A case with one rule counts as much as a case with three."""
    verdicts = [verdict("a", FAIL, rule="r")] + [verdict("b", PASS, rule=rule) for rule in "rst"]
    assert score(verdicts, rule=AGGREGATE).mean == pytest.approx(0.5)


def test_variants_are_scored_apart() -> None:
    """The same case in two variants gives two scores."""
    verdicts = [verdict("a", PASS), verdict("a", FAIL, variant="head")]
    assert (score(verdicts).mean, score(verdicts, variant="head").mean) == (1.0, 0.0)


def test_paraphrases_are_one_cluster() -> None:
    """Cases that share a cluster widen the interval to that of one observation each."""
    verdicts = [verdict(name, PASS) for name in "abcd"]
    found = score(verdicts, clusters={"a": "x", "b": "x", "c": "y", "d": "y"})
    assert (found.low, found.high) == pytest.approx(wilson_interval(1.0, 2))


def test_cases_without_a_cluster_stand_alone() -> None:
    """An empty cluster is not a cluster that all such cases share."""
    verdicts = [verdict(name, PASS) for name in "abcd"]
    found = score(verdicts, clusters={"a": "", "b": ""})
    assert (found.low, found.high) == pytest.approx(wilson_interval(1.0, 4))


def test_every_wanted_verdict_is_accounted_for() -> None:
    """The counts of a score add up to what was asked for."""
    verdicts = [verdict(str(i), outcome) for i, outcome in enumerate(Outcome)]
    found = score(verdicts, missing={"base": 2})
    assert found.n + found.missing + found.not_applicable + found.undecided + found.error == 7
