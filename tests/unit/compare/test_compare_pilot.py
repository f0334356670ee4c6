"""A stored run as pilot: what it shows, what has to be assumed, and that the two are told apart."""

from __future__ import annotations

import numpy as np
import pytest

from harness.compare.pairing import side_of
from harness.compare.pilot import Assumptions, Pilot, assumed, pilot_of
from harness.core.errors import InputError
from harness.report.power import Question, power_document
from harness.stats.interval import NO_NUMBER

from .decided_runs import grid, rule, run

ASKED = Question(drop=0.05, alpha=0.05, power=0.8, trials=(1, 3), gate=False)


def noisy(seed: int, cases: int, trials: int, *, shift: float = 0.0, name: str = "run") -> object:
    """Return a run of one rule whose case rates are beta distributed with answers alike at ½."""
    rates = np.random.default_rng(1).beta(0.8, 0.2, cases)  # the same cases, whatever the seed
    generator = np.random.default_rng(seed)
    draws = generator.random((cases, trials)) < np.clip(rates + shift, 0, 1)[:, None]
    letters = {
        (f"c{number}", "one"): "".join("p" if hit else "f" for hit in row) for number, row in enumerate(draws)
    }
    return run(name, letters)


def pilot(*runs: object) -> Pilot:
    return pilot_of([side_of(one) for one in runs], Assumptions())  # type: ignore[arg-type]


def test_the_correlation_of_answers_is_measured() -> None:
    """With three trials a case shows how alike its answers are."""
    assert pilot(noisy(2, 400, 3)).correlation == pytest.approx(0.5, abs=0.08)


def test_one_side_cannot_show_what_an_edit_does() -> None:
    """That is assumed, and said."""
    assert any("how alike an edit acts" in note for note in pilot(noisy(2, 40, 3)).notes)


def test_two_sides_show_that_an_edit_moves_all_cases_alike() -> None:
    """The same prompt twice: nearly all of the likeness of cases is carried over."""
    both = pilot(noisy(2, 400, 3, name="before"), noisy(3, 400, 3, name="after"))
    assert (both.carry_over > 0.8, both.notes) == (True, ())


def test_few_answers_that_never_differ_do_not_make_a_correlation_of_one() -> None:
    """Three cases, the same answer thrice: what is assumed still counts."""
    found = pilot(run("run", {("a", "one"): "ppp", ("b", "one"): "fff", ("c", "one"): "ppp"}))
    assert 0.65 < found.correlation < 0.8


def test_one_trial_does_not_show_the_noise() -> None:
    """Its share is assumed, and said."""
    single = pilot(noisy(2, 60, 1))
    assert single.correlation == Assumptions().correlation
    assert any("no case was asked twice" in note for note in single.notes)


def test_a_rule_has_its_own_number_of_cases() -> None:
    """A rule is seen only on the cases that decide it."""
    cells = {**grid("ppf", 12), **{(f"c{number}", "rare"): "ppp" for number in range(5)}}
    cells |= {(f"c{number}", "rare"): "nnn" for number in range(5, 12)}
    found = {one.rule: one.group.cases for one in pilot(run("run", cells)).rules}
    assert found == {"one": 12, "rare": 5}


def test_paraphrases_are_worth_less() -> None:
    """Twelve cases in three clusters."""
    clusters = {f"c{number}": f"k{number % 3}" for number in range(12)}
    found = pilot(run("run", grid("ppf", 12), clusters=clusters)).aggregate.group
    assert (found.cases, found.worth) == (12, 3)


def test_a_rule_that_never_failed_is_not_without_noise() -> None:
    """Ten cases that all passed do not make a drop of a point visible."""
    row = power_document(pilot(run("run", grid("ppp", 10))), ASKED)["rules"][0]
    assert row["by_trials"][1]["detectable_drop"] > 0.15


def test_too_few_cases_have_no_detectable_drop() -> None:
    """Four cases: the least p-value is .0625."""
    row = power_document(pilot(run("run", grid("ppf", 4))), ASKED)["rules"][0]
    assert row["by_trials"][0]["detectable_drop"] is None


def test_a_rule_that_nothing_decides_has_no_numbers() -> None:
    """It is listed, with no cases."""
    cells = {**grid("ppf", 6), ("c0", "silent"): "nnn"}
    silent = next(one for one in pilot(run("run", cells)).rules if one.rule == "silent")
    assert (silent.group.cases, silent.rate) == (0, NO_NUMBER)


def test_a_run_without_verdicts_is_no_pilot() -> None:
    """One line that says so."""
    with pytest.raises(InputError, match="cannot serve as a pilot"):
        pilot(run("run", grid("nu-", 6), rules=[rule("one")]))


def test_the_gate_divides_its_budget_by_ways_and_rules() -> None:
    """A third for each way to be red; a rule among five is tested at a fifth of that."""
    found = pilot(run("run", grid("ppf", 30, rules=["a", "b", "c", "d", "e"])))
    document = power_document(found, Question(0.05, 0.06, 0.8, (3,), gate=True))
    levels = (document["aggregate"]["level"], document["rules"][0]["level"])
    assert levels == (pytest.approx(0.02), pytest.approx(0.004))


def test_a_stricter_level_sees_less() -> None:
    """The gate's figures are never better than those of one test alone."""
    found = assumed(Assumptions(), 100)
    alone, gated = (
        power_document(found, Question(0.05, 0.05, 0.8, (3,), gate=gate))["aggregate"]["by_trials"][0]
        for gate in (False, True)
    )
    assert gated["detectable_drop"] > alone["detectable_drop"]
