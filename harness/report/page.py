"""What the HTML page shows, worked out before the template sees it.

The template only lays out. Each response is held once: the worst cases as elements that can be read without a
script, and all others packed (:mod:`harness.report.packed`), so that every case is in the page however many
there are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.checks.bind import Binding
from harness.core.types import Case, CaseKind, Outcome, Sample, SampleFailure, Verdict
from harness.report.answer_html import FINDINGS_PER_VERDICT, findings_of
from harness.report.escape import anchor
from harness.report.lines import Block, mark_lines
from harness.report.model import HAND_WRITTEN, RunResults
from harness.stats.score import Score

__all__ = ["ORDER", "Answer", "CaseView", "Page", "RuleView", "VerdictView", "build_page"]

# What stands in the page as elements; a browser opens this much at once. The rest is packed.
CASES_OPEN = 150
CHARACTERS_OPEN = 700_000
CASES_OPEN_OF_MANY = 15  # where not all fit; a reader with scripts on sees no difference
COLOURED = 200_000  # characters of responses whose code is coloured, worst cases first
SHOWN_OF_ANSWER = 120_000
VERDICTS_PER_RULE = 40
VERDICTS_PER_RULE_OF_MANY = 12  # where cases are packed; the filter shows the others
ORDER = {
    outcome: rank
    for rank, outcome in enumerate(
        (Outcome.FAIL, Outcome.ERROR, Outcome.UNDECIDED, Outcome.PASS, Outcome.NOT_APPLICABLE)
    )
}


@dataclass(frozen=True, slots=True)
class VerdictView:
    """A verdict with the places it leads to. ``lines`` are those of its findings, each once."""

    verdict: Verdict
    outcome: Outcome
    answer: str
    lines: tuple[int, ...]
    more_findings: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One response with its verdicts.

    ``not_applicable`` groups the rules that do not apply by reason: they are most of the verdicts.
    """

    anchor: str
    sample: Sample
    blocks: tuple[Block, ...]
    verdicts: tuple[VerdictView, ...]
    not_applicable: tuple[tuple[str, tuple[str, ...]], ...]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with its answers and the calls that failed. ``outcomes`` counts those of all answers.

    ``by_hand`` marks the hand-written response to a case, which is an entry of its own.
    """

    anchor: str
    by_hand: bool
    case: Case
    answers: tuple[Answer, ...]
    failures: tuple[SampleFailure, ...]
    outcomes: tuple[tuple[Outcome, int], ...]


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule with its scores and its verdicts, fails first, those on hand-written responses apart.

    ``not_applicable`` counts the model's answers that the rule does not speak about; ``beyond`` counts
    verdicts that are not listed because there are too many.
    """

    anchor: str
    rule: Binding
    decided_by: str
    scores: tuple[Score, ...]
    hand_written: tuple[Score, ...]
    verdicts: tuple[VerdictView, ...]
    by_hand: tuple[VerdictView, ...]
    not_applicable: int
    beyond: int
    uncovered: bool
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A case that is in the page, before it is cut into lines; ``size`` is that of its texts."""

    case: Case
    by_hand: bool
    samples: tuple[Sample, ...]
    failures: tuple[SampleFailure, ...]
    fails: int

    @property
    def size(self) -> int:
        """Characters that it puts into the page, about."""
        texts = [message.text for message in self.case.messages] + [file.text for file in self.case.files]
        answers = sum(min(len(sample.completion.text), SHOWN_OF_ANSWER) for sample in self.samples)
        return answers + sum(min(len(text), 8_000) for text in texts)


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page.

    Attributes:
        rules: in file order.
        cases: asked of a model, those with most broken rules first, as elements of the page.
        hand_written: hand-written responses, likewise.
        packed: those that follow, as elements to be made when somebody looks at them.
        entries: all of them, in this order: open cases, open hand-written ones, packed ones.
        verdicts: by case, variant and trial.
    """

    rules: tuple[RuleView, ...]
    cases: tuple[CaseView, ...]
    hand_written: tuple[CaseView, ...]
    tags: tuple[str, ...]
    entries: tuple[Entry, ...]
    packed: tuple[Entry, ...]
    verdicts: Mapping[tuple[str, str, int], Sequence[Verdict]]

    def packed_views(self) -> Iterator[CaseView]:
        """Yield what is packed, cut into lines one case at a time."""
        budget = COLOURED - sum(entry.size for entry in self.entries[: len(self.entries) - len(self.packed)])
        for entry in self.packed:
            yield _view(entry, self.verdicts, colour=budget > 0)
            budget -= entry.size


