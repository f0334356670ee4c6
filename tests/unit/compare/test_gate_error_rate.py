"""How often the gate is red for an edit that changes nothing, and for one that breaks a rule."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from harness.compare.comparison import compare
from harness.compare.gate import Followed, Light, apply_policy, confirm
from harness.compare.pairing import side_of
from harness.compare.routing import is_routing
from harness.compare.suspects import suspects
from harness.core.config import GateConfig
from harness.stats.confirm import FreshTrials
from harness.stats.score import score_verdicts
from harness.store.decided import DecidedRouting, RoutingChoice

from .decided_runs import routing_case, run

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


def routed(generator: np.random.Generator, name: str, chances: Rates) -> DecidedRouting:
    """Draw the routing of a side: each message reaches its agent with the probability of its cell."""
    hits = generator.random((TRIALS, CASES, RULES)) < chances
    agent_of = {f"routing/c{case}x{agent}": f"a{agent}" for case in range(CASES) for agent in range(RULES)}
    return DecidedRouting(
        cases=tuple(routing_case(case, agent) for case, agent in agent_of.items()),
        choices=tuple(
            RoutingChoice(
                case=f"routing/c{case}x{agent}",
                variant="base",
                trial=trial + 1,
                predicted=f"a{agent}" if hits[trial, case, agent] else "none",
            )
            for trial, case, agent in np.ndindex(hits.shape)
        ),
        answers={"base": name},
    )


def light(
    generator: np.random.Generator, before: Rates, after: Rates, *, routing: tuple[Rates, ...] = ()
) -> Light:
    """Gate two prompts of known quality, all three ways, as the command does; perhaps with two rosters."""
    first, second = run("before", drawn(generator, before)), run("after", drawn(generator, after))
    if routing:
        first, second = (
            one.model_copy(update={"routing": routed(generator, one.run, chances)})
            for one, chances in zip((first, second), routing, strict=True)
        )
    sides = side_of(first), side_of(second)
    comparison = compare(*sides)
    followed = suspects(*sides, comparison.matched)[: POLICY.confirm_cells]
    fresh = {}
    for one in followed:
        case = one.case.removeprefix("routing/c").removeprefix("c").split("x")[0]
        place = int(case), int(one.rule.id.removeprefix("routing/")[1:])
        chances = routing if is_routing(one.rule) else (before, after)
        good, bad = (int(generator.binomial(POLICY.confirm_trials, side[place])) for side in chances)
        fresh[one.cell] = FreshTrials(good, POLICY.confirm_trials - good, bad, POLICY.confirm_trials - bad)
    confirmations = confirm(followed, fresh, comparison.policy.share)
    scores = score_verdicts(second.verdicts, {"base": 0}, {})
    return apply_policy(comparison, Followed(confirmations), scores, POLICY).light


def reds(replications: int, seed: int, *, routing: bool = False) -> int:
    """Count red lights of edits that change nothing."""
    generator = np.random.default_rng(seed)
    count = 0
    for _ in range(replications):
        chances = rates(generator)
        rosters = (rates(generator),) * 2 if routing else ()
        count += light(generator, chances, chances, routing=rosters) is Light.RED
    return count


def test_an_edit_that_changes_nothing_is_rarely_red() -> None:
    """Within the error budget of .05; a short form of the long simulation below."""
    assert binomtest(reds(60, 1), 60, 0.05, alternative="greater").pvalue > 0.001


@pytest.mark.full
def test_an_edit_that_changes_nothing_is_red_at_most_as_often_as_promised() -> None:
    """Two thousand replications, all three ways together, within the binomial bound of .05."""
    assert binomtest(reds(2_000, 2), 2_000, 0.05, alternative="greater").pvalue > 0.05


def test_routing_asks_for_no_budget_of_its_own() -> None:
    """Rules and routing, all three ways together; a short form of the simulation below."""
    assert binomtest(reds(12, 5, routing=True), 12, 0.05, alternative="greater").pvalue > 0.001


@pytest.mark.full
def test_with_routing_an_edit_that_changes_nothing_is_red_at_most_as_often_as_promised() -> None:
    """Five hundred replications, within the binomial bound of .05."""
    assert binomtest(reds(500, 6, routing=True), 500, 0.05, alternative="greater").pvalue > 0.05


def test_a_description_that_loses_its_messages_is_red() -> None:
    """The recall of one agent of ten falls from .8 to .3, no rule moves: found nearly always."""
    generator = np.random.default_rng(7)
    found = 0
    for _ in range(5):
        chances, before = rates(generator), rates(generator)
        after = before.copy()
        after[:, 4] *= 0.35
        found += light(generator, chances, chances, routing=(before, after)) is Light.RED
    assert found >= 4


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
