"""Which cases and rules of two runs are the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.compare.pairing import demand_comparable, match_rules, side_of
from harness.core.errors import InputError
from harness.core.types import Basis, Outcome, Polarity
from harness.store.decided import DecidedRun

from .decided_runs import grid, rule, run


def test_a_rule_keeps_its_identity_by_its_id() -> None:
    """However it is reworded."""
    old, new = rule("no-console", "NEVER use console.log"), rule("no-console", "Only winston may write logs")
    assert match_rules([old], [new]).same == ((old, new),)


def test_a_rule_with_another_id_is_found_by_its_text() -> None:
    """A slug changes with its place in the file; the words do not."""
    old, new = rule("a", "Validate with Joi"), rule("b", "Validate with Joi")
    assert match_rules([old], [new]).same == ((old, new),)


def test_a_reworded_rule_is_found_by_likeness() -> None:
    """One word of eight is another."""
    old = rule("a", "Use the project logger in utils/logger.js for all logging")
    new = rule("b", "Use the project logger in utils/logger.js for any logging")
    assert match_rules([old], [new]).reworded == ("b",)


def test_a_doubtful_match_is_reported_and_not_made() -> None:
    """Half of the words are alike: a person must decide."""
    old = rule("a", "Use the project logger for all logging")
    new = rule("b", "Use the project logger in every new module")
    matched = match_rules([old], [new])
    assert (matched.same, matched.doubtful) == ((), ((old, new),))


def test_a_rule_does_not_turn_into_its_opposite() -> None:
    """Polarity tells "always log" from "never log"."""
    old = rule("a", "Log the body of every request", polarity=Polarity.ALWAYS)
    new = rule("b", "Log the body of each request", polarity=Polarity.NEVER)
    assert match_rules([old], [new]).same == ()


def test_other_cases_are_named() -> None:
    """Runs of different suites are not compared."""
    before, after = run("a", grid("p", 2)), run("b", grid("p", 3))
    with pytest.raises(InputError, match=r"different cases: c2 \(only in the second\)"):
        demand_comparable(side_of(before), side_of(after))


def test_other_versions_of_checks_are_named() -> None:
    """A better check is no better prompt."""
    before, after = run("a", grid("p", 2)), run("b", grid("p", 2), version=2)
    with pytest.raises(InputError, match=r"group/one \(changed\); `harness redecide RUN`"):
        demand_comparable(side_of(before), side_of(after))


def test_other_agents_are_named() -> None:
    """Two agents are not two versions."""
    before, after = run("a", grid("p", 2)), run("b", grid("p", 2)).model_copy(update={"agent": "other"})
    with pytest.raises(InputError, match="tests 'tester', b tests 'other'"):
        demand_comparable(side_of(before), side_of(after))


def test_an_unknown_variant_is_told_with_those_there_are() -> None:
    """A wrong name is no traceback."""
    with pytest.raises(InputError, match="has no variant 'short'; it has base"):
        side_of(run("a", grid("p", 1)), "short")


def test_a_rule_that_was_added_with_its_check_is_no_obstacle() -> None:
    """What both have is compared."""
    before, after = run("a", grid("p", 2)), run("b", grid("p", 2, rules=("one", "two")))
    demand_comparable(side_of(before), side_of(after))


def test_a_rule_that_another_check_decides_is_named() -> None:
    """Its verdicts before and after speak of different things."""
    cells = grid("p", 2)
    other = rule("one").model_copy(update={"check": "group/other"})
    with pytest.raises(InputError, match=r"one \(group/one before, group/other after\)"):
        demand_comparable(side_of(run("a", cells)), side_of(run("b", cells, rules=[other])))


def judged(decided: DecidedRun, outcome: Outcome = Outcome.PASS) -> DecidedRun:
    """Have a judge decide whatever is undecided in a run."""
    evidence = (("judge", "anthropic:j"), ("static", "undecided"))
    verdicts = tuple(
        replace(one, basis=Basis.JUDGE, decision=replace(one.decision, outcome=outcome, evidence=evidence))
        if one.decision.outcome is Outcome.UNDECIDED
        else one
        for one in decided.verdicts
    )
    return decided.model_copy(update={"verdicts": verdicts})


@pytest.mark.parametrize("swapped", [False, True])
def test_a_run_with_a_judge_is_not_held_against_one_without(swapped: bool) -> None:
    """What the one decided the other never asked about: a difference would be the judge's."""
    sides = [side_of(judged(run("a", grid("u", 2)))), side_of(run("b", grid("u", 2)))]
    with pytest.raises(InputError, match=r"a judge decided one in a and was not asked in b; .*--judge"):
        demand_comparable(*(reversed(sides) if swapped else sides))


def test_a_judge_that_had_nothing_to_decide_on_one_side_is_no_difference() -> None:
    """Here the check decided everything itself."""
    demand_comparable(side_of(judged(run("a", grid("u", 2)))), side_of(run("b", grid("p", 2))))


def test_two_runs_with_one_judge_are_comparable() -> None:
    both = [side_of(judged(run(name, grid("u", 2)))) for name in ("a", "b")]
    demand_comparable(*both)