def build_page(results: RunResults) -> Page:
    """Arrange a run for the page; pure, and bounded in size whatever the run holds."""
    by_answer: defaultdict[tuple[str, str, int], list[Verdict]] = defaultdict(list)
    for verdict in results.verdicts:
        by_answer[verdict.case, verdict.variant, verdict.trial].append(verdict)
    asked, by_hand = _entries(results, by_answer)
    first = _fits(asked, CASES_OPEN, CHARACTERS_OPEN)
    if first < len(asked):
        first = min(first, CASES_OPEN_OF_MANY)
    first_by_hand = _fits(
        by_hand, CASES_OPEN - first, CHARACTERS_OPEN - sum(one.size for one in asked[:first])
    )
    packed = (*asked[first:], *by_hand[first_by_hand:])
    entries = (*asked[:first], *by_hand[:first_by_hand], *packed)
    return Page(
        rules=_rules(results, VERDICTS_PER_RULE_OF_MANY if packed else VERDICTS_PER_RULE),
        cases=tuple(_view(entry, by_answer) for entry in asked[:first]),
        hand_written=tuple(_view(entry, by_answer) for entry in by_hand[:first_by_hand]),
        tags=tuple(sorted({tag for entry in entries for tag in entry.case.tags})),
        entries=entries,
        packed=packed,
        verdicts=by_answer,
    )


def _entries(
    results: RunResults, verdicts: Mapping[tuple[str, str, int], Sequence[Verdict]]
) -> tuple[list[Entry], list[Entry]]:
    """Return the cases asked of a model, the worst first, and the hand-written ones."""
    kinds = {case.id: case.kind for case in results.cases}
    samples: defaultdict[tuple[str, bool], list[Sample]] = defaultdict(list)
    for sample in results.samples:
        # A sample of an unknown case is a mistake of ours; a KeyError says so louder than a gap in the page.
        if kinds[sample.case] is CaseKind.COMPLIANCE:
            samples[sample.case, sample.variant == HAND_WRITTEN].append(sample)
    failures: defaultdict[str, list[SampleFailure]] = defaultdict(list)
    for failure in results.failures:
        failures[failure.case].append(failure)
    fails: Counter[tuple[str, bool]] = Counter()
    for (case, variant, _), own in verdicts.items():
        fails[case, variant == HAND_WRITTEN] += sum(one.decision.outcome is Outcome.FAIL for one in own)
    wanted = [case for case in results.cases if case.kind is CaseKind.COMPLIANCE]
    asked = [
        Entry(case, False, tuple(samples[case.id, False]), tuple(failures[case.id]), fails[case.id, False])
        for case in wanted
        if samples[case.id, False] or failures[case.id]
    ]
    by_hand = [
        Entry(case, True, tuple(samples[case.id, True]), (), fails[case.id, True])
        for case in wanted
        if samples[case.id, True]
    ]
    return sorted(asked, key=lambda entry: -entry.fails), by_hand


def _fits(entries: Sequence[Entry], most: int, characters: int) -> int:
    """Return how many entries from the beginning fit."""
    for index, entry in enumerate(entries[: max(0, most)]):
        characters -= entry.size
        if characters < 0:
            return index
    return min(len(entries), max(0, most))


def _view(
    entry: Entry, verdicts: Mapping[tuple[str, str, int], Sequence[Verdict]], *, colour: bool = True
) -> CaseView:
    answers = [
        _answer(sample, verdicts.get((sample.case, sample.variant, sample.trial), ()), colour=colour)
        for sample in entry.samples
    ]
    tally = Counter(view.outcome for answer in answers for view in answer.verdicts)
    tally[Outcome.NOT_APPLICABLE] = sum(
        len(rules) for answer in answers for _, rules in answer.not_applicable
    )
    return CaseView(
        anchor=anchor("hand-written" if entry.by_hand else "case", entry.case.id),
        by_hand=entry.by_hand,
        case=entry.case,
        answers=tuple(answers),
        failures=entry.failures,
        outcomes=tuple((outcome, tally[outcome]) for outcome in ORDER if tally[outcome]),
    )


