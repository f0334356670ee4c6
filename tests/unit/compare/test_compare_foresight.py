"""Before the gate is run: which rules could turn it red, and how large a drop would be seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.compare.comparison import compare
from harness.compare.foresight import RuleReach, cases_to_be_red, reach_of
from harness.compare.model import Direction, Policy
from harness.compare.pairing import side_of
from harness.compare.pilot import Assumptions, assumed, pilot_of
from harness.stats.interval import NO_NUMBER
from harness.store.decided import DecidedRun

from .decided_runs import grid, rule, run

SHARE = Policy().share


def reached(known: DecidedRun, *, measured: bool = True) -> dict[str, RuleReach]:
    """What each rule of a run could show; not measured: only the cases are known."""
    pilot = (
        pilot_of([side_of(known)], Assumptions()) if measured else assumed(Assumptions(), len(known.cases))
    )
    found, _ = reach_of(known.rules, known.cases, pilot, SHARE, 1)
    return {one.rule.id: one for one in found}


@pytest.mark.parametrize("rules", [1, 3, 48])
def test_as_many_cases_as_are_needed_turn_a_rule_red_and_one_fewer_does_not(rules: int) -> None:
    """What is promised before the run is what the comparison does: one rule falls, all others stay."""
    names = [f"r{number}" for number in range(rules)]
    needed = cases_to_be_red(SHARE / rules)
    decisions = []
    for cases in (needed, needed - 1):
        before = grid("p", 60, rules=names[1:]) | grid("p", cases, rules=names[:1])
        after = before | grid("f", cases, rules=names[:1])
        decisions.append(compare(side_of(run("a", before)), side_of(run("b", after))).rules)
    red = [next(one for one in found if one.rule.id == "r0").decision for found in decisions]
    assert (red[0], red[1] is Direction.REGRESSED) == (Direction.REGRESSED, False)


def test_a_rule_with_few_cases_cannot_be_red() -> None:
    """Three cases that all fall are one sign pattern of eight."""
    found = reached(run("a", grid("p", 40) | grid("p", 3, rules=("rare",))))
    assert {name: one.can_be_red for name, one in found.items()} == {"one": True, "rare": False}


def test_a_rule_without_a_check_cannot_be_red() -> None:
    """However many cases there are."""
    rules = [rule("one"), rule("prose").model_copy(update={"check": ""})]
    found = reached(run("a", grid("p", 40), rules=rules))
    assert found["prose"].can_be_red is False


def test_paraphrases_are_one_case() -> None:
    """Forty questions of four clusters fall together."""
    known = run("a", grid("p", 40), clusters={f"c{number}": f"k{number % 4}" for number in range(40)})
    assert reached(known)["one"].can_be_red is False


def test_what_the_dataset_says_counts_before_there_are_answers() -> None:
    """Cases that name a rule, and all cases of a universal one."""
    known = run("a", grid("p", 40, rules=("named", "silent")))
    rules = [one.model_copy(update={"rule": replace(one.rule, universal=False)}) for one in known.rules]
    cases = [replace(case, applies=("named",)) for case in known.cases]
    found = reached(known.model_copy(update={"rules": tuple(rules), "cases": tuple(cases)}), measured=False)
    assert {name: (one.cases, one.measured) for name, one in found.items()} == {
        "named": (40, False),
        "silent": (0, False),
    }


def test_what_cannot_be_red_has_no_detectable_drop() -> None:
    """There is no number for it."""
    assert reached(run("a", grid("p", 3)))["one"].detectable is NO_NUMBER
