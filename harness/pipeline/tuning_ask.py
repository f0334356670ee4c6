"""Put bodies of a prompt to cases, and to the reflection model; every answer is kept in the store."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.compare.cells import Evasion
from harness.core.errors import BudgetError, HarnessError, IncompleteError
from harness.core.types import (
    Agent,
    Case,
    CaseKind,
    Message,
    Outcome,
    Request,
    Role,
    StopReason,
    Variant,
    Verdict,
)
from harness.pipeline.asking import OpenModel
from harness.pipeline.judge_calls import JudgeCalls
from harness.pipeline.judging import judge_left_open, judge_settings, subjects_left_open
from harness.pipeline.options import RunOptions
from harness.pipeline.prepare import BASE, Prepared
from harness.pipeline.sampling import Watcher
from harness.pipeline.tuning_purse import Purse
from harness.pipeline.verdicts import decide_samples
from harness.run.budget import Ledger
from harness.run.execute import Execution
from harness.run.plan import PlannedCall, plan_compliance, planned_call
from harness.run.prices import FREE
from harness.store.samples import SampleStore
from harness.suite.cases import sealed
from harness.tune.model import StoppedError
from harness.tune.optimise_model import Answered
from harness.tune.reflection import Reflection, feedback_of

__all__ = ["CANDIDATE", "Asking"]

CANDIDATE = "candidate"
_DECIDED = frozenset({Outcome.PASS, Outcome.FAIL})
_STOPPED = "stopped; the same command goes on from there"
_MOST_TOKENS = 20_000  # of a proposal; servers want longer answers streamed


@dataclass(slots=True)
class _Seen:
    """The verdicts on the answers of one body to one case, and how many answers are missing."""

    verdicts: list[Verdict] = field(default_factory=list)
    missing: int = 0


class Asking:
    """The measure of a search on a real project, and its way to the reflection model.

    Attributes:
        purse: what may be spent.
        missing: answers that were wanted and do not exist.
        error: what ended the asking, if it was neither the plan nor the budget.
        exhausted: what the budget did not allow; empty: nothing.
    """

    def __init__(
        self,
        prepared: Prepared,
        subject: OpenModel,
        reflection: OpenModel,
        purse: Purse,
        watcher: Watcher,
    ) -> None:
        self.purse = purse
        self.missing = 0
        self.error: HarnessError | None = None
        self.exhausted = ""
        self._prepared = prepared
        self._subject = subject
        self._reflection = reflection
        self._watcher = watcher
        self._cases = {case.id: case for case in prepared.compliance}
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._bindings = {
            one.rule.id: one
            for one in prepared.specification.bindings
            if not one.waived and (one.check or subject.options.config.judge.models)
        }
        self._begun = False

    @property
    def options(self) -> RunOptions:
        """How the subject is asked."""
        return self._subject.options

    @property
    def reflection_model(self) -> str:
        """The model that proposes."""
        return self._reflection.options.model

    def measure(self, body: str, cases: Sequence[str]) -> list[Answered]:
        """Ask with a body, and with the base where that is not known; in turns, case by case.

        Raises:
            StoppedError: nothing more can be asked; ``error`` or ``exhausted`` says why.
        """
        base = self._prepared.specification.agent
        variants = [Variant(BASE, base)]
        if body != base.prompt:
            variants.append(Variant(CANDIDATE, replace(base, prompt=body)))
        calls: list[PlannedCall] = []
        for name in dict.fromkeys(cases):
            lacking = [one for one in variants if (one.agent.prompt, name) not in self._seen]
            settings = replace(self._subject.settings, interleaved=True)
            calls += plan_compliance([self._cases[name]], lacking, settings)
        if calls:
            execution = self.answers(calls, self._subject)
            self._note(calls, execution, {one.name: one.agent for one in variants})
        return [self._answered(body, name) for name in cases]

    def reflect(self, asked: Reflection, number: int) -> str:
        """Ask the reflection model; empty where it gave no whole answer.

        Raises:
            StoppedError: as ``measure``.
        """
        model = self._reflection.settings
        request = Request(
            model=model.model,
            system=asked.system,
            messages=(Message(Role.USER, asked.text),),
            max_tokens=min(_MOST_TOKENS, asked.longest),
            trial=number,
            parameters=model.request_parameters(),
        )
        call = planned_call(request, _case_of(asked, number), "reflection")
        sample = self.answers([call], self._reflection).samples.get(call.sha)
        if sample is None or sample.completion.stop is StopReason.MAX_TOKENS:
            return ""
        return sample.completion.text

    def answers(self, calls: Sequence[PlannedCall], model: OpenModel | None = None) -> Execution:
        """Get answers, within the budget.

        Raises:
            StoppedError: as ``measure``.
            HarnessError: the very first call cannot be made.
        """
        model = model or self._subject
        subject = model is self._subject
        with SampleStore(Path(self.options.config.store)) as store:
            known = store.get_many(call.sha for call in calls)
        self.purse.count(known.values(), of_subject=subject)
        wanted = len({call.sha for call in calls} - set(known))
        try:
            ledger = self.purse.ledger(model.settings.model, wanted)
            model.settings = replace(model.settings, ledger=ledger)
            try:
                execution = model.ask(calls)
            finally:
                self.purse.book(ledger)
        except BudgetError as error:
            self.exhausted = str(error)
            raise StoppedError from error
        except HarnessError as error:
            if not self._begun:
                raise
            self.error = error
            raise StoppedError from error
        self._begun = True
        self.purse.count(execution.samples.values(), of_subject=subject)
        if subject:  # a proposal that did not come is told among the proposals
            self.missing += len(execution.failures)
        if execution.interrupted:
            self.error = IncompleteError(_STOPPED)
            raise StoppedError
        return execution

    def verdicts(self, calls: Sequence[PlannedCall], execution: Execution) -> tuple[Verdict, ...]:
        """Decide answers with the checks and, where the project has one, the judge.

        Raises:
            StoppedError: the judge cannot be asked.
        """
        options, bindings = self.options, self._prepared.specification.bindings
        samples = execution.samples_of(calls)
        with self._watcher.deciding(len(samples)) as progress:
            verdicts = decide_samples(
                bindings, self._prepared.checks, samples, self._cases, options.mode, progress
            )
        if not options.config.judge.models:
            return verdicts
        subjects = subjects_left_open(bindings, verdicts, samples, self._cases, options.mode)
        judges = JudgeCalls(options.config, options.seed, self._watcher, Ledger(FREE, self.purse.left))
        judged = judge_left_open(
            subjects, verdicts, judge_settings(options.config.judge, options.seed), judges
        )
        self.purse.judges += judges.spent or 0.0
        if isinstance(judges.error, BudgetError):
            self.exhausted = str(judges.error)
            raise StoppedError
        if judges.error is not None or judges.stopped:
            self.error = judges.error or IncompleteError(_STOPPED)
            raise StoppedError
        return judged.verdicts

    # --- inside ------------------------------------------------------------------------------

    def _note(self, calls: Sequence[PlannedCall], execution: Execution, agents: Mapping[str, Agent]) -> None:
        """Keep what came of some calls by body and case."""
        found: defaultdict[tuple[str, str], _Seen] = defaultdict(_Seen)
        for call in calls:
            key = (agents[call.variant].prompt, call.case.id)
            found[key].missing += call.sha not in execution.samples
        for verdict in self.verdicts(calls, execution):
            if verdict.rule in self._bindings:
                found[(agents[verdict.variant].prompt, verdict.case)].verdicts.append(verdict)
        self._seen |= found

    def _answered(self, body: str, name: str) -> Answered:
        case = self._cases[name]
        in_play = self._in_play(case)
        seen = self._seen[(body, name)]
        verdicts = [one for one in seen.verdicts if one.rule in in_play]
        answers = len({one.trial for one in seen.verdicts})
        real = Counter(one.rule for one in verdicts if one.decision.outcome is Outcome.PASS and not one.flag)
        evaded = Counter(
            Evasion(one.flag or one.decision.outcome.value)
            for one in verdicts
            if one.flag or one.decision.outcome not in _DECIDED
        )
        evaded[Evasion.MISSING] = seen.missing * len(in_play)
        wanted = (answers + seen.missing) * len(in_play)
        measured = bool(answers and in_play)
        return Answered(
            case=name,
            cluster=case.cluster,
            obeyed=sum(real.values()) / (answers * len(in_play)) if measured else 0.0,
            measured=measured,
            evaded={kind: number / wanted for kind, number in evaded.items() if number},
            feedback=feedback_of(case, verdicts, self._bindings),
        )

    def _in_play(self, case: Case) -> frozenset[str]:
        """Return the rules that count for a case: those it names, and those that the base's answers decide.

        What a candidate's answers leave out stays in play: nothing is gained by leaving it out.
        """
        base = self._prepared.specification.agent.prompt
        decided = {
            one.rule for one in self._seen[(base, case.id)].verdicts if one.decision.outcome in _DECIDED
        }
        return frozenset((decided | set(case.applies)) - set(case.not_applicable)) & self._bindings.keys()


def _case_of(asked: Reflection, number: int) -> Case:
    """Return the case under which the store keeps a question to the reflection model."""
    messages = (Message(Role.USER, asked.text),)
    name = f"reflection/{number}"
    return sealed(Case(name, CaseKind.COMPLIANCE, "", messages, (), (), (), "", (), "", "reflection", ""))
