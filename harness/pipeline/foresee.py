"""``harness gate --dry-run``: the plan of every agent, its cost and its power, without a call."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from harness.agentfile.parse import read_agent
from harness.compare.foresight import POWER, AgentPlan, GatePlan, clusters_of, reach_of
from harness.compare.gate import Trouble
from harness.compare.model import Policy
from harness.compare.pairing import Side, side_of
from harness.compare.pilot import Assumptions, Pilot, assumed, pilot_of
from harness.core.config import GateConfig
from harness.core.errors import HarnessError, InputError
from harness.pipeline.forecast import forecast
from harness.pipeline.gate import base_of, routing_wanted, side_of_baseline
from harness.pipeline.gates import GateRequest, confirmable
from harness.pipeline.options import RunOptions
from harness.pipeline.prepare import Prepared, prepare
from harness.pipeline.sampling import Watcher
from harness.pipeline.verdicts import decide_samples
from harness.run.plan import plan_compliance
from harness.run.progress import Progress
from harness.stats.power import detectable_drop
from harness.store.decided import DecidedRule, DecidedRun
from harness.store.samples import SampleStore

__all__ = ["foresee"]


@dataclass(frozen=True, slots=True)
class _Quiet:
    """Shows progress, and says nothing: the plan is told when it is complete."""

    watcher: Watcher

    def say(self, message: str) -> None:
        """Say nothing."""

    def fetching(self) -> AbstractContextManager[Callable[[int, int], None]]:
        """Watch a download."""
        return self.watcher.fetching()

    def sampling(self, calls: int) -> AbstractContextManager[Progress]:
        """Watch the calls."""
        return self.watcher.sampling(calls)

    def deciding(self, answers: int) -> AbstractContextManager[Callable[[int], None]]:
        """Watch the decisions."""
        return self.watcher.deciding(answers)


def foresee(request: GateRequest, watcher: Watcher) -> GatePlan:
    """Plan the gate of every agent; what goes wrong with one is told beside the others."""
    policy = request.policy_of_each
    plans: list[AgentPlan] = []
    troubles: list[Trouble] = []
    for path in request.agents:
        try:
            with _sides(path, request, watcher) as (options, before):
                plans.append(_plan(path, options, before, policy, _Quiet(watcher)))
        except HarnessError as error:
            troubles.append(Trouble(path.as_posix(), str(error), error.exit_code))
    return GatePlan(
        model=request.options.model,
        against=f"git:{request.ref}" if request.ref else request.baseline.as_posix(),
        policy=policy,
        max_cost=request.options.max_cost,
        max_tokens_total=request.options.max_tokens_total,
        agents=tuple(plans),
        troubles=tuple(troubles),
        warnings=confirmable(policy),
    )


@contextlib.contextmanager
def _sides(path: Path, request: GateRequest, watcher: Watcher) -> Iterator[tuple[RunOptions, Side | None]]:
    """Give the options of the run that the gate would make, and the stored side that it is held against."""
    if not request.ref:
        baseline = request.baseline_of(path)
        before, options = side_of_baseline(baseline, path, request.options, watcher)
        yield replace(options, agent=path), before
        return
    with tempfile.TemporaryDirectory(prefix="harness-gate-") as place:
        base = base_of(path, request.ref, Path(place), request.options)
        options, _ = routing_wanted(read_agent(base), read_agent(path), request.options)
        yield replace(options, agent=base, variants=(path,), interleaved=True), None


def _plan(
    path: Path, options: RunOptions, before: Side | None, policy: GateConfig, watcher: Watcher
) -> AgentPlan:
    prepared = prepare(options)
    expected = forecast(options, watcher, count_tokens=False)
    pilot = _pilot(prepared, options, before, watcher)
    share = Policy(policy.margin, policy.alpha).share
    rules, needed = reach_of(_rules(prepared), prepared.compliance, pilot, share, options.trials)
    group, spread = pilot.aggregate.group, pilot.aggregate.spread
    return AgentPlan(
        path=path.as_posix(),
        cases=len(prepared.compliance),
        clusters=clusters_of(prepared.compliance),
        trials=options.trials,
        prompts=len(prepared.variants),
        wanted=expected.wanted,
        stored=expected.stored,
        estimate=expected.estimate,
        pilot=pilot,
        detectable=detectable_drop(group, spread, options.trials, alpha=share, power=POWER),
        rules=rules,
        needed=needed,
    )


def _pilot(prepared: Prepared, options: RunOptions, before: Side | None, watcher: Watcher) -> Pilot:
    """Return what is known of the earlier prompt: a baseline, or answers that are stored."""
    side = before if before is not None else _stored_side(prepared, options, watcher)
    if side is not None:
        with contextlib.suppress(InputError):  # nothing is decided: as good as nothing stored
            return pilot_of([side], Assumptions())
    return assumed(Assumptions(), clusters_of(prepared.compliance))


def _stored_side(prepared: Prepared, options: RunOptions, watcher: Watcher) -> Side | None:
    store = Path(options.config.store)
    if not store.is_file():
        return None
    base = prepared.variants[0]
    calls = plan_compliance(prepared.compliance, [base], options.settings())
    with SampleStore(store, read_only=True) as opened:
        found = opened.get_many(call.sha for call in calls)
    samples = [
        replace(found[call.sha], case=call.case.id, variant=call.variant, trial=call.request.trial)
        for call in calls
        if call.sha in found
    ]
    if not samples:
        return None
    cases = {case.id: case for case in prepared.compliance}
    with watcher.deciding(len(samples)) as progress:
        verdicts = decide_samples(
            prepared.specification.bindings, prepared.checks, samples, cases, options.mode, progress
        )
    agent = prepared.specification.agent
    run = DecidedRun(
        run="stored answers",
        created="",
        agent=agent.name,
        agent_path=agent.path,
        agent_sha=agent.sha,
        model=options.model,
        models_served=(),
        seed=options.seed,
        max_tokens=options.max_tokens,
        variants=((base.name, base.agent.sha),),
        rules=_rules(prepared),
        cases=prepared.compliance,
        missing=(),
        verdicts=verdicts,
        answers={base.name: ""},
    )
    return side_of(run)


def _rules(prepared: Prepared) -> tuple[DecidedRule, ...]:
    return tuple(
        DecidedRule(rule=one.rule, severity=one.severity, check=one.check, parameters=one.parameters)
        for one in prepared.specification.bindings
        if not one.waived
    )
