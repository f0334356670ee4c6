"""The gate's answer as workflow commands of GitHub: annotations at the lines of the agent file."""

from __future__ import annotations

from harness.compare.conclusion import place_of
from harness.compare.gate import AgentGate, GateReport, Light
from harness.compare.model import Direction
from harness.report.comparison.routes import accuracy_words, tested_rules
from harness.report.escape import clip

__all__ = ["render_annotations"]

_LONGEST = 400
_MOST = 10  # GitHub shows ten of a kind per step


def render_annotations(report: GateReport) -> str:
    """Return one workflow command per line.

    An error per rule that got worse and per agent without a verdict, a warning for yellow lights.
    """
    lines = [_command("error", one.path, 1, f"no verdict: {one.message}") for one in report.troubles]
    for gate in report.gates:
        lines += _errors(gate)
        if gate.result.light is Light.YELLOW:
            lines.append(_command("warning", gate.path, 1, gate.result.reasons[0]))
    return "".join(f"{line}\n" for line in lines)


def _errors(gate: AgentGate) -> list[str]:
    result = gate.result
    if result.light is not Light.RED:
        return []
    at = {
        change.rule.id: (
            change.rule,
            f"{change.rule.id} is obeyed less than before; {place_of(change.rule, change.earlier)}",
        )
        for change in tested_rules(result.comparison)
        if change.decision is Direction.REGRESSED
    }
    for one in result.confirmed:
        rule = one.suspect.rule
        at.setdefault(rule.id, (rule, f"{rule.id}: a confirmed failure; {place_of(rule)}"))
    found = [
        _command("error", rule.file or gate.path, gate.line_of(rule), message)
        for rule, message in at.values()
    ]
    routing = result.comparison.routing
    if routing is not None and routing.decision is Direction.REGRESSED:
        found.append(
            _command("error", gate.path, gate.description_line, f"routing: {accuracy_words(routing)}")
        )
    found += [_command("error", gate.path, 1, missed) for missed in result.missed]
    return found[:_MOST] or [_command("error", gate.path, 1, result.reasons[0])]


def _command(kind: str, path: str, line: int, message: str) -> str:
    return f"::{kind} file={_property(path)},line={line},title=Prompt gate::{_data(message)}"


def _data(text: str) -> str:
    """Escape what would end the command, as GitHub's own toolkit does."""
    return clip(text, _LONGEST).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
