"""One case at a time: asked, decided, explained. For the pytest plugin, which runs cases as tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.agentfile.parse import read_agent
from harness.checks.bind import Binding
from harness.checks.registry import all_checks
from harness.core.config import load_config
from harness.core.errors import IncompleteError, InputError
from harness.core.types import (
    Case,
    CaseKind,
    Message,
    Outcome,
    Role,
    Sample,
    SuppliedFile,
    Variant,
    Verdict,
)
from harness.pipeline.options import RunOptions
from harness.pipeline.prepare import BASE, Prepared, prepare
from harness.pipeline.verdicts import decide_samples
from harness.providers.base import Provider
from harness.providers.registry import open_provider
from harness.run.execute import Execution, execute
from harness.run.plan import PlannedCall, plan_compliance
from harness.run.progress import Counts
from harness.run.settings import Settings
from harness.store.samples import SampleStore
from harness.suite.cases import sealed
from harness.suite.catalogue import Specification, specification_of

__all__ = ["Evaluation", "Evaluator"]

Wanted = tuple[Prepared, Case, int]
"""A prepared dataset, a case of it, and the number of its trial."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An answer with what came of every rule.

    Attributes:
        case: the question.
        sample: the answer.
        verdicts: one per rule that is not waived, in the order of the agent file.
        bindings: the rules, in the same order.
    """

    case: Case
    sample: Sample
    verdicts: tuple[Verdict, ...]
    bindings: tuple[Binding, ...]

    @property
    def text(self) -> str:
        """The answer as the model wrote it."""
        return self.sample.completion.text

    @property
    def failed(self) -> tuple[str, ...]:
        """Ids of the rules that the answer violates."""
        return tuple(one.rule for one in self.verdicts if one.decision.outcome is Outcome.FAIL)

    def outcome(self, rule: str) -> Outcome:
        """Return what came of a rule.

        Raises:
            InputError: the agent has no such rule.
        """
        for verdict in self.verdicts:
            if verdict.rule == rule:
                return verdict.decision.outcome
        raise InputError(f"{rule}: the agent has no such rule; `harness rules` lists them")

    def explanation(self) -> str:
        """Return the violated rules with their lines, and where the answer breaks them."""
        lines = [f"{self.case.id}: {len(self.failed)} of {len(self.verdicts)} rules are violated"]
        for binding, verdict in zip(self.bindings, self.verdicts, strict=True):
            if verdict.decision.outcome is not Outcome.FAIL:
                continue
            rule = binding.rule
            lines += ["", f"{rule.id} (line {rule.span.line}): {rule.text}", f"  {verdict.decision.reason}"]
            lines += [
                f"  line {one.line} of the answer: {one.message}: {one.quote}"
                for one in verdict.decision.findings
            ]
        return "\n".join(lines)

    def sections(self) -> Iterator[tuple[str, str]]:
        """Yield a title and a text per decided rule, then the answer."""
        for verdict in self.verdicts:
            if verdict.decision.outcome is not Outcome.NOT_APPLICABLE and verdict.check:
                yield f"{verdict.rule}: {verdict.decision.outcome.value}", verdict.decision.reason
        yield "answer", self.text

    def properties(self) -> list[tuple[str, object]]:
        """Return what a JUnit report keeps of the answer."""
        counts = {
            outcome: sum(1 for one in self.verdicts if one.decision.outcome is outcome) for outcome in Outcome
        }
        return [
            ("model", self.sample.completion.model_served),
            *((f"rules {outcome.value}", number) for outcome, number in counts.items() if number),
        ]


class Evaluator:
    """Asks an agent's cases and decides its rules. One per process; :meth:`close` lets go of the model."""

    def __init__(self, options: RunOptions, specification: Specification) -> None:
        self.options = options
        self.specification = specification
        self._checks = all_checks(options.config.checks_folder)
        self._answers: dict[str, Sample] = {}
        self._provider: Provider | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def of(cls, agent: Path, *, model: str | None, trials: int | None, max_tokens: int | None) -> Evaluator:
        """Make the evaluator of an agent file; what is not given comes from ``harness.toml``.

        Raises:
            InputError: the file or the configuration is wrong.
        """
        defaults = RunOptions.of(load_config(Path.cwd()))
        options = replace(
            defaults,
            agent=agent,
            model=model or defaults.model,
            trials=trials or defaults.trials,
            max_tokens=max_tokens or defaults.max_tokens,
            routing=False,
        )
        # What the project lets a run spend is for all tests together.
        specification = specification_of(read_agent(agent), all_checks(options.config.checks_folder))
        options = options.inheriting(specification.agent)
        return cls(replace(options, ledger=options.new_ledger()), specification)

    def prepare(self, dataset: Path) -> Prepared:
        """Load the compliance cases of a dataset.

        Raises:
            InputError: the dataset is wrong.
        """
        return prepare(replace(self.options, suite=(str(dataset),)))

    def ask(self, wanted: Sequence[Wanted]) -> None:
        """Get answers, from the store or from the model; those that are here already cost nothing.

        Raises:
            IncompleteError: the first of them was not answered.
            HarnessError: the model cannot be asked.
            KeyboardInterrupt: the user stopped it.
        """
        self._answer([self._call(*one) for one in wanted])

    def decide(self, prepared: Prepared, case: Case, trial: int) -> Evaluation:
        """Decide the answer to a case that was asked."""
        return self._decided(self._call(prepared, case, trial), prepared.specification.bindings)

    def evaluate(
        self, prompt: str, files: Mapping[str, str], applies: tuple[str, ...], trial: int
    ) -> Evaluation:
        """Ask one question and decide its answer.

        Raises:
            HarnessError: there is no answer.
        """
        known = {binding.rule.id for binding in self.specification.bindings}
        unknown = [rule for rule in applies if rule not in known]
        if unknown:
            raise InputError(f"{unknown[0]}: the agent has no such rule; `harness rules` lists them")
        case = sealed(
            Case(
                id="by-hand",
                kind=CaseKind.COMPLIANCE,
                agent=self.specification.agent.name,
                messages=(Message(Role.USER, prompt),),
                files=tuple(SuppliedFile(path, text) for path, text in files.items()),
                applies=applies,
                not_applicable=(),
                expected_agent="",
                tags=(),
                cluster="",
                provenance="",
                sha="",
            )
        )
        variant = Variant(BASE, self.specification.agent)
        (call,) = plan_compliance([case], [variant], self._settings(trial))
        self._answer([call])
        return self._decided(call, self.specification.bindings)

    def close(self) -> None:
        """Let go of the model; asking again would open it again."""
        if self._loop is not None:
            if self._provider is not None:
                self._loop.run_until_complete(self._provider.close())
            self._loop.close()
        self._provider = self._loop = None

    def _settings(self, trial: int) -> Settings:
        return replace(self.options.settings(), trials=1, first_trial=trial)

    def _call(self, prepared: Prepared, case: Case, trial: int) -> PlannedCall:
        (call,) = plan_compliance([case], prepared.variants, self._settings(trial))
        return call

    def _answer(self, calls: Sequence[PlannedCall]) -> None:
        """Get the answers that are not here yet; the first one must be there in the end."""
        missing = [call for call in calls if call.sha not in self._answers]
        if not missing:
            return
        settings = self._settings(1)
        with SampleStore(Path(self.options.config.store)) as store:
            execution = self._run(lambda provider: execute(missing, provider, store, settings, _silent))
        self._answers.update(execution.samples)
        if execution.interrupted:
            raise KeyboardInterrupt
        for failure in execution.failures:
            if failure.request_sha == calls[0].sha:
                raise IncompleteError(f"no answer ({failure.kind}): {failure.message}")

    def _run(self, work: Callable[[Provider], Coroutine[object, object, Execution]]) -> Execution:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        if self._provider is None:
            self._provider = open_provider(self.options.model, self.options.provider_options())
        return self._loop.run_until_complete(work(self._provider))

    def _decided(self, call: PlannedCall, bindings: Sequence[Binding]) -> Evaluation:
        case = call.case
        sample = replace(
            self._answers[call.sha], case=case.id, variant=call.variant, trial=call.request.trial
        )
        verdicts = decide_samples(
            bindings, self._checks, [sample], {case.id: case}, self.options.mode, _uncounted
        )
        return Evaluation(
            case, sample, verdicts, tuple(binding for binding in bindings if not binding.waived)
        )


def _silent(_: Counts) -> None:
    """Say nothing about progress: pytest has its own."""


def _uncounted(_: int) -> None:
    """One answer is decided at once."""
