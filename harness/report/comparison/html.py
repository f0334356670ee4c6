"""A comparison as one self-contained HTML page: the conclusion in words, flips first, texts diffed.

It needs no script. Every text is escaped, hidden characters are written out, and the content-security policy
lets the page's own style in and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from harness import __version__
from harness.compare.model import CaseFlip, Comparison, Direction, RateChange, RuleChange
from harness.core.types import Outcome, Verdict
from harness.report.answer_html import findings_of
from harness.report.comparison.evasions import evasion_counts, evasion_words, worth_a_row
from harness.report.comparison.routes import accuracy_words, flip_words, grown_words, roster_words
from harness.report.comparison.texts import TextDiff, diff_of, plain_lines
from harness.report.escape import anchor
from harness.report.lines import mark_lines
from harness.report.template import asset, make_environment, source_hash
from harness.report.words import count, finding_words, moment
from harness.report.written import Printed
from harness.stats.interval import NO_NUMBER, Number

__all__ = ["SideTexts", "render_comparison"]

DIFFED = 60  # flips whose answers are shown
LISTED = 400
_WIDTH = 208.0
_DECISIONS = {
    Direction.IMPROVED: "The later side is better, and more than chance explains.",
    Direction.REGRESSED: "The later side is worse, and more than chance explains.",
    Direction.SAME: "Nothing changed by more than the margin, as far as these cases can show.",
    Direction.INCONCLUSIVE: "These cases cannot tell whether anything changed.",
}


@dataclass(frozen=True, slots=True)
class SideTexts:
    """What a decided run does not hold of one side.

    Attributes:
        answers: text of each answer by (case, trial); may be empty.
        prompt: the system prompt; empty where it is not known.
        note: why something is missing, one sentence; empty: nothing is.
        printed: those of the answers that wrote files through tools, as their text shows the files.
    """

    answers: Mapping[tuple[str, int], str] = field(default_factory=dict)
    prompt: str = ""
    note: str = ""
    printed: Mapping[tuple[str, int], Printed] = field(default_factory=dict)

    def answer_of(self, verdict: Verdict) -> tuple[str | None, Verdict]:
        """Return the text that a verdict is about, if it is there, and the verdict with its places in it."""
        key = (verdict.case, verdict.trial)
        if key in self.printed:
            return self.printed[key].text, self.printed[key].relocated(verdict)
        return self.answers.get(key), verdict


@dataclass(frozen=True, slots=True)
class FlipView:
    """A flip with its answers compared; ``diff`` is missing where a text is, or beyond the bound."""

    id: str
    flip: CaseFlip
    diff: TextDiff | None


def render_comparison(comparison: Comparison, before: SideTexts, after: SideTexts) -> str:
    """Return the whole page as one HTML document.

    Args:
        comparison: the two sides, compared.
        before: texts of the earlier side; they may be hostile.
        after: texts of the later side.
    """
    style = asset("style.css") + asset("comparison.css")
    rules = sorted((one for one in comparison.rules if worth_a_row(one)), key=_greatest_drop_first)
    routes = comparison.routing.agents if comparison.routing is not None else ()
    reach = _reach([comparison.aggregate, *(one.change for one in (*rules, *routes))])
    environment = make_environment()
    environment.globals.update(
        points=_points,
        delta_text=_delta_text,
        evaded=evasion_counts,
        place=_place,
        at=lambda value: _at(value, reach),
        accuracy_words=accuracy_words,
        roster_words=roster_words,
        grown_words=grown_words,
        flip_words=flip_words,
    )
    context = {
        "comparison": comparison,
        "style": Markup(style),  # noqa: S704 - our own files
        "style_hash": Markup(source_hash(style)),  # noqa: S704 - base64
        "version": __version__,
        "conclusion": _DECISIONS[comparison.decision],
        "detectable": _detectable(comparison),
        "rules": rules,
        "undecided": len(comparison.rules) - len(rules),
        "flips": _flips(comparison, before, after),
        "worse": sum(flip.delta < 0 for flip in comparison.flips),
        "beyond": max(0, len(comparison.flips) - LISTED),
        "prompt": _prompt(before, after),
        "notes": [note for note in dict.fromkeys((before.note, after.note)) if note],
        "evasions": evasion_words(comparison.evasions),
        "routing": comparison.routing,
        "created": {side.name: moment(side.run.created) for side in (comparison.before, comparison.after)},
        "reach": reach,
    }
    return environment.get_template("comparison.html.j2").render(context)


def _greatest_drop_first(change: RuleChange) -> float:
    delta = change.change.difference.delta
    return 0.0 if delta is NO_NUMBER else delta


def _detectable(comparison: Comparison) -> str:
    """Say how small a drop these data would have shown, and on how many cases all rests."""
    difference = comparison.aggregate.difference
    rests = f"It rests on {count(difference.cases, 'case')}"
    if difference.clusters != difference.cases:
        rests += f" ({count(difference.clusters, 'independent group')})"
    if difference.minimum_detectable is NO_NUMBER:
        return f"{rests}; no drop, however great, would have been found with these data."
    smallest = 100 * difference.minimum_detectable
    return (
        f"{rests}; a drop of {smallest:.1f} points or more would have been found four times in five, "
        "a smaller one may have been missed."
    )


def _flips(comparison: Comparison, before: SideTexts, after: SideTexts) -> list[FlipView]:
    found = []
    for number, flip in enumerate(comparison.flips[:LISTED]):
        name = anchor("flip", flip.case.id, flip.rule.id)
        found.append(FlipView(name, flip, _answers(flip, before, after) if number < DIFFED else None))
    return found


def _answers(flip: CaseFlip, before: SideTexts, after: SideTexts) -> TextDiff | None:
    texts = [before.answer_of(flip.verdict_before), after.answer_of(flip.verdict_after)]
    blocks = [mark_lines(text, findings_of([verdict])) for text, verdict in texts if text is not None]
    return diff_of(*blocks) if len(blocks) == len(texts) else None


def _prompt(before: SideTexts, after: SideTexts) -> TextDiff | None:
    if not (before.prompt and after.prompt):
        return None
    return diff_of(plain_lines(before.prompt), plain_lines(after.prompt))


def _points(value: Number) -> str:
    """Return a difference of rates in points, with its sign."""
    return str(value) if value is NO_NUMBER else f"{100 * value:+.1f}".replace("-", "−")


def _delta_text(change: RateChange) -> str:
    """Say a difference with its interval, for those who do not see the drawing."""
    found = change.difference
    if found.delta is NO_NUMBER:
        return "no case is decided on both sides"
    return f"{_points(found.delta)} points, interval {_points(found.low)} to {_points(found.high)}"


def _reach(changes: Sequence[RateChange]) -> float:
    """Return half the width of the drawings: the farthest end of an interval, in steps of ten points."""
    ends = [
        abs(end)
        for change in changes
        for end in (change.difference.low, change.difference.high)
        if end is not NO_NUMBER
    ]
    return min(1.0, max(0.1, -(-max(ends, default=0.1) * 10 // 1) / 10))


def _at(value: float, reach: float) -> str:
    """Return where a difference lies in the drawing, from left to right."""
    share = (max(-reach, min(reach, value)) + reach) / (2 * reach)
    return f"{4 + share * (_WIDTH - 8):.1f}"


def _place(verdict: Verdict) -> str:
    """Say in a few words what came of an answer and where."""
    decision = verdict.decision
    if decision.outcome is Outcome.FAIL and decision.findings:
        return finding_words(decision.findings[0])
    return decision.reason
