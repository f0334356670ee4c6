"""The gate's answer as workflow commands of GitHub: annotations at the lines of the agent file."""

from __future__ import annotations

from collections.abc import Sequence

from harness.compare.gate import AgentGate, Light
from harness.compare.model import Direction
from harness.report.escape import clip

__all__ = ["render_annotations"]

_LONGEST = 400
_MOST = 10  # GitHub shows ten of a kind per step


def render_annotations(gates: Sequence[AgentGate]) -> str:
    """Return one workflow command per line: an error per rule that got worse, a warning for yellow lights."""
    lines: list[str] = []
    for gate in gates:
        lines += _errors(gate)
        if gate.result.light is Light.YELLOW:
            lines.append(_command("warning", gate.path, 1, gate.result.reasons[0]))
    return "".join(f"{line}\n" for line in lines)


def _errors(gate: AgentGate) -> list[str]:
    result = gate.result
    if result.light is not Light.RED:
        return []
    at = {
        change.rule.id: (change.rule.line, f"{change.rule.id} is obeyed less than before")
        for change in result.comparison.rules
        if change.decision is Direction.REGRESSED
    }
    at |= {
        one.suspect.rule.id: (one.suspect.rule.line, f"{one.suspect.rule.id}: a confirmed failure")
        for one in result.confirmations
        if one.confirmed
    }
    found = [_command("error", gate.path, line, message) for line, message in list(at.values())[:_MOST]]
    return found or [_command("error", gate.path, 1, result.reasons[0])]


def _command(kind: str, path: str, line: int, message: str) -> str:
    return f"::{kind} file={_property(path)},line={line},title=Prompt gate::{_data(message)}"


def _data(text: str) -> str:
    """Escape what would end the command, as GitHub's own toolkit does."""
    return clip(text, _LONGEST).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
