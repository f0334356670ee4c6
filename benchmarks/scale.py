"""What deciding many stored answers costs: by one process, by pools of one and two workers, by Dask.

    python benchmarks/scale.py [--responses N] [--kill]

The answers are the hand-written ones of datasets/backend-architect, over and over, each with a last line of
its own, decided with all rules of that agent. One process decides first what the engines decide then: each
figure of an engine stands beside that of the same run. Processor time counts what all processes used, their
start included; wall time depends on who else uses the machine.

With --kill a worker of the local engine is killed every five seconds meanwhile: what comes out must be equal.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harness.agentfile.parse import read_agent
from harness.checks.registry import all_checks
from harness.core.garbage import collect_rarely
from harness.core.types import Completion, Mode, Sample, StopReason, Usage
from harness.scale.cluster import DaskEngine
from harness.scale.decide import decide_partition
from harness.scale.engine import Engine, Job
from harness.scale.export import Export, ExportHeader, partition_bytes, write_export
from harness.scale.local import LocalEngine
from harness.scale.partition import StoredResponse, read_decided_rows, read_responses
from harness.scale.plan import DecidingPlan, code_state, table_of
from harness.scale.worker import memory_in_use
from harness.store.decided import DecidedRule
from harness.suite.catalogue import AgentFolder, Specification, specification_of
from harness.suite.golden import GoldenResponse
from harness.suite.load import load_suite

ROOT = Path(__file__).parents[1]
AGENT = ROOT / "agents" / "backend-architect.md"
GOLDEN = ROOT / "datasets" / "backend-architect" / "golden"


@dataclass(slots=True)
class Figure:
    """What deciding took: seconds by the clock and of processors, and what came out."""

    name: str
    wall: float
    processor: float
    digests: dict[str, str]
    sizes: list[list[int]] = field(default_factory=list)
    died: int = 0


def golden_of(checks_folder: Path | None = None) -> tuple[GoldenResponse, ...]:
    catalogue = AgentFolder(AGENT.parent, all_checks(checks_folder), None)
    files = tuple(sorted(GOLDEN.glob("*.md")))
    return load_suite((ROOT / "datasets" / "backend-architect" / "compliance.yaml", *files), catalogue).golden


def responses(count: int, golden: tuple[GoldenResponse, ...]) -> Iterator[StoredResponse]:
    for number in range(count):
        one = golden[number % len(golden)]
        text = f"{one.response}\n\nAnswer number {number}.\n"
        completion = Completion(text, (), Usage(1_000, len(text) // 4), StopReason.END, "m", 1.0)
        sample = Sample(f"{number:064x}", one.case.id, "base", number // len(golden) + 1, "p:m", completion)
        yield StoredResponse(sample, one.case)


def header_of(specification: Specification) -> ExportHeader:
    rules = tuple(
        DecidedRule(
            rule=one.rule,
            severity=one.severity,
            check=one.check,
            parameters=one.parameters,
            rubric=one.rubric,
        )
        for one in specification.bindings
        if not one.waived
    )
    return ExportHeader(
        run="benchmark",
        created="2026-11-23T00:00:00+00:00",
        agent="backend-architect",
        agent_path=AGENT.as_posix(),
        agent_sha="",
        model="p:m",
        models_served=("m",),
        seed=0,
        max_tokens=2_048,
        rules=rules,
        mode=Mode.ANALOGUE,
        checks={},
    )


def jobs_of(folder: Path, export: Export) -> list[Job]:
    return [
        Job(one.name, one.responses, lambda one=one: partition_bytes(folder, one))  # type: ignore[misc]
        for one in export.partitions
    ]


def processor_time() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def alone(plan: DecidingPlan, jobs: list[Job]) -> tuple[Figure, int]:
    """Decide in this process, as `harness redecide` without an engine does."""
    table = table_of(plan, all_checks(None))
    started, used = time.perf_counter(), processor_time()
    digests, written = {}, 0
    for job in jobs:
        data = decide_partition(table, job.load(), {}, (), lambda _: None)
        written += len(data)
        digests[job.name] = hashlib.sha256(data).hexdigest()
    return (
        Figure("one process", time.perf_counter() - started, processor_time() - used, digests),
        written,
    )


def reading(plan: DecidingPlan, job: Job) -> tuple[float, float]:
    """Return the seconds for an answer to be decided, and for its verdicts to be read back and compared."""
    data = job.load()
    started = time.process_time()
    decided = decide_partition(table_of(plan, all_checks(None)), data, {}, (), lambda _: None)
    middle = time.process_time()
    list(read_decided_rows(decided, read_responses(data, job.name), job.name))
    return (middle - started) / job.responses, (time.process_time() - middle) / job.responses


def by(name: str, engine: Engine, plan: DecidingPlan, jobs: list[Job]) -> Figure:
    started, used = time.perf_counter(), processor_time()
    digests = {}
    for done in engine.decide(plan, jobs, lambda _: None):
        if done.error is not None:
            raise done.error
        digests[done.job.name] = hashlib.sha256(done.data).hexdigest()
    wall, processor = time.perf_counter() - started, processor_time() - used
    guards = getattr(engine, "guards", ())
    return Figure(
        name,
        wall,
        processor,
        digests,
        [guard.tally.sizes for guard in guards],
        sum(guard.tally.died for guard in guards),
    )


def kill_now_and_then(engine: LocalEngine, ended: threading.Event) -> None:
    turn = 0
    while not ended.wait(5.0):
        pids = [guard.pid for guard in engine.guards if guard.pid]
        if pids:
            os.kill(pids[turn % len(pids)], signal.SIGKILL)
            turn += 1


def show(figure: Figure, first: Figure, count: int) -> None:
    each, base = figure.processor / count, first.processor / count
    print(
        f"{figure.name:24} {count / figure.wall:8.1f} answers/s by the clock"
        f" {1 / each:8.1f} per processor second ({base / each:.2f} of one process)"
        f"  equal: {figure.digests == first.digests}" + (f"  killed: {figure.died}" if figure.died else "")
    )
    for number, sizes in enumerate(figure.sizes, start=1):
        if sizes:
            quarter = sizes[len(sizes) // 4 :]
            print(
                f"    worker {number}: {sizes[0] / 1e6:.0f} MB after its first partition, "
                f"{quarter[0] / 1e6:.0f} at a quarter, {sizes[-1] / 1e6:.0f} at the end of {len(sizes)}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--responses", type=int, default=5_000)
    parser.add_argument("--kill", action="store_true")
    told = parser.parse_args()
    collect_rarely()  # as the command does, and the workers
    checks = all_checks(None)
    specification = specification_of(read_agent(AGENT), checks)
    header = header_of(specification)
    golden = golden_of()
    plan = DecidingPlan(rules=header.rules, mode=header.mode, checks_folder="", state=code_state(checks))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before, started = memory_in_use(), time.perf_counter()
        export = write_export(folder, header, responses(told.responses, golden))
        seconds = time.perf_counter() - started
        size = sum(one.bytes for one in export.partitions)
        text = sum(len(one.response) for one in golden) / len(golden)
        print(
            f"{told.responses:,} answers of {text:,.0f} characters, {len(header.rules)} rules; exported at"
            f" {told.responses / seconds:,.0f}/s, {size / told.responses:,.0f} bytes each,"
            f" {(memory_in_use() - before) / 1e6:.0f} MB more in memory"
        )
        jobs = jobs_of(folder, export)
        first, written = alone(plan, jobs)
        decided, read = reading(plan, jobs[0])
        print(
            f"verdicts: {written / told.responses:,.0f} bytes an answer, read back in {read * 1e3:.2f} ms"
            f" ({read / decided:.3f} of deciding)"
        )
        show(first, first, told.responses)
        show(by("local, 1 worker", LocalEngine(1), plan, jobs), first, told.responses)
        show(by("local, 2 workers", LocalEngine(2), plan, jobs), first, told.responses)
        show(by("dask, 2 workers", DaskEngine(workers=2), plan, jobs), first, told.responses)
        if told.kill:
            engine, ended = LocalEngine(2), threading.Event()
            threading.Thread(target=kill_now_and_then, args=(engine, ended), daemon=True).start()
            show(by("local, workers killed", engine, plan, jobs), first, told.responses)
            ended.set()


if __name__ == "__main__":
    sys.exit(main())
