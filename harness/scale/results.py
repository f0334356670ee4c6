"""An export decided: a file of verdicts for each partition; those that are there are not made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import HarnessError, IncompleteError, InputError
from harness.core.jsonl import write_atomic_bytes
from harness.scale.engine import Done, Engine, Job
from harness.scale.export import Export, Partition, partition_bytes
from harness.scale.partition import DecidedRow, StoredResponse, read_decided_rows, read_responses
from harness.scale.plan import DecidingPlan

__all__ = ["Decided", "decide_export"]

_HOPELESS = 3  # partitions that failed alike, and none that was decided


@dataclass(frozen=True, slots=True)
class Decided:
    """An export and the folder with its verdicts, one file for each partition."""

    source: Path
    export: Export
    folder: Path

    def path_of(self, partition: Partition) -> Path:
        """Return where the verdicts of a partition are: another partition never has the same name."""
        return self.folder / f"{Path(partition.name).stem}-{partition.sha[:12]}.parquet"

    def partitions(self) -> Iterator[tuple[Sequence[StoredResponse], list[DecidedRow]]]:
        """Yield the answers and the verdicts of each partition, in order; one is in memory at a time.

        Raises:
            InputError: a file is damaged.
        """
        for partition in self.export.partitions:
            where = str(self.source / partition.name)
            responses = read_responses(partition_bytes(self.source, partition), where)
            path = self.path_of(partition)
            try:
                data = path.read_bytes()
            except OSError as error:
                raise InputError(f"{path}: cannot be read ({error.strerror}); decide again") from error
            yield responses, list(read_decided_rows(data, responses, str(path)))


def decide_export(
    source: Path,
    export: Export,
    plan: DecidingPlan,
    engine: Engine,
    folder: Path,
    told: Callable[[int], None],
) -> Decided:
    """Decide every partition of an export that is not decided yet.

    Args:
        source: the folder of the export.
        export: what it holds.
        plan: what decides.
        engine: who decides.
        folder: where verdicts go; the plan has a folder of its own in it.
        told: told how many answers are decided.

    Raises:
        InputError: a partition is damaged; all others are decided.
        IncompleteError: some partitions could not be decided; the others are.
    """
    decided = Decided(source, export, folder / plan.sha[:16])
    waiting = [one for one in export.partitions if not decided.path_of(one).is_file()]
    count = _Count(told, export.responses - sum(one.responses for one in waiting))
    by_name = {one.name: one for one in waiting}
    failed: list[Done] = []
    written = 0
    jobs = (_job(source, one) for one in waiting)
    results = engine.decide(plan, jobs, count.add)
    for done in results:
        if done.error is None:
            write_atomic_bytes(decided.path_of(by_name[done.job.name]), done.data)
            written += 1
            continue
        failed.append(done)
        if not written and len(failed) >= _HOPELESS and len({str(one.error) for one in failed}) == 1:
            break
    if failed:
        raise _failure(failed, len(waiting))
    return decided


class _Count:
    def __init__(self, told: Callable[[int], None], done: int) -> None:
        self._told = told
        self._done = done
        told(done)

    def add(self, answers: int) -> None:
        self._done += answers
        self._told(self._done)


def _job(source: Path, partition: Partition) -> Job:
    return Job(partition.name, partition.responses, lambda: partition_bytes(source, partition))


def _failure(failed: Sequence[Done], wanted: int) -> HarnessError:
    errors = [one.error for one in failed if one.error is not None]
    first = next((error for error in errors if isinstance(error, InputError)), errors[0])
    said = f"{len(failed)} of {wanted} partitions were not decided; {failed[0].job.name}: {first}"
    kind = InputError if isinstance(first, InputError) else IncompleteError
    return kind(f"{said}; what is decided stays, run again when that is mended")
