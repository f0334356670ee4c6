"""A comparison for the terminal: the conclusion first, then what led to it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.compare.model import CaseFlip, Comparison, Direction, RateChange, RoutingComparison, RuleChange
from harness.core.escape import reveal
from harness.core.types import Outcome, Verdict
from harness.report.comparison.evasions import evasion_counts, evasion_words, worth_a_row
from harness.report.comparison.routes import (
    accuracy_words,
    flip_words,
    grown_words,
    roster_words,
    worse_routes,
)
from harness.report.escape import clip
from harness.report.words import count, finding_words, percent
from harness.stats.interval import NO_NUMBER, Number

__all__ = ["print_comparison"]

_STYLES = {
    Direction.IMPROVED: "bold green",
    Direction.REGRESSED: "bold red",
    Direction.SAME: "bold",
    Direction.INCONCLUSIVE: "bold yellow",
}
_MOST_FLIPS = 10
_LONGEST = 160


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print conclusion, rules that moved, flipped cases and what was evaded."""
    console.print(
        Text.assemble((comparison.decision.value.upper(), _STYLES[comparison.decision])),
        _text(f"{comparison.before.name} → {comparison.after.name}", "dim"),
        soft_wrap=True,
    )
    for reason in comparison.reasons:
        console.print(_text(f"  {reason}"))
    for caveat in comparison.caveats:
        console.print(_text(f"  note: {caveat}", "yellow"))
    _rules(comparison.rules, comparison.policy.alpha, console)
    _flips(comparison, console)
    if comparison.routing is not None:
        _routing(comparison.routing, comparison.policy.alpha, console)
    _evasions(comparison, console)
    _identities(comparison, console)


def _text(text: str, style: str = "") -> Text:
    return Text(reveal(clip(text, 2_000)), style=style)


def _points(value: Number) -> str:
    return str(value) if value is NO_NUMBER else f"{100 * value:+.1f}"


def _routing(routing: RoutingComparison, alpha: float, console: Console) -> None:
    """Print how many messages reach the right agent, the recall of each, and messages that go elsewhere."""
    console.print()
    console.print(_text(f"Routing: {accuracy_words(routing)}", "bold"))
    if said := roster_words(routing):
        console.print(_text(f"  roster: {said}", "dim"))
    if routing.same_answers:
        return
    _rules(routing.agents, alpha, console)
    if said := grown_words(routing):
        console.print(_text(f"  confusions that grew: {said}"))
    worse = worse_routes(routing)
    if routing.flips:
        better = len(routing.flips) - len(worse)
        console.print(_text(f"{count(len(worse), 'message')} routed worse, {better} better", "bold"))
    for one in routing.flips[:_MOST_FLIPS]:
        console.print(_text(f"  {one.flip.case.id}", "red" if one.flip.delta < 0 else "green"))
        console.print(_text(f"      {flip_words(one)}", "dim"))
    if len(routing.flips) > _MOST_FLIPS:
        console.print(_text(f"  … and {len(routing.flips) - _MOST_FLIPS} more; --json lists all", "dim"))
    if said := evasion_words(routing.evasions):
        console.print(_text(f"Not measured (share of all choices): {said}", "dim"))


def _rules(rules: Sequence[RuleChange], alpha: float, console: Console) -> None:
    """Print the rules by their change, the greatest drop first; those without data are counted."""
    with_data = [change for change in rules if worth_a_row(change)]
    ordered = sorted(with_data, key=lambda change: _sorted_by(change.change))
    table = Table(box=None, pad_edge=False, padding=(0, 1), collapse_padding=True, header_style="dim")
    table.add_column("rule", ratio=1, overflow="fold", min_width=18)
    confidence = f"{100 * (1 - alpha):.4g}%"
    for heading in ("before", "after", "points", confidence, "q", "cases", ""):
        table.add_column(heading, justify="right", no_wrap=True)
    for change in ordered:
        table.add_row(*_cells(change))
    if with_data:
        console.print()
        console.print(table)
    left = len(rules) - len(with_data)
    if left:
        console.print(_text(f"{count(left, 'rule')} not decided on both sides of any case", "dim"))


def _sorted_by(change: RateChange) -> float:
    delta = change.difference.delta
    return 0.0 if delta is NO_NUMBER else delta


def _cells(change: RuleChange) -> list[Text]:
    difference = change.change.difference
    decision = change.decision
    shown = "" if decision in {Direction.INCONCLUSIVE, Direction.SAME} else decision.value
    q = str(change.q) if change.q is NO_NUMBER else f"{change.q:.3f}"
    evaded = evasion_counts(change)
    return [
        Text.assemble(_text(change.rule.id), _text(f"\n{evaded}" if evaded else "", "dim")),
        _text(percent(change.change.before)),
        _text(percent(change.change.after)),
        _text(_points(difference.delta)),
        _text(f"{_points(difference.low)} … {_points(difference.high)}", "dim"),
        _text(q, "dim"),
        _text(str(difference.cases)),
        _text(shown, _STYLES[decision]),
    ]


def _flips(comparison: Comparison, console: Console) -> None:
    flips = comparison.flips
    if not flips:
        return
    console.print()
    worse = sum(flip.delta < 0 for flip in flips)
    console.print(_text(f"{worse} got worse, {len(flips) - worse} better (a case and a rule each)", "bold"))
    for flip in flips[:_MOST_FLIPS]:
        _flip(flip, console)
    if len(flips) > _MOST_FLIPS:
        console.print(_text(f"  … and {len(flips) - _MOST_FLIPS} more; --json lists all", "dim"))


def _flip(flip: CaseFlip, console: Console) -> None:
    style = "red" if flip.delta < 0 else "green"
    shares = f"{flip.passed_before}/{flip.decided_before} → {flip.passed_after}/{flip.decided_after}"
    console.print(Text.assemble(("  ", ""), _text(f"{flip.case.id} · {flip.rule.id}", style), f"  {shares}"))
    for label, verdict in (("before", flip.verdict_before), ("after", flip.verdict_after)):
        console.print(_text(f"      {label}: {_said(verdict)}", "dim"))


def _said(verdict: Verdict) -> str:
    if verdict.decision.outcome is Outcome.FAIL and verdict.decision.findings:
        place = verdict.decision.findings[0]
        return clip(f"fail, {finding_words(place)}: {place.quote}", _LONGEST)
    return clip(f"{verdict.decision.outcome.value}, {verdict.decision.reason}", _LONGEST)


def _evasions(comparison: Comparison, console: Console) -> None:
    said = evasion_words(comparison.evasions)
    if said:
        console.print()
        console.print(_text(f"Not measured, or on nothing (share of all verdicts): {said}", "dim"))


def _identities(comparison: Comparison, console: Console) -> None:
    """Say which rules came, went, or may be one another."""
    matched = comparison.matched
    lines = [f"reworded: {rule}" for rule in matched.reworded]
    lines += [f"only before, line {rule.line}: {rule.id} ({rule.rule.text})" for rule in matched.removed]
    lines += [f"only after, line {rule.line}: {rule.id} ({rule.rule.text})" for rule in matched.added]
    lines += [
        f"perhaps one rule (give both one id in the sidecar): {old.id} ({old.rule.text}) and {new.id} "
        f"({new.rule.text})"
        for old, new in matched.doubtful
    ]
    for line in lines:
        console.print(_text(clip(line, _LONGEST), "dim"))
