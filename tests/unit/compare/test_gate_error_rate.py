"""How often the gate is red for an edit that changes nothing, and for one that breaks a rule."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from harness.compare.comparison import compare
from harness.compare.gate import Followed, Light, apply_policy, confirm
from harness.compare.pairing import side_of
from harness.compare.suspects import suspects
from harness.core.config import GateConfig
from harness.stats.confirm import FreshTrials
from harness.stats.score import score_verdicts

from .decided_runs import run

CASES, RULES, TRIALS = 30, 10, 3
POLICY = GateConfig()
Rates = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def rates(generator: np.random.Generator) -> Rates:
    """Return the probability of a pass per case and rule: .8 on average, alike within a case."""
    easy = generator.beta(4, 1, (CASES, 1))
    return np.clip(easy + generator.normal(0, 0.05, (CASES, RULES)), 0, 1)


def drawn(generator: np.random.Generator, chances: Rates) -> dict[tuple[str, str], str]:
    """Draw the trials of a side."""
    passes = generator.random((TRIALS, CASES, RULES)) < chances
    return {
        (f"c{case}", f"r{rule}"): "".join("p" if one else "f" for one in passes[:, case, rule])
        for case in range(CASES)
        for rule in range(RULES)
    }


def light(generator: np.random.Generator, before: Rates, after: Rates) -> Light:
    """Gate two prompts of known quality, all three ways, as the command does."""
    first, second = run("before", drawn(generator, before)), run("after", drawn(generator, after))
    sides = side_of(first), side_of(second)
    comparison = compare(*sides)
    followed = suspects(*sides, comparison.matched)[: POLICY.confirm_cells]
    fresh = {}
    for one in followed:
        place = int(one.case[1:]), int(one.rule.id[1:])
        good, bad = (int(generator.binomial(POLICY.confirm_trials, side[place])) for side in (before, after))
        fresh[one.cell] = FreshTrials(good, POLICY.confirm_trials - good, bad, POLICY.confirm_trials - bad)
    confirmations = confirm(followed, fresh, comparison.policy.share)
    scores = score_verdicts(second.verdicts, {"base": 0}, {})
    return apply_policy(comparison, Followed(confirmations), scores, POLICY).light


def reds(replications: int, seed: int) -> int:
    """Count red lights of edits that change nothing."""
    generator = np.random.default_rng(seed)
    count = 0
    for _ in range(replications):
        chances = rates(generator)
        count += light(generator, chances, chances) is Light.RED
    return count


def test_an_edit_that_changes_nothing_is_rarely_red() -> None:
    """Within the error budget of .05; a short form of the long simulation below."""
    assert binomtest(reds(60, 1), 60, 0.05, alternative="greater").pvalue > 0.001


@pytest.mark.full
def test_an_edit_that_changes_nothing_is_red_at_most_as_often_as_promised() -> None:
    """Two thousand replications, all three ways together, within the binomial bound of .05."""
    assert binomtest(reds(2_000, 2), 2_000, 0.05, alternative="greater").pvalue > 0.05


def test_an_edit_that_breaks_a_rule_is_red() -> None:
    """One rule of ten falls from .8 to .3: found nearly always."""
    generator = np.random.default_rng(3)
    found = 0
    for _ in range(30):
        before = rates(generator)
        after = before.copy()
        after[:, 4] *= 0.35
        found += light(generator, before, after) is Light.RED
    assert found >= 27


def test_a_case_that_breaks_for_one_rule_is_red() -> None:
    """A single cell falls from always to never; nothing else moves: confirmation finds it."""
    generator = np.random.default_rng(4)
    found = 0
    for _ in range(30):
        before = rates(generator)
        before[7, 3] = 1.0
        after = before.copy()
        after[7, 3] = 0.0
        found += light(generator, before, after) is Light.RED
    assert found >= 25
