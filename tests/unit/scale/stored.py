"""Stored answers, and what decides them, for tests of partitions and engines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from harness.agentfile.parse import parse_agent
from harness.checks.registry import all_checks
from harness.core.types import (
    Case,
    CaseKind,
    Completion,
    Message,
    Mode,
    Role,
    Sample,
    StopReason,
    SuppliedFile,
    ToolCall,
    Usage,
    Verdict,
)
from harness.scale.decide import decide_partition
from harness.scale.engine import Engine, Job
from harness.scale.export import Export, ExportHeader, partition_bytes, write_export
from harness.scale.partition import StoredResponse, read_decided_rows, read_responses
from harness.scale.plan import Bounds, DecidingPlan, code_state, table_of
from harness.store.decided import DecidedRule
from harness.suite.catalogue import specification_of

AGENT = b"""---
name: tester
description: Use it.
---
## Rules
- NEVER use console.log
- NEVER hardcode secrets, API keys or passwords
- ALWAYS be kind
"""
FRAGILE = b"- Never be fragile\n"
ALL = (Path(__file__).parents[3] / "agents" / "backend-architect.md").read_bytes()
TEXTS = (
    "```js\nconsole.log('made');\n```\n",
    "```js\nlogger.info('made');\n```\n",
    "Prose, and a lone \ud800 surrogate.\n",
)


def response(number: int, text: str = "") -> StoredResponse:
    """One answer, with everything that an answer may have."""
    case = Case(
        id=f"case-{number // 2}",
        kind=CaseKind.COMPLIANCE,
        agent="tester",
        messages=(Message(Role.USER, "Write it"),),
        files=(SuppliedFile("a.js", "let a = 1;\n"),),
        applies=("never-use-console-log",) if number % 3 else (),
        not_applicable=("always-be-kind",) if number % 5 == 0 else (),
        expected_agent="",
        tags=("node",),
        cluster="",
        provenance="made:1",
        sha=f"{number // 2:064x}",
    )
    completion = Completion(
        text=text or f"{TEXTS[number % 3]}\nAnswer {number}.",
        tool_calls=(ToolCall("Write", {"file_path": "b.js", "content": "console.log(1)"}),)
        if number % 4 == 0
        else (),
        usage=Usage(10, 20),
        stop=StopReason.END,
        model_served="m-1",
        latency_s=0.5,
    )
    return StoredResponse(Sample(f"{number:064x}", case.id, "base", number % 2 + 1, "p:m", completion), case)


def rules_of(agent: bytes = AGENT) -> tuple[DecidedRule, ...]:
    bindings = specification_of(parse_agent(agent, "tester.md"), all_checks(None)).bindings
    return tuple(
        DecidedRule(rule=one.rule, severity=one.severity, check=one.check, parameters=one.parameters)
        for one in bindings
    )


def header_of(rules: tuple[DecidedRule, ...]) -> ExportHeader:
    return ExportHeader(
        run="r",
        created="2026-11-23T12:00:00+00:00",
        agent="tester",
        agent_path="nowhere.md",
        agent_sha="",
        model="p:m",
        models_served=("m-1",),
        seed=0,
        max_tokens=100,
        rules=rules,
        mode=Mode.ANALOGUE,
        checks={},
    )


def plan_of(rules: tuple[DecidedRule, ...], bounds: Bounds | None = None) -> DecidingPlan:
    state = code_state(all_checks(None))
    return DecidingPlan(
        rules=rules, mode=Mode.ANALOGUE, checks_folder="", state=state, bounds=bounds or Bounds()
    )


def exported(folder: Path, responses: Iterable[StoredResponse], size: int = 8) -> Export:
    return write_export(folder, header_of(rules_of()), responses, size)


def jobs_of(folder: Path, export: Export) -> list[Job]:
    def load(name: str) -> Callable[[], bytes]:
        return lambda: partition_bytes(folder, next(one for one in export.partitions if one.name == name))

    return [Job(one.name, one.responses, load(one.name)) for one in export.partitions]


def decided_here(plan: DecidingPlan, jobs: Iterable[Job]) -> dict[str, bytes]:
    """What one process makes of the partitions."""
    table = table_of(plan, all_checks(None))
    return {job.name: decide_partition(table, job.load(), {}, (), lambda _: None) for job in jobs}


def decided_by(engine: Engine, plan: DecidingPlan, jobs: Iterable[Job]) -> dict[str, bytes]:
    found = {}
    for done in engine.decide(plan, jobs, lambda _: None):
        assert done.error is None, done.error
        found[done.job.name] = done.data
    return found


def digests_here(plan: DecidingPlan, jobs: Iterable[Job]) -> dict[str, str]:
    """The same as :func:`decided_here`, for more than memory likes: the digest of each partition."""
    table = table_of(plan, all_checks(None))
    return {
        job.name: sha256(decide_partition(table, job.load(), {}, (), lambda _: None)).hexdigest()
        for job in jobs
    }


def digests_by(engine: Engine, plan: DecidingPlan, jobs: Iterable[Job]) -> dict[str, str]:
    """The same as :func:`decided_by`, for more than memory likes: the digest of each partition."""
    found = {}
    for done in engine.decide(plan, jobs, lambda _: None):
        assert done.error is None, done.error
        found[done.job.name] = sha256(done.data).hexdigest()
    return found


def verdicts_of(jobs: Iterable[Job], decided: Mapping[str, bytes]) -> list[Verdict]:
    """All verdicts, in the order of the answers."""
    return [
        row.verdict
        for job in jobs
        for row in read_decided_rows(decided[job.name], read_responses(job.load(), "p"), "d")
    ]
