"""The gate's answer as Markdown for a pull request: short, the three most important changes first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.compare.gate import AgentGate, Light
from harness.compare.model import CaseFlip, RuleChange
from harness.core.escape import reveal
from harness.core.types import Outcome
from harness.report.comparison.gate import worst
from harness.report.escape import clip
from harness.report.words import count, percent
from harness.stats.interval import NO_NUMBER, Number

__all__ = ["LONGEST", "render_markdown"]

LONGEST = 60_000  # GitHub takes 65,536 characters of a comment
_SIGNS = {Light.GREEN: "🟢", Light.YELLOW: "🟡", Light.RED: "🔴"}
_WORDS = {Light.GREEN: "may pass", Light.YELLOW: "may pass, with a warning", Light.RED: "must not pass"}
_MOST = 3
_MOST_ROWS = 60
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~@&:])")


def render_markdown(gates: Sequence[AgentGate]) -> str:
    """Return a comment within GitHub's limit; what does not fit is counted."""
    light = worst(gates)
    parts = [f"## {_SIGNS[light]} Prompt gate: {_WORDS[light]}\n"]
    if not gates:
        parts.append("No agent changed.\n")
    left = LONGEST - len(parts[0])
    for number, gate in enumerate(gates):
        section = _section(gate)
        if len(section) > left:
            parts.append(
                f"\n… and {count(len(gates) - number, 'more agent')}; see the reports of the runs.\n"
            )
            break
        parts.append(section)
        left -= len(section)
    return "".join(parts)


def _section(gate: AgentGate) -> str:
    result = gate.result
    comparison = result.comparison
    lines = [f"\n### {_SIGNS[result.light]} {_plain(gate.agent)}\n"]
    lines += [f"- {_plain(reason)}" for reason in (result.reasons or comparison.reasons)[:_MOST]]
    more = len(result.reasons) - _MOST
    if more > 0:
        lines.append(f"- … {more} more below")
    lines += _evidence(comparison.flips)
    lines += [
        "",
        "<details><summary>All rules</summary>",
        "",
        *_table(comparison.rules),
        "",
        "</details>",
        "",
    ]
    lines += _rest(result.reasons[_MOST:])
    lines.append(f"Model {_code(gate.model)}, run {_code(gate.run)}.")
    return "\n".join(lines) + "\n"


def _evidence(flips: Sequence[CaseFlip]) -> list[str]:
    worse = [flip for flip in flips if flip.delta < 0]
    if not worse:
        return []
    lines = ["", f"{count(len(worse), 'case and rule', 'cases and rules')} got worse, the first:", ""]
    for flip in worse[:_MOST]:
        share = f"{flip.passed_before}/{flip.decided_before} → {flip.passed_after}/{flip.decided_after}"
        lines.append(f"- {_code(flip.case.id)}, {_code(flip.rule.id)}: {share}. {_why(flip)}")
    return lines


def _why(flip: CaseFlip) -> str:
    decision = flip.verdict_after.decision
    if decision.outcome is Outcome.FAIL and decision.findings:
        found = decision.findings[0]
        return f"Line {found.line} of the answer: {_plain(clip(found.message, 120))}"
    return _plain(clip(decision.reason, 160))


def _table(rules: Sequence[RuleChange]) -> list[str]:
    rows = sorted(
        (change for change in rules if change.change.difference.cases),
        key=lambda change: _sorted_by(change.change.difference.delta),
    )
    lines = ["| rule | line | before | after | points | q | |", "|---|---:|---:|---:|---:|---:|---|"]
    lines += [_row(change) for change in rows[:_MOST_ROWS]]
    if len(rows) > _MOST_ROWS:
        lines.append(f"| … {len(rows) - _MOST_ROWS} more | | | | | | |")
    return lines


def _row(change: RuleChange) -> str:
    difference = change.change.difference
    points = str(difference.delta) if difference.delta is NO_NUMBER else f"{100 * difference.delta:+.1f}"
    q = str(change.q) if change.q is NO_NUMBER else f"{change.q:.3f}"
    before, after = percent(change.change.before), percent(change.change.after)
    return (
        f"| {_code(change.rule.id)} | {change.rule.line} | {before} | {after} | {points} | {q} | "
        f"{change.decision.value} |"
    )


def _sorted_by(delta: Number) -> float:
    return 0.0 if delta is NO_NUMBER else delta


def _rest(reasons: Sequence[str]) -> list[str]:
    if not reasons:
        return []
    shown = [f"- {_plain(clip(reason, 300))}" for reason in reasons[:20]]
    return ["<details><summary>More</summary>", "", *shown, "", "</details>", ""]


def _plain(text: str) -> str:
    """Return text that Markdown and HTML take for nothing but text; a name is not a mention."""
    return _SPECIAL.sub(r"\\\1", reveal(" ".join(text.split()))).replace("\\@", "@\u200b")


def _code(text: str) -> str:
    """Return a code span; a backtick in it is written as a quote, a bar would end a cell."""
    return "`" + reveal(" ".join(text.split())).replace("`", "'").replace("|", "¦") + "`"
