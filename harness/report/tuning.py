"""What there is to say of an optimisation: the claim, the numbers behind it, what was tried, and the diff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff

from harness.compare.model import Comparison, Direction
from harness.core.escape import reveal
from harness.report.escape import clip
from harness.report.money import dollars
from harness.report.words import count
from harness.stats.interval import NO_NUMBER, Number
from harness.tune.optimise_model import Attempt, Fate

__all__ = ["NOT_SHOWN", "SHOWN", "TuningReport", "diff_of", "report_text", "sentences"]

SHOWN, NOT_SHOWN = "improvement shown", "no improvement shown"
_UNFINISHED = "not finished: nothing is claimed"
_ATTEMPTS, _REASON, _LINE = 40, 300, 400


@dataclass(frozen=True, slots=True)
class TuningReport:
    """An optimisation, told.

    Attributes:
        agent: path of the agent file.
        model: that answered; ``reflection``: that proposed.
        seed: of the split and the search.
        trials: answers to each question.
        sizes: cases for training, validation and test; ``clusters``: independent groups of them.
        rounds: of the search; ``ended``: why it ended.
        attempts: every proposal.
        gain: of the candidate on the validation cases, by which it was chosen.
        before: the body as it was; ``after``: the candidate's, empty where there is none.
        tokens: of both, estimated.
        reworded: ids of rules whose words changed; ``added``: texts of rules that are new.
        comparison: the test; ``None``: there was none.
        level: one-sided level of the claim.
        complete: whether all that was planned was done.
        calls: answers that count; ``missing``: that were wanted and do not exist.
        counted: US dollars that all answers of the run cost; ``spent``: newly spent. ``None``: not known.
        warnings: sentences.
    """

    agent: str
    model: str
    reflection: str
    seed: int
    trials: int
    sizes: tuple[int, int, int]
    clusters: tuple[int, int, int]
    rounds: int
    ended: str
    attempts: tuple[Attempt, ...]
    gain: float
    before: str
    after: str
    tokens: tuple[int, int]
    reworded: tuple[str, ...]
    added: tuple[str, ...]
    comparison: Comparison | None
    level: float
    complete: bool
    calls: int
    missing: int
    counted: float | None
    spent: float | None
    warnings: tuple[str, ...]

    @property
    def improved(self) -> bool:
        """Whether an improvement is claimed."""
        return (
            self.complete and self.comparison is not None and self.comparison.decision is Direction.IMPROVED
        )

    @property
    def claim(self) -> str:
        """The claim, in fixed words."""
        if not self.complete:
            return _UNFINISHED
        return SHOWN if self.improved else NOT_SHOWN


def sentences(report: TuningReport) -> list[str]:
    """Return what a reader needs to know, the claim first."""
    said = [f"{report.agent}: {report.claim}."]
    comparison = report.comparison
    if comparison is not None:
        change = comparison.aggregate
        moved = change.difference
        said.append(
            f"On {count(moved.cases, 'test case')} that the search never saw, asked afresh with both prompts "
            "in turns: "
            f"{_percent(change.before)} obeyed before, {_percent(change.after)} after, "
            f"{_points(moved.delta)} points ({_points(moved.low)} to {_points(moved.high)}, "
            f"{1 - 2 * report.level:.0%} interval; one-sided level {report.level:g})."
        )
        said += [_sentence(one) for one in comparison.reasons[1:]]
    elif report.complete:
        said.append("No proposal did better than the prompt on the validation cases, so nothing was tested.")
    if report.after:
        said.append(
            f"The candidate gained {100 * report.gain:+.1f} points on the validation cases, by which it was "
            "chosen (that number flatters), and has "
            f"{report.tokens[1]:,} tokens where the prompt has {report.tokens[0]:,}."
        )
    if report.reworded:
        said.append(f"Reworded rules: {', '.join(report.reworded)}.")
    if report.added:
        added = "; ".join(clip(one, 80) for one in report.added)
        said.append(f"New rules, which no check was asked about: {added}.")
    fates = Counter(one.fate for one in report.attempts)
    tried = ", ".join(f"{fates[fate]} {fate.value}" for fate in Fate if fates[fate]) or "none"
    said.append(
        f"Search: {count(report.rounds, 'round')} ({report.ended}), proposals: {tried}; "
        f"{report.reflection} proposed."
    )
    cost = "" if not report.counted else f", {dollars(report.counted)} in all"
    cost += "" if not report.spent else f", {dollars(report.spent)} of it now"
    said.append(
        f"{report.calls:,} answers of {report.model}, {report.trials} to each question{cost}; "
        f"seed {report.seed}."
    )
    if report.missing:
        said.append(f"{count(report.missing, 'answer')} missing; they count for nothing.")
    return [reveal(one) for one in said]


def diff_of(report: TuningReport) -> list[str]:
    """Return the unified diff of the bodies, escaped line by line; empty without a candidate."""
    if not report.after:
        return []
    lines = unified_diff(
        report.before.split("\n"), report.after.split("\n"), report.agent, "candidate.md", lineterm=""
    )
    return [reveal(line) for line in lines]


def report_text(report: TuningReport) -> str:
    """Return the report as markdown."""
    first, *rest = sentences(report)
    comparison = report.comparison
    parts = [f"# {first}", "", *(f"- {one}" for one in rest)]
    parts += [f"- Warning: {reveal(one)}" for one in report.warnings]
    sizes = zip(("training", "validation", "test"), report.sizes, report.clusters, strict=True)
    parts += ["", "## Split", "", "| part | cases | groups |", "|---|---|---|"]
    parts += [f"| {name} | {cases} | {groups} |" for name, cases, groups in sizes]
    if comparison is not None:
        parts += [
            "",
            "## Rules on the test cases",
            "",
            "| rule | before | after | points |",
            "|---|---|---|---|",
        ]
        parts += [
            f"| {_cell(one.rule.id)} | {_percent(one.change.before)} | {_percent(one.change.after)} "
            f"| {_points(one.change.difference.delta)} |"
            for one in comparison.rules
            if one.change.difference.cases
        ]
    parts += ["", "## Proposals", "", *_table(report.attempts)]
    diff = diff_of(report)
    if diff:
        fence = "`" * max(3, 1 + max(_longest_run(line) for line in diff))
        parts += ["", "## Diff", "", f"{fence}diff", *diff, fence]
    return "\n".join(parts) + "\n"


def _table(attempts: Sequence[Attempt]) -> list[str]:
    if not attempts:
        return ["There were none."]
    rows = [
        f"| {one.round} | {one.fate.value} | {_cell(clip(one.reason, _REASON))} |"
        for one in attempts[:_ATTEMPTS]
    ]
    more = len(attempts) - len(rows)
    return [
        "| round | came to | why |",
        "|---|---|---|",
        *rows,
        *([f"| | | and {more} more |"] if more else []),
    ]


def _cell(text: str) -> str:
    plain = reveal(" ".join(text.split()))
    for sign in "\\`*_[]<>|":
        plain = plain.replace(sign, f"\\{sign}")
    return plain


def _longest_run(line: str) -> int:
    return max((len(part) for part in "".join(c if c == "`" else " " for c in line).split()), default=0)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _percent(number: Number) -> str:
    return str(number) if number is NO_NUMBER else f"{number:.0%}"


def _points(number: Number) -> str:
    return str(number) if number is NO_NUMBER else f"{100 * number:+.1f}"
