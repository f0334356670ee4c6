"""``harness gate --html``: the comparison page of each agent, with the prompts and answers of both sides."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from harness.agentfile.parse import read_agent
from harness.compare.gate import AgentGate, GateReport
from harness.core.jsonl import write_atomic
from harness.pipeline.gates import GateRequest
from harness.pipeline.git import export_agent
from harness.pipeline.side_texts import texts_of
from harness.report.comparison.html import SideTexts, render_comparison
from harness.suite.starter import file_name

__all__ = ["write_pages"]


def write_pages(report: GateReport, request: GateRequest, file: Path) -> tuple[Path, ...]:
    """Write a page for each agent that came to a comparison.

    Args:
        report: what the gate found.
        request: what it was asked.
        file: of the page; of several agents, each has its name put before the ending.

    Returns:
        What was written.

    Raises:
        IncompleteError: a page cannot be written.
    """
    written = []
    for gate in report.gates:
        single = len(request.agents) == 1
        path = file if single else file.with_name(f"{file.stem}-{file_name(gate.agent)}{file.suffix}")
        comparison = gate.result.comparison
        after = texts_of(Path(gate.run), comparison.after)
        write_atomic(path, render_comparison(comparison, _before(gate, request), after))
        written.append(path)
    return tuple(written)


def _before(gate: AgentGate, request: GateRequest) -> SideTexts:
    side = gate.result.comparison.before
    if not request.ref:
        return texts_of(request.baseline_of(Path(gate.path)), side)
    texts = texts_of(Path(gate.run), side)
    with tempfile.TemporaryDirectory(prefix="harness-gate-") as place:
        earlier = export_agent(request.ref, Path(gate.path), Path(place))
        # The file that was asked lay in a folder that is gone; git still has it.
        return texts if earlier is None else replace(texts, prompt=read_agent(earlier).prompt, note="")
