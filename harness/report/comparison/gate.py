"""The gate's answer for the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from harness.compare.gate import AgentGate, Confirmation, Light
from harness.core.escape import reveal
from harness.core.jsonl import to_jsonable
from harness.report.comparison.document import comparison_document
from harness.report.escape import clip

__all__ = ["gate_document", "print_gate", "worst"]

_STYLES = {Light.GREEN: "bold green", Light.YELLOW: "bold yellow", Light.RED: "bold red"}
_ORDER = (Light.GREEN, Light.YELLOW, Light.RED)


def worst(gates: Sequence[AgentGate]) -> Light:
    """Return the light of all agents together; nothing to gate is green."""
    return max((one.result.light for one in gates), key=_ORDER.index, default=Light.GREEN)


def gate_document(gates: Sequence[AgentGate]) -> dict[str, Any]:
    """Return the document as JSON values; a stable interface, see docs/ci.md."""
    return {"light": worst(gates).value, "agents": [_agent(one) for one in gates]}


def _agent(one: AgentGate) -> dict[str, Any]:
    result = one.result
    return {
        "agent": one.agent,
        "path": one.path,
        "light": result.light.value,
        "reasons": list(result.reasons),
        "run": one.run,
        "model": one.model,
        "comparison": comparison_document(result.comparison),
        "confirmations": [_confirmation(each) for each in result.confirmations],
        "unfollowed": [{"case": each.case, "rule": each.rule.id} for each in result.unfollowed],
    }


def _confirmation(one: Confirmation) -> dict[str, Any]:
    return {
        "case": one.suspect.case,
        "rule": one.suspect.rule.id,
        "line": one.suspect.rule.line,
        "fresh": to_jsonable(one.fresh),
        "p": one.p,
        "confirmed": one.confirmed,
    }


def print_gate(gates: Sequence[AgentGate], console: Console) -> None:
    """Print one line per agent and the reasons of those that are not green."""
    for one in gates:
        light = one.result.light
        console.print(Text.assemble((light.value.upper(), _STYLES[light]), f"  {reveal(one.path)}"))
        comparison = one.result.comparison
        if light is Light.GREEN:
            console.print(Text(f"  {reveal(comparison.reasons[0])}", style="dim"))
        for reason in one.result.reasons:
            # One line each, never wrapped: a line of a log that begins with :: is a command to a runner.
            console.print(Text(f"  {reveal(clip(' '.join(reason.split()), 500))}"), soft_wrap=True)
        for each in one.result.confirmations:
            if not each.confirmed:
                cell = f"{each.suspect.case} · {each.suspect.rule.id}"
                console.print(
                    Text(f"  not confirmed: {reveal(cell)} (p = {each.p:.3f} of fresh trials)", style="dim")
                )
        console.print(Text(f"  report: {reveal(one.run)}/report.html", style="dim"), soft_wrap=True)