def _answer(sample: Sample, verdicts: Iterable[Verdict], *, colour: bool) -> Answer:
    name = anchor("answer", sample.case, sample.variant, str(sample.trial))
    views = sorted((_verdict(verdict, name) for verdict in verdicts), key=lambda view: ORDER[view.outcome])
    return Answer(
        anchor=name,
        sample=sample,
        blocks=mark_lines(
            sample.completion.text, findings_of([view.verdict for view in views]), colour=colour
        ),
        verdicts=tuple(view for view in views if view.outcome is not Outcome.NOT_APPLICABLE),
        not_applicable=_by_reason(view.verdict for view in views if view.outcome is Outcome.NOT_APPLICABLE),
        outcomes=tuple(dict.fromkeys(view.outcome for view in views)),
    )


def _by_reason(verdicts: Iterable[Verdict]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    rules: defaultdict[str, list[str]] = defaultdict(list)
    for verdict in verdicts:
        rules[verdict.decision.reason].append(verdict.rule)
    return tuple((reason, tuple(names)) for reason, names in rules.items())


def _verdict(verdict: Verdict, answer: str) -> VerdictView:
    findings = verdict.decision.findings
    lines: Iterable[int] = ()
    if findings:
        lines = dict.fromkeys(finding.line for finding in findings[:FINDINGS_PER_VERDICT] if not finding.file)
    return VerdictView(
        verdict=verdict,
        outcome=verdict.decision.outcome,
        answer=answer,
        lines=tuple(lines),
        more_findings=max(0, len(findings) - FINDINGS_PER_VERDICT),
    )


def _rules(results: RunResults, most: int) -> tuple[RuleView, ...]:
    verdicts: defaultdict[tuple[str, bool], list[Verdict]] = defaultdict(list)
    for verdict in results.verdicts:
        if verdict.decision.outcome is not Outcome.NOT_APPLICABLE:
            verdicts[verdict.rule, verdict.variant == HAND_WRITTEN].append(verdict)
    counts = _outcomes(results.verdicts)
    scores: defaultdict[tuple[str, bool], list[Score]] = defaultdict(list)
    for score in results.scores:
        scores[score.rule, score.variant == HAND_WRITTEN].append(score)
    return tuple(
        RuleView(
            anchor=anchor("rule", rule.rule.id),
            rule=rule,
            decided_by=results.decider_of(rule),
            scores=tuple(scores[rule.rule.id, False]),
            hand_written=tuple(scores[rule.rule.id, True]),
            verdicts=_worst(verdicts[rule.rule.id, False], most),
            by_hand=_worst(verdicts[rule.rule.id, True], most),
            not_applicable=counts[rule.rule.id, False][Outcome.NOT_APPLICABLE],
            beyond=sum(max(0, len(verdicts[rule.rule.id, by_hand]) - most) for by_hand in (True, False)),
            uncovered=rule.rule.id in results.uncovered,
            outcomes=tuple(
                dict.fromkeys(
                    outcome
                    for by_hand in (False, True)
                    for outcome in ORDER
                    if outcome is not Outcome.NOT_APPLICABLE and counts[rule.rule.id, by_hand][outcome]
                )
            ),
        )
        for rule in results.rules
    )


def _worst(verdicts: Sequence[Verdict], most: int) -> tuple[VerdictView, ...]:
    """Return the verdicts that stand below a rule, fails first."""
    ranked = sorted(verdicts, key=lambda verdict: ORDER[verdict.decision.outcome])
    return tuple(
        _verdict(one, anchor("answer", one.case, one.variant, str(one.trial))) for one in ranked[:most]
    )


def _outcomes(verdicts: Iterable[Verdict]) -> defaultdict[tuple[str, bool], Counter[Outcome]]:
    """Count, per rule and whether a person wrote the response, what came of it."""
    counts: defaultdict[tuple[str, bool], Counter[Outcome]] = defaultdict(Counter)
    for verdict in verdicts:
        counts[verdict.rule, verdict.variant == HAND_WRITTEN][verdict.decision.outcome] += 1
    return counts
