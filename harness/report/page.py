"""What the HTML page shows, worked out before the template sees it.

The template only lays out. Every list is bounded here, and each response is held once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.checks.bind import Binding
from harness.core.types import Case, CaseKind, Outcome, Sample, SampleFailure, Verdict
from harness.report.escape import anchor
from harness.report.lines import Block, mark_lines
from harness.report.model import HAND_WRITTEN, RunResults
from harness.stats.score import Score

__all__ = ["Answer", "CaseView", "Page", "RuleView", "VerdictView", "build_page"]

# A page that a browser opens at once: what is beyond is in verdicts.csv and in the store.
RESPONSES_BUDGET = 2_000_000  # characters of responses; beyond it an answer is listed without text
UNBROKEN_BUDGET = 500_000  # of these, for answers that break no rule
CASES_ON_PAGE = 1_000
FINDINGS_PER_VERDICT = 100
VERDICTS_PER_RULE = 300
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
    """One response with its verdicts. ``left_out`` says that its text is not shown.

    ``not_applicable`` groups the rules that do not apply by reason: they are most of the verdicts.
    """

    anchor: str
    sample: Sample
    blocks: tuple[Block, ...]
    left_out: bool
    verdicts: tuple[VerdictView, ...]
    not_applicable: tuple[tuple[str, tuple[str, ...]], ...]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with its answers and the calls that failed. ``outcomes`` counts those of all answers."""

    anchor: str
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
class Page:
    """The whole page: ``rules`` in file order, ``cases`` asked of a model, ``hand_written`` responses.

    ``unlisted`` counts the cases that were asked and are not on the page, those with least fails.
    """

    rules: tuple[RuleView, ...]
    cases: tuple[CaseView, ...]
    hand_written: tuple[CaseView, ...]
    tags: tuple[str, ...]
    unlisted: int = 0


def build_page(results: RunResults) -> Page:
    """Arrange a run for the page; pure, and bounded in size whatever the run holds."""
    kinds = {case.id: case.kind for case in results.cases}
    wanted = [case for case in results.cases if case.kind is CaseKind.COMPLIANCE]
    listed = _worst(wanted, results.verdicts)
    by_answer: defaultdict[tuple[str, str, int], list[Verdict]] = defaultdict(list)
    for verdict in results.verdicts:
        if verdict.case in listed:
            by_answer[verdict.case, verdict.variant, verdict.trial].append(verdict)
    # A sample of an unknown case is a mistake of ours; a KeyError says so louder than a gap in the page.
    samples = [
        sample
        for sample in results.samples
        if kinds[sample.case] is CaseKind.COMPLIANCE and sample.case in listed
    ]
    shown = _within_budget(samples, by_answer)
    answers: defaultdict[tuple[str, bool], list[Answer]] = defaultdict(list)
    for sample in samples:
        key = (sample.case, sample.variant, sample.trial)
        answer = _answer(sample, by_answer[key], left_out=key not in shown)
        answers[sample.case, sample.variant == HAND_WRITTEN].append(answer)
    failures: defaultdict[str, list[SampleFailure]] = defaultdict(list)
    for failure in results.failures:
        failures[failure.case].append(failure)
    cases = [case for case in wanted if case.id in listed]
    asked = [
        _case("case", case, answers[case.id, False], failures[case.id])
        for case in cases
        if answers[case.id, False] or failures[case.id]
    ]
    by_hand = [
        _case("hand-written", case, answers[case.id, True], []) for case in cases if answers[case.id, True]
    ]
    return Page(
        rules=_rules(results, answers),
        cases=tuple(sorted(asked, key=_worst_first)),
        hand_written=tuple(by_hand),
        tags=tuple(sorted({tag for view in (*asked, *by_hand) for tag in view.case.tags})),
        unlisted=len(wanted) - len(cases),
    )


def _worst(cases: Sequence[Case], verdicts: Iterable[Verdict]) -> frozenset[str]:
    """Choose the cases that are listed: those with most fails, in the order of the suite."""
    fails = Counter(verdict.case for verdict in verdicts if verdict.decision.outcome is Outcome.FAIL)
    ranked = sorted(cases, key=lambda case: -fails[case.id])
    return frozenset(case.id for case in ranked[:CASES_ON_PAGE])


def _worst_first(view: CaseView) -> int:
    return -dict(view.outcomes).get(Outcome.FAIL, 0)


