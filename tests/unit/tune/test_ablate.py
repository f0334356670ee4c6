"""Ablation: planted lines are told apart, with the error rate asked for, and without asking everything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

import pytest
from stochastic import obeying, planted, suite

from harness.core.errors import ConfigurationError
from harness.core.types import Span
from harness.tune.ablate import ablate
from harness.tune.model import ROUTING, Ablation, Design, Observation, Standing, Wanted
from harness.tune.units import Unit, UnitKind

MIXED = {"useful": 8, "useless": 8, "harmful": 4}


def ablated(counts: dict[str, int], seed: int, **design: float) -> Ablation:
    units = planted(counts)
    cases = suite(units, 120, 40, seed)
    chosen = Design(margin=0.15, trials=2, seed=seed, **design)  # type: ignore[arg-type]
    return ablate(units, cases, obeying(units, cases, 2, seed), chosen)


@cache
def mixed() -> tuple[Ablation, ...]:
    return tuple(ablated(MIXED, seed) for seed in range(3))


def standings(kind: str) -> Counter[Standing]:
    return Counter(found.standing for one in mixed() for found in one.findings if found.unit.title == kind)


def test_useful_lines_earn_their_place() -> None:
    assert standings("useful")[Standing.EARNS] >= 0.9 * standings("useful").total()


def test_harmful_lines_are_found() -> None:
    assert standings("harmful")[Standing.HARMFUL] >= 0.9 * standings("harmful").total()


def test_nothing_is_claimed_of_useless_lines() -> None:
    told = standings("useless")
    assert told[Standing.EARNS] + told[Standing.HARMFUL] <= 0.05 * told.total()


def test_at_most_six_tenths_of_the_exhaustive_design_is_asked() -> None:
    assert sum(one.asked for one in mixed()) <= 0.6 * sum(one.exhaustive for one in mixed())


def test_where_nothing_does_anything_claims_are_rare() -> None:
    """Any claim among 20 useless lines is a false discovery; 12 runs, at most α = .05 of them and chance."""
    wrong = sum(
        any(found.standing in {Standing.EARNS, Standing.HARMFUL} for found in one.findings)
        for one in (ablated({"useless": 20}, seed) for seed in range(12))
    )
    assert wrong <= 2


def test_a_budget_is_kept() -> None:
    found = ablated(MIXED, 1, most=120)
    assert found.asked * found.design.trials <= 120


def test_what_the_budget_leaves_open_says_how_much_more_would_tell() -> None:
    found = ablated(MIXED, 1, most=120)
    open_ = [one for one in found.findings if one.standing is Standing.UNKNOWN and one.own.cases]
    assert all(one.needed > 0 for one in open_)


def rule(name: str) -> Unit:
    return Unit(f"rule:{name}", UnitKind.RULE, name, Span(1, 1, 1, 2), (name,), 10)


def test_a_rule_that_no_case_exercises_cannot_be_told_about() -> None:
    found = ablate([rule("a")], {"c": ["b"]}, lambda _: [], Design())
    assert found.findings[0].why == "no case exercises its rules"


def test_an_answer_that_was_not_decided_is_no_difference() -> None:
    """The whole file's answer is undecided in every case: nothing is known, and nothing counts as zero."""
    cases = {f"c{number}": ["a"] for number in range(20)}

    def measure(wanted: Sequence[Wanted]) -> list[Observation]:
        return [Observation(one.unit, one.case, "a", 0.0) for one in wanted if one.unit]

    found = ablate([rule("a")], cases, measure, Design())
    assert found.findings[0].own.cases == 0


def test_a_line_that_breaks_another_rule_is_a_conflict() -> None:
    cases = {f"c{number}": ["a", "b"] for number in range(40)}

    def measure(wanted: Sequence[Wanted]) -> list[Observation]:
        return [
            Observation(one.unit, one.case, name, float(not (name == "b" and one.unit != "rule:a")))
            for one in wanted
            for name in ("a", "b")
        ]

    found = ablate([rule("a"), rule("c")], cases | {"d": ["c"]}, measure, Design())
    assert [(one.unit, one.rule) for one in found.conflicts] == [("rule:a", "b")]


def test_a_dialogue_is_held_against_routing() -> None:
    dialogue = Unit("dialogue:1", UnitKind.DIALOGUE, "hello", Span(1, 1, 1, 2), (), 10)
    cases = {f"m{number}": [ROUTING] for number in range(40)} | {"c": ["a"]}
    asked: set[str] = set()

    def measure(wanted: Sequence[Wanted]) -> list[Observation]:
        asked.update(one.case for one in wanted)
        return [Observation(one.unit, one.case, ROUTING, float(not one.unit)) for one in wanted]

    found = ablate([dialogue], cases, measure, Design())
    assert (found.findings[0].standing, "c" in asked) == (Standing.EARNS, False)


@pytest.mark.parametrize("wrong", [{"alpha": 0.0}, {"margin": 1.0}, {"batch": 0}, {"rest": 2.0}])
def test_a_design_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError):
        Design(**wrong)  # type: ignore[arg-type]
