"""The policy: what is red, what is yellow."""

from __future__ import annotations

import pytest

from harness.compare.comparison import compare
from harness.compare.gate import (
    Confirmation,
    Followed,
    GateReport,
    GateResult,
    Light,
    Trouble,
    apply_policy,
    confirm,
    most_confirmable,
)
from harness.compare.pairing import side_of
from harness.compare.suspects import Suspect, suspects
from harness.core.config import GateConfig
from harness.core.types import Severity
from harness.stats.confirm import FreshTrials
from harness.stats.score import Score, score_verdicts

from .decided_runs import grid, rule, run

Cells = dict[tuple[str, str], str]
BIG = 200


def judged(
    before: Cells,
    after: Cells,
    policy: GateConfig | None = None,
    confirmations: tuple[Confirmation, ...] = (),
    unfollowed: tuple[Suspect, ...] = (),
) -> GateResult:
    """Apply a policy to two runs given as tables."""
    first, second = run("before", before), run("after", after)
    comparison = compare(side_of(first), side_of(second))
    scores: tuple[Score, ...] = score_verdicts(second.verdicts, {"base": 0}, {})
    followed = Followed(confirmations, unfollowed, "raise gate.confirm_cells to follow more")
    return apply_policy(comparison, followed, scores, policy or GateConfig())


def suspected(before: Cells, after: Cells) -> tuple[Suspect, ...]:
    """Return the suspects among two runs given as tables."""
    first, second = side_of(run("before", before)), side_of(run("after", after))
    return suspects(first, second, compare(first, second).matched)


def test_no_change_is_green() -> None:
    """With enough cases to say so."""
    assert judged(grid("p", BIG), grid("p", BIG)).light is Light.GREEN


def test_a_regression_is_red() -> None:
    """All rules together dropped."""
    assert judged(grid("ppp", 30), grid("fff", 30)).light is Light.RED


def test_what_cannot_be_told_is_yellow() -> None:
    """Three cases are too few to exclude a drop."""
    assert judged(grid("p", 3), grid("p", 3)).light is Light.YELLOW


def test_a_strict_policy_stops_what_cannot_be_told() -> None:
    """gate.inconclusive = "fail"."""
    assert judged(grid("p", 3), grid("p", 3), GateConfig(inconclusive="fail")).light is Light.RED


def test_an_evasive_prompt_is_not_green() -> None:
    """It writes nothing that could break a rule."""
    assert judged(grid("fpf", 60), grid("vvv", 60)).light is Light.YELLOW


def test_a_confirmed_failure_is_red() -> None:
    """Although nothing else moved."""
    (one,) = confirm(
        suspected(grid("ppp", BIG), {**grid("ppp", BIG), ("c7", "one"): "fff"}),
        {("c7", "one"): FreshTrials(12, 0, 1, 11)},
        0.0167,
    )
    assert judged(grid("ppp", BIG), grid("ppp", BIG), confirmations=(one,)).light is Light.RED


def test_a_suspicion_that_fresh_trials_do_not_confirm_is_not_red() -> None:
    """It was chance."""
    (one,) = confirm(
        suspected(grid("ppp", BIG), {**grid("ppp", BIG), ("c7", "one"): "fff"}),
        {("c7", "one"): FreshTrials(10, 2, 9, 3)},
        0.0167,
    )
    assert judged(grid("ppp", BIG), grid("ppp", BIG), confirmations=(one,)).light is Light.GREEN


def test_fresh_trials_without_a_verdict_leave_the_light_yellow() -> None:
    """The calls failed, or nothing could be decided: neither confirmed nor refuted."""
    (one,) = confirm(
        suspected(grid("ppp", BIG), {**grid("ppp", BIG), ("c7", "one"): "fff"}),
        {("c7", "one"): FreshTrials(12, 0, 0, 0)},
        0.0167,
    )
    assert judged(grid("ppp", BIG), grid("ppp", BIG), confirmations=(one,)).light is Light.YELLOW


def test_suspicions_that_were_not_followed_are_told() -> None:
    """There were more than the policy follows."""
    rest = suspected(grid("ppp", BIG), {**grid("ppp", BIG), ("c7", "one"): "fff"})
    assert judged(grid("ppp", BIG), grid("ppp", BIG), unfollowed=rest).light is Light.YELLOW


