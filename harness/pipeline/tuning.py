"""Offer a better prompt: seek it on some cases, choose it on others, and test it once on the rest."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.agentfile.source import read_bytes
from harness.compare.model import Comparison
from harness.core.errors import BudgetError, HarnessError, InputError
from harness.core.jsonl import write_atomic, write_atomic_bytes
from harness.pipeline.asking import OpenModel
from harness.pipeline.options import RunOptions
from harness.pipeline.prepare import Prepared, prepare
from harness.pipeline.sampling import Watcher
from harness.pipeline.tuning_ask import Asking
from harness.pipeline.tuning_begin import (
    TuningOptions,
    cautions,
    demand_decidable,
    folder_name,
    identity_of,
    plan_sentence,
)
from harness.pipeline.tuning_purse import Purse
from harness.pipeline.tuning_state import SearchRecord, TuningState, begin, save, searched_before
from harness.pipeline.tuning_test import LEVEL, put_to_the_test
from harness.report.tuning import TuningReport, report_text
from harness.tune.candidate import AgentText, Candidate
from harness.tune.model import StoppedError
from harness.tune.optimise import demand_gepa, optimise
from harness.tune.optimise_model import Attempt, Fate, Plan
from harness.tune.split import Split, split_cases

__all__ = ["Tuned", "TuningOptions", "apply_candidate", "tune_agent"]

_FOLDER, _CANDIDATE, _REPORT = "tune", "candidate.md", "report.md"
# Beyond any number of trials that a run asks for, and beside those that confirm a suspicion.
_FIRST_FRESH, _FRESH_NUMBERS = 2_000_000_000, 1_000_000_000


@dataclass(frozen=True, slots=True)
class Tuned:
    """What came of an optimisation.

    Attributes:
        report: everything there is to say.
        folder: where it is written.
        path: the agent file.
        data: the bytes of the candidate's file; empty: there is no candidate.
        found: the bytes of the agent file as it was read.
        error: what ended it early, if anything did.
    """

    report: TuningReport
    folder: Path
    path: Path
    data: bytes
    found: bytes
    error: HarnessError | None


def tune_agent(options: RunOptions, tuning: TuningOptions, watcher: Watcher) -> Tuned:
    """Seek a better body for an agent file, and test what was found.

    Raises:
        InputError: the input is wrong, or there are too few cases.
        HarnessError: a model cannot be asked at all.
    """
    demand_gepa()
    prepared = prepare(replace(options, routing=False, variants=()))
    agent = prepared.specification.agent
    options = options.inheriting(agent)
    path = Path(agent.path)
    before = read_bytes(path)
    text = AgentText(before, path, prepared.checks, tuning.max_growth)
    demand_decidable(prepared, options)
    split = split_cases(prepared.compliance, tuning.shares, tuning.plan.seed)
    settings = identity_of(prepared, options, tuning)
    folder = Path(options.config.reports) / _FOLDER / folder_name(agent.name, settings, tuning.name)
    reflection = replace(options, model=tuning.reflection or options.model, ledger=None)
    purse = Purse(options.config, options.max_cost, options.max_tokens_total, tuning.max_calls)
    purse.kept = 2 * len(split.test) * options.trials
    with ExitStack() as stack:
        subject = stack.enter_context(OpenModel(options, watcher))
        proposer = subject
        if reflection.model != options.model:
            proposer = stack.enter_context(OpenModel(reflection, watcher))
        fresh = _FIRST_FRESH + secrets.randbelow(_FRESH_NUMBERS)
        state = begin(folder, settings, fresh)
        purse.judges = state.judges
        work = _Work(
            prepared, text, split, folder, Asking(prepared, subject, proposer, purse, watcher), watcher
        )
        warnings = cautions(options, reflection.model, split, searched_before(folder, state))
        for one in (plan_sentence(split, folder), *prepared.warnings, *warnings):
            watcher.say(one)
        return work.run(state, subject, tuning.plan, warnings)


def apply_candidate(tuned: Tuned) -> None:
    """Write the candidate to the agent file.

    Raises:
        InputError: the file is not what was tested any more.
        IncompleteError: it cannot be written.
    """
    if read_bytes(tuned.path) != tuned.found:
        raise InputError(
            f"{tuned.path}: was changed since it was read, so nothing is written; the candidate is in "
            f"{tuned.folder / _CANDIDATE}"
        )
    write_atomic_bytes(tuned.path, tuned.data)


@dataclass(slots=True)
class _Work:
    """One optimisation on its way."""

    prepared: Prepared
    text: AgentText
    split: Split
    folder: Path
    asking: Asking
    watcher: Watcher

    def run(self, state: TuningState, subject: OpenModel, plan: Plan, warnings: Sequence[str]) -> Tuned:
        """Seek, test, and write what there is to say."""
        error: HarnessError | None = None
        comparison: Comparison | None = None
        candidate: Candidate | None = None
        try:
            state, record = self._sought(state, plan)
            candidate = self._candidate(record)
            if candidate is not None:
                self.asking.purse.kept = 0
                self.watcher.say(f"testing the candidate on {len(self.split.test)} cases of the test part")
                comparison = put_to_the_test(
                    self.prepared, candidate, self.split.test, state.fresh, self.asking, subject
                )
        except StoppedError:
            record = (
                state.searches[-1]
                if state.searches
                else SearchRecord(body="", gain=0.0, rounds=0, attempts=(), ended="it was stopped")
            )
            error = self.asking.error
        finally:
            save(self.folder, state.model_copy(update={"judges": self.asking.purse.judges}))
        return self._written(record, candidate, comparison, warnings, error)

    def _sought(self, state: TuningState, plan: Plan) -> tuple[TuningState, SearchRecord]:
        """Seek a candidate, or take that of a search that had ended."""
        purse = self.asking.purse
        if state.searches:
            record = state.searches[-1]
            purse.carry(record.answers, record.dollars, record.tokens)
            return state, record
        ids = ([case.id for case in self.split.training], [case.id for case in self.split.validation])
        found = optimise(self.text, ids, self.asking.measure, self.asking.reflect, plan, self._progress(plan))
        if found.stopped and self.asking.error is not None:
            raise StoppedError
        record = SearchRecord(
            body=found.best.agent.prompt if found.best is not None else "",
            gain=found.gain,
            rounds=found.rounds,
            attempts=found.attempts,
            ended=self.asking.exhausted or _ended(found.rounds, plan),
            answers=purse.calls,
            dollars=purse.dollars,
            tokens=purse.tokens,
        )
        state = state.model_copy(update={"searches": (record,)})
        save(self.folder, state)
        self.asking.exhausted = ""
        return state, record

    def _candidate(self, record: SearchRecord) -> Candidate | None:
        if not record.body:
            return None
        found = self.text.candidate(record.body)
        if not isinstance(found, Candidate):
            raise InputError(
                f"{self.folder}: the candidate kept there is none ({found.reason}); remove the folder"
            )
        return found

    def _progress(self, plan: Plan) -> Any:
        """Tell before each round where the search stands and how long it may take."""
        started = time.monotonic()

        def go_on(attempts: Sequence[Attempt], rounds: int) -> bool:
            if 0 < rounds < plan.rounds:
                best = max((one.gain for one in attempts if one.fate is Fate.VALIDATED), default=0.0)
                minutes = (time.monotonic() - started) / rounds * (plan.rounds - rounds) / 60
                purse = self.asking.purse
                cost = f", ${purse.dollars:.2f}" if purse.dollars else ""
                self.watcher.say(
                    f"round {rounds} of {plan.rounds}: {len(attempts)} proposals, best "
                    f"{100 * max(best, 0):+.1f} points in validation; "
                    f"{purse.calls:,} answers{cost}; at most {minutes:.0f} min to go"
                )
            return True

        return go_on

    def _written(
        self,
        record: SearchRecord,
        candidate: Candidate | None,
        comparison: Comparison | None,
        warnings: Sequence[str],
        error: HarnessError | None,
    ) -> Tuned:
        asking, agent = self.asking, self.prepared.specification.agent
        if error is None and asking.exhausted:
            error = BudgetError(
                f"the test was not finished: {asking.exhausted}; raise it and give the command again"
            )
        report = TuningReport(
            agent=agent.path,
            model=asking.options.model,
            reflection=asking.reflection_model,
            seed=self.split.seed,
            trials=asking.options.trials,
            sizes=(len(self.split.training), len(self.split.validation), len(self.split.test)),
            clusters=self.split.clusters,
            rounds=record.rounds,
            ended=record.ended,
            attempts=tuple(record.attempts),
            gain=record.gain,
            before=self.text.agent.prompt,
            after=candidate.agent.prompt if candidate is not None else "",
            tokens=(self.text.tokens, candidate.tokens if candidate is not None else self.text.tokens),
            reworded=candidate.reworded if candidate is not None else (),
            added=candidate.added if candidate is not None else (),
            comparison=comparison if error is None else None,
            level=LEVEL,
            complete=error is None,
            calls=asking.purse.calls,
            missing=asking.missing,
            counted=asking.purse.dollars,
            spent=asking.purse.paid,
            warnings=tuple(warnings),
        )
        if candidate is not None:
            write_atomic_bytes(self.folder / _CANDIDATE, candidate.data)
        write_atomic(self.folder / _REPORT, report_text(report))
        data = candidate.data if candidate is not None else b""
        return Tuned(report, self.folder, Path(agent.path), data, self.text.data, error)


def _ended(rounds: int, plan: Plan) -> str:
    if not rounds:
        return "no answer to a training case was found to break a rule"
    return f"after {rounds} of {plan.rounds} rounds"
