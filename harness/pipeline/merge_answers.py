"""The answers of shards: read from their stores, put into the project's, in the order of a single run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from harness.core.errors import InputError
from harness.core.types import Case, Request, Sample, SampleFailure
from harness.pipeline.options import RunOptions
from harness.pipeline.prepare import Prepared
from harness.pipeline.sampling import Calls, Sampled
from harness.pipeline.shards import Selection, Shard, sharded
from harness.run.execute import Execution
from harness.run.plan import PlannedCall
from harness.store.manifest import Manifest, SampleRecord
from harness.store.samples import SampleStore

__all__ = ["Answers", "Place", "ShardRun", "answers_of", "sampled_of"]

_CHUNK = 200


@dataclass(frozen=True, slots=True)
class ShardRun:
    """A run that may be a shard: its folder, its manifest, and its ``results.json``."""

    folder: Path
    manifest: Manifest
    document: dict[str, Any]

    @property
    def shard(self) -> Shard:
        """Which part it is.

        Raises:
            InputError: it is none.
        """
        told = self.manifest.settings.get("shard")
        if not isinstance(told, dict):
            raise InputError(f"{self.folder}: is no shard: it was made without --shard and has all cases")
        return Shard(int(told["index"]), int(told["count"]))

    @property
    def usage(self) -> dict[str, Any]:
        """What it used."""
        return dict(self.document.get("usage") or {})

    @property
    def judge(self) -> dict[str, Any]:
        """What judges did; empty: there were none."""
        return dict(self.document.get("judge") or {})

    @property
    def store(self) -> Path:
        """The file with its answers."""
        return (self.folder / self.manifest.store).resolve()


class Place(NamedTuple):
    """Which of the wanted answers: of routing or not, to what case, for what variant, in what trial."""

    routing: bool
    case: str
    variant: str
    trial: int


@dataclass(slots=True)
class Answers:
    """What the shards have: the record of each place, answers and failures by the sha of the request."""

    records: dict[Place, SampleRecord] = field(default_factory=dict)
    samples: dict[str, Sample] = field(default_factory=dict)
    failures: dict[str, SampleFailure] = field(default_factory=dict)
    asked: int = 0
    reused: int = 0


def answers_of(runs: Sequence[ShardRun], whole: Selection, options: RunOptions) -> Answers:
    """Collect the answers of shards, and put them into the project's store.

    An answer of the project to the same request makes room, and stays there for the runs that rest on it.

    Raises:
        InputError: a shard has other cases than its part, or its answers are no longer stored.
        StoreError: a store cannot be read or written.
    """
    found = Answers()
    target = Path(options.config.store)
    for run in runs:
        found.records |= _records(run, sharded(whole, run.shard), options.trials)
        found.asked += int(run.usage.get("asked") or 0)
        found.reused += int(run.usage.get("reused") or 0)
        if not run.manifest.samples:
            continue  # only hand-written responses
        if not run.store.is_file():
            raise InputError(f"{run.store}: the answers of {run.folder} are not there; bring it too")
        _collect(run, found, None if run.store == target.resolve() else target)
    return found


def _collect(run: ShardRun, found: Answers, target: Path | None) -> None:
    wanted = {record.request_sha: record.answer for record in run.manifest.samples}
    with SampleStore(run.store, read_only=True) as store:
        samples = store.recorded(wanted)
        gone = [sha for sha, answer in wanted.items() if answer and sha not in samples]
        if gone:
            raise InputError(
                f"{run.store}: {len(gone)} of {len(wanted)} answers of {run.folder} are no longer stored; "
                "run that shard again"
            )
        # The store may have an answer by now that this run did not get.
        samples = {sha: sample for sha, sample in samples.items() if wanted[sha]}
        failures = {one.request_sha: one for one in store.failures() if one.request_sha in wanted}
        found.samples |= samples
        found.failures |= {sha: one for sha, one in failures.items() if sha not in samples}
        if target is not None:
            _brought(target, [(sample, store.request(sha)) for sha, sample in samples.items()])


def _brought(target: Path, answered: Sequence[tuple[Sample, Request]]) -> None:
    with SampleStore(target, fresh=True) as store:
        for start in range(0, len(answered), _CHUNK):
            store.put_many(answered[start : start + _CHUNK])


def _records(run: ShardRun, own: Selection, trials: int) -> dict[Place, SampleRecord]:
    """Return the records of a shard by their places; it must have those of its part and no others."""
    variants = len(run.manifest.variants)
    first = len(own.compliance) * variants * trials
    found = {
        Place(number >= first, one.case, one.variant, one.trial): one
        for number, one in enumerate(run.manifest.samples)
    }
    expected = {
        Place(routing, case.id, variant.name, trial)
        for routing, cases in ((False, own.compliance), (True, own.routing))
        for case in cases
        for variant in run.manifest.variants
        for trial in range(1, trials + 1)
    }
    for places, said in ((expected - set(found), "lacks"), (set(found) - expected, "has beside its part")):
        if places:
            raise InputError(
                f"{run.folder}: shard {run.shard} {said} case {min(places).case!r}"
                f" and {len(places) - 1} other answers; run it again with the datasets that are here"
            )
    return found


def sampled_of(answers: Answers, prepared: Prepared, options: RunOptions) -> Sampled:
    """Return the answers as if one machine had asked for all of them."""
    calls = Calls(
        tuple(_calls(answers, prepared, options, routing=False)),
        tuple(_calls(answers, prepared, options, routing=True)),
    )
    if not calls.all:
        return Sampled()
    failures = tuple(_failure(answers, call) for call in calls.all if call.sha not in answers.samples)
    ordered = {call.sha: answers.samples[call.sha] for call in calls.all if call.sha in answers.samples}
    return Sampled(
        calls=calls,
        execution=Execution(ordered, failures, asked=answers.asked, reused=answers.reused),
        given={record.request_sha: record.answer for record in answers.records.values() if record.answer},
        ledger=options.new_ledger(),
    )


def _calls(
    answers: Answers, prepared: Prepared, options: RunOptions, *, routing: bool
) -> Iterator[PlannedCall]:
    cases = prepared.routing if routing else prepared.compliance
    for variant, trial, case in _positions(prepared, options, cases):
        record = answers.records[Place(routing, case.id, variant, trial)]
        # Of the request only the trial is read from here on: it was asked long ago.
        request = Request(options.model, "", case.messages, options.max_tokens, trial)
        yield PlannedCall(request, record.request_sha, case, variant)


def _positions(
    prepared: Prepared, options: RunOptions, cases: Sequence[Case]
) -> Iterator[tuple[str, int, Case]]:
    """Yield what is wanted in the order of asking, see :mod:`harness.run.plan`."""
    variants = [variant.name for variant in prepared.variants]
    trials = range(1, options.trials + 1)
    if options.interleaved:
        yield from ((variant, trial, case) for trial in trials for case in cases for variant in variants)
    else:
        yield from ((variant, trial, case) for variant in variants for trial in trials for case in cases)


def _failure(answers: Answers, call: PlannedCall) -> SampleFailure:
    told = answers.failures.get(call.sha)
    if told is None:
        return SampleFailure(
            call.sha, call.case.id, call.variant, call.request.trial, "stopped", "the shard was stopped", True
        )
    return replace(told, case=call.case.id, variant=call.variant, trial=call.request.trial)
