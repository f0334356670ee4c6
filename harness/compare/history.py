"""Trials of every (case, rule), pooled over stored runs of one prompt, and what they say about steadiness.

A run that finds its answers in the store brings nothing new: an answer is counted once, in the run that had
it first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.core.types import Outcome
from harness.stats.flaky import Drift, Steadiness, Tally, drifts, steadiness, trials_to_tell
from harness.stats.interval import NO_NUMBER, Number
from harness.store.decided import DecidedRun

__all__ = ["CellHistory", "History", "PastRun", "Pool", "Trial", "histories"]


@dataclass(frozen=True, slots=True)
class PastRun:
    """A decided run with the keys of its answers.

    ``answers`` names each answer by (case, variant, trial): the same name in two runs is the same answer. A
    run whose answers are not known has none, and each of its verdicts counts.
    """

    run: DecidedRun
    answers: Mapping[tuple[str, str, int], str]


@dataclass(frozen=True, slots=True, order=True)
class Pool:
    """What must be alike for trials to be repetitions of one another: agent, prompt and model."""

    agent: str
    prompt: str
    model: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One decided answer: when its run began, which model served, and whether it obeys."""

    created: str
    served: str
    passed: bool


@dataclass(frozen=True, slots=True)
class CellHistory:
    """One case and rule.

    Attributes:
        case: id of the case.
        rule: id of the rule.
        tally: its trials and what they tell.
        more: trials that would settle an open cell; 0 where it is settled, ``NO_NUMBER`` where none would.
        drift: earlier runs against later ones, or one served model against the other.
    """

    case: str
    rule: str
    tally: Tally
    more: Number
    drift: Drift


@dataclass(frozen=True, slots=True)
class History:
    """All runs of one pool.

    Attributes:
        pool: agent, prompt and model.
        runs: names of the runs, oldest first.
        split: the first run of the later period; empty where there is none.
        models: the models that served; where there are two, drift is tested between them.
        cells: the flakiest first.
    """

    pool: Pool
    runs: tuple[str, ...]
    split: str
    models: tuple[str, ...]
    cells: tuple[CellHistory, ...]

    def of(self, conclusion: Steadiness) -> tuple[CellHistory, ...]:
        """Return the cells about which that can be said."""
        return tuple(cell for cell in self.cells if cell.tally.conclusion is conclusion)


def histories(runs: Sequence[PastRun]) -> tuple[History, ...]:
    """Pool runs and judge every cell; the pool of the latest run comes first.

    Cases are told apart by their sha: a case that was edited is another one. Drift is tested between two
    models served, where exactly two served the pool, else between the earlier and the later half of the runs.
    """
    ordered = sorted(runs, key=lambda past: (past.run.created, past.run.run))
    pools: defaultdict[Pool, list[tuple[PastRun, str]]] = defaultdict(list)
    for past in ordered:
        for variant, sha in past.run.variants:
            pools[Pool(past.run.agent, sha, past.run.model)].append((past, variant))
    latest = sorted(pools.items(), key=lambda item: item[1][-1][0].run.created, reverse=True)
    return tuple(_history(pool, sides) for pool, sides in latest)


def _history(pool: Pool, sides: Sequence[tuple[PastRun, str]]) -> History:
    trials = _trials(sides)
    every = [trial for own in trials.values() for trial in own]
    begun, served = sorted({trial.created for trial in every}), sorted({trial.served for trial in every})
    by_model = len(served) == 2
    split = "" if by_model or len(begun) < 2 else begun[len(begun) // 2]
    later = {trial for trial in every if (trial.served == served[1] if by_model else trial.created >= split)}
    drifted = drifts(
        {cell: _periods(own, later if split or by_model else set()) for cell, own in trials.items()}
    )
    cells = [_cell(case, rule, own, drifted[case, rule]) for (case, rule), own in trials.items()]
    return History(
        pool=pool,
        runs=tuple(dict.fromkeys(past.run.run for past, _ in sides)),
        split=next((past.run.run for past, _ in sides if past.run.created == split), ""),
        models=tuple(served),
        cells=tuple(sorted(cells, key=_flakiest_first)),
    )


def _trials(sides: Sequence[tuple[PastRun, str]]) -> dict[tuple[str, str], list[Trial]]:
    """Return the decided trials of each (case, rule), every answer once."""
    kept = {Outcome.PASS, Outcome.FAIL}
    seen: dict[tuple[str, str], set[str]] = defaultdict(set)
    trials: defaultdict[tuple[str, str], list[Trial]] = defaultdict(list)
    shas = {case.id: case.sha for case in sides[-1][0].run.cases}
    for past, variant in sides:
        run = past.run
        same = {case.id for case in run.cases if shas.get(case.id, case.sha) == case.sha}
        served = ", ".join(run.models_served)
        for verdict in run.verdicts:
            if verdict.variant != variant or verdict.case not in same or verdict.decision.outcome not in kept:
                continue
            place = (verdict.case, verdict.variant, verdict.trial)
            answer = past.answers.get(place, f"{run.run}/{verdict.trial}")
            cell = (verdict.case, verdict.rule)
            if answer not in seen[cell]:
                seen[cell].add(answer)
                trials[cell].append(Trial(run.created, served, verdict.decision.outcome is Outcome.PASS))
    return trials


def _periods(trials: Iterable[Trial], later: Collection[Trial]) -> tuple[int, int, int, int]:
    counts = Counter((trial in later, trial.passed) for trial in trials)
    return counts[False, True], counts[False, False], counts[True, True], counts[True, False]


def _cell(case: str, rule: str, trials: Sequence[Trial], drift: Drift) -> CellHistory:
    passed = sum(trial.passed for trial in trials)
    failed = len(trials) - passed
    return CellHistory(case, rule, steadiness(passed, failed), trials_to_tell(passed, failed), drift)


def _flakiest_first(cell: CellHistory) -> tuple[float, float, str, str]:
    tally = cell.tally
    if tally.flaky is NO_NUMBER or tally.mean is NO_NUMBER:
        return 1.0, 1.0, cell.case, cell.rule
    return -tally.flaky, abs(tally.mean - 0.5), cell.case, cell.rule