@pytest.mark.parametrize(("least", "light"), [(1.0, Light.RED), (0.9, Light.GREEN)])
def test_a_threshold_is_missed_when_the_interval_lies_below_it(least: float, light: Light) -> None:
    """196 of 200 pass: less than all, beyond doubt; not less than nine of ten."""
    cells = {**grid("p", BIG), **{(f"c{number}", "one"): "f" for number in range(4)}}
    assert judged(cells, cells, GateConfig(thresholds={"one": least})).light is light


def test_a_threshold_for_what_was_not_decided_is_missed() -> None:
    """Nothing decided is no success."""
    policy = GateConfig(thresholds={"quiet": 0.5})
    cells = grid("p", BIG) | grid("n", BIG, rules=("quiet",))
    assert "nothing was decided" in judged(cells, cells, policy).reasons[0]


def test_a_threshold_for_a_rule_of_another_agent_is_not_missed() -> None:
    """One policy serves many agents."""
    policy = GateConfig(thresholds={"other": 0.5})
    assert judged(grid("p", BIG), grid("p", BIG), policy).light is Light.GREEN


def test_a_critical_rule_that_nothing_exercises_is_red() -> None:
    """An untested critical rule is no passed one."""
    cells = grid("p", BIG) | grid("n", BIG, rules=("quiet",))
    assert judged(cells, cells, GateConfig(critical=("quiet",))).light is Light.RED


def test_only_what_always_passed_and_always_fails_is_suspect() -> None:
    """Not what failed before, not what passes sometimes."""
    before = {("a", "r"): "ppp", ("b", "r"): "ppf", ("c", "r"): "ppp", ("d", "r"): "vvv"}
    after = {("a", "r"): "fff", ("b", "r"): "fff", ("c", "r"): "ffp", ("d", "r"): "fff"}
    assert [one.case for one in suspected(before, after)] == ["a"]


def test_critical_rules_are_asked_again_first() -> None:
    """The policy follows a limited number of suspicions."""
    rules = [
        rule("minor").model_copy(update={"severity": Severity.MINOR}),
        rule("grave").model_copy(update={"severity": Severity.CRITICAL}),
    ]
    before = run("before", grid("ppp", 1, rules=("minor", "grave")), rules=rules)
    after = run("after", grid("fff", 1, rules=("minor", "grave")), rules=rules)
    first, second = side_of(before), side_of(after)
    found = suspects(first, second, compare(first, second).matched)
    assert [one.rule.id for one in found] == ["grave", "minor"]


def test_a_missed_demand_is_told_apart_from_a_regression() -> None:
    """So that no format shows only one of them."""
    result = judged(grid("p", BIG), grid("f", BIG), GateConfig(thresholds={"one": 0.9}))
    assert (len(result.missed), result.missed[0] in result.reasons) == (1, True)


@pytest.mark.parametrize(("trials", "most"), [(3, 0), (4, 1), (5, 4), (6, 15), (12, 45_069)])
def test_as_many_suspicions_are_followed_as_fresh_trials_can_confirm(trials: int, most: int) -> None:
    """By hand: .05 / 3 times C(2m, m), rounded down; asking about more could confirm none of them."""
    assert most_confirmable(trials, trials, 0.05 / 3) == most


def test_so_many_are_confirmed_if_all_of_them_are_broken() -> None:
    """The bound is sharp: with one more, none would be."""
    rules = [f"r{number}" for number in range(5)]
    found = suspected(grid("ppp", 1, rules=rules), grid("fff", 1, rules=rules))
    fresh = {one.cell: FreshTrials(5, 0, 0, 5) for one in found}
    told = [sum(one.confirmed for one in confirm(found[:many], fresh, 0.05 / 3)) for many in (4, 5)]
    assert told == [4, 0]


def test_where_the_earlier_prompt_is_not_known_all_cells_count() -> None:
    """Its old trials did choose: beside three, 12 fresh ones confirm nothing among 300 cells, 60 do."""
    assert [most_confirmable(3, fresh, 0.05 / 3, 300) for fresh in (12, 60)] == [0, 300]


@pytest.mark.parametrize(
    ("codes", "code"), [((), 0), ((3,), 3), ((3, 2), 2), ((2, 3), 2)], ids=["none", "3", "3 and 2", "2 and 3"]
)
def test_wrong_input_wins_over_an_incomplete_run(codes: tuple[int, ...], code: int) -> None:
    """As the commands promise: 2 before 3."""
    assert GateReport((), tuple(Trouble("a.md", "m", one) for one in codes)).exit_code == code


def test_nothing_to_gate_is_green() -> None:
    """No agent changed."""
    assert GateReport(()).light is Light.GREEN