def _within_budget(
    samples: Sequence[Sample], verdicts: dict[tuple[str, str, int], list[Verdict]]
) -> set[tuple[str, str, int]]:
    """Choose the answers whose text is shown: those with fails first, until the page is full."""
    sizes = {(sample.case, sample.variant, sample.trial): len(sample.completion.text) for sample in samples}
    fails = {
        key: sum(verdict.decision.outcome is Outcome.FAIL for verdict in verdicts.get(key, ()))
        for key in sizes
    }
    shown: set[tuple[str, str, int]] = set()
    broken = [key for key in sizes if fails[key]]
    unbroken = [key for key in sizes if not fails[key]]
    room = RESPONSES_BUDGET
    for keys, most in ((broken, RESPONSES_BUDGET), (unbroken, UNBROKEN_BUDGET)):
        room = min(room, most)
        for key in keys:
            cost = min(sizes[key], 120_000)
            if cost <= room:
                shown.add(key)
                room -= cost
    return shown


def _answer(sample: Sample, verdicts: Iterable[Verdict], *, left_out: bool) -> Answer:
    name = anchor("answer", sample.case, sample.variant, str(sample.trial))
    views = sorted((_verdict(verdict, name) for verdict in verdicts), key=lambda view: ORDER[view.outcome])
    findings = [
        (view.outcome, view.verdict.rule, finding)
        for view in views
        if view.outcome not in (Outcome.PASS, Outcome.NOT_APPLICABLE)
        for finding in view.verdict.decision.findings[:FINDINGS_PER_VERDICT]
    ]
    return Answer(
        anchor=name,
        sample=sample,
        blocks=() if left_out else mark_lines(sample.completion.text, findings),
        left_out=left_out,
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
    lines = dict.fromkeys(finding.line for finding in findings[:FINDINGS_PER_VERDICT] if not finding.file)
    return VerdictView(
        verdict=verdict,
        outcome=verdict.decision.outcome,
        answer=answer,
        lines=tuple(lines),
        more_findings=max(0, len(findings) - FINDINGS_PER_VERDICT),
    )


def _case(prefix: str, case: Case, answers: Sequence[Answer], failures: Sequence[SampleFailure]) -> CaseView:
    tally = Counter(view.outcome for answer in answers for view in answer.verdicts)
    silent = sum(len(rules) for answer in answers for _, rules in answer.not_applicable)
    tally[Outcome.NOT_APPLICABLE] = silent
    return CaseView(
        anchor=anchor(prefix, case.id),
        case=case,
        answers=tuple(answers),
        failures=tuple(failures),
        outcomes=tuple((outcome, tally[outcome]) for outcome in ORDER if tally[outcome]),
    )


def _rules(results: RunResults, answers: Mapping[tuple[str, bool], Sequence[Answer]]) -> tuple[RuleView, ...]:
    verdicts: defaultdict[tuple[str, bool], list[VerdictView]] = defaultdict(list)
    for (_, by_hand), group in answers.items():
        for answer in group:
            for view in answer.verdicts:
                verdicts[view.verdict.rule, by_hand].append(view)
    for views in verdicts.values():
        views.sort(key=lambda view: ORDER[view.outcome])
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
            verdicts=tuple(verdicts[rule.rule.id, False][:VERDICTS_PER_RULE]),
            by_hand=tuple(verdicts[rule.rule.id, True][:VERDICTS_PER_RULE]),
            not_applicable=counts[rule.rule.id, False][Outcome.NOT_APPLICABLE],
            beyond=sum(
                _decided(counts[rule.rule.id, hand]) - len(verdicts[rule.rule.id, hand][:VERDICTS_PER_RULE])
                for hand in (True, False)
            ),
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


def _outcomes(verdicts: Iterable[Verdict]) -> defaultdict[tuple[str, bool], Counter[Outcome]]:
    """Count, per rule and whether a person wrote the response, what came of it."""
    counts: defaultdict[tuple[str, bool], Counter[Outcome]] = defaultdict(Counter)
    for verdict in verdicts:
        counts[verdict.rule, verdict.variant == HAND_WRITTEN][verdict.decision.outcome] += 1
    return counts


def _decided(counts: Counter[Outcome]) -> int:
    """Verdicts that can be listed: all but those that the rule does not speak about."""
    return sum(counts.values()) - counts[Outcome.NOT_APPLICABLE]
