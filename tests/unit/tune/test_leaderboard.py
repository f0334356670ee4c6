"""What a leaderboard says of variants whose answers are known, and how often it is wrong about chance."""

from __future__ import annotations

import pytest
from arms import board, drawn, names, standings

from harness.report.experiment import conclusion
from harness.stats.interval import NO_NUMBER
from harness.tune.leaderboard_model import Leaderboard

HALF = "pf" * 20
GOOD = "p" * 38 + "ff"
BAD = "f" * 38 + "pp"


def test_a_variant_that_obeys_more_is_better_and_one_that_obeys_less_is_worse() -> None:
    found = board({"base": HALF, "good": GOOD, "bad": BAD, "same": HALF})
    assert standings(found) == {"good": "better", "bad": "worse", "base": "base", "same": "cannot tell"}


def test_the_best_set_holds_what_no_other_variant_beats() -> None:
    found = board({"base": HALF, "good": GOOD, "also": GOOD[::-1], "bad": BAD})
    assert set(found.best) == {"good", "also"}


def test_a_single_best_is_named() -> None:
    assert "the best of the 2 that can be ranked is good." in " ".join(
        conclusion(board({"base": HALF, "good": GOOD}))
    )


def test_of_the_best_set_the_shortest_is_named() -> None:
    found = board({"base": HALF, "long": GOOD, "short": GOOD[::-1]}, {"short": 20})
    assert "The shortest of them is short (about 20 tokens)." in " ".join(conclusion(found))


@pytest.mark.parametrize(("letter", "kind"), [("v", "vacuous"), ("u", "undecided")])
def test_evasion_does_not_win(letter: str, kind: str) -> None:
    found = board({"base": HALF, "evader": letter * 30 + "p" * 10})
    (evader,) = found.evading
    assert ([rise.kind.value for rise in evader.rose], found.best) == ([kind], ("base",))


def test_a_variant_that_evades_stands_below_those_with_a_rank_and_off_the_front() -> None:
    found = board({"base": HALF, "evader": "v" * 40}, {"evader": 1})
    assert [(one.name, one.front) for one in found.entries] == [("base", True), ("evader", False)]


def test_omitting_is_failing() -> None:
    assert standings(board({"base": GOOD, "omits": "o" * 40}))["omits"] == "evades"


def test_a_control_is_never_best_and_stands_apart() -> None:
    found = board({"base": HALF, "other": HALF[::-1], "no-prompt": GOOD})
    assert ("no-prompt" in found.best, found.entries[-1].name) == (False, "no-prompt")


def test_a_control_that_obeys_as_much_is_said() -> None:
    said = " ".join(conclusion(board({"base": GOOD, "other": GOOD, "no-rules": GOOD[::-1]})))
    assert "these cases do not show that the rules do anything" in said


def test_the_front_is_what_nothing_beats_in_both() -> None:
    found = board(
        {"base": HALF, "long": GOOD, "dear": GOOD, "short": BAD},
        {"base": 50, "long": 60, "dear": 90, "short": 5},
    )
    assert {one.name for one in found.entries if one.front} == {"base", "long", "short"}


def test_few_cases_can_tell_nothing_however_large_the_difference() -> None:
    found = board({"base": "ffff", "good": "pppp", "no-prompt": "ffff"})
    assert conclusion(found)[0] == (
        "Nothing can be told: with 2 arms held against the base, fewer than 7 independent cases can show no "
        "difference at all, however large, and only 4 were decided under both."
    )


def test_where_nothing_is_decided_nothing_can_be_told() -> None:
    found = board({"base": "uuuu", "other": "uuuu"})
    assert ("none were decided" in conclusion(found)[0], found.entries[0].score.mean) == (True, NO_NUMBER)


def test_more_arms_ask_for_more() -> None:
    few = board({"base": HALF, "good": "p" * 4 + HALF[4:]})
    many = board({"base": HALF} | {f"v{n}": "p" * 4 + HALF[4:] for n in range(6)})
    widths = [_width(found) for found in (few, many)]
    assert widths[0] < widths[1]


def _width(found: Leaderboard) -> float:
    """Return the width of the interval of the first variant that has one."""
    change = next(one.change for one in found.entries if one.change is not None)
    low, high = change.difference.low, change.difference.high
    assert low is not NO_NUMBER
    assert high is not NO_NUMBER
    return high - low


def test_rules_that_fall_are_listed() -> None:
    (bad,) = (one for one in board({"base": GOOD, "bad": BAD}).entries if one.name == "bad")
    assert [(one.rule, one.delta < 0) for one in bad.moved] == [("one", True)]


def claims(rates: dict[str, float], runs: int) -> tuple[int, int]:
    """Return in how many runs something is claimed against the base, and how often the best one is lost."""
    wrong = lost = 0
    best = max(rates, key=lambda name: rates[name])
    for seed in range(runs):
        found = board(drawn(rates, 12, seed))
        wrong += any(one.standing.value in {"better", "worse"} for one in found.entries)
        lost += best not in found.best
    return wrong, lost


@pytest.mark.parametrize("runs", [10, pytest.param(300, marks=pytest.mark.full)])
def test_where_nothing_differs_little_is_claimed(runs: int) -> None:
    wrong, lost = claims({"base": 0.5, "a": 0.5, "b": 0.5, "c": 0.5}, runs)
    assert max(wrong, lost) <= 0.05 * runs + 2 * (0.05 * 0.95 * runs) ** 0.5


@pytest.mark.parametrize("runs", [6, pytest.param(300, marks=pytest.mark.full)])
def test_the_best_variant_is_seldom_lost(runs: int) -> None:
    _, lost = claims({"base": 0.4, "a": 0.5, "b": 0.5, "c": 0.6}, runs)
    assert lost <= 0.05 * runs + 2 * (0.05 * 0.95 * runs) ** 0.5


def test_ranks_follow_the_score() -> None:
    found = board({"base": HALF, "bad": BAD, "good": GOOD})
    assert names(found.ranked) == ["good", "base", "bad"]
