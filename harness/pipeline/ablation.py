"""Ablation on a real project: prompts without a part, asked, decided, and compared with the whole file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.agentfile.encoding import decode
from harness.agentfile.source import read_bytes
from harness.core.errors import HarnessError, IncompleteError, InputError
from harness.core.types import Agent, Case, Outcome, Variant
from harness.pipeline.asking import OpenModel
from harness.pipeline.options import RunOptions
from harness.pipeline.prepare import BASE, Prepared, prepare
from harness.pipeline.sampling import Watcher
from harness.pipeline.verdicts import decide_samples
from harness.routing.ask import routed
from harness.routing.metrics import MISSING
from harness.routing.route import plan_routing
from harness.run.execute import Execution
from harness.run.plan import PlannedCall, plan_compliance
from harness.tune.ablate import ablate
from harness.tune.model import ROUTING, WHOLE, Ablation, Design, Observation, StoppedError, Wanted
from harness.tune.units import Unit, UnitKind, agent_without, units_of

__all__ = ["Ablated", "ablate_agent"]


@dataclass(frozen=True, slots=True)
class Ablated:
    """What came of an ablation.

    Attributes:
        ablation: the findings.
        prepared: the agent and its cases.
        missing: answers that were wanted and do not exist.
        spent: US dollars; ``None``: the price is not known.
        error: what ended the asking early, if anything did.
    """

    ablation: Ablation
    prepared: Prepared
    missing: int
    spent: float | None
    error: HarnessError | None


def ablate_agent(
    options: RunOptions, kinds: Collection[UnitKind], design: Design, watcher: Watcher
) -> Ablated:
    """Take the parts of an agent file out, one at a time, and see what that does to the answers.

    Raises:
        InputError: the input is wrong, or there is nothing to take out or to ask.
        HarnessError: the model cannot be asked at all.
    """
    options = replace(options, trials=design.trials, variants=())
    prepared = prepare(replace(options, routing=UnitKind.DIALOGUE in kinds))
    agent = prepared.specification.agent
    path = Path(agent.path)
    if not path.is_file():
        raise InputError("there is no agent file to take parts out of; name one with --agent")
    source = decode(read_bytes(path), str(path)).text
    units = units_of(agent, source, kinds)
    if not any(unit.kind is not UnitKind.CONTROL for unit in units):
        wanted = ", ".join(sorted(kind.value for kind in kinds if kind is not UnitKind.CONTROL))
        raise InputError(f"{path}: holds no part to take out ({wanted}); name others with --part")
    cases = _exercised(prepared)
    if not cases:
        raise InputError(
            f"no case says which rules it exercises; give `applies` in the datasets of {agent.name}"
        )
    with OpenModel(options, watcher) as model:
        work = _Work(prepared, source, {unit.id: unit for unit in units}, model)
        watcher.say(
            f"{len(units)} parts of {path}, {len(cases)} cases; at most "
            f"{design.most or 'as many as it takes'} answers"
        )
        found = ablate(units, cases, work.measure, design)
        return Ablated(found, prepared, work.missing, model.spent, work.error)


def _exercised(prepared: Prepared) -> dict[str, tuple[str, ...]]:
    """Return the rules that each case is known to exercise."""
    cases = {case.id: case.applies for case in prepared.compliance if case.applies}
    return cases | {_routing_id(case): (ROUTING,) for case in prepared.routing}


def _routing_id(case: Case) -> str:
    return f"{ROUTING}/{case.id}"


class _Work:
    """Asks about units and cases, and remembers what went wrong."""

    def __init__(self, prepared: Prepared, source: str, units: Mapping[str, Unit], model: OpenModel) -> None:
        self.prepared = prepared
        self.missing = 0
        self.error: HarnessError | None = None
        self._seen = False
        self._source = source
        self._units = units
        self._model = model
        self._compliance = {case.id: case for case in prepared.compliance}
        self._routing = {_routing_id(case): case for case in prepared.routing}
        self._agents: dict[str, Agent] = {WHOLE: prepared.specification.agent}

    def measure(self, wanted: Sequence[Wanted]) -> list[Observation]:
        """Ask, and say how often each rule was obeyed.

        Raises:
            StoppedError: nothing more can be asked; ``error`` says why.
        """
        if self.error is not None:
            raise StoppedError
        compliance, routing = self._compliance_calls(wanted), self._routing_calls(wanted)
        try:
            execution = self._model.ask([*compliance, *routing])
        except HarnessError as error:
            if not self._seen:
                raise
            self.error = error
            raise StoppedError from error
        self._seen = True
        self.missing += len(execution.failures)
        if execution.interrupted:
            self.error = IncompleteError("stopped; what was found so far stands")
        return [*self._obeyed(compliance, execution), *self._chosen(routing, execution)]

    def _agent(self, unit: str) -> Agent:
        if unit not in self._agents:
            whole = self._agents[WHOLE]
            self._agents[unit] = agent_without(whole, self._source, self._units[unit].cuts)
        return self._agents[unit]

    def _compliance_calls(self, wanted: Sequence[Wanted]) -> list[PlannedCall]:
        calls: list[PlannedCall] = []
        # Case by case, with and without: drift of a hosted model must not look like an effect.
        for one in sorted(wanted, key=lambda one: (one.case, one.unit)):
            case = self._compliance.get(one.case)
            if case is not None:
                variant = Variant(one.unit or BASE, self._agent(one.unit))
                calls += plan_compliance([case], [variant], self._model.settings)
        return calls

    def _routing_calls(self, wanted: Sequence[Wanted]) -> list[PlannedCall]:
        by_unit: dict[str, list[Case]] = {}
        for one in wanted:
            if one.case in self._routing:
                by_unit.setdefault(one.unit, []).append(self._routing[one.case])
        settings = replace(self._model.settings, max_tokens=self._model.options.routing_max_tokens)
        calls: list[PlannedCall] = []
        for unit, cases in by_unit.items():
            roster = {unit or BASE: self._roster(unit)}
            calls += plan_routing(cases, roster, self._model.provider, settings)
        return calls

    def _roster(self, unit: str) -> tuple[Agent, ...]:
        own = self._agent(unit)
        roster = self.prepared.rosters[BASE]
        return tuple(own if agent.name == own.name else agent for agent in roster)

    def _obeyed(self, calls: Sequence[PlannedCall], execution: Execution) -> Iterator[Observation]:
        samples = execution.samples_of(calls)
        specification = self.prepared.specification
        verdicts = decide_samples(
            specification.bindings,
            self.prepared.checks,
            samples,
            self._compliance,
            self._model.options.mode,
            lambda _: None,
        )
        seen: defaultdict[tuple[str, str, str], list[float]] = defaultdict(list)
        for verdict in verdicts:
            if verdict.decision.outcome in {Outcome.PASS, Outcome.FAIL}:
                passed = float(verdict.decision.outcome is Outcome.PASS)
                seen[(verdict.variant, verdict.case, verdict.rule)].append(passed)
        yield from _observations(seen)

    def _chosen(self, calls: Sequence[PlannedCall], execution: Execution) -> Iterator[Observation]:
        seen: defaultdict[tuple[str, str, str], list[float]] = defaultdict(list)
        for variant in dict.fromkeys(call.variant for call in calls):
            own = [call for call in calls if call.variant == variant]
            names = [agent.name for agent in self._roster("" if variant == BASE else variant)]
            for one in routed(own, execution, names):
                if one.row.predicted != MISSING:
                    right = float(one.row.predicted == one.row.expected)
                    seen[(variant, _routing_id(one.case), ROUTING)].append(right)
        yield from _observations(seen)


def _observations(seen: Mapping[tuple[str, str, str], Sequence[float]]) -> Iterator[Observation]:
    for (variant, case, rule), values in seen.items():
        unit = WHOLE if variant == BASE else variant
        yield Observation(unit, case, rule, sum(values) / len(values))
