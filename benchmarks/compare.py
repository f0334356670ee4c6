"""Time and memory of comparing, gating and reporting 5,000 cases with 48 rules; both should grow evenly.

    python benchmarks/compare.py [CASES ...]

Each size is measured in a process of its own. Made-up verdicts: nine of ten pass, one rule of 48 falls by a
third; every fail has a finding. A ratio of 2 between sizes that differ by 2 is linear.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.compare.baseline import baseline_of, baseline_text, read_baseline
from harness.compare.comparison import compare
from harness.compare.gate import AgentGate, Followed, GateReport, apply_policy
from harness.compare.pairing import side_of
from harness.compare.suspects import suspects
from harness.core.config import GateConfig
from harness.core.types import (
    Basis,
    Case,
    CaseKind,
    Decision,
    Finding,
    Message,
    Mode,
    Outcome,
    Polarity,
    Role,
    Rule,
    Severity,
    Span,
    Verdict,
)
from harness.report.comparison.document import comparison_document
from harness.report.comparison.gate import gate_document
from harness.report.comparison.junit import render_junit
from harness.report.comparison.markdown import render_markdown
from harness.report.comparison.sarif import render_sarif
from harness.stats.score import score_verdicts
from harness.store.decided import DecidedRule, DecidedRun, read_decided, write_decided

RULES = 48
SIZES = (1_250, 2_500, 5_000)


def made_up(name: str, cases: int, *, falls: bool) -> DecidedRun:
    """Return a run with one trial of each case."""
    rng = random.Random(f"{name}{cases}")
    rules = tuple(
        DecidedRule(
            rule=Rule(f"never-do-{number}", f"NEVER do {number}", Polarity.NEVER, "", True, Span(9, 1, 9, 2)),
            severity=Severity.MAJOR,
            check=f"group/{number}",
            parameters={},
        )
        for number in range(RULES)
    )
    asked = tuple(
        Case(
            id=f"case-{number}",
            kind=CaseKind.COMPLIANCE,
            agent="tester",
            messages=(Message(Role.USER, f"Write service {number} for the shop"),),
            files=(),
            applies=(),
            not_applicable=(),
            expected_agent="",
            tags=("node",),
            cluster="",
            provenance="",
            sha=f"{number:064x}",
        )
        for number in range(cases)
    )
    finding = Finding(1, 3, 1, 3, 14, "uses the console: console.log", "console.log('made')")
    failed, passed = Decision(Outcome.FAIL, "seen", (finding,)), Decision(Outcome.PASS, "no violation seen")
    verdicts = []
    for case in asked:
        for number, rule in enumerate(rules):
            rate = 0.6 if falls and number == 7 else 0.9
            decision = passed if rng.random() < rate else failed
            verdicts.append(
                Verdict(case.id, "base", 1, rule.id, rule.check, 1, Mode.ANALOGUE, Basis.STATIC, decision)
            )
    return DecidedRun(
        run=name,
        created="2026-08-01T10:00:00+00:00",
        agent="tester",
        agent_path="agents/tester.md",
        agent_sha="0",
        model="anthropic:m",
        models_served=("m",),
        seed=0,
        max_tokens=2_048,
        variants=(("base", name),),
        rules=rules,
        cases=asked,
        missing=(),
        verdicts=tuple(verdicts),
        answers={"base": name},
    )


def measure(cases: int) -> dict[str, float]:
    """Return the seconds of each step and the peak memory in MB."""
    seconds: dict[str, float] = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        result = work()
        seconds[name] = time.process_time() - start
        return result

    first, second = made_up("before", cases, falls=False), made_up("after", cases, falls=True)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        timed("write decided.json", lambda: write_decided(folder, second))
        timed("read decided.json", lambda: read_decided(folder))
        sides = side_of(first), side_of(second)
        target = folder / "b.json"
        target.write_text(
            timed("baseline", lambda: baseline_text(baseline_of(sides[0], ""))), encoding="utf-8"
        )
        timed("read baseline", lambda: read_baseline(target))
        comparison = timed("compare", lambda: compare(*sides))
        found = timed("suspects", lambda: suspects(*sides, comparison.matched))
        clusters = {case.id: "" for case in second.cases}
        scores = timed("scores", lambda: score_verdicts(second.verdicts, {"base": 0}, clusters))
        result = apply_policy(comparison, Followed((), found, "raise it"), scores, GateConfig())
        gate = AgentGate("tester", "agents/tester.md", "reports/r", "anthropic:m", result, scores)
        report = GateReport((gate,))
        timed("compare --json", lambda: json.dumps(comparison_document(comparison)))
        timed("gate --json", lambda: json.dumps(gate_document(report)))
        timed("JUnit", lambda: render_junit(report))
        timed("SARIF", lambda: render_sarif(report))
        timed("Markdown", lambda: render_markdown(report))
    return {**seconds, "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    """Measure every size in a process of its own and print a table."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
        return
    sizes = tuple(map(int, sys.argv[1:])) or SIZES
    found = [
        json.loads(
            subprocess.run(
                [sys.executable, __file__, "--one", str(size)], check=True, capture_output=True, text=True
            ).stdout
        )
        for size in sizes
    ]
    print(f"{'CPU seconds':20}" + "".join(f"{size:>10,}" for size in sizes) + "   last ratio")
    for name in found[0]:
        row = [one[name] for one in found]
        ratio = f"{row[-1] / row[-2]:.1f}" if len(row) > 1 and row[-2] > 0.01 else "–"
        print(f"{name:20}" + "".join(f"{value:10.2f}" for value in row) + f"{ratio:>13}")


if __name__ == "__main__":
    main()
