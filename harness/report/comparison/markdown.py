"""The gate's answer as Markdown for a pull request: short, the three most important changes first."""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.compare.gate import AgentGate, GateReport, Light, Trouble
from harness.compare.model import CaseFlip, Comparison, RuleChange
from harness.compare.routing import is_routing
from harness.core.escape import reveal
from harness.core.types import Outcome
from harness.report.comparison.evasions import evasion_counts, evasion_words, worth_a_row
from harness.report.comparison.routes import accuracy_words, flip_words, grown_words, worse_routes
from harness.report.escape import clip
from harness.report.words import count, percent
from harness.stats.interval import NO_NUMBER, Number

__all__ = ["LONGEST", "render_markdown"]

LONGEST = 60_000  # GitHub takes 65,536 characters of a comment
_SIGNS = {Light.GREEN: "🟢", Light.YELLOW: "🟡", Light.NONE: "⚪", Light.RED: "🔴"}
_WORDS = {
    Light.GREEN: "may pass",
    Light.YELLOW: "may pass, with a warning",
    Light.NONE: "no verdict",
    Light.RED: "must not pass",
}
_MOST = 3
_MOST_ROWS = 60
_MOST_REASONS = 20
_LONGEST_NAME = 100
_LONGEST_REASON = 300
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~@&:])")


def render_markdown(report: GateReport) -> str:
    """Return a comment within GitHub's limit; what does not fit is counted."""
    parts = [f"## {_SIGNS[report.light]} Prompt gate: {_WORDS[report.light]}\n"]
    asked = {gate.path for gate in report.gates}
    sections = [_section(gate) for gate in report.gates]
    sections += [_no_verdict(one) for one in report.troubles if one.path not in asked]
    if not sections:
        parts.append("No agent changed.\n")
    left = LONGEST - len(parts[0])
    for number, section in enumerate(sections):
        if len(section) > left:
            rest = count(len(sections) - number, "more agent")
            parts.append(f"\n… and {rest}; see the reports of the runs.\n")
            break
        parts.append(section)
        left -= len(section)
    return "".join(parts)


def _no_verdict(trouble: Trouble) -> str:
    return f"\n### {_SIGNS[Light.NONE]} {_code(trouble.path)}\n\n- {_reason(trouble.message)}\n"


def _section(gate: AgentGate) -> str:
    result = gate.result
    comparison = result.comparison
    lines = [f"\n### {_SIGNS[result.light]} {_plain(clip(gate.agent, _LONGEST_NAME))}\n"]
    lines += [f"- {_reason(reason)}" for reason in (result.reasons or comparison.reasons)[:_MOST]]
    more = len(result.reasons) - _MOST
    if more > 0:
        lines.append(f"- … {more} more below")
    lines += [f"- Note: {_reason(note)}" for note in result.notes]
    lines += _evidence(comparison.flips)
    lines += _routing(comparison)
    lines += [
        "",
        "<details><summary>All rules</summary>",
        "",
        *_table(comparison.rules),
        "",
        *_evaded(comparison),
        "</details>",
        "",
    ]
    lines += _rest(result.reasons[_MOST:])
    lines.append(f"Model {_code(gate.model)}, run {_code(gate.run)}.")
    return "\n".join(lines) + "\n"


def _routing(comparison: Comparison) -> list[str]:
    """Return what became of routing: its accuracy, the messages that go elsewhere, each agent's recall."""
    routing = comparison.routing
    if routing is None or routing.same_answers:
        return []
    lines = ["", f"**Routing**: {_plain(accuracy_words(routing))}.", ""]
    worse = worse_routes(routing)
    lines += [f"- {_plain(flip_words(one))}" for one in worse[:_MOST]]
    if len(worse) > _MOST:
        lines.append(f"- … and {count(len(worse) - _MOST, 'more message')}")
    if said := grown_words(routing):
        lines.append(f"- Confusions that grew: {_plain(said)}")
    table = [
        "<details><summary>Recall of each agent</summary>",
        "",
        *_table(routing.agents),
        "",
        "</details>",
    ]
    return [*lines, "", *table]


def _evaded(comparison: Comparison) -> list[str]:
    said = evasion_words(comparison.evasions)
    return [f"Not measured, or on nothing (share of all verdicts): {_plain(said)}", ""] if said else []


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
        place = (
            f"{_code(found.file)}, line {found.line}" if found.file else f"Line {found.line} of the answer"
        )
        return f"{place}: {_plain(clip(found.message, 120))}"
    return _plain(clip(decision.reason, 160))


def _table(rules: Sequence[RuleChange]) -> list[str]:
    rows = sorted(
        (change for change in rules if worth_a_row(change)),
        key=lambda change: _sorted_by(change.change.difference.delta),
    )
    lines = [
        "| rule | line | before | after | points | q | | not measured |",
        "|---|---:|---:|---:|---:|---:|---|---|",
    ]
    lines += [_row(change) for change in rows[:_MOST_ROWS]]
    if len(rows) > _MOST_ROWS:
        lines.append(f"| … {len(rows) - _MOST_ROWS} more | | | | | | | |")
    return lines


def _row(change: RuleChange) -> str:
    difference = change.change.difference
    points = str(difference.delta) if difference.delta is NO_NUMBER else f"{100 * difference.delta:+.1f}"
    q = str(change.q) if change.q is NO_NUMBER else f"{change.q:.3f}"
    before, after = percent(change.change.before), percent(change.change.after)
    return (
        f"| {_code(change.rule.id)} | {_line(change)} | {before} | {after} | {points} | {q} | "
        f"{change.decision.value} | {_plain(evasion_counts(change))} |"
    )


def _line(change: RuleChange) -> str:
    if is_routing(change.rule):
        return ""
    return str(change.rule.line or "gone")


def _sorted_by(delta: Number) -> float:
    return 0.0 if delta is NO_NUMBER else delta


def _rest(reasons: Sequence[str]) -> list[str]:
    if not reasons:
        return []
    shown = [f"- {_reason(reason)}" for reason in reasons[:_MOST_REASONS]]
    if len(reasons) > _MOST_REASONS:
        shown.append(f"- … and {len(reasons) - _MOST_REASONS} more")
    return ["<details><summary>More</summary>", "", *shown, "", "</details>", ""]


def _reason(text: str) -> str:
    return _plain(clip(text, _LONGEST_REASON))


def _plain(text: str) -> str:
    """Return text that Markdown and HTML take for nothing but text; a name is not a mention."""
    return _SPECIAL.sub(r"\\\1", reveal(" ".join(text.split()))).replace("\\@", "@\u200b")


def _code(text: str) -> str:
    """Return a code span; a backtick in it is written as a quote, a bar would end a cell."""
    shown = clip(reveal(" ".join(text.split())), _LONGEST_NAME)
    return "`" + shown.replace("`", "'").replace("|", "¦") + "`"
