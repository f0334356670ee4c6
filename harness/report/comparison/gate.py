"""The gate's answer for the terminal and as JSON."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from harness.compare.gate import AgentGate, Confirmation, GateReport, Light
from harness.core.escape import reveal
from harness.core.jsonl import to_jsonable
from harness.report.comparison.document import comparison_document
from harness.report.escape import clip

__all__ = ["gate_document", "print_gate"]

_STYLES = {
    Light.GREEN: "bold green",
    Light.YELLOW: "bold yellow",
    Light.NONE: "bold magenta",
    Light.RED: "bold red",
}
_WORDS = {Light.NONE: "NO VERDICT"}
_LONGEST = 500


def gate_document(report: GateReport) -> dict[str, Any]:
    """Return the document as JSON values; a stable interface, see docs/ci.md."""
    return {
        "light": report.light.value,
        "agents": [_agent(one) for one in report.gates],
        "errors": [to_jsonable(one) for one in report.troubles],
    }


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
        "notes": list(result.notes),
        "missed": list(result.missed),
        "confirmations": [_confirmation(each) for each in result.followed.confirmations],
        "unfollowed": [{"case": each.case, "rule": each.rule.id} for each in result.followed.unfollowed],
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


def print_gate(report: GateReport, console: Console) -> None:
    """Print one line per agent and the reasons of those that are not green."""
    for one in report.gates:
        _print_agent(one, console)
    asked = {one.path for one in report.gates}
    for trouble in report.troubles:
        if trouble.path not in asked:
            _print_light(Light.NONE, trouble.path, console)
            _print_line(trouble.message, console)


def _print_agent(one: AgentGate, console: Console) -> None:
    result = one.result
    _print_light(result.light, one.path, console)
    if result.light is Light.GREEN:
        _print_line(result.comparison.reasons[0], console, "dim")
    for reason in result.reasons:
        _print_line(reason, console)
    for note in result.notes:
        _print_line(f"note: {note}", console, "dim")
    for each in result.followed.confirmations:
        if not each.confirmed:
            cell = f"{each.suspect.case} · {each.suspect.rule.id}"
            _print_line(f"not confirmed: {cell} (p = {each.p:.3f} of fresh trials)", console, "dim")
    _print_line(f"report: {one.run}/report.html", console, "dim")


def _print_light(light: Light, path: str, console: Console) -> None:
    word = _WORDS.get(light, light.value.upper())
    console.print(Text.assemble((word, _STYLES[light]), f"  {reveal(path)}"), soft_wrap=True)


def _print_line(text: str, console: Console, style: str = "") -> None:
    """Print one line, never wrapped: a line of a log that begins with :: is a command to a runner."""
    console.print(Text(f"  {reveal(clip(' '.join(text.split()), _LONGEST))}", style=style), soft_wrap=True)
