"""Gates for tests of the formats: a red one, a green one, a hostile one."""

from __future__ import annotations

from harness.compare.comparison import compare
from harness.compare.gate import AgentGate, Followed, GateReport, Trouble, apply_policy, confirm
from harness.compare.pairing import side_of
from harness.compare.suspects import suspects
from harness.core.config import GateConfig
from harness.stats.confirm import FreshTrials
from harness.stats.score import score_verdicts
from harness.store.decided import DecidedRun

from .decided_runs import grid, rule, run

RULES = ("one", "two", "three")
HOSTILE = '<img src=x onerror=alert(1)> | `code` ]]> @team \x1b[31m :: "quoted" & more\x00'


def gate_of(before: DecidedRun, after: DecidedRun, policy: GateConfig | None = None) -> AgentGate:
    """Gate two decided runs; every suspicion is confirmed."""
    policy = policy or GateConfig()
    first, second = side_of(before), side_of(after)
    comparison = compare(first, second)
    found = suspects(first, second, comparison.matched)[:3]
    confirmations = confirm(found, {one.cell: FreshTrials(12, 0, 0, 12) for one in found}, 0.0167)
    scores = score_verdicts(after.verdicts, {"base": 0}, {})
    result = apply_policy(comparison, Followed(confirmations), scores, policy)
    return AgentGate("tester", "agents/tester.md", "reports/after", "anthropic:m", result, scores)


def red() -> AgentGate:
    """One of three rules broke in all of thirty cases."""
    broken = {(f"c{number}", "two"): "fff" for number in range(30)}
    return gate_of(
        run("before", grid("ppp", 30, rules=RULES)), run("after", grid("ppp", 30, rules=RULES) | broken)
    )


def green() -> AgentGate:
    """Nothing changed in 200 cases."""
    return gate_of(run("before", grid("p", 200)), run("after", grid("p", 200)))


def hostile() -> AgentGate:
    """Names and words of a rule try to break out of every format."""
    rules = [rule(HOSTILE, HOSTILE)]
    return gate_of(
        run("before", {(HOSTILE, HOSTILE): "ppp"}, rules=rules),
        run("after", {(HOSTILE, HOSTILE): "fff"}, rules=rules),
    )


def huge() -> AgentGate:
    """Five thousand cases that all broke."""
    return gate_of(run("before", grid("p", 5_000)), run("after", grid("f", 5_000)))


def long_names() -> AgentGate:
    """A hundred rules with ids and texts of a thousand characters, full of what Markdown escapes."""
    rules = [rule(f"r{number}-" + "*_" * 500, "NEVER " + "[`x`](y) " * 120) for number in range(100)]
    names = [one.id for one in rules]
    return gate_of(
        run("before", grid("p", 30, rules=names), rules=rules),
        run("after", grid("f", 30, rules=names), rules=rules),
    )


def strict() -> AgentGate:
    """A rule broke, and another misses the threshold of the policy."""
    broken = {(f"c{number}", "two"): "fff" for number in range(30)}
    poor = {(f"c{number}", "three"): "fff" for number in range(30)}
    before = grid("ppp", 30, rules=RULES) | poor
    return gate_of(
        run("before", before), run("after", before | broken), GateConfig(thresholds={"three": 0.5})
    )


def single() -> AgentGate:
    """One of eighty rules broke, in half of the cases: all rules together fall by less than a point."""
    names = [f"r{number}" for number in range(80)]
    broken = {(f"c{number}", "r7"): "fff" for number in range(30)}
    before = grid("ppp", 60, rules=names)
    return gate_of(run("before", before), run("after", before | broken))


def vacuous() -> AgentGate:
    """Answers hold nothing any more that the rule is about."""
    return gate_of(run("before", grid("p", 200)), run("after", grid("v", 200)))


TROUBLE = Trouble("agents/other.md", "the server does not answer; run again", 3)


def report(*parts: AgentGate | Trouble) -> GateReport:
    """Put gates and troubles together."""
    return GateReport(
        tuple(one for one in parts if isinstance(one, AgentGate)),
        tuple(one for one in parts if isinstance(one, Trouble)),
    )
